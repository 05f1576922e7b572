using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>Windows by steps of two at both widths, of every kernel, with zeros on every side or none, beside guarded pages.</summary>
public sealed unsafe class StridedWindowsTests
{
    [Theory]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void The_sums_are_those_of_whole_numbers_and_nothing_else_is_touched(object width)
    {
        if (!StridedWindows.Has((SimdWidth)width)) Assert.Skip($"this machine has no vectors of {width}");
        int lanes = WindowRows.Lanes<float>((SimdWidth)width);
        for (int kernelColumns = StridedWindows.LeastColumns; kernelColumns <= StridedWindows.MostColumns; kernelColumns++)
        foreach (int kernelRows in (int[])[1, 3, 6])
        foreach (int columns in (int[])[lanes, lanes + 1, 2 * lanes, 3 * lanes + 5])
        foreach ((int left, int missing) in ((int, int)[])[(0, 0), (1, 0), (1, 1), (2, 3), (3, -4), (-1, 2), (40, 80)])
        foreach ((int top, int rows) in ((int, int)[])[(0, 1), (1, 2), (2, 5), (7, 4), (-1, 3)])
        {
            Check((SimdWidth)width, kernelRows, kernelColumns, rows, columns, top, left, missing, againstEnd: true);
            Check((SimdWidth)width, kernelRows, kernelColumns, rows, columns, top, left, missing, againstEnd: false);
        }
    }

    // What is missing is read as zeros behind the rows; where it is negative, so much is not read.
    private static void Check(SimdWidth width, int kernelRows, int kernelColumns, int rows, int columns, int top, int left, int missing,
        bool againstEnd)
    {
        const int FirstRow = 1;
        int wide = 2 * columns - 2 + kernelColumns - left - missing, high = Math.Max(1, 2 * (FirstRow + rows) + kernelRows - top - 4);
        if (wide < 1) return;
        using var source = new GuardedMemory<float>(high * wide, againstEnd);
        using var destination = new GuardedMemory<float>(rows * columns, againstEnd);
        var random = new Random(wide + high);
        for (int i = 0; i < source.Count; i++) source.Span[i] = random.Next(-9, 10);
        float[] weights = [.. Enumerable.Range(0, kernelRows * kernelColumns).Select(_ => (float)random.Next(-9, 10))];
        destination.Span.Fill(float.NaN);
        fixed (float* weight = weights)
        {
            var arguments = new StridedPlane
            {
                Source = source.Start,
                Destination = destination.Start,
                Weights = weight,
                Height = high,
                Width = wide,
                Top = top,
                Left = left,
                KernelRows = kernelRows,
                FirstRow = FirstRow,
                Rows = rows,
                Columns = columns,
            };
            StridedWindows.At(width, kernelColumns)(&arguments);
        }
        for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
        {
            float sum = 0;
            for (int i = 0; i < kernelRows; i++)
            for (int j = 0; j < kernelColumns; j++)
            {
                (int y, int x) = (2 * (FirstRow + r) + i - top, 2 * c + j - left);
                if (y >= 0 && y < high && x >= 0 && x < wide) sum += weights[i * kernelColumns + j] * source.Span[y * wide + x];
            }
            if (destination.Span[r * columns + c] != sum)
                Assert.Fail($"{kernelRows}x{kernelColumns} over {high}x{wide} from {top}, {left}: element {r}, {c} of {rows}x{columns} is "
                    + $"{destination.Span[r * columns + c]}, and must be {sum}");
        }
    }
}
