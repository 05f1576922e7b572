using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Selection;

/// <summary>
/// <c>Compress</c> (opset 9 on): the slices along an axis, or without one the elements, whose truth value in input 1 is true.
/// </summary>
internal sealed class CompressOperator : SelectionOperator
{
    private readonly AxisSlices _slices;

    public CompressOperator(NodeAttributes node)
    {
        node.RequireOpset(9);
        _slices = AxisSlices.Of(node);
    }

    protected override Selected Select(NodeInputs inputs, SelectionLimits limits)
    {
        int[] chosen = Chosen(inputs, limits);
        AxisSplit split = _slices.Split(inputs);
        TensorType type = _slices.TypeOf(inputs, chosen.Length);
        return new([type], frame => AxisSlices.Copy(frame, type.Storage, split, chosen));
    }

    // Truth values may be fewer than slices, and those without one are left out.
    private int[] Chosen(NodeInputs inputs, SelectionLimits limits)
    {
        ReadOnlySpan<bool> condition = inputs.Booleans(1);
        int length = _slices.Split(inputs).Length;
        if (inputs.Shape(1).Rank != 1 || condition.Length > length)
            throw inputs.Fault($"the condition is {inputs[1]}, and must have one axis of at most {length} for input 0, {inputs[0]}");
        int count = condition.Count(true);
        limits.Require((long)count * sizeof(int));
        var chosen = new int[count];
        for (int i = 0, place = 0; place < count; i++)
            if (condition[i]) chosen[place++] = i;
        return chosen;
    }
}
