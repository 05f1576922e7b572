using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

// Where vectors of sixteen with their free permutes are not to be had: two and four rows by zips of vectors of four. By way of the stack,
// as
// more rows would have to go, it is slower than one by one.
internal static unsafe partial class Interleaving
{
    private const int PairLanes = 4;

    private static bool GoesByPairs<T>(int rows)
        where T : unmanaged => sizeof(T) == sizeof(int) && Vector128.IsHardwareAccelerated && rows is 2 or 4;

    /// <summary>Interleaves whole vectors of two or four sources, row by row; the rest of each row one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunPairs(int** sources, nint from, nint sourcePitch, int step, int* destination, nint destinationPitch, nint rows,
        nint length)
    {
        nint whole = length / (step * PairLanes) * PairLanes;
        for (; rows > 0; rows--, from += sourcePitch, destination += destinationPitch)
        {
            for (nint i = 0; i < whole; i += PairLanes)
            {
                int* to = destination + i * step;
                Vector128<int> a = Quad(sources, 0, from + i), b = Quad(sources, 1, from + i);
                if (step == 4)
                {
                    (Vector128<int> low, Vector128<int> high) = Zip(a, Quad(sources, 2, from + i));
                    (Vector128<int> lower, Vector128<int> higher) = Zip(b, Quad(sources, 3, from + i));
                    StorePair(Zip(low, lower), to);
                    StorePair(Zip(high, higher), to + 2 * PairLanes);
                }
                else
                {
                    StorePair(Zip(a, b), to);
                }
            }
            for (nint at = whole * step; at < length; at++) destination[at] = sources[at % step][from + at / step];
        }
    }

    /// <summary>Deals whole vectors out to two or four destinations, row by row; the rest of each row one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DealPairs(int* source, nint sourcePitch, nint length, int step, int** to, nint destinationPitch, nint rows)
    {
        nint whole = length / (step * PairLanes) * PairLanes;
        for (nint offset = 0; rows > 0; rows--, source += sourcePitch, offset += destinationPitch)
        {
            for (nint i = 0; i < whole; i += PairLanes)
            {
                int* at = source + i * step;
                (Vector128<int> even, Vector128<int> odd) = Unzip(Vector128.Load(at), Vector128.Load(at + PairLanes));
                if (step == 4)
                {
                    (Vector128<int> evenToo, Vector128<int> oddToo) =
                        Unzip(Vector128.Load(at + 2 * PairLanes), Vector128.Load(at + 3 * PairLanes));
                    (even, Vector128<int> third) = Unzip(even, evenToo);
                    (odd, Vector128<int> fourth) = Unzip(odd, oddToo);
                    third.Store(to[2] + offset + i);
                    fourth.Store(to[3] + offset + i);
                }
                even.Store(to[0] + offset + i);
                odd.Store(to[1] + offset + i);
            }
            for (nint at = whole * step; at < length; at++) to[at % step][offset + at / step] = source[at];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair((Vector128<int> Low, Vector128<int> High) pair, int* to)
    {
        pair.Low.Store(to);
        pair.High.Store(to + PairLanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Quad(int** sources, int row, nint i) => Vector128.Load(sources[row] + i);

    /// <summary>a0 b0 a1 b1, a2 b2 a3 b3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<int> Low, Vector128<int> High) Zip(Vector128<int> a, Vector128<int> b)
    {
        if (Sse2.IsSupported) return (Sse2.UnpackLow(a, b), Sse2.UnpackHigh(a, b));
        if (AdvSimd.Arm64.IsSupported) return (AdvSimd.Arm64.ZipLow(a, b), AdvSimd.Arm64.ZipHigh(a, b));
        return ZipByShuffles(a, b);
    }

    /// <summary>a0 a2 b0 b2, a1 a3 b1 b3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<int> Even, Vector128<int> Odd) Unzip(Vector128<int> a, Vector128<int> b)
    {
        if (Sse.IsSupported)
            return (Sse.Shuffle(a.AsSingle(), b.AsSingle(), 0b10_00_10_00).AsInt32(),
                Sse.Shuffle(a.AsSingle(), b.AsSingle(), 0b11_01_11_01).AsInt32());
        if (AdvSimd.Arm64.IsSupported) return (AdvSimd.Arm64.UnzipEven(a, b), AdvSimd.Arm64.UnzipOdd(a, b));
        return UnzipByShuffles(a, b);
    }

    /// <summary><see cref="Zip(Vector128{int}, Vector128{int})"/> on a machine of which no more is known.</summary>
    internal static (Vector128<int> Low, Vector128<int> High) ZipByShuffles(Vector128<int> a, Vector128<int> b)
    {
        Vector128<int> first = Vector128.Create(-1, 0, -1, 0), low = Vector128.Create(0, 0, 1, 1), high = Vector128.Create(2, 2, 3, 3);
        return (
            Vector128.ConditionalSelect(first, Vector128.Shuffle(a, low), Vector128.Shuffle(b, low)),
            Vector128.ConditionalSelect(first, Vector128.Shuffle(a, high), Vector128.Shuffle(b, high)));
    }

    /// <summary><see cref="Unzip"/> on a machine of which no more is known.</summary>
    internal static (Vector128<int> Even, Vector128<int> Odd) UnzipByShuffles(Vector128<int> a, Vector128<int> b)
    {
        Vector128<int> first = Vector128.Create(-1, -1, 0, 0), even = Vector128.Create(0, 2, 0, 2), odd = Vector128.Create(1, 3, 1, 3);
        return (
            Vector128.ConditionalSelect(first, Vector128.Shuffle(a, even), Vector128.Shuffle(b, even)),
            Vector128.ConditionalSelect(first, Vector128.Shuffle(a, odd), Vector128.Shuffle(b, odd)));
    }
}
