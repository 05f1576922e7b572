using System.Numerics;
using System.Runtime.InteropServices;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>Masked windows at every width, every number of columns up to some tiles, beside guarded pages.</summary>
public sealed unsafe class MaskedWindowsTests
{
    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Windows_are_summed_where_their_masks_are_and_nothing_else_is_touched(object width)
    {
        Check<float>((SimdWidth)width);
        Check<double>((SimdWidth)width);
    }

    private static void Check<T>(SimdWidth width)
        where T : unmanaged, INumber<T>
    {
        int lanes = WindowRows.Lanes<T>(width);
        const int Taps = 5;
        nint* offsets = stackalloc nint[Taps];
        T* weights = stackalloc T[3 * Taps];
        for (int i = 0; i < 3 * Taps; i++) weights[i] = T.CreateChecked(i * 5 % 7 - 3);
        for (int columns = lanes; columns <= 17 * lanes + 1; columns = columns < 5 * lanes ? columns + 1 : columns + lanes - 1)
        foreach (int count in (int[])[0, 1, Taps])
        foreach (int planes in (int[])[1, 3])
        {
            // Planes overlap in the source, and stand apart in the destination.
            int sourcePlane = columns - 1, destinationPlane = columns + 2;
            using var source = new GuardedMemory<T>((planes - 1) * sourcePlane + columns + 2 * Math.Max(0, count - 1));
            using var masks = new GuardedMemory<T>(Math.Max(1, count * columns));
            using var destination = new GuardedMemory<T>((planes - 1) * destinationPlane + columns);

            // What is masked out would show: a NaN in every plane.
            for (int i = 0; i < source.Count; i++) source.Span[i] = T.CreateChecked(i * 7 % 19 - 9);
            destination.Span.Fill(T.CreateChecked(-1000));
            masks.Span.Clear();
            for (int p = 0; p < planes; p++) source.Span[p * sourcePlane + columns / 2] = T.Zero / T.Zero;
            for (int i = 0; i < count; i++)
            {
                offsets[i] = 2 * i;
                for (int c = 0; c < columns; c++)
                    if (!Enumerable.Range(0, planes).Any(p => T.IsNaN(source.Span[p * sourcePlane + 2 * i + c])))
                        MemoryMarshal.AsBytes(masks.Span.Slice(i * columns + c, 1)).Fill(byte.MaxValue);
            }
            var arguments = new MaskedWindows.Arguments<T>
            {
                Source = source.Start,
                Destination = destination.Start,
                Weights = weights,
                Masks = masks.Start,
                Offsets = offsets,
                Count = count,
                MaskPitch = columns,
                Columns = columns,
                Planes = planes,
                SourcePlane = sourcePlane,
                DestinationPlane = destinationPlane,
                WeightPlane = Taps,
            };
            MaskedWindows.At<T>(width)(&arguments);
            for (int at = 0; at < destination.Count; at++)
            {
                (int p, int c) = Math.DivRem(at, destinationPlane);
                T expected = c < columns ? T.Zero : T.CreateChecked(-1000);
                for (int i = 0; i < count && c < columns; i++)
                    if (masks.Span[i * columns + c] != T.Zero)
                        expected += weights[p * Taps + i] * source.Span[p * sourcePlane + 2 * i + c];
                if (expected != destination.Span[at])
                    Assert.Fail($"{typeof(T).Name} {columns} columns, {count} taps: element {c} of plane {p} is "
                        + $"{destination.Span[at]}, and must be {expected}");
            }
        }
    }
}
