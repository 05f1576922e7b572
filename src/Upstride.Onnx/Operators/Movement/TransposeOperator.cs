using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary><c>Transpose</c>: the axes in another order, reversed where none is given.</summary>
internal sealed class TransposeOperator(NodeAttributes node) : Operator
{
    private readonly long[]? _order = node.Integers("perm");

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType type = inputs[0];
        int[] order = Order(inputs);
        var lengths = new nint[order.Length];
        for (int axis = 0; axis < lengths.Length; axis++) lengths[axis] = type.Shape[order[axis]];
        return [type.WithShape(new(lengths))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        StridedGather.Transpose(inputs.Shape(0), Order(inputs)).Computation(outputs[0].Storage, settings);

    /// <summary>For each axis of the output which of the input's it is.</summary>
    public int[] Order(NodeInputs inputs)
    {
        int rank = inputs.Shape(0).Rank;
        if (_order is null) return [.. Enumerable.Range(0, rank).Reverse()];
        bool[] seen = new bool[rank];
        foreach (long axis in _order)
            if (axis >= 0 && axis < rank) seen[axis] = true;
        return _order.Length == rank && !seen.Contains(false)
            ? [.. _order.Select(static axis => (int)axis)]
            : throw inputs.Fault($"perm = [{string.Join(", ", _order)}], and must hold each axis of {inputs[0]} once");
    }
}
