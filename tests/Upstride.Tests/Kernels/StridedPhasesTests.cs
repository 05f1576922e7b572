using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>
/// Transposed convolutions by steps of two at both widths, of every number of taps, cropped and extended, beside guarded pages.
/// </summary>
public sealed unsafe class StridedPhasesTests
{
    [Theory]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void The_sums_are_those_of_whole_numbers_and_nothing_else_is_touched(object width)
    {
        if (!StridedWindows.Has((SimdWidth)width)) Assert.Skip($"this machine has no vectors of {width}");
        int lanes = WindowRows.Lanes<float>((SimdWidth)width);
        for (int taps = 1; taps <= StridedPhases.MostTaps; taps++)
        foreach (int kernelRows in (int[])[2, 4, 6])
        foreach (int columns in (int[])[2 * lanes, 2 * lanes + 1, 4 * lanes, 5 * lanes + 3])
        foreach ((int left, int missing) in ((int, int)[])[(0, 0), (1, 0), (1, 1), (2, 3), (3, -4), (-1, 2), (-7, 9), (40, 80)])
        foreach ((int top, int rows) in ((int, int)[])[(0, 1), (1, 2), (2, 5), (7, 4), (-1, 3), (-9, 6)])
        {
            Check((SimdWidth)width, kernelRows, taps, rows, columns, top, left, missing, againstEnd: true);
            Check((SimdWidth)width, kernelRows, taps, rows, columns, top, left, missing, againstEnd: false);
        }
    }

    // What is missing is read as zeros behind the rows; where it is negative, so much is not read.
    private static void Check(SimdWidth width, int kernelRows, int taps, int rows, int columns, int top, int left, int missing,
        bool againstEnd)
    {
        const int FirstRow = 3;
        int wide = Math.Max(1, (columns + left) / 2 + 1 - missing), high = Math.Max(1, (FirstRow + rows + top) / 2);
        using var source = new GuardedMemory<float>(high * wide, againstEnd);
        using var destination = new GuardedMemory<float>(rows * columns, againstEnd);
        var random = new Random(wide + high);
        for (int i = 0; i < source.Count; i++) source.Span[i] = random.Next(-9, 10);
        float[] weights = [.. Enumerable.Range(0, kernelRows * 2 * taps).Select(_ => (float)random.Next(-9, 10))];
        destination.Span.Fill(float.NaN);
        fixed (float* weight = weights)
        {
            var arguments = new StridedPlane
            {
                Source = source.Start, Destination = destination.Start, Weights = weight, Height = high, Width = wide, Top = top,
                Left = left, KernelRows = kernelRows, FirstRow = FirstRow, Rows = rows, Columns = columns,
            };
            StridedPhases.At(width, taps)(&arguments);
        }
        for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
        {
            float sum = 0;
            for (int y = 0; y < high; y++)
            for (int x = 0; x < wide; x++)
            {
                (int i, int j) = (FirstRow + r + top - 2 * y, c + left - 2 * x);
                if (i >= 0 && i < kernelRows && j >= 0 && j < 2 * taps) sum += weights[i * 2 * taps + j] * source.Span[y * wide + x];
            }
            if (destination.Span[r * columns + c] != sum)
                Assert.Fail($"{kernelRows}x{2 * taps} over {high}x{wide} from {top}, {left}: element {r}, {c} of {rows}x{columns} is "
                    + $"{destination.Span[r * columns + c]}, and must be {sum}");
        }
    }
}
