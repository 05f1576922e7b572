using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// The windows of one channel with a kernel of whole rows: what is read of a row of the source goes to the sums of all rows of the kernel,
/// each of which then serves the next row of the destination, so that nothing is read as often as the kernel has rows.
/// </summary>
/// <remarks>
/// Contract. With K rows of the kernel,
/// <code>Destination[r*DestinationPitch + c] = sum over i &lt; K, j &lt; Count of
///     Weights[j*K + i] * Source[(r + i)*SourcePitch + Offsets[j] + c]</code>
/// for r &lt; Rows, c &lt; Columns, with Rows of at least 1 and Columns of at least a vector; pitches may be negative. Of a plane as
/// it lies the source is what is in its rows from Top to Bottom and its columns from Left to Right, and zeros around it, which are
/// not read; offsets then rise, and none is negative. Nothing else is read or written, at any alignment; some elements are written
/// twice, with the same bits. Every element is summed in the order of i, then j. The arguments are not checked.
/// </remarks>
internal static unsafe class SlidingRows
{
    /// <summary>Rows of a kernel at least, and at most.</summary>
    public const int LeastRows = 3, MostRows = 7;

    /// <summary>The kernel for so many rows, at a width of 128 to 512 bits.</summary>
    public static delegate*<WindowRows.Arguments<T>*, void> At<T>(SimdWidth width, int kernelRows)
        where T : unmanaged, INumber<T> => width switch
        {
            SimdWidth.Bits512 => Of<T, Vector512<T>, Simd512<T>, Count2>(kernelRows),
            // Of seven rows, two vectors, their operands and a weight are one register more than sixteen.
            SimdWidth.Bits256 => kernelRows == MostRows
                ? Of<T, Vector256<T>, Simd256<T>, Count1>(kernelRows) : Of<T, Vector256<T>, Simd256<T>, Count2>(kernelRows),
            _ => kernelRows == MostRows
                ? Of<T, Vector128<T>, Simd128<T>, Count1>(kernelRows) : Of<T, Vector128<T>, Simd128<T>, Count2>(kernelRows),
        };

    private static delegate*<WindowRows.Arguments<T>*, void> Of<T, TVector, TSimd, TVectors>(int kernelRows)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TVectors : unmanaged => kernelRows switch
        {
            3 => &Run<T, TVector, TSimd, Count3, TVectors>,
            4 => &Run<T, TVector, TSimd, Count4, TVectors>,
            5 => &Run<T, TVector, TSimd, Count5, TVectors>,
            6 => &Run<T, TVector, TSimd, Count6, TVectors>,
            _ => &Run<T, TVector, TSimd, Count7, TVectors>,
        };

    /// <summary>Columns of one or two vectors, the last one overlapping the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T, TVector, TSimd, TRows, TVectors>(WindowRows.Arguments<T>* arguments)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TRows : unmanaged
        where TVectors : unmanaged
    {
        nint columns = arguments->Columns, lanes = TSimd.Lanes;
        T* masks = stackalloc T[arguments->IsPlane ? 2 * (int)(arguments->Count * lanes) : 0];
        for (nint column = 0; column < columns;)
        {
            nint left = columns - column;
            if (sizeof(TVectors) > 1 && left > lanes)
            {
                Strip<T, TVector, TSimd, TRows, Count2>(arguments, column, nint.Min(lanes, left - lanes), masks);
                column += 2 * lanes;
            }
            else
            {
                Strip<T, TVector, TSimd, TRows, Count1>(arguments, nint.Min(column, columns - lanes), 0, masks);
                column += lanes;
            }
        }
    }

    /// <summary>The same, by which vectors are cut off.</summary>
    private static void Strip<T, TVector, TSimd, TRows, TVectors>(WindowRows.Arguments<T>* arguments, nint column, nint next, T* masks)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TRows : unmanaged
        where TVectors : unmanaged
    {
        nint count = arguments->Count, lanes = TSimd.Lanes, last = arguments->Offsets[count - 1] + lanes;
        if (!arguments->IsPlane || column >= arguments->Left && column + next + last <= arguments->Right)
        {
            Strip<T, TVector, TSimd, TRows, TVectors, Inner>(arguments, column, next, masks);
            return;
        }
        bool xIsWhole = column >= arguments->Left && column + last <= arguments->Right,
            yIsWhole = sizeof(TVectors) > 1 && column + next >= arguments->Left && column + next + last <= arguments->Right;
        for (nint j = 0; j < count; j++)
        {
            nint first = column + arguments->Offsets[j] - arguments->Left, length = arguments->Right - arguments->Left;
            if (!xIsWhole) Simd.Mask(masks + 2 * j * lanes, first, length, lanes);
            if (sizeof(TVectors) > 1 && !yIsWhole) Simd.Mask(masks + (2 * j + 1) * lanes, first + next, length, lanes);
        }
        if (yIsWhole) Strip<T, TVector, TSimd, TRows, TVectors, LeftEdge>(arguments, column, next, masks);
        else if (xIsWhole) Strip<T, TVector, TSimd, TRows, TVectors, RightEdge>(arguments, column, next, masks);
        else Strip<T, TVector, TSimd, TRows, TVectors, Edge>(arguments, column, next, masks);
    }

