using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// Multiplies one axis of a dense array [outer, n, inner] by a sparse matrix of short rows, giving [outer, m, inner].
/// </summary>
/// <remarks>
/// Contract. Row o of the matrix holds <c>weights[offsets[o] .. offsets[o + 1]]</c> at the columns from <c>first[o]</c> on; m is
/// <c>first.Length</c>, <c>offsets</c> has one more element, and every column lies in 0 .. n - 1. The destination is written in full and
/// never read; it shares no memory with the source. Every output is the sum of its products by ascending column, each rounded, in
/// whichever loop it is made, here or in <see cref="ResampleLanes"/>, so that inner, outer and the width of the vectors change no bit.
/// </remarks>
internal static unsafe class Resample
{
    /// <summary>Elements of the scratch that <see cref="Multiply"/> needs where <paramref name="inner"/> is 1.</summary>
    public static int ScratchLength<T>(int n, int m, int inner, SimdWidth width) => inner == 1 ? checked((n + m) * Lanes<T>(width)) : 0;

    /// <summary>Elements of a vector; 1 where the type has none: decimal and half.</summary>
    public static int Lanes<T>(SimdWidth width) =>
        typeof(T) == typeof(float) ? Math.Max(1, (int)width / 32) : typeof(T) == typeof(double) ? Math.Max(1, (int)width / 64) : 1;

    /// <summary>The product as the remarks say it.</summary>
    public static void Multiply<T>(
        ReadOnlySpan<T> source, int outer, int n, int inner, ReadOnlySpan<int> first, ReadOnlySpan<int> offsets, ReadOnlySpan<T> weights,
        SimdWidth width, Span<T> scratch, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        int m = first.Length, lanes = Lanes<T>(width), done = 0;
        Debug.Assert(source.Length == outer * n * inner && destination.Length == outer * m * inner && offsets.Length == m + 1, "lengths");
        if (inner == 1 && lanes > 1)
        {
            // Adjacent outputs read windows at irregular distances, so lanes are rows: turn a strip of rows, multiply, turn back.
            Span<T> turned = scratch[..(n * lanes)], product = scratch.Slice(n * lanes, m * lanes);
            for (; done + lanes <= outer; done += lanes)
            {
                Transpose(source.Slice(done * n, lanes * n), lanes, n, turned);
                MultiplyPanels(turned, 1, n, lanes, first, offsets, weights, width, product);
                Transpose(product, m, lanes, destination.Slice(done * m, lanes * m));
            }
        }
        MultiplyPanels(source[(done * n * inner)..], outer - done, n, inner, first, offsets, weights, width,
            destination[(done * m * inner)..]);
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

    // The widest vectors that a row of the inner elements fills.
    private static void MultiplyPanels<T>(
        ReadOnlySpan<T> source, int outer, int n, int inner, ReadOnlySpan<int> first, ReadOnlySpan<int> offsets, ReadOnlySpan<T> weights,
            SimdWidth width, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        fixed (T* from = source, w = weights, to = destination)
        fixed (int* start = first, offset = offsets)
        {
            for (int row = 0; row < outer; row++)
            {
                T* panel = from + (nint)row * n * inner, product = to + (nint)row * first.Length * inner;
                if (inner >= Lanes<T>(SimdWidth.Bits512) && width >= SimdWidth.Bits512 && Lanes<T>(width) > 1)
                    Panel<Simd512<T>, Vector512<T>, T>(panel, inner, start, offset, w, first.Length, product);
                else if (inner >= Lanes<T>(SimdWidth.Bits256) && width >= SimdWidth.Bits256 && Lanes<T>(width) > 1)
                    Panel<Simd256<T>, Vector256<T>, T>(panel, inner, start, offset, w, first.Length, product);
                else if (inner >= Lanes<T>(SimdWidth.Bits128) && width >= SimdWidth.Bits128 && Lanes<T>(width) > 1)
                    Panel<Simd128<T>, Vector128<T>, T>(panel, inner, start, offset, w, first.Length, product);
                else
                    Panel<SimdScalar<T>, T, T>(panel, inner, start, offset, w, first.Length, product);
            }
        }
    }

    // inner is at least a vector; the last vectors end where the row ends, and what they share with those before comes out the same twice.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panel<TSimd, TVector, T>(T* source, nint inner, int* first, int* offsets, T* weights, int outputs, T* destination)
        where TSimd : ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        nint lanes = TSimd.Lanes;
        for (int o = 0; o < outputs; o++, destination += inner)
        {
            T* window = source + first[o] * inner, taps = weights + offsets[o];
            int count = offsets[o + 1] - offsets[o];
            for (nint c = 0; c < inner; c += 2 * lanes)
            {
                nint left = nint.Min(c, inner - lanes), right = nint.Min(c + lanes, inner - lanes);
                T* row = window;
                TVector sum = TSimd.Zero, next = TSimd.Zero;
                for (int k = 0; k < count; k++, row += inner)
                {
                    TVector weight = TSimd.Broadcast(taps[k]);
                    sum = TSimd.Add(sum, TSimd.Multiply(weight, TSimd.Load(row + left)));
                    next = TSimd.Add(next, TSimd.Multiply(weight, TSimd.Load(row + right)));
                }
                TSimd.Store(sum, destination + left);
                TSimd.Store(next, destination + right);
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
