using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

/// <summary>
/// The transposed convolution of one channel that steps two columns and two rows, from a plane that is read where it lies: the four phases
/// of two rows are summed in registers and dealt together there, and what lies around the plane is masked out.
/// </summary>
/// <remarks>
/// Contract. With T taps of each phase along a row, where Weights has KernelRows, an even number, of 2*T columns:
/// <code>Destination[r*Columns + c] = sum over i &lt; KernelRows, j &lt; 2*T with 2*y + i = FirstRow + r + Top, 2*x + j = c + Left of
///     Weights[i*2*T + j] * (Source[y*Width + x] where 0 &lt;= y &lt; Height, 0 &lt;= x &lt; Width, else 0)</code>
/// for r &lt; Rows, c &lt; Columns, of at least two vectors. Nothing else is read or written, at any alignment; some elements are written
/// twice, with the same bits. Every element is summed in the order of y, then x, as <see cref="GemmTile"/> sums a phase: a plane has the
/// same bits whichever of both computes its parts. The arguments are not checked.
/// </remarks>
internal static unsafe class StridedPhases
{
    /// <summary>Taps of a phase along a row at most.</summary>
    public const int MostTaps = 3;

    /// <summary>The kernel for so many taps of a phase at a width of 256 or 512 bits.</summary>
    public static delegate*<StridedPlane*, void> At(SimdWidth width, int taps) => width == SimdWidth.Bits512
        ? Of<Vector512<float>, Simd512<float>, Dealing512>(taps) : Of<Vector256<float>, Simd256<float>, Dealing256>(taps);

    private static delegate*<StridedPlane*, void> Of<TVector, TSimd, TDealing>(int taps)
        where TVector : struct
        where TSimd : struct, ISimd<TVector, float>
        where TDealing : struct, IDealing<TVector> => taps switch
        {
            1 => &Run<TVector, TSimd, TDealing, Count1>,
            2 => &Run<TVector, TSimd, TDealing, Count2>,
            _ => &Run<TVector, TSimd, TDealing, Count3>,
        };