    /// <summary>One or two vectors of every row, from a column and as many further on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strip<T, TVector, TSimd, TRows, TVectors, TPlace>(
        WindowRows.Arguments<T>* arguments, nint column, nint next, T* masks)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TRows : unmanaged
        where TVectors : unmanaged
        where TPlace : struct, IPlace
    {
        if (sizeof(TRows) == 3 && TSimd.Lanes * sizeof(T) == Simd.Line && arguments->Count == 3)
        {
            ThreeByThree<T, TVector, TSimd, TVectors, TPlace>(arguments, column, next, masks);
            return;
        }
        nint rows = arguments->Rows, pitch = arguments->SourcePitch, to = arguments->DestinationPitch, count = arguments->Count;
        nint top = arguments->IsPlane ? arguments->Top : 0, bottom = arguments->IsPlane ? arguments->Bottom : nint.MaxValue;
        nint* offsets = arguments->Offsets;
        T* weights = arguments->Weights, source = arguments->Source + column, destination = arguments->Destination + column;
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero, s4 = TSimd.Zero, s5 = TSimd.Zero, s6 = TSimd.Zero;
        TVector t0 = TSimd.Zero, t1 = TSimd.Zero, t2 = TSimd.Zero, t3 = TSimd.Zero, t4 = TSimd.Zero, t5 = TSimd.Zero, t6 = TSimd.Zero;

        // The sums are those of the rows that a row of the source belongs to, the first of which ends with it.
        for (nint row = 1 - sizeof(TRows); row < rows; row++, source += pitch)
        {
            nint read = row + sizeof(TRows) - 1;
            T* weight = weights + sizeof(TRows) - 1;
            for (nint j = read >= top && read < bottom ? 0 : count; j < count; j++, weight += sizeof(TRows))
            {
                T* at = source + offsets[j];
                (TVector x, TVector y) = Pair<T, TVector, TSimd, TVectors, TPlace>(at, next, masks, j);
                {
                    TVector w = TSimd.Broadcast(weight[0]);
                    s0 = TSimd.MultiplyAdd(w, x, s0);
                    if (sizeof(TVectors) > 1) t0 = TSimd.MultiplyAdd(w, y, t0);
                }
                {
                    TVector w = TSimd.Broadcast(weight[-1]);
                    s1 = TSimd.MultiplyAdd(w, x, s1);
                    if (sizeof(TVectors) > 1) t1 = TSimd.MultiplyAdd(w, y, t1);
                }
                {
                    TVector w = TSimd.Broadcast(weight[-2]);
                    s2 = TSimd.MultiplyAdd(w, x, s2);
                    if (sizeof(TVectors) > 1) t2 = TSimd.MultiplyAdd(w, y, t2);
                }
                if (sizeof(TRows) > 3)
                {
                    TVector w = TSimd.Broadcast(weight[-3]);
                    s3 = TSimd.MultiplyAdd(w, x, s3);
                    if (sizeof(TVectors) > 1) t3 = TSimd.MultiplyAdd(w, y, t3);
                }
                if (sizeof(TRows) > 4)
                {
                    TVector w = TSimd.Broadcast(weight[-4]);
                    s4 = TSimd.MultiplyAdd(w, x, s4);
                    if (sizeof(TVectors) > 1) t4 = TSimd.MultiplyAdd(w, y, t4);
                }
                if (sizeof(TRows) > 5)
                {
                    TVector w = TSimd.Broadcast(weight[-5]);
                    s5 = TSimd.MultiplyAdd(w, x, s5);
                    if (sizeof(TVectors) > 1) t5 = TSimd.MultiplyAdd(w, y, t5);
                }
                if (sizeof(TRows) > 6)
                {
                    TVector w = TSimd.Broadcast(weight[-6]);
                    s6 = TSimd.MultiplyAdd(w, x, s6);
                    if (sizeof(TVectors) > 1) t6 = TSimd.MultiplyAdd(w, y, t6);
                }
            }
            if (row >= 0)
            {
                TSimd.Store(s0, destination);
                if (sizeof(TVectors) > 1) TSimd.Store(t0, destination + next);
                destination += to;
            }
            (s0, s1, s2) = (s1, s2, sizeof(TRows) > 3 ? s3 : TSimd.Zero);
            if (sizeof(TRows) > 3) s3 = sizeof(TRows) > 4 ? s4 : TSimd.Zero;
            if (sizeof(TRows) > 4) s4 = sizeof(TRows) > 5 ? s5 : TSimd.Zero;
            if (sizeof(TRows) > 5) s5 = sizeof(TRows) > 6 ? s6 : TSimd.Zero;
            s6 = TSimd.Zero;
            if (sizeof(TVectors) == 1) continue;
            (t0, t1, t2) = (t1, t2, sizeof(TRows) > 3 ? t3 : TSimd.Zero);
            if (sizeof(TRows) > 3) t3 = sizeof(TRows) > 4 ? t4 : TSimd.Zero;
            if (sizeof(TRows) > 4) t4 = sizeof(TRows) > 5 ? t5 : TSimd.Zero;
            if (sizeof(TRows) > 5) t5 = sizeof(TRows) > 6 ? t6 : TSimd.Zero;
            t6 = TSimd.Zero;
        }
    }

    /// <summary>The same of three columns, whose nine weights stay in registers where there are 32 of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThreeByThree<T, TVector, TSimd, TVectors, TPlace>(
        WindowRows.Arguments<T>* arguments, nint column, nint next, T* masks)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TVectors : unmanaged
        where TPlace : struct, IPlace
    {
        nint rows = arguments->Rows, pitch = arguments->SourcePitch, to = arguments->DestinationPitch;
        nint top = arguments->IsPlane ? arguments->Top : 0, bottom = arguments->IsPlane ? arguments->Bottom : nint.MaxValue;
        nint at0 = arguments->Offsets[0], at1 = arguments->Offsets[1], at2 = arguments->Offsets[2];
        T* weights = arguments->Weights, source = arguments->Source + column, destination = arguments->Destination + column;
        TVector w0 = TSimd.Broadcast(weights[2]), w1 = TSimd.Broadcast(weights[1]), w2 = TSimd.Broadcast(weights[0]),
            w3 = TSimd.Broadcast(weights[5]), w4 = TSimd.Broadcast(weights[4]), w5 = TSimd.Broadcast(weights[3]),
            w6 = TSimd.Broadcast(weights[8]), w7 = TSimd.Broadcast(weights[7]), w8 = TSimd.Broadcast(weights[6]);
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, t0 = TSimd.Zero, t1 = TSimd.Zero, t2 = TSimd.Zero;
        for (nint read = 0; read < rows + 2; read++, source += pitch)
        {
            if (read >= top && read < bottom)
            {
                (TVector x, TVector y) = Pair<T, TVector, TSimd, TVectors, TPlace>(source + at0, next, masks, 0);
                (s0, s1, s2) = (TSimd.MultiplyAdd(w0, x, s0), TSimd.MultiplyAdd(w1, x, s1), TSimd.MultiplyAdd(w2, x, s2));
                if (sizeof(TVectors) > 1)
                    (t0, t1, t2) = (TSimd.MultiplyAdd(w0, y, t0), TSimd.MultiplyAdd(w1, y, t1), TSimd.MultiplyAdd(w2, y, t2));
                (x, y) = Pair<T, TVector, TSimd, TVectors, TPlace>(source + at1, next, masks, 1);
                (s0, s1, s2) = (TSimd.MultiplyAdd(w3, x, s0), TSimd.MultiplyAdd(w4, x, s1), TSimd.MultiplyAdd(w5, x, s2));
                if (sizeof(TVectors) > 1)
                    (t0, t1, t2) = (TSimd.MultiplyAdd(w3, y, t0), TSimd.MultiplyAdd(w4, y, t1), TSimd.MultiplyAdd(w5, y, t2));
                (x, y) = Pair<T, TVector, TSimd, TVectors, TPlace>(source + at2, next, masks, 2);
                (s0, s1, s2) = (TSimd.MultiplyAdd(w6, x, s0), TSimd.MultiplyAdd(w7, x, s1), TSimd.MultiplyAdd(w8, x, s2));
                if (sizeof(TVectors) > 1)
                    (t0, t1, t2) = (TSimd.MultiplyAdd(w6, y, t0), TSimd.MultiplyAdd(w7, y, t1), TSimd.MultiplyAdd(w8, y, t2));
            }
            if (read > 1)
            {
                TSimd.Store(s0, destination);
                if (sizeof(TVectors) > 1) TSimd.Store(t0, destination + next);
                destination += to;
            }
            (s0, s1, s2) = (s1, s2, TSimd.Zero);
            (t0, t1, t2) = (t1, t2, TSimd.Zero);
        }
    }

    /// <summary>What a column of the kernel meets in the one or two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector X, TVector Y) Pair<T, TVector, TSimd, TVectors, TPlace>(T* at, nint next, T* masks, nint j)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TVectors : unmanaged
        where TPlace : struct, IPlace
    {
        T* mask = masks + 2 * j * TSimd.Lanes;
        TVector x = TPlace.Cuts is Cut.First or Cut.All ? TSimd.LoadWhere(at, TSimd.Load(mask)) : TSimd.Load(at);
        return (x, sizeof(TVectors) == 1 ? TSimd.Zero : TPlace.Cuts is Cut.Last or Cut.All
            ? TSimd.LoadWhere(at + next, TSimd.Load(mask + TSimd.Lanes)) : TSimd.Load(at + next));
    }
}
