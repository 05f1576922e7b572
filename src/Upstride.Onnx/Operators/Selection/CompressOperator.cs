using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Selection;

/// <summary>
/// <c>Compress</c> (opset 9 on): the slices along an axis, or without one the elements, whose truth value in input 1 is true. How many
/// there are is a shape, so these must be known when a plan is made: each set of them has a plan of its own.
/// </summary>
internal sealed class CompressOperator : Operator
{
    private readonly long? _axis;

    public CompressOperator(NodeAttributes node)
    {
        node.RequireOpset(9);
        _axis = node.Has("axis") ? node.Integer("axis", 0) : null;
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape data = inputs.Shape(0);
        int count = Chosen(inputs).Count;
        if (_axis is null) return [inputs[0].WithShape(new(count))];
        int axis = inputs.Axis(_axis.Value, data.Rank);
        return [inputs[0].WithShape(new([.. data.Lengths[..axis], count, .. data.Lengths[(axis + 1)..]]))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        List<int> chosen = Chosen(inputs);
        AxisSplit split = Split(inputs);
        return outputs[0].Storage switch
        {
            Storage.Float => new(frame => Run<float>(frame, split, chosen)),
            Storage.Integer => new(frame => Run<long>(frame, split, chosen)),
            _ => new(frame => Run<bool>(frame, split, chosen)),
        };
    }

    private static void Run<T>(NodeContext frame, AxisSplit split, List<int> chosen) where T : unmanaged
    {
        ReadOnlySpan<T> source = frame.Input<T>(0);
        Span<T> destination = frame.Output<T>(0);
        if (destination.IsEmpty) return;
        for (int outer = 0; outer < split.Outer; outer++)
        {
            foreach (int place in chosen)
            {
                source.Slice(((outer * split.Length) + place) * split.Inner, split.Inner).CopyTo(destination);
                destination = destination[split.Inner..];
            }
        }
    }

    private AxisSplit Split(NodeInputs inputs) => _axis is { } axis
        ? AxisSplit.Of(inputs.Shape(0), inputs.Axis(axis, inputs.Shape(0).Rank))
        : new(1, inputs.Shape(0).Count, 1);

    // Truth values may be fewer than slices, and those without one are left out.
    private List<int> Chosen(NodeInputs inputs)
    {
        ReadOnlySpan<bool> condition = inputs.Booleans(1);
        int length = Split(inputs).Length;
        if (inputs.Shape(1).Rank != 1 || condition.Length > length)
            throw inputs.Fault($"the condition is {inputs[1]}, and must have one axis of at most {length} for input 0, {inputs[0]}");
        var chosen = new List<int>();
        for (int i = 0; i < condition.Length; i++)
            if (condition[i]) chosen.Add(i);
        return chosen;
    }
}
