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
