using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

/// <summary>
/// The windows of one channel that step two columns and two rows, over a plane that is read where it lies: rows are dealt out in
/// registers, and what lies around the plane is masked out.
/// </summary>
/// <remarks>
/// Contract.
/// <code>Destination[r*Columns + c] = sum over i &lt; KernelRows, j &lt; K of
///     Weights[i*K + j] * (Source[y*Width + x] where 0 &lt;= y &lt; Height, 0 &lt;= x &lt; Width, else 0),
///     y = 2*(FirstRow + r) + i - Top, x = 2*c + j - Left</code>
/// for r &lt; Rows, c &lt; Columns, of at least a vector. Nothing else is read or written, at any alignment; some elements are written
/// twice, with the same bits. Every element is summed in the order of i, even j before odd ones. The arguments are not checked.
/// </remarks>
internal static unsafe class StridedWindows
{
    /// <summary>Columns of a kernel at least, and at most.</summary>
    public const int LeastColumns = 2, MostColumns = 7;

    // Pairs of vectors that the columns of the widest kernel are dealt from.
    private const int MostPairs = (MostColumns + 1) / 2;

    /// <summary>Whether this machine has the instructions for a width.</summary>
    public static bool Has(SimdWidth width) =>
        width == SimdWidth.Bits512 ? Avx512F.IsSupported : width == SimdWidth.Bits256 && Avx2.IsSupported && Fma.IsSupported;

    /// <summary>The kernel for so many columns at a width of 256 or 512 bits.</summary>
    public static delegate*<StridedPlane*, void> At(SimdWidth width, int kernelColumns) => width == SimdWidth.Bits512
        ? Of<Vector512<float>, Simd512<float>, Dealing512>(kernelColumns) : Of<Vector256<float>, Simd256<float>, Dealing256>(kernelColumns);

    private static delegate*<StridedPlane*, void> Of<TVector, TSimd, TDealing>(int kernelColumns)
        where TVector : struct
        where TSimd : struct, ISimd<TVector, float>
        where TDealing : struct, IDealing<TVector> => kernelColumns switch
        {
            2 => &Run<TVector, TSimd, TDealing, Count2>,
            3 => &Run<TVector, TSimd, TDealing, Count3>,
            4 => &Run<TVector, TSimd, TDealing, Count4>,
            5 => &Run<TVector, TSimd, TDealing, Count5>,
            6 => &Run<TVector, TSimd, TDealing, Count6>,
            _ => &Run<TVector, TSimd, TDealing, Count7>,
        };

    /// <summary>A vector of every row at a time, the last one overlapping the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TVector, TSimd, TDealing, TColumns>(StridedPlane* arguments)
        where TVector : struct
        where TSimd : struct, ISimd<TVector, float>
        where TDealing : struct, IDealing<TVector>
        where TColumns : unmanaged
    {
        nint lanes = TSimd.Lanes, width = arguments->Width;
        int pairs = (sizeof(TColumns) + 1) / 2;
        float* inside = stackalloc float[2 * MostPairs * Vector512<float>.Count];
        for (nint column = 0; column < arguments->Columns; column += lanes)
        {
            // Of a plane that is twice as wide as its results the first vector and the last are cut off, and no other.
            nint first = nint.Min(column, arguments->Columns - lanes), from = 2 * first - arguments->Left;
            nint last = from + 2 * (pairs - 1) + lanes;
            bool begins = from >= 0, ends = last + lanes <= width;
            if (begins && ends)
            {
                Strip<TVector, TSimd, TDealing, TColumns, Inner>(arguments, first, null);
                continue;
            }
            if (begins && last <= width && (pairs == 1 || last - 2 + lanes <= width))
            {
                Simd.Mask(inside, last, width, lanes);
                Strip<TVector, TSimd, TDealing, TColumns, RightEdge>(arguments, first, inside);
                continue;
            }
            if (from + 2 >= 0 && ends)
            {
                Simd.Mask(inside, from, width, lanes);
                Strip<TVector, TSimd, TDealing, TColumns, LeftEdge>(arguments, first, inside);
                continue;
            }
            for (int pair = 0; pair < pairs; pair++) Simd.Mask(inside + 2 * pair * lanes, from + 2 * pair, width, 2 * lanes);
            Strip<TVector, TSimd, TDealing, TColumns, Edge>(arguments, first, inside);
        }
    }

