using System.Numerics;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>Windows of one channel at every width, every number of rows and columns up to some tiles, beside guarded pages.</summary>
public sealed unsafe class WindowRowsTests
{
    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Every_window_is_summed_and_nothing_else_is_touched(object width)
    {
        Check<float>((SimdWidth)width);
        Check<double>((SimdWidth)width);
    }

    private static void Check<T>(SimdWidth width)
        where T : unmanaged, INumber<T>
    {
        int lanes = WindowRows.Lanes<T>(width);
        nint* offsets = stackalloc nint[6];
        T* weights = stackalloc T[6];
        foreach (int rows in (int[])[1, 2, 3, 4, 5, 7, 8, 9, 17])
        for (int columns = lanes; columns <= 9 * lanes + 1; columns = columns < 3 * lanes ? columns + 1 : columns + lanes - 1)
        foreach ((int taps0, int taps1) in ((int, int)[])[(0, 0), (1, 1), (3, 2)])
        {
            int pitch = columns + Math.Max(0, taps1 - 1), gap = rows % 3;
            using var source = new GuardedMemory<T>(Math.Max(1, (rows + taps0 - 1) * pitch));
            using var destination = new GuardedMemory<T>((rows - 1) * (columns + gap) + columns);
            for (int i = 0; i < source.Count; i++) source.Span[i] = T.CreateChecked(i * 7 % 19 - 9);
            destination.Span.Fill(T.CreateChecked(-1000));
            for (int i = 0; i < taps0 * taps1; i++)
                (offsets[i], weights[i]) = (i / taps1 * pitch + i % taps1, T.CreateChecked(i * 5 % 7 - 3));
            var arguments = new WindowRows.Arguments<T>
            {
                Source = source.Start,
                Destination = destination.Start,
                Weights = weights,
                Offsets = offsets,
                Count = taps0 * taps1,
                SourcePitch = pitch,
                DestinationPitch = columns + gap,
                Rows = rows,
                Columns = columns,
            };
            WindowRows.At<T>(width)(&arguments);
            for (int at = 0; at < destination.Count; at++)
            {
                (int row, int column) = Math.DivRem(at, columns + gap);
                T expected = column < columns ? T.Zero : T.CreateChecked(-1000);
                for (int i = 0; column < columns && i < taps0 * taps1; i++)
                    expected += weights[i] * source.Span[(row + i / taps1) * pitch + column + i % taps1];
                if (expected != destination.Span[at])
                    Assert.Fail($"{typeof(T).Name} {rows}x{columns}, {taps0}x{taps1} taps: element {row}, {column} is "
                        + $"{destination.Span[at]}, and must be {expected}");
            }
        }
    }
}