    /// <summary>Two vectors of every row at a time, the last ones overlapping those before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TVector, TSimd, TDealing, TTaps>(StridedPlane* arguments)
        where TVector : struct
        where TSimd : struct, ISimd<TVector, float>
        where TDealing : struct, IDealing<TVector>
        where TTaps : unmanaged
    {
        nint lanes = TSimd.Lanes;
        float* inside = stackalloc float[Vector512<float>.Count + MostTaps];
        for (nint column = 0; column < arguments->Columns; column += 2 * lanes)
        {
            // Element 0 belongs to one phase and element 1 to the other, which begins where it does or one further.
            nint at = nint.Min(column, arguments->Columns - 2 * lanes), place = at + arguments->Left;
            nint least = (place >> 1) - (sizeof(TTaps) - 1), end = ((place + 1) >> 1) + lanes;
            bool begins = least >= 0, ends = end <= arguments->Width;
            if (!begins || !ends) Simd.Mask(inside, least, arguments->Width, end - least);

            // Of a plane that is half as wide as its results few vectors are cut off.
            if (begins && ends) Strip<TVector, TSimd, TDealing, TTaps, Inner>(arguments, at, place, inside);
            else if (begins && (place >> 1) + lanes <= arguments->Width)
                Strip<TVector, TSimd, TDealing, TTaps, RightEdge>(arguments, at, place, inside);
            else if (ends && place >= 0) Strip<TVector, TSimd, TDealing, TTaps, LeftEdge>(arguments, at, place, inside);
            else Strip<TVector, TSimd, TDealing, TTaps, Edge>(arguments, at, place, inside);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Strip<TVector, TSimd, TDealing, TTaps, TPlace>(StridedPlane* arguments, nint column, nint place, float* masks)
        where TVector : struct
        where TSimd : struct, ISimd<TVector, float>
        where TDealing : struct, IDealing<TVector>
        where TTaps : unmanaged
        where TPlace : struct, IPlace
    {
        if ((place & 1) == 0) Strip<TVector, TSimd, TDealing, TTaps, TPlace, Count1>(arguments, column, place, masks);
        else Strip<TVector, TSimd, TDealing, TTaps, TPlace, Count2>(arguments, column, place, masks);
    }

    /// <summary>Two vectors of every row from a column on, two rows at a time, which are made of the same rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strip<TVector, TSimd, TDealing, TTaps, TPlace, TPlaces>(
        StridedPlane* arguments, nint column, nint place, float* masks)
        where TVector : struct
        where TSimd : struct, ISimd<TVector, float>
        where TDealing : struct, IDealing<TVector>
        where TTaps : unmanaged
        where TPlace : struct, IPlace
        where TPlaces : unmanaged
    {
        nint width = arguments->Width, row = arguments->FirstRow + arguments->Top, y = row >> 1;
        float* source = arguments->Source + (place >> 1), destination = arguments->Destination + column;
        for (nint r = -(row & 1); r < arguments->Rows; r += 2, y++)
        {
            TVector a = TSimd.Zero, b = TSimd.Zero, c = TSimd.Zero, d = TSimd.Zero;
            for (nint i = arguments->KernelRows / 2 - 1; i >= 0; i--)
            {
                float* weight = arguments->Weights + i * 4 * sizeof(TTaps);
                if ((nuint)(y - i) >= (nuint)arguments->Height) continue;
                float* at = source + (y - i) * width;
                TVector v0 = Load<TVector, TSimd, TTaps, TPlace, TPlaces>(at, masks, 0), v1 = v0, v2 = v0, v3 = v0;
                if (sizeof(TTaps) + sizeof(TPlaces) > 2) v1 = Load<TVector, TSimd, TTaps, TPlace, TPlaces>(at, masks, 1);
                if (sizeof(TTaps) + sizeof(TPlaces) > 3) v2 = Load<TVector, TSimd, TTaps, TPlace, TPlaces>(at, masks, 2);
                if (sizeof(TTaps) + sizeof(TPlaces) > 4) v3 = Load<TVector, TSimd, TTaps, TPlace, TPlaces>(at, masks, 3);
                bool isApart = sizeof(TPlaces) > 1;
                if (sizeof(TTaps) > 2) Add<TVector, TSimd, TTaps, TPlaces>(weight + 4, isApart ? v3 : v2, v2, ref a, ref b, ref c, ref d);
                if (sizeof(TTaps) > 1) Add<TVector, TSimd, TTaps, TPlaces>(weight + 2, isApart ? v2 : v1, v1, ref a, ref b, ref c, ref d);
                Add<TVector, TSimd, TTaps, TPlaces>(weight, isApart ? v1 : v0, v0, ref a, ref b, ref c, ref d);
            }
            if (r >= 0) TDealing.StoreTogether(a, b, destination + r * arguments->Columns);
            if (r + 1 < arguments->Rows) TDealing.StoreTogether(c, d, destination + (r + 1) * arguments->Columns);
        }
    }

    /// <summary>Adds the products of one tap of each of the four phases.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TVector, TSimd, TTaps, TPlaces>(float* weight, TVector x, TVector z, ref TVector a, ref TVector b,
        ref TVector c, ref TVector d)
        where TVector : struct
        where TSimd : struct, ISimd<TVector, float>
        where TTaps : unmanaged
        where TPlaces : unmanaged
    {
        int first = sizeof(TPlaces) - 1, row = 2 * sizeof(TTaps);
        a = TSimd.MultiplyAdd(TSimd.Broadcast(weight[first]), x, a);
        b = TSimd.MultiplyAdd(TSimd.Broadcast(weight[1 - first]), z, b);
        c = TSimd.MultiplyAdd(TSimd.Broadcast(weight[row + first]), x, c);
        d = TSimd.MultiplyAdd(TSimd.Broadcast(weight[row + 1 - first]), z, d);
    }

    // The phases begin at one place, or element 1's phase one further: what one tap of it reads is what the next one of element 0's does.
    // The masks begin as many elements before the place as a phase has taps less one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load<TVector, TSimd, TTaps, TPlace, TPlaces>(float* at, float* masks, int number)
        where TVector : struct
        where TSimd : struct, ISimd<TVector, float>
        where TTaps : unmanaged
        where TPlace : struct, IPlace
        where TPlaces : unmanaged
    {
        int step = sizeof(TPlaces) - 1 - number;
        bool isCut = TPlace.Cuts == Cut.All || (TPlace.Cuts == Cut.First && step < 0) || (TPlace.Cuts == Cut.Last && number == 0);
        return isCut ? TSimd.LoadWhere(at + step, TSimd.Load(masks + (sizeof(TTaps) - 1) + step)) : TSimd.Load(at + step);
    }

    private interface IDealing<TVector>
    {
        /// <summary>Writes the elements of both by turns.</summary>
        static abstract void StoreTogether(TVector first, TVector second, float* destination);
    }

    private readonly struct Dealing512 : IDealing<Vector512<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void StoreTogether(Vector512<float> first, Vector512<float> second, float* destination)
        {
            (Vector512<int> low, Vector512<int> high) = Interleaving.Zip(first.AsInt32(), second.AsInt32());
            low.AsSingle().Store(destination);
            high.AsSingle().Store(destination + Vector512<float>.Count);
        }
    }

    private readonly struct Dealing256 : IDealing<Vector256<float>>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void StoreTogether(Vector256<float> first, Vector256<float> second, float* destination)
        {
            Vector256<float> low = Avx.UnpackLow(first, second), high = Avx.UnpackHigh(first, second);
            Avx.Permute2x128(low, high, 0x20).Store(destination);
            Avx.Permute2x128(low, high, 0x31).Store(destination + Vector256<float>.Count);
        }
    }
}