    /// <summary>One vector of every row from a column on, two rows at a time, which have rows of the source in common.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strip<TVector, TSimd, TDealing, TColumns, TPlace>(StridedPlane* arguments, nint column, float* masks)
        where TVector : struct
        where TSimd : struct, ISimd<TVector, float>
        where TDealing : struct, IDealing<TVector>
        where TColumns : unmanaged
        where TPlace : struct, IPlace
    {
        nint width = arguments->Width, kernelRows = arguments->KernelRows, y = 2 * arguments->FirstRow - arguments->Top;
        float* source = arguments->Source + 2 * column - arguments->Left, destination = arguments->Destination + column;
        for (nint left = arguments->Rows; left > 0; left -= 2, y += 4, destination += 2 * arguments->Columns)
        {
            TVector s = TSimd.Zero, t = TSimd.Zero;
            nint end = kernelRows + (left > 1 ? 2 : 0);
            float* weight = arguments->Weights;
            for (nint i = 0; i < end; i++, weight += sizeof(TColumns))
            {
                if ((nuint)(y + i) >= (nuint)arguments->Height) continue;
                float* at = source + (y + i) * width;
                TVector e1 = TSimd.Zero, e2 = TSimd.Zero, e3 = TSimd.Zero, o1 = TSimd.Zero, o2 = TSimd.Zero;
                (TVector e0, TVector o0) = Deal<TVector, TSimd, TDealing, TColumns, TPlace>(at, masks, 0);
                if (sizeof(TColumns) > 2) (e1, o1) = Deal<TVector, TSimd, TDealing, TColumns, TPlace>(at, masks, 1);
                if (sizeof(TColumns) > 4) (e2, o2) = Deal<TVector, TSimd, TDealing, TColumns, TPlace>(at, masks, 2);
                if (sizeof(TColumns) > 6) (e3, _) = Deal<TVector, TSimd, TDealing, TColumns, TPlace>(at, masks, 3);
                if (i < kernelRows) s = Add<TVector, TSimd, TColumns>(s, weight, e0, e1, e2, e3, o0, o1, o2);
                if (i > 1) t = Add<TVector, TSimd, TColumns>(t, weight - 2 * sizeof(TColumns), e0, e1, e2, e3, o0, o1, o2);
            }
            TSimd.Store(s, destination);
            if (left > 1) TSimd.Store(t, destination + arguments->Columns);
        }
    }

    /// <summary>The columns of even and of odd number, from the pair's on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Even, TVector Odd) Deal<TVector, TSimd, TDealing, TColumns, TPlace>(float* row, float* masks, int pair)
        where TVector : struct
        where TSimd : struct, ISimd<TVector, float>
        where TDealing : struct, IDealing<TVector>
        where TColumns : unmanaged
        where TPlace : struct, IPlace
    {
        int lanes = TSimd.Lanes;
        float* at = row + 2 * pair, mask = masks + (TPlace.Cuts == Cut.All ? 2 * pair * lanes : 0);
        TVector low = TPlace.Cuts == Cut.All || (TPlace.Cuts == Cut.First && pair == 0)
            ? TSimd.LoadWhere(at, TSimd.Load(mask)) : TSimd.Load(at);
        TVector high = TPlace.Cuts == Cut.All ? TSimd.LoadWhere(at + lanes, TSimd.Load(mask + lanes))
            : TPlace.Cuts == Cut.Last && pair == (sizeof(TColumns) - 1) / 2 ? TSimd.LoadWhere(at + lanes, TSimd.Load(mask))
            : TSimd.Load(at + lanes);
        return TDealing.Apart(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Add<TVector, TSimd, TColumns>(
        TVector sum, float* weight, TVector e0, TVector e1, TVector e2, TVector e3, TVector o0, TVector o1, TVector o2)
        where TVector : struct
        where TSimd : struct, ISimd<TVector, float>
        where TColumns : unmanaged
    {
        sum = TSimd.MultiplyAdd(TSimd.Broadcast(weight[0]), e0, sum);
        if (sizeof(TColumns) > 2) sum = TSimd.MultiplyAdd(TSimd.Broadcast(weight[2]), e1, sum);
        if (sizeof(TColumns) > 4) sum = TSimd.MultiplyAdd(TSimd.Broadcast(weight[4]), e2, sum);
        if (sizeof(TColumns) > 6) sum = TSimd.MultiplyAdd(TSimd.Broadcast(weight[6]), e3, sum);
        sum = TSimd.MultiplyAdd(TSimd.Broadcast(weight[1]), o0, sum);
        if (sizeof(TColumns) > 3) sum = TSimd.MultiplyAdd(TSimd.Broadcast(weight[3]), o1, sum);
        return sizeof(TColumns) > 5 ? TSimd.MultiplyAdd(TSimd.Broadcast(weight[5]), o2, sum) : sum;
    }

    private interface IDealing<TVector>
    {
        /// <summary>The even elements of both, and the odd ones.</summary>
        static abstract (TVector Even, TVector Odd) Apart(TVector low, TVector high);
    }

    private readonly struct Dealing512 : IDealing<Vector512<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> Even, Vector512<float> Odd) Apart(Vector512<float> low, Vector512<float> high)
        {
            (Vector512<int> even, Vector512<int> odd) = Interleaving.DeinterleaveTwo(low.AsInt32(), high.AsInt32());
            return (even.AsSingle(), odd.AsSingle());
        }
    }

    private readonly struct Dealing256 : IDealing<Vector256<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector256<float> Even, Vector256<float> Odd) Apart(Vector256<float> low, Vector256<float> high) =>
            Interleaving.DeinterleaveTwo(low, high);
    }
}
