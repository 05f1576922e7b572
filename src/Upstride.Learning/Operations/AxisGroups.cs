using System.Collections.Immutable;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Learning.Operations;

/// <summary>
/// A tensor seen as [outer, middle, inner], where a smaller tensor has a number for each place of the middle: a bias for each channel,
/// one number for all, a mean for each plane.
/// </summary>
/// <param name="Outer">Repetitions around.</param>
/// <param name="Middle">The smaller tensor's elements.</param>
/// <param name="Inner">Repetitions within.</param>
internal readonly record struct AxisGroups(int Outer, int Middle, int Inner)
{
    /// <summary>Elements of the tensor.</summary>
    public int Length => Outer * Middle * Inner;

    /// <summary>The middle place of an element.</summary>
    public int MiddleOf(int element) => element / Inner % Middle;

    /// <summary>Each channel of [batch, channels, sizes...].</summary>
    public static AxisGroups OfChannels(ReadOnlySpan<nint> shape) => OfAxes(shape, 1, 2);

    /// <summary>Axes first to end - 1 as the middle.</summary>
    public static AxisGroups OfAxes(ReadOnlySpan<nint> shape, int first, int end) =>
        new(TensorMemory.Length(shape[..first]), TensorMemory.Length(shape[first..end]), TensorMemory.Length(shape[end..]));

    /// <summary>
    /// How a smaller tensor repeats in a larger one: the shapes are aligned at their last axes, missing axes count as 1, and an axis is
    /// equal or 1 in the smaller. The axes that are not 1 are contiguous.
    /// </summary>
    public static bool TryFind(ReadOnlySpan<nint> large, ReadOnlySpan<nint> small, out AxisGroups grouping)
    {
        grouping = default;
        int missing = large.Length - small.Length;
        if (missing < 0) return false;
        int first = large.Length, end = -1;
        for (int axis = large.Length - 1; axis >= missing; axis--)
        {
            if (small[axis - missing] == 1) continue;
            if (end < 0) end = axis + 1;
            first = axis;
        }
        for (int axis = first; axis < end; axis++)
            if (small[axis - missing] != large[axis]) return false;
        grouping = OfAxes(large, first, Math.Max(first, end));
        return true;
    }

    /// <summary>How the smaller of two tensors repeats in the other.</summary>
    /// <param name="left">One shape.</param>
    /// <param name="right">The other.</param>
    /// <param name="swapped">Whether the left one is the smaller.</param>
    /// <exception cref="GeometryException">Neither repeats in the other.</exception>
    public static AxisGroups Find(ImmutableArray<nint> left, ImmutableArray<nint> right, out bool swapped)
    {
        swapped = false;
        if (TryFind(left.AsSpan(), right.AsSpan(), out AxisGroups grouping)) return grouping;
        swapped = true;
        if (TryFind(right.AsSpan(), left.AsSpan(), out grouping)) return grouping;
        throw new GeometryException(new(
            nameof(right),
                $"left has shape {TensorMemory.Text(left.AsSpan())} and right has {TensorMemory.Text(right.AsSpan())}: aligned at their "
                + $"last axes they must be equal, or one of them 1 or missing on an axis, and the axes of the smaller that are not 1 "
                + $"must stand together: change one of them"));
    }
}
