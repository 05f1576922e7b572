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
        nint* offsets = stackalloc nint[5];
        T* weights = stackalloc T[5];
        for (int columns = lanes; columns <= 17 * lanes + 1; columns = columns < 5 * lanes ? columns + 1 : columns + lanes - 1)
        foreach (int count in (int[])[0, 1, 5])
        {
            using var source = new GuardedMemory<T>(columns + 2 * Math.Max(0, count - 1));
            using var masks = new GuardedMemory<T>(Math.Max(1, count * columns));
            using var destination = new GuardedMemory<T>(columns);

            // What is masked out would show: a NaN.
            for (int i = 0; i < source.Count; i++) source.Span[i] = i % 5 == 4 ? T.Zero / T.Zero : T.CreateChecked(i * 7 % 19 - 9);
            destination.Span.Fill(T.CreateChecked(-1000));
            masks.Span.Clear();
            for (int i = 0; i < count; i++)
            {
                (offsets[i], weights[i]) = (2 * i, T.CreateChecked(i * 5 % 7 - 3));
                for (int c = 0; c < columns; c++)
                    if (!T.IsNaN(source.Span[2 * i + c]))
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
            };
            MaskedWindows.At<T>(width)(&arguments);
            for (int c = 0; c < columns; c++)
            {
                T expected = T.Zero;
                for (int i = 0; i < count; i++)
                    if (!T.IsNaN(source.Span[2 * i + c])) expected += weights[i] * source.Span[2 * i + c];
                if (expected != destination.Span[c])
                    Assert.Fail($"{typeof(T).Name} {columns} columns, {count} taps: element {c} is {destination.Span[c]}, and must be "
                        + $"{expected}");
            }
        }
    }
}
