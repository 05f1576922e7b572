using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Selection;

/// <summary>The slices of input 0 along an axis, or its elements where no axis is told.</summary>
/// <param name="axis">The axis, from behind where negative.</param>
internal readonly struct AxisSlices(long? axis)
{
    /// <summary>By attribute axis.</summary>
    public static AxisSlices Of(NodeAttributes node) => new(node.Has("axis") ? node.Integer("axis", 0) : null);

    /// <summary>How many there are, and where they lie.</summary>
    public AxisSplit Split(NodeInputs inputs) => axis is { } along
        ? AxisSplit.Of(inputs.Shape(0), inputs.Axis(along, inputs.Shape(0).Rank))
        : new(1, inputs.Shape(0).Count, 1);

    /// <summary>The type of so many of them.</summary>
    public TensorType TypeOf(NodeInputs inputs, int count)
    {
        if (axis is not { } told) return inputs[0].WithShape(new(count));
        TensorShape shape = inputs.Shape(0);
        int along = inputs.Axis(told, shape.Rank);
        return inputs[0].WithShape(new([.. shape.Lengths[..along], count, .. shape.Lengths[(along + 1)..]]));
    }

    /// <summary>Copies some of them, in this order, to output 0.</summary>
    public static void Copy(NodeContext frame, Storage storage, AxisSplit split, int[] places)
    {
        switch (storage)
        {
            case Storage.Float: Copy<float>(frame, split, places); break;
            case Storage.Integer: Copy<long>(frame, split, places); break;
            default: Copy<bool>(frame, split, places); break;
        }
    }

    private static void Copy<T>(NodeContext frame, AxisSplit split, int[] places) where T : unmanaged
    {
        ReadOnlySpan<T> source = frame.Input<T>(0);
        Span<T> destination = frame.Output<T>(0);
        if (destination.IsEmpty) return;
        for (int outer = 0; outer < split.Outer; outer++)
        {
            foreach (int place in places)
            {
                source.Slice(((outer * split.Length) + place) * split.Inner, split.Inner).CopyTo(destination);
                destination = destination[split.Inner..];
            }
        }
    }
}
