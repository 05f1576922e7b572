using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Reductions;

/// <summary>A tensor as [outer, length, inner], for what goes along some axes that are contiguous.</summary>
internal readonly record struct AxisSplit(int Outer, int Length, int Inner)
{
    /// <summary>One axis between those before and those after it.</summary>
    public static AxisSplit Of(TensorShape shape, int axis) => Of(shape, axis, axis + 1);

    /// <summary>The axes <paramref name="from"/> up to but without <paramref name="to"/> as one.</summary>
    public static AxisSplit Of(TensorShape shape, int from, int to) =>
        new(shape.CountOfAxes(0, from), shape.CountOfAxes(from, to), shape.CountOfAxes(to, shape.Rank));
}
