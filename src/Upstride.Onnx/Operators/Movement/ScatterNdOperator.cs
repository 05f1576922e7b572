using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>
/// <c>ScatterND</c>: input 0 with slices replaced by those of input 2, or from opset 16 on combined with them; each row of input 1 names
/// the place of one. They are taken in order.
/// </summary>
internal sealed class ScatterNdOperator(NodeAttributes node) : Operator
{
    private readonly Combination _combination = Combinations.Read(node);

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape data = inputs.Shape(0), indices = inputs.Require(1, Storage.Integer).Shape,
            updates = BinaryRules.RequireSameElements(inputs, 2, 0).Shape;
        if (indices.Rank == 0 || data.Rank == 0 || indices[indices.Rank - 1] > data.Rank)
            throw inputs.Fault(
                $"the indices are {inputs[1]} and the data {inputs[0]}: the last axis of the indices must have from 0 to {data.Rank} "
                    + $"numbers");
        TensorShape needed = new([.. indices.Lengths[..^1], .. data.Lengths[indices[indices.Rank - 1]..]]);
        if (updates != needed) throw inputs.Fault($"the updates are {inputs[2]}, and must be {needed}");
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

    private static void Run<T>(NodeContext frame, NodeInputs inputs, Func<T, T, T> combine) where T : unmanaged
    {
        TensorShape data = inputs.Shape(0), indices = inputs.Shape(1);
        ReadOnlySpan<long> places = frame.Input<long>(1);
        ReadOnlySpan<T> updates = frame.Input<T>(2);
        Span<T> destination = frame.Output<T>(0);
        frame.Input<T>(0).CopyTo(destination);
        int named = indices[indices.Rank - 1], slice = data.CountOfAxes(named, data.Rank);
        int[] strides = StridedGather.RowMajor(data);
        for (int row = 0; row < indices.CountOfAxes(0, indices.Rank - 1); row++)
        {
            int place = 0;
            for (int axis = 0; axis < named; axis++)
                place += IndexBounds.Place(places[(row * named) + axis], data[axis], inputs) * strides[axis];
            for (int i = 0; i < slice; i++) destination[place + i] = combine(destination[place + i], updates[(row * slice) + i]);
        }
    }
}
