using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary><c>Expand</c>: the input repeated along its axes of length 1, until its shape is what it and input 1 broadcast to.</summary>
internal sealed class ExpandOperator : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) =>
        [inputs[0].WithShape(BroadcastLoop.Shape(inputs, inputs.Shape(0), TensorShape.Of(inputs.Integers(1))))];

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape input = inputs.Shape(0), output = outputs[0].Shape;
        int[] own = StridedGather.RowMajor(input), strides = new int[output.Rank];
        for (int axis = 0, added = output.Rank - input.Rank; axis < input.Rank; axis++)
            strides[axis + added] = input[axis] == 1 ? 0 : own[axis];
        return StridedGather.Of(output.ToArray(), strides).Computation(outputs[0].Storage, settings);
    }
}
