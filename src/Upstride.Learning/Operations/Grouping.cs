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
internal readonly record struct Grouping(int Outer, int Middle, int Inner)
{
    /// <summary>Elements of the tensor.</summary>
    public int Length => Outer * Middle * Inner;

    /// <summary>The middle place of an element.</summary>
    public int MiddleOf(int element) => element / Inner % Middle;

    /// <summary>Each channel of [batch, channels, sizes...].</summary>
    public static Grouping OfChannels(ReadOnlySpan<nint> shape) => OfAxes(shape, 1, 2);

    /// <summary>Axes first to end - 1 as the middle.</summary>
    public static Grouping OfAxes(ReadOnlySpan<nint> shape, int first, int end) =>
        new(TensorAccess.Length(shape[..first]), TensorAccess.Length(shape[first..end]), TensorAccess.Length(shape[end..]));

    /// <summary>
    /// How a smaller tensor repeats in a larger one: the shapes are aligned at their last axes, missing axes count as 1, and an axis is
    /// equal or 1 in the smaller. The axes that are not 1 stand together.
    /// </summary>
    public static bool TryFind(ReadOnlySpan<nint> large, ReadOnlySpan<nint> small, out Grouping grouping)
    {
        grouping = default;
        int missing = large.Length - small.Length;
        if (missing < 0) return false;
        int first = large.Length, end = large.Length;
        for (int axis = large.Length - 1; axis >= missing; axis--)
        {
            if (small[axis - missing] == 1) continue;
            if (first == large.Length && end == large.Length) end = axis + 1;
            first = axis;
        }
        if (first == large.Length) end = first = large.Length;
        for (int axis = first; axis < end; axis++)
            if (small[axis - missing] != large[axis]) return false;
        grouping = OfAxes(large, first, end);
        return true;
    }

    /// <summary>As <see cref="TryFind"/>.</summary>
    /// <exception cref="GeometryException">The smaller tensor does not repeat so.</exception>
    public static Grouping Find(ImmutableArray<nint> large, ImmutableArray<nint> small) =>
        TryFind(large.AsSpan(), small.AsSpan(), out Grouping grouping)
            ? grouping
            : throw new GeometryException(new(
                "right", $"left has shape {TensorAccess.Text(large.AsSpan())} and right has {TensorAccess.Text(small.AsSpan())}: aligned at their last axes they must be equal, or one of them 1 or missing on an axis, and the axes of the smaller that are not 1 must stand together: change one of them"));
}
