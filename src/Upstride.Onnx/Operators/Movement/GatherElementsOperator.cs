using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>GatherElements</c>: each element of the output is in input 0 at its own place, but along one axis where the index of input 1 says.
/// </summary>
internal sealed class GatherElementsOperator(NodeAttributes node) : Operator
{
    private readonly long _axis = node.Integer("axis", 0);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape data = inputs.Shape(0), indices = inputs.Require(1, Storage.Integer).Shape;
        int axis = inputs.Axis(_axis, data.Rank);
        bool fits = indices.Rank == data.Rank;
        for (int other = 0; fits && other < data.Rank; other++) fits = other == axis || indices[other] <= data[other];
        return fits ? [inputs[0].WithShape(indices)]
            : throw inputs.Fault(
            $"the indices are {inputs[1]} and the data {inputs[0]}: the axes must be as many, and none but axis {axis} longer");
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape data = inputs.Shape(0);
        int axis = inputs.Axis(_axis, data.Rank);
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => Run<float>(frame, data, axis, inputs)),
            Storage.Integer => new(frame => Run<long>(frame, data, axis, inputs)),
            _ => new(frame => Run<bool>(frame, data, axis, inputs)),
        };
    }

    private static void Run<T>(NodeContext frame, TensorShape data, int axis, NodeInputs inputs) where T : unmanaged
    {
        ReadOnlySpan<T> source = frame.Input<T>(0);
        ReadOnlySpan<long> indices = frame.Input<long>(1);
        Span<T> destination = frame.Output<T>(0);
        int[] strides = StridedGather.RowMajor(data), lengths = inputs.Shape(1).ToArray(), index = new int[lengths.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            int place = IndexBounds.Place(indices[i], data[axis], inputs) * strides[axis];
            for (int other = 0; other < index.Length; other++)
                if (other != axis) place += index[other] * strides[other];
            destination[i] = source[place];
            for (int other = index.Length - 1; other >= 0 && ++index[other] == lengths[other]; other--) index[other] = 0;
        }
    }
}
