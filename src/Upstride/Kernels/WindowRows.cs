using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// The windows of one channel: what a convolution is where nothing is summed over channels, so that no operand but the source is as long as
/// its rows.
/// </summary>
/// <remarks>
/// Contract.
/// <code>Destination[r*DestinationPitch + c] = sum over i &lt; Count of Weights[i] * Source[r*SourcePitch + Offsets[i] + c]</code>
/// for r &lt; Rows, c &lt; Columns, with Rows of at least 1 and Columns of at least a vector. Nothing else is read or written, at any
/// alignment; some elements are written twice, with the same bits. Every element is summed in the order of i. The arguments are not
/// checked.
/// </remarks>
internal static unsafe class WindowRows
{
    // Eight sums hide a multiply-add's latency, and with a weight leave registers to spare.
    private const int Sums = 8;

    /// <summary>Operands of a call; the contract is at <see cref="WindowRows"/>.</summary>
    public struct Arguments<T>
        where T : unmanaged
    {
        public T* Source;
        public T* Destination;
        public T* Weights;
        public nint* Offsets;
        public nint Count;
        public nint SourcePitch;
        public nint DestinationPitch;
        public nint Rows;
        public nint Columns;

        /// <summary>Of <see cref="SlidingRows"/>: whether the source is a plane as it lies, around which there are zeros.</summary>
        public bool IsPlane;

        /// <summary>The plane's first row, and the one behind its last, counted from the first that is read.</summary>
        public nint Top, Bottom;

        /// <summary>The same of its columns.</summary>
        public nint Left, Right;
    }

    /// <summary>Elements of a vector at a width.</summary>
    public static int Lanes<T>(SimdWidth width)
        where T : unmanaged => Math.Max(1, (int)width / (8 * sizeof(T)));

    /// <summary>The kernel at a width of 128 to 512 bits.</summary>
    public static delegate*<Arguments<T>*, void> At<T>(SimdWidth width)
        where T : unmanaged, INumber<T> => width switch
        {
            SimdWidth.Bits512 => &Run<T, Vector512<T>, Simd512<T>>,
            SimdWidth.Bits256 => &Run<T, Vector256<T>, Simd256<T>>,
            _ => &Run<T, Vector128<T>, Simd128<T>>,
        };

    /// <summary>Columns of as many vectors as leave a tile eight sums, the last one overlapping the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T, TVector, TSimd>(Arguments<T>* arguments)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
    {
        nint rows = arguments->Rows, columns = arguments->Columns, lanes = TSimd.Lanes;
        nint most = rows >= 4 ? 2 : rows >= 2 ? 4 : Sums;
        for (nint column = 0; column < columns;)
        {
            nint left = columns - column, vectors = most;
            while (vectors > 1 && vectors * lanes > left) vectors /= 2;
            nint first = nint.Min(column, columns - lanes);
            switch (vectors)
            {
                case 8: Strip<T, TVector, TSimd, Count1, Count8>(arguments, first); break;
                case 4:
                    if (rows >= 2) Strip<T, TVector, TSimd, Count2, Count4>(arguments, first);
                    else Strip<T, TVector, TSimd, Count1, Count4>(arguments, first);
                    break;
                case 2:
                    if (rows >= 4) Strip<T, TVector, TSimd, Count4, Count2>(arguments, first);
                    else if (rows >= 2) Strip<T, TVector, TSimd, Count2, Count2>(arguments, first);
                    else Strip<T, TVector, TSimd, Count1, Count2>(arguments, first);
                    break;
                default:
                    if (rows >= Sums) Strip<T, TVector, TSimd, Count8, Count1>(arguments, first);
                    else if (rows >= 4) Strip<T, TVector, TSimd, Count4, Count1>(arguments, first);
                    else if (rows >= 2) Strip<T, TVector, TSimd, Count2, Count1>(arguments, first);
                    else Strip<T, TVector, TSimd, Count1, Count1>(arguments, first);
                    break;
            }
            column += vectors * lanes;
        }
    }

