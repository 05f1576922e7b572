using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>Elements around a tensor: PyTorch's <c>pad</c>.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="padding">How many before and after, for each of the sizes.</param>
    /// <param name="mode">What they are.</param>
    /// <param name="constant">The number, with <see cref="PaddingMode.Zeros"/>.</param>
    /// <exception cref="GeometryException">Amounts below 0, for other axes than there are, or more than the mode has to give: reflection
    /// takes less than the size, circular at most the size.</exception>
    public static Variable<T> Pad<T>(Variable<T> value, ImmutableArray<(int Before, int After)> padding,
        PaddingMode mode = PaddingMode.Zeros,
        double constant = 0)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        Require.Rank(value.Shape.AsSpan(), 3, 5, nameof(value));
        int axes = value.Shape.Length - 2;
        if (padding.IsDefault || padding.Length != axes)
            throw new GeometryException(new(nameof(padding),
                $"padding is of {(padding.IsDefault ? 0 : padding.Length)} axes, and value {TensorMemory.Text(value.Shape.AsSpan())} has "
                + $"{axes} beside batch and channels: both must be equal"));
        for (int axis = 0; axis < axes; axis++) RequirePadding(value.Shape[axis + 2], padding[axis], axis + 2, mode);
        T shift = T.CreateTruncating(mode == PaddingMode.Zeros ? constant : 0);
        Variable<T> padded = shift == T.Zero ? value : value - shift;
        for (int axis = 0; axis < axes; axis++)
        {
            if (padding[axis] == (0, 0)) continue;
            int size = (int)value.Shape[axis + 2], before = padding[axis].Before, all = checked(size + before + padding[axis].After);
            padded = AxisMap<T>.Run(padded, axis + 2, AxisTaps.Create(size, Enumerable.Range(0, all).Select(place =>
                Source(place - before, size, mode) is >= 0 and var source ? new[] { (source, 1.0) } : [])));
        }
        return shift == T.Zero ? padded : padded + shift;
    }

    // Where an element comes from; below 0 from nowhere.
    private static int Source(int place, int size, PaddingMode mode) => mode switch
    {
        PaddingMode.Reflect => place < 0 ? -place : place >= size ? 2 * (size - 1) - place : place,
        PaddingMode.Replicate => Math.Clamp(place, 0, size - 1),
        PaddingMode.Circular => (place + size) % size,
        _ => place < size ? place : -1,
    };

    private static void RequirePadding(nint size, (int Before, int After) padding, int axis, PaddingMode mode)
    {
        if (padding.Before < 0 || padding.After < 0)
            throw new GeometryException(new(nameof(padding),
                $"padding = {padding.Before}, {padding.After} on axis {axis}, and must be at least 0: take Slice to crop"));
        nint most = mode switch { PaddingMode.Reflect => size - 1, PaddingMode.Circular => size, _ => int.MaxValue };
        if (Math.Max(padding.Before, padding.After) > most || (size == 0 && mode != PaddingMode.Zeros))
            throw new GeometryException(new(nameof(padding),
                $"padding = {padding.Before}, {padding.After} on axis {axis} of size {size}, and {mode} has at most {Math.Max(0, most)}: "
                    + $"use "
                + $"less, or a larger input"));
    }
}
