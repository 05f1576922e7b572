using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

// Two sequences by vectors of sixteen, what stride 2 makes of a row.
internal static unsafe partial class Interleaving
{
    /// <summary>
    /// Two sequences. A row of an even length of eight and more ends in a vector that overlaps the one before: stores by masks take
    /// several times as long, and small planes have more ends of rows than whole vectors.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InterleaveTwo(int* first, int* second, nint sourcePitch, int* destination, nint destinationPitch, nint rows,
        nint length)
    {
        nint whole = length / (2 * Lanes) * (2 * Lanes), rest = length - whole;
        for (; rows > 0; rows--, first += sourcePitch, second += sourcePitch, destination += destinationPitch)
        {
            nint at = 0;
            for (; at < whole; at += 2 * Lanes) Two(Vector512.Load(first + at / 2), Vector512.Load(second + at / 2), destination + at);
            if (rest == 0) continue;
            if (length % 2 == 0 && length >= Lanes)
            {
                if (rest > Lanes) TwoEights(first + at / 2, second + at / 2).Store(destination + at);
                TwoEights(first + (length - Lanes) / 2, second + (length - Lanes) / 2).Store(destination + length - Lanes);
            }
            else if (length % 2 == 0 && length >= Lanes / 2)
            {
                TwoFours(first, second).Store(destination);
                TwoFours(first + (length - Lanes / 2) / 2, second + (length - Lanes / 2) / 2).Store(destination + length - Lanes / 2);
            }
            else
            {
                (Vector512<int> low, Vector512<int> high) = Zip(Vector512.Load(first + at / 2), Vector512.Load(second + at / 2));
                Avx512F.MaskStore(destination + at, Mask(rest), low);
                if (rest > Lanes) Avx512F.MaskStore(destination + at + Lanes, Mask(rest - Lanes), high);
            }
        }
    }

    /// <summary>Eight elements of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> TwoEights(int* first, int* second) =>
        Avx512F.PermuteVar16x32x2(Vector256.Load(first).ToVector512Unsafe(), ZipLow, Vector256.Load(second).ToVector512Unsafe());

    /// <summary>Four elements of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> TwoFours(int* first, int* second)
    {
        (Vector128<int> a, Vector128<int> b) = (Vector128.Load(first), Vector128.Load(second));
        return Vector256.Create(Sse2.UnpackLow(a, b), Sse2.UnpackHigh(a, b));
    }

    /// <summary>The way back; rows end in overlapping vectors as well, and an odd one in its last element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DeinterleaveTwo(
        int* source, nint sourcePitch, nint length, int* first, int* second, nint destinationPitch, nint rows)
    {
        nint even = length & ~1, whole = length / (2 * Lanes) * (2 * Lanes);
        for (; rows > 0; rows--, source += sourcePitch, first += destinationPitch, second += destinationPitch)
        {
            if (rows > Ahead && sourcePitch > length + 2 * Lanes) RowCopy.Prefetch(source + Ahead * sourcePitch, length);
            nint at = 0;
            for (; at < whole; at += 2 * Lanes) Apart(source + at, first + at / 2, second + at / 2);
            if (even - at > Lanes && at > 0) Apart(source + even - 2 * Lanes, first + even / 2 - Lanes, second + even / 2 - Lanes);
            else if (at < even && even >= Lanes)
            {
                if (at == 0) EightsApart(source, first, second);
                EightsApart(source + even - Lanes, first + (even - Lanes) / 2, second + (even - Lanes) / 2);
            }
            else if (at < even && even >= Lanes / 2)
            {
                FoursApart(source, first, second);
                FoursApart(source + even - Lanes / 2, first + even / 2 - Lanes / 4, second + even / 2 - Lanes / 4);
            }
            else
            {
                for (; at < even; at += 2) (first[at / 2], second[at / 2]) = (source[at], source[at + 1]);
            }
            if (even < length) first[even / 2] = source[even];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Apart(int* source, int* first, int* second)
    {
        (Vector512<int> a, Vector512<int> b) = DeinterleaveTwo(Vector512.Load(source), Vector512.Load(source + Lanes));
        a.Store(first);
        b.Store(second);
    }

    /// <summary>Eight elements to each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void EightsApart(int* source, int* first, int* second)
    {
        Vector512<int> apart = Avx512F.PermuteVar16x32(Vector512.Load(source),
            Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15));
        apart.GetLower().Store(first);
        apart.GetUpper().Store(second);
    }

    /// <summary>Four elements to each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FoursApart(int* source, int* first, int* second)
    {
        Vector256<int> apart = Avx2.PermuteVar8x32(Vector256.Load(source), Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7));
        apart.GetLower().Store(first);
        apart.GetUpper().Store(second);
    }
}