    /// <summary>Some vectors of every row from a column on, a tile of rows at a time; the last tile overlaps the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strip<T, TVector, TSimd, TRows, TVectors>(Arguments<T>* arguments, nint column)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TRows : unmanaged
        where TVectors : unmanaged
    {
        int sums = sizeof(TRows) * sizeof(TVectors);
        nint rows = arguments->Rows, pitch = arguments->SourcePitch, to = arguments->DestinationPitch, count = arguments->Count;
        nint* offsets = arguments->Offsets;
        T* weights = arguments->Weights;
        for (nint tile = 0; tile < rows; tile += sizeof(TRows))
        {
            nint row = nint.Min(tile, rows - sizeof(TRows));
            T* source = arguments->Source + row * pitch + column;
            TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero, s4 = TSimd.Zero, s5 = TSimd.Zero, s6 = TSimd.Zero,
                s7 = TSimd.Zero;
            for (nint i = 0; i < count; i++)
            {
                TVector weight = TSimd.Broadcast(weights[i]);
                T* at = source + offsets[i];
                s0 = TSimd.MultiplyAdd(weight, Element<T, TVector, TSimd, TVectors>(at, pitch, 0), s0);
                if (sums > 1) s1 = TSimd.MultiplyAdd(weight, Element<T, TVector, TSimd, TVectors>(at, pitch, 1), s1);
                if (sums > 2) s2 = TSimd.MultiplyAdd(weight, Element<T, TVector, TSimd, TVectors>(at, pitch, 2), s2);
                if (sums > 2) s3 = TSimd.MultiplyAdd(weight, Element<T, TVector, TSimd, TVectors>(at, pitch, 3), s3);
                if (sums > 4) s4 = TSimd.MultiplyAdd(weight, Element<T, TVector, TSimd, TVectors>(at, pitch, 4), s4);
                if (sums > 4) s5 = TSimd.MultiplyAdd(weight, Element<T, TVector, TSimd, TVectors>(at, pitch, 5), s5);
                if (sums > 4) s6 = TSimd.MultiplyAdd(weight, Element<T, TVector, TSimd, TVectors>(at, pitch, 6), s6);
                if (sums > 4) s7 = TSimd.MultiplyAdd(weight, Element<T, TVector, TSimd, TVectors>(at, pitch, 7), s7);
            }
            T* destination = arguments->Destination + row * to + column;
            TSimd.Store(s0, Place<T, TSimd, TVector, TVectors>(destination, to, 0));
            if (sums > 1) TSimd.Store(s1, Place<T, TSimd, TVector, TVectors>(destination, to, 1));
            if (sums > 2) TSimd.Store(s2, Place<T, TSimd, TVector, TVectors>(destination, to, 2));
            if (sums > 2) TSimd.Store(s3, Place<T, TSimd, TVector, TVectors>(destination, to, 3));
            if (sums > 4) TSimd.Store(s4, Place<T, TSimd, TVector, TVectors>(destination, to, 4));
            if (sums > 4) TSimd.Store(s5, Place<T, TSimd, TVector, TVectors>(destination, to, 5));
            if (sums > 4) TSimd.Store(s6, Place<T, TSimd, TVector, TVectors>(destination, to, 6));
            if (sums > 4) TSimd.Store(s7, Place<T, TSimd, TVector, TVectors>(destination, to, 7));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Element<T, TVector, TSimd, TVectors>(T* at, nint pitch, int sum)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TVectors : unmanaged => TSimd.Load(Place<T, TSimd, TVector, TVectors>(at, pitch, sum));

    /// <summary>Where the vector of a sum is: the sums of a row follow one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T* Place<T, TSimd, TVector, TVectors>(T* first, nint pitch, int sum)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TVectors : unmanaged => first + sum / sizeof(TVectors) * pitch + sum % sizeof(TVectors) * TSimd.Lanes;
}
