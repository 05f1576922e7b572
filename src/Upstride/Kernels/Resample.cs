using System.Diagnostics;
using System.Numerics;

namespace Upstride.Kernels;

/// <summary>
/// Multiplies one axis of a dense array [outer, n, inner] by a sparse matrix of short rows, giving [outer, m, inner].
/// </summary>
/// <remarks>
/// Contract. Row o of the matrix holds <c>weights[offsets[o] .. offsets[o + 1]]</c> at the columns from <c>first[o]</c> on; m is
/// <c>first.Length</c>, <c>offsets</c> has one more element, and every column lies in 0 .. n - 1. The destination is written in full and
/// never read; it shares no memory with the source. Every output is the sum of its products by ascending column, each rounded, in
/// whichever loop it is made, so that inner, outer and the width of the vectors change no bit.
/// </remarks>
internal static class Resample
{
    /// <summary>Elements of the scratch that <see cref="Multiply"/> needs where <paramref name="inner"/> is 1.</summary>
    public static int ScratchLength<T>(int n, int m, int inner) => inner == 1 ? checked((n + m) * Lanes<T>()) : 0;

    /// <summary>The product as the remarks say it.</summary>
    public static void Multiply<T>(
        ReadOnlySpan<T> source, int outer, int n, int inner,
        ReadOnlySpan<int> first, ReadOnlySpan<int> offsets, ReadOnlySpan<T> weights, Span<T> scratch, Span<T> destination)
        where T : unmanaged, INumberBase<T>
    {
        int m = first.Length, lanes = Lanes<T>();
        Debug.Assert(source.Length == outer * n * inner && destination.Length == outer * m * inner && offsets.Length == m + 1, "lengths");
        int done = 0;
        if (inner == 1 && lanes > 0)
        {
            // Adjacent outputs read windows at irregular distances, so lanes are rows: turn a strip of rows, multiply, turn back.
            Span<T> turned = scratch[..(n * lanes)], product = scratch.Slice(n * lanes, m * lanes);
            for (; done + lanes <= outer; done += lanes)
            {
                Transpose(source.Slice(done * n, lanes * n), lanes, n, turned);
                MultiplyPanel(turned, lanes, first, offsets, weights, product);
                Transpose(product, m, lanes, destination.Slice(done * m, lanes * m));
            }
        }
        for (; done < outer; done++)
            MultiplyPanel(source.Slice(done * n * inner, n * inner), inner, first, offsets, weights, destination.Slice(done * m * inner, m * inner));
    }

    /// <summary>Copies <c>source[outer, first[o], inner]</c> to <c>destination[outer, o, inner]</c>: a matrix of single ones.</summary>
    public static void Select<T>(ReadOnlySpan<T> source, int outer, int n, int inner, ReadOnlySpan<int> first, Span<T> destination)
    {
        int m = first.Length;
        for (int row = 0; row < outer; row++)
        {
            ReadOnlySpan<T> from = source.Slice(row * n * inner, n * inner);
            Span<T> to = destination.Slice(row * m * inner, m * inner);
            if (inner == 1)
            {
                for (int o = 0; o < to.Length; o++) to[o] = from[first[o]];
            }
            else
            {
                for (int o = 0; o < m; o++) from.Slice(first[o] * inner, inner).CopyTo(to.Slice(o * inner, inner));
            }
        }
    }

    // None where the type has no vectors: decimal and half.
    private static int Lanes<T>() => Vector<T>.IsSupported ? Vector<T>.Count : 0;

    private static void MultiplyPanel<T>(
        ReadOnlySpan<T> source, int inner, ReadOnlySpan<int> first, ReadOnlySpan<int> offsets, ReadOnlySpan<T> weights, Span<T> destination)
        where T : unmanaged, INumberBase<T>
    {
        int lanes = Lanes<T>();
        for (int o = 0; o < first.Length; o++)
        {
            ReadOnlySpan<T> taps = weights[offsets[o]..offsets[o + 1]];
            ReadOnlySpan<T> window = source.Slice(first[o] * inner, taps.Length * inner);
            Span<T> result = destination.Slice(o * inner, inner);
            int c = 0;
            for (; lanes > 0 && c + lanes <= inner; c += lanes)
            {
                Vector<T> sum = Vector<T>.Zero;
                for (int k = 0; k < taps.Length; k++) sum += new Vector<T>(taps[k]) * new Vector<T>(window.Slice(k * inner + c, lanes));
                sum.CopyTo(result.Slice(c, lanes));
            }
            for (; c < inner; c++)
            {
                T sum = T.Zero;
                for (int k = 0; k < taps.Length; k++) sum += taps[k] * window[k * inner + c];
                result[c] = sum;
            }
        }
    }

    private static void Transpose<T>(ReadOnlySpan<T> source, int rows, int columns, Span<T> destination)
    {
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<T> row = source.Slice(r * columns, columns);
            for (int c = 0; c < row.Length; c++) destination[c * rows + r] = row[c];
        }
    }
}
