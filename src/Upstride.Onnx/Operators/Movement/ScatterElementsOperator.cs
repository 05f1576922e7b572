using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>ScatterElements</c> (opset 11 on) and <c>Scatter</c> (9 and 10): input 0 with elements replaced by those of input 2, or from opset 16
/// on combined with them; each goes to its own place, but along one axis where the index of input 1 says. They are taken in order.
/// </summary>
internal sealed class ScatterElementsOperator : Operator
{
    private readonly long _axis;
    private readonly Combination _combination;

    public ScatterElementsOperator(NodeAttributes node, int since)
    {
        node.RequireOpset(since);
        _axis = node.Integer("axis", 0);
        _combination = Combinations.Read(node);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape data = inputs.Shape(0), indices = inputs.Require(1, Storage.Integer).Shape;
        int axis = inputs.Axis(_axis, data.Rank);
        if (BinaryRules.RequireSameElements(inputs, 2, 0).Shape != indices)
            throw inputs.Fault($"the updates are {inputs[2]}, and must be {indices} like the indices");
        bool fits = indices.Rank == data.Rank;
        for (int other = 0; fits && other < data.Rank; other++) fits = other == axis || indices[other] <= data[other];
        if (!fits)
            throw inputs.Fault(
                $"the indices are {inputs[1]} and the data {inputs[0]}: the axes must be as many, and none but axis {axis} longer");
        _combination.RequireFits(inputs);
        return [inputs[0]];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        OnnxElementType element = outputs[0].Element;
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => Run<float>(frame, inputs, (there, update) => _combination.Combine(there, update))),
            Storage.Integer => new(frame =>
            {
                Run<long>(frame, inputs, (there, update) => _combination.Combine(there, update));
                element.Wrap(frame.Output<long>(0));
            }),
            _ => new(frame => Run<bool>(frame, inputs, static (_, update) => update)),
        };
    }

    private void Run<T>(NodeContext frame, NodeInputs inputs, Func<T, T, T> combine) where T : unmanaged
    {
        TensorShape data = inputs.Shape(0);
        int axis = inputs.Axis(_axis, data.Rank);
        ReadOnlySpan<long> indices = frame.Input<long>(1);
        ReadOnlySpan<T> updates = frame.Input<T>(2);
        Span<T> destination = frame.Output<T>(0);
        frame.Input<T>(0).CopyTo(destination);
        int[] strides = StridedGather.RowMajor(data), lengths = inputs.Shape(1).ToArray(), index = new int[lengths.Length];
        for (int i = 0; i < updates.Length; i++)
        {
            int place = IndexBounds.Place(indices[i], data[axis], inputs) * strides[axis];
            for (int other = 0; other < index.Length; other++)
                if (other != axis) place += index[other] * strides[other];
            destination[place] = combine(destination[place], updates[i]);
            for (int other = index.Length - 1; other >= 0 && ++index[other] == lengths[other]; other--) index[other] = 0;
        }
    }
}
