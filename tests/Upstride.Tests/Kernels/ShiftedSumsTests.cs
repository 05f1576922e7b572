using System.Numerics;
using System.Runtime.InteropServices;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Kernels;

/// <summary>Sums of planes that are moved against each other, at every width, beside guarded pages.</summary>
public sealed unsafe class ShiftedSumsTests
{
    [Theory]
    [InlineData(SimdWidth.Scalar)]
    [InlineData(SimdWidth.Bits128)]
    [InlineData(SimdWidth.Bits256)]
    [InlineData(SimdWidth.Bits512)]
    public void Rows_are_summed_where_their_masks_are_and_nothing_else_is_touched(object width)
    {
        Check<float>((SimdWidth)width);
        Check<double>((SimdWidth)width);
    }

    [Theory]
    [InlineData(1, 512, 128)]
    [InlineData(4, 512, 128)]
    [InlineData(5, 512, 256)]
    [InlineData(9, 512, 512)]
    [InlineData(40, 512, 512)]
    [InlineData(40, 256, 256)]
    [InlineData(3, 1, 0)]
    public void A_row_takes_the_narrowest_vectors_that_hold_it(int columns, int widest, int expected) =>
        Assert.Equal((SimdWidth)expected, ShiftedSums.WidthFor(columns, (SimdWidth)widest, sizeof(float)));

    private static void Check<T>(SimdWidth width)
        where T : unmanaged, INumber<T>
    {
        int lanes = WindowRows.Lanes<T>(width);
        ShiftedSums.Term<T>* terms = stackalloc ShiftedSums.Term<T>[5];
        foreach (int rows in (int[])[1, 2, 5])
        foreach (int vectors in (int[])[1, 2, 3])
        foreach (int count in (int[])[0, 1, 3, 5])
        {
            int columns = vectors * lanes, pitch = columns + rows % 2, gap = vectors % 2;
            using var source = new GuardedMemory<T>((rows - 1) * pitch + columns + Math.Max(0, count - 1) * 3);
            using var masks = new GuardedMemory<T>(5 * columns);
            using var destination = new GuardedMemory<T>((rows - 1) * (columns + gap) + columns);

            // What is masked out would show: a NaN.
            for (int i = 0; i < source.Count; i++) source.Span[i] = i % 7 == 6 ? T.Zero / T.Zero : T.CreateChecked(i * 7 % 19 - 9);
            destination.Span.Fill(T.CreateChecked(-1000));
            masks.Span.Clear();
            for (int i = 0; i < count; i++)
            {
                for (int c = 0; c < columns; c++)
                {
                    bool clean = true;
                    for (int r = 0; r < rows; r++) clean &= !T.IsNaN(source.Span[i * 3 + r * pitch + c]);
                    if (clean) MemoryMarshal.AsBytes(masks.Span.Slice(i * columns + c, 1)).Fill(byte.MaxValue);
                }
                terms[i] = new() { Offset = i * 3, Mask = masks.Start + i * columns, First = i % 2, End = rows - i / 3 };
            }
            var arguments = new ShiftedSums.Arguments<T>
            {
                Source = source.Start,
                Destination = destination.Start,
                Terms = terms,
                Count = count,
                SourcePitch = pitch,
                DestinationPitch = columns + gap,
                Rows = rows,
                Vectors = vectors,
            };
            ShiftedSums.At<T>(width)(&arguments);
            for (int at = 0; at < destination.Count; at++)
            {
                (int row, int column) = Math.DivRem(at, columns + gap);
                T expected = column < columns ? T.Zero : T.CreateChecked(-1000);
                for (int i = 0; column < columns && i < count; i++)
                {
                    bool covers = row >= i % 2 && row < rows - i / 3 && masks.Span[i * columns + column] != T.Zero;
                    if (covers) expected += source.Span[i * 3 + row * pitch + column];
                }
                if (expected != destination.Span[at])
                    Assert.Fail($"{typeof(T).Name} {rows} rows of {vectors} vectors, {count} terms: element {row}, {column} is "
                        + $"{destination.Span[at]}, and must be {expected}");
            }
        }
    }
}
