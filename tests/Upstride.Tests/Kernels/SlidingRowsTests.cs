using System.Numerics;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>
/// Windows of whole rows at every width, every number of rows and columns up to some tiles, beside guarded pages: the bits of
/// <see cref="WindowRows"/>, which sums in the same order.
/// </summary>
public sealed unsafe class SlidingRowsTests
{
    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void The_sums_are_those_of_each_window_by_itself_and_nothing_else_is_touched(object width)
    {
        for (int kernelRows = SlidingRows.LeastRows; kernelRows <= SlidingRows.MostRows; kernelRows++)
        {
            Check<float>((SimdWidth)width, kernelRows);
            Check<double>((SimdWidth)width, kernelRows);
        }
    }

    // Against a copy of the plane with zeros around it.
    [Theory]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Around_a_plane_as_it_lies_there_are_zeros_and_nothing_of_them_is_read(object width)
    {
        int lanes = WindowRows.Lanes<float>((SimdWidth)width);
        for (int kernelRows = SlidingRows.LeastRows; kernelRows <= SlidingRows.MostRows; kernelRows++)
        foreach (int kernelColumns in (int[])[1, 3, 5])
        foreach (int columns in (int[])[lanes, lanes + 1, 2 * lanes, 5 * lanes + 3])
        foreach ((int left, int right) in ((int, int)[])[(0, 0), (1, 1), (2, 2), (0, 3), (4, 0), (-1, -2), (lanes + 3, 1)])
        foreach ((int top, int bottom) in ((int, int)[])[(0, 0), (1, 1), (2, 3), (-1, 2)])
        foreach (bool againstEnd in (bool[])[true, false])
        {
            CheckPlane<float>((SimdWidth)width, kernelRows, kernelColumns, columns, (left, right), (top, bottom), againstEnd);
            if (columns == lanes + 1)
                CheckPlane<double>((SimdWidth)width, kernelRows, kernelColumns, columns, (left, right), (top, bottom), againstEnd);
        }
    }

    // Zeros on each side; where there are fewer than none, so much of the plane is not read.
    private static void CheckPlane<T>(SimdWidth width, int kernelRows, int kernelColumns, int columns, (int Left, int Right) across,
        (int Top, int Bottom) down, bool againstEnd)
        where T : unmanaged, INumber<T>
    {
        const int Rows = 4;
        (int high, int wide) = (Rows + kernelRows - 1 - down.Top - down.Bottom, columns + kernelColumns - 1 - across.Left - across.Right);
        if (high < 1 || wide < 1) return;
        using var plane = new GuardedMemory<T>(high * wide, againstEnd);
        using var destination = new GuardedMemory<T>(Rows * columns, againstEnd);
        var random = new Random(high + wide);
        for (int i = 0; i < plane.Count; i++) plane.Span[i] = T.CreateChecked(random.Next(-9, 10));
        T[] weights = [.. Enumerable.Range(0, kernelRows * kernelColumns).Select(_ => T.CreateChecked(random.Next(-9, 10)))];
        nint[] offsets = [.. Enumerable.Range(0, kernelColumns).Select(static j => (nint)j)];
        fixed (T* weight = weights)
        fixed (nint* places = offsets)
        {
            var arguments = new WindowRows.Arguments<T>
            {
                Source = plane.Start - down.Top * wide - across.Left,
                Destination = destination.Start,
                Weights = weight,
                Offsets = places,
                Count = kernelColumns,
                SourcePitch = wide,
                DestinationPitch = columns,
                Rows = Rows,
                Columns = columns,
                IsPlane = true,
                Top = down.Top,
                Bottom = down.Top + high,
                Left = across.Left,
                Right = across.Left + wide,
            };
            SlidingRows.At<T>(width, kernelRows)(&arguments);
        }
        for (int r = 0; r < Rows; r++)
        for (int c = 0; c < columns; c++)
        {
            T sum = T.Zero;
            for (int i = 0; i < kernelRows; i++)
            for (int j = 0; j < kernelColumns; j++)
            {
                (int y, int x) = (r + i - down.Top, c + j - across.Left);
                if (y >= 0 && y < high && x >= 0 && x < wide) sum += weights[j * kernelRows + i] * plane.Span[y * wide + x];
            }
            if (destination.Span[r * columns + c] != sum)
                Assert.Fail($"{kernelRows}x{kernelColumns} over {high}x{wide} in {down}, {across}: element {r}, {c} is "
                    + $"{destination.Span[r * columns + c]}, and must be {sum}");
        }
    }

    private static void Check<T>(SimdWidth width, int kernelRows)
        where T : unmanaged, INumber<T>
    {
        int lanes = WindowRows.Lanes<T>(width);
        foreach (int rows in (int[])[1, 2, 3, 7, 8, 17])
        for (int columns = lanes; columns <= 5 * lanes + 1; columns = columns < 3 * lanes ? columns + 1 : columns + lanes - 1)
        foreach (int kernelColumns in (int[])[1, 2, 5])
        {
            int pitch = columns + kernelColumns - 1, gap = rows % 3, taps = kernelRows * kernelColumns;
            using var source = new GuardedMemory<T>((rows + kernelRows - 1) * pitch);
            using var destination = new GuardedMemory<T>((rows - 1) * (columns + gap) + columns);
            var random = new Random(taps + columns);
            for (int i = 0; i < source.Count; i++) source.Span[i] = T.CreateChecked(random.NextSingle() - 0.5f);
            destination.Span.Fill(T.CreateChecked(-1000));
            T[] expected = destination.Span.ToArray(), weights = new T[taps], turned = new T[taps];
            var offsets = new nint[taps];
            for (int i = 0; i < taps; i++)
            {
                (int row, int column) = Math.DivRem(i, kernelColumns);
                (offsets[i], weights[i]) = (row * pitch + column, T.CreateChecked(random.NextSingle() - 0.5f));
                turned[column * kernelRows + row] = weights[i];
            }
            fixed (T* each = weights, whole = turned, apart = expected)
            fixed (nint* places = offsets)
            {
                var arguments = new WindowRows.Arguments<T>
                {
                    Source = source.Start,
                    Destination = apart,
                    Weights = each,
                    Offsets = places,
                    Count = taps,
                    SourcePitch = pitch,
                    DestinationPitch = columns + gap,
                    Rows = rows,
                    Columns = columns,
                };
                WindowRows.At<T>(width)(&arguments);
                arguments.Destination = destination.Start;
                arguments.Weights = whole;
                arguments.Count = kernelColumns;
                SlidingRows.At<T>(width, kernelRows)(&arguments);
            }
            int at = destination.Span.CommonPrefixLength(expected);
            if (at < destination.Count)
                Assert.Fail($"{typeof(T).Name} {rows}x{columns}, {kernelRows}x{kernelColumns} taps: element {at / (columns + gap)}, "
                    + $"{at % (columns + gap)} is {destination.Span[at]}, and must be {expected[at]}");
        }
    }
}
