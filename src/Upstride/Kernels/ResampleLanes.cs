using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// A sparse matrix over blocks of so many elements in a row, arranged for vectors: outputs in groups of one vector, and for each of a
/// group's taps a vector of indices and one of weights; more than one where the elements that a tap takes lie too far apart.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class LaneTaps<T>
{
    /// <summary>The vectors that it is arranged for.</summary>
    public required SimdWidth Width { get; init; }

    /// <summary>Rows that are multiplied as one block, so that a block fills a vector.</summary>
    public required int Rows { get; init; }

    /// <summary>Elements of a row of the input; a block of them is at least a vector.</summary>
    public required int RowLength { get; init; }

    /// <summary>Elements of a row of the output; a block of them is at least a vector.</summary>
    public required int ProductLength { get; init; }

    /// <summary>The first output of each group.</summary>
    public required int[] Starts { get; init; }

    /// <summary>Where each group's taps begin, at least one each, and after them where the last one's end.</summary>
    public required int[] Offsets { get; init; }

    /// <summary>For each tap where in the block the first vector that it reads begins.</summary>
    public required int[] Lows { get; init; }

    /// <summary>Likewise the second vector; empty where every tap reads but one.</summary>
    public required int[] Highs { get; init; }

    /// <summary>
    /// For each tap a vector of places in those two, as <see cref="ILaneGather{TVector, T}"/> has them; negative for the outputs that have
    /// not so many taps, or theirs elsewhere.
    /// </summary>
    public required T[] Indices { get; init; }

    /// <summary>For each tap a vector of weights; negative zero, which changes no sum, for those.</summary>
    public required T[] Weights { get; init; }

    /// <summary>
    /// What sums begin with: zero, or the negative zero that changes nothing where the product is to be the input's elements themselves.
    /// </summary>
    public required T Beginning { get; init; }
}

/// <summary>
/// Multiplies rows by a matrix that is arranged for vectors: every output is made where it goes, from elements that are permuted in
/// registers.
/// </summary>
/// <remarks>
/// Contract. The source is [rows, RowLength], the destination [rows, ProductLength], with no memory in common; there are at least as many
/// rows as a block has. The destination is written in full, in part twice, and never read.
/// </remarks>
internal static unsafe class ResampleLanes
{
    /// <summary>The product.</summary>
    public static void Run<T>(LaneTaps<T> taps, ReadOnlySpan<T> source, int rows, Span<T> destination)
        where T : unmanaged
    {
        fixed (T* from = source, to = destination)
        {
            switch (taps.Width)
            {
                case SimdWidth.Bits512 when taps.Highs.Length == 0: Run<Simd512<T>, GatherOne512<T>, Vector512<T>, T>(taps, from, rows,
                    to); break;
                case SimdWidth.Bits512: Run<Simd512<T>, GatherTwo512<T>, Vector512<T>, T>(taps, from, rows, to); break;
                case SimdWidth.Bits256 when taps.Highs.Length == 0: Run<Simd256<T>, GatherOne256<T>, Vector256<T>, T>(taps, from, rows,
                    to); break;
                case SimdWidth.Bits256: Run<Simd256<T>, GatherTwo256<T>, Vector256<T>, T>(taps, from, rows, to); break;
                case SimdWidth.Bits128 when taps.Highs.Length == 0: Run<Simd128<T>, GatherOne128<T>, Vector128<T>, T>(taps, from, rows,
                    to); break;
                default: Run<Simd128<T>, GatherTwo128<T>, Vector128<T>, T>(taps, from, rows, to); break;
            }
        }
    }

    // Four blocks at a time share the loads of indices and weights. The last block ends with the last row, and what it shares with the one
    // before comes out the same twice.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TPick, TVector, T>(LaneTaps<T> taps, T* source, nint rows, T* destination)
        where TSimd : ISimd<TVector, T>
        where TPick : ILaneGather<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        nint lanes = TSimd.Lanes, block = taps.Rows, last = rows - block, n = taps.RowLength, m = taps.ProductLength;
        int groups = taps.Starts.Length;
        TVector beginning = TSimd.Broadcast(taps.Beginning);
        fixed (int* starts = taps.Starts, offsets = taps.Offsets, lows = taps.Lows, given = taps.Highs)
        fixed (T* indices = taps.Indices, weights = taps.Weights)
        {
            int* highs = given is null ? lows : given;
            nint row = 0;
            for (; row + 3 * block <= last; row += 4 * block)
            {
                T* a = source + row * n, b = a + block * n, c = b + block * n, d = c + block * n;
                T* to = destination + row * m;
                for (int g = 0; g < groups; g++)
                {
                    TVector sumA = beginning, sumB = beginning, sumC = beginning, sumD = beginning;
                    for (int t = offsets[g]; t < offsets[g + 1]; t++)
                    {
                        TVector index = TSimd.Load(indices + t * lanes), weight = TSimd.Load(weights + t * lanes);
                        nint low = lows[t], high = highs[t];
                        sumA = TSimd.Add(sumA, TSimd.Multiply(weight, TPick.Take(a + low, a + high, index)));
                        sumB = TSimd.Add(sumB, TSimd.Multiply(weight, TPick.Take(b + low, b + high, index)));
                        sumC = TSimd.Add(sumC, TSimd.Multiply(weight, TPick.Take(c + low, c + high, index)));
                        sumD = TSimd.Add(sumD, TSimd.Multiply(weight, TPick.Take(d + low, d + high, index)));
                    }
                    T* place = to + starts[g];
                    TSimd.Store(sumA, place);
                    TSimd.Store(sumB, place + block * m);
                    TSimd.Store(sumC, place + 2 * block * m);
                    TSimd.Store(sumD, place + 3 * block * m);
                }
            }
            for (; row < rows; row += block)
            {
                nint here = nint.Min(row, last);
                for (int g = 0; g < groups; g++)
                {
                    TVector sum = beginning;
                    for (int t = offsets[g]; t < offsets[g + 1]; t++)
                        sum = TSimd.Add(sum,
                            TSimd.Multiply(TSimd.Load(weights + t * lanes),
                            TPick.Take(source + here * n + lows[t], source + here * n + highs[t], TSimd.Load(indices + t * lanes))));
                    TSimd.Store(sum, destination + here * m + starts[g]);
                }
            }
        }
    }
}
