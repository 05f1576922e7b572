using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary><c>Tile</c>: the whole input repeated along each axis as often as input 1 says.</summary>
internal sealed class TileOperator : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape shape = inputs.Shape(0);
        ReadOnlySpan<long> repeats = inputs.Integers(1);
        if (repeats.Length != shape.Rank)
            throw inputs.Fault($"there are {repeats.Length} repeats for {inputs[0]}, and must be one for each axis");
        var lengths = new long[shape.Rank];
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            if (repeats[axis] < 0) throw inputs.Fault($"repeats = [{string.Join(", ", repeats.ToArray())}], and none may be negative");
            lengths[axis] = checked(shape[axis] * repeats[axis]);
        }
        return [inputs[0].WithShape(TensorShape.Of(lengths))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        // Each axis becomes two: the repetition, which goes nowhere, and the axis itself.
        TensorShape shape = inputs.Shape(0);
        ReadOnlySpan<long> repeats = inputs.Integers(1);
        int[] own = StridedGather.RowMajor(shape), lengths = new int[2 * shape.Rank], strides = new int[2 * shape.Rank];
        if (outputs[0].Shape.Count == 0) return new(static _ => { });
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            lengths[2 * axis] = (int)repeats[axis];
            (lengths[(2 * axis) + 1], strides[(2 * axis) + 1]) = (shape[axis], own[axis]);
        }
        return StridedGather.Of(lengths, strides).Computation(outputs[0].Storage, settings);
    }
}
