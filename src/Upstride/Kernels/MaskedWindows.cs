using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// The windows of one channel over a plane that is read where it lies: what of a window is not in the plane is masked out, so that a row
/// needs no zeros around it and short rows fill vectors together.
/// </summary>
/// <remarks>
/// Contract.
/// <code>Destination[p*DestinationPlane + c] = sum over i &lt; Count of
///     Weights[p*WeightPlane + i] * (Source[p*SourcePlane + Offsets[i] + c] where Masks[i*MaskPitch + c], else 0)</code>
/// for p &lt; Planes, c &lt; Columns, of at least a vector. Masks have all bits set or none; what they leave out is read all the same.
/// Nothing else is read or written, at any alignment; some elements are written twice, with the same bits. Every element is summed in the
/// order of i. The arguments are not checked.
/// </remarks>
internal static unsafe class MaskedWindows
{
    /// <summary>Operands of a call; the contract is at <see cref="MaskedWindows"/>.</summary>
    public struct Arguments<T>
        where T : unmanaged
    {
        public T* Source;
        public T* Destination;
        public T* Weights;
        public T* Masks;
        public nint* Offsets;
        public nint Count;
        public nint MaskPitch;
        public nint Columns;
        public nint Planes;
        public nint SourcePlane;
        public nint DestinationPlane;
        public nint WeightPlane;
    }

    /// <summary>The kernel at a width of 128 to 512 bits.</summary>
    public static delegate*<Arguments<T>*, void> At<T>(SimdWidth width)
        where T : unmanaged, INumber<T> => width switch
        {
            SimdWidth.Bits512 => &Run<T, Vector512<T>, Simd512<T>>,
            SimdWidth.Bits256 => &Run<T, Vector256<T>, Simd256<T>>,
            _ => &Run<T, Vector128<T>, Simd128<T>>,
        };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T, TVector, TSimd>(Arguments<T>* arguments)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
    {
        Arguments<T> plane = *arguments;
        for (; plane.Planes > 0; plane.Planes--)
        {
            Plane<T, TVector, TSimd>(&plane);
            plane.Source += plane.SourcePlane;
            plane.Destination += plane.DestinationPlane;
            plane.Weights += plane.WeightPlane;
        }
    }

    /// <summary>Eight vectors at a time hide a multiply-add's latency; then fewer, the last ones overlapping those before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Plane<T, TVector, TSimd>(Arguments<T>* arguments)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
    {
        nint columns = arguments->Columns, lanes = TSimd.Lanes;
        for (nint column = 0; column < columns;)
        {
            nint left = columns - column;
            if (left > 6 * lanes)
            {
                Strip<T, TVector, TSimd, Count8>(arguments, column);
                column += 8 * lanes;
            }
            else if (left > 2 * lanes)
            {
                Strip<T, TVector, TSimd, Count4>(arguments, column);
                column += 4 * lanes;
            }
            else if (left > lanes)
            {
                Strip<T, TVector, TSimd, Count2>(arguments, column);
                column += 2 * lanes;
            }
            else
            {
                Strip<T, TVector, TSimd, Count1>(arguments, columns - lanes);
                column += lanes;
            }
        }
    }

    /// <summary>As many vectors as are counted, from a column on; the last two end with the columns where they would go further.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strip<T, TVector, TSimd, TVectors>(Arguments<T>* arguments, nint column)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TVectors : unmanaged
    {
        int lanes = TSimd.Lanes;
        nint count = arguments->Count, pitch = arguments->MaskPitch, end = arguments->Columns - lanes - column;
        nint next = nint.Min((sizeof(TVectors) - 2) * lanes, end), last = nint.Min((sizeof(TVectors) - 1) * lanes, end);
        nint* offsets = arguments->Offsets;
        T* weights = arguments->Weights, source = arguments->Source + column, mask = arguments->Masks + column;
        TVector s0 = TSimd.Zero, s1 = TSimd.Zero, s2 = TSimd.Zero, s3 = TSimd.Zero, s4 = TSimd.Zero, s5 = TSimd.Zero, s6 = TSimd.Zero,
            s7 = TSimd.Zero;
        for (nint i = 0; i < count; i++, mask += pitch)
        {
            TVector weight = TSimd.Broadcast(weights[i]);
            T* at = source + offsets[i];
            if (sizeof(TVectors) == 8)
            {
                s0 = Add<T, TVector, TSimd>(weight, at, mask, 0, s0);
                s1 = Add<T, TVector, TSimd>(weight, at, mask, lanes, s1);
                s2 = Add<T, TVector, TSimd>(weight, at, mask, 2 * lanes, s2);
                s3 = Add<T, TVector, TSimd>(weight, at, mask, 3 * lanes, s3);
                s4 = Add<T, TVector, TSimd>(weight, at, mask, 4 * lanes, s4);
                s5 = Add<T, TVector, TSimd>(weight, at, mask, 5 * lanes, s5);
            }
            if (sizeof(TVectors) == 4)
            {
                s0 = Add<T, TVector, TSimd>(weight, at, mask, 0, s0);
                s1 = Add<T, TVector, TSimd>(weight, at, mask, lanes, s1);
            }
            if (sizeof(TVectors) > 1) s6 = Add<T, TVector, TSimd>(weight, at, mask, next, s6);
            s7 = Add<T, TVector, TSimd>(weight, at, mask, last, s7);
        }
        T* destination = arguments->Destination + column;
        if (sizeof(TVectors) > 2)
        {
            TSimd.Store(s0, destination);
            TSimd.Store(s1, destination + lanes);
        }
        if (sizeof(TVectors) == 8)
        {
            TSimd.Store(s2, destination + 2 * lanes);
            TSimd.Store(s3, destination + 3 * lanes);
            TSimd.Store(s4, destination + 4 * lanes);
            TSimd.Store(s5, destination + 5 * lanes);
        }
        if (sizeof(TVectors) > 1) TSimd.Store(s6, destination + next);
        TSimd.Store(s7, destination + last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Add<T, TVector, TSimd>(TVector weight, T* source, T* mask, nint column, TVector sum)
        where T : unmanaged
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T> =>
        TSimd.MultiplyAdd(weight, TSimd.And(TSimd.Load(source + column), TSimd.Load(mask + column)), sum);
}
