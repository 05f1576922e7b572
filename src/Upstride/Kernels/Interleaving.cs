using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

/// <summary>
/// Interleaves rows, deals a row out to several, and transposes. By vectors of sixteen, where the number of rows has no factor but 2 and 3,
/// it is a chain of two- and three-way interleavings in registers, the i-th source meeting the one half (or a third) of all further on; by
/// vectors of eight it is squares of eight rows. Elements that are not 4 bytes long are moved one by one.
/// </summary>
/// <remarks>
/// Any alignment; sources and destinations must not overlap; the arguments are not checked. What is read beyond what is asked for is said
/// at each method.
/// </remarks>
internal static unsafe partial class Interleaving
{
    /// <summary>
    /// Elements of the widest vector of the fast paths: where a method reads whole vectors, it reads no further than to the next
    /// multiple of these.
    /// </summary>
    public const int Lanes = 16;

    /// <summary>The most rows whose vectors fit the scratch that the chain runs in.</summary>
    private const int MaximalRows = 96;

    private static Vector512<int> ZipLow
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    }

    private static Vector512<int> ZipHigh
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }

    // Three-way: first two sources into their places, then the third one between them. Places of the third hold anything after the first
    // step.
    private static Vector512<int> Pair0
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
    }

    private static Vector512<int> Pair1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
    }

    private static Vector512<int> Pair2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
    }

    private static Vector512<int> Third0
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
    }

    private static Vector512<int> Third1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
    }

    private static Vector512<int> Third2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
    }

    /// <summary>
    /// Whether <see cref="Interleave"/>, <see cref="TransposeToRows"/> and <see cref="Deinterleave"/> have whole vectors for elements of
    /// this type here.
    /// </summary>
    public static bool IsAccelerated<T>()
        where T : unmanaged => sizeof(T) == sizeof(int) && Avx2.IsSupported;

    private static bool HasSixteen<T>()
        where T : unmanaged => sizeof(T) == sizeof(int) && Avx512F.IsSupported;

    /// <summary>
    /// destination[r*destinationPitch + i] = sources[i % step][from + r*sourcePitch + i / step], r &lt; rows, i &lt; length: rows of as
    /// many
    /// sequences each. Whole vectors of the sources are read.
    /// </summary>
    public static void Interleave<T>(T** sources, nint from, nint sourcePitch, int step, T* destination, nint destinationPitch, nint rows,
        nint length)
        where T : unmanaged, INumber<T>
    {
        if (step == 1)
        {
            PlaneCopy.Run(sources[0] + from, sourcePitch, destination, destinationPitch, rows, length);
            return;
        }
        if (Simd.IsInterpreted && typeof(T) == typeof(float))
        {
            Interpreted.Interleave((float**)sources, from, sourcePitch, step, (float*)destination, destinationPitch, rows, length);
            return;
        }
        if (HasSixteen<T>() && step <= MaximalRows && OnlyTwosAndThrees(step))
        {
            RunVectors((int**)sources, from, sourcePitch, step, (int*)destination, destinationPitch, rows, length);
            return;
        }
        if (IsAccelerated<T>() && step <= MaximalRows)
        {
            RunEights((float**)sources, from, sourcePitch, step, (float*)destination, destinationPitch, rows, length);
            return;
        }
        if (GoesByPairs<T>(step))
        {
            RunPairs((int**)sources, from, sourcePitch, step, (int*)destination, destinationPitch, rows, length);
            return;
        }
        for (nint r = 0; r < rows; r++, from += sourcePitch, destination += destinationPitch)
        {
            for (int k = 0; k < step; k++) RowCopy.Copy(sources[k] + from, 1, destination + k, step, Share(length, k, step));
        }
    }

    private static bool OnlyTwosAndThrees(int rows)
    {
        while (rows % 2 == 0) rows /= 2;
        while (rows % 3 == 0) rows /= 3;
        return rows == 1;
    }

    private static void RunVectors(int** sources, nint from, nint sourcePitch, int step, int* destination, nint destinationPitch, nint rows,
        nint length)
    {
        switch (step)
        {
            case 2: InterleaveTwo(sources[0] + from, sources[1] + from, sourcePitch, destination, destinationPitch, rows, length); break;
            case 3: InterleaveRows<Interleave3>(sources, from, sourcePitch, step, destination, destinationPitch, rows, length); break;
            case 4: InterleaveRows<Interleave4>(sources, from, sourcePitch, step, destination, destinationPitch, rows, length); break;
            case 6: InterleaveRows<Interleave6>(sources, from, sourcePitch, step, destination, destinationPitch, rows, length); break;
            case 8: InterleaveRows<Interleave8>(sources, from, sourcePitch, step, destination, destinationPitch, rows, length); break;
            default: InterleaveRows<InterleaveChain>(sources, from, sourcePitch, step, destination, destinationPitch, rows, length); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InterleaveRows<TInterleaver>(int** sources, nint from, nint sourcePitch, int step, int* destination,
        nint destinationPitch, nint rows, nint length)
        where TInterleaver : struct, IInterleaver
    {
        nint width = (nint)step * Lanes, whole = length / width * width;
        Vector512<int>* last = stackalloc Vector512<int>[3 * step + 1];
        last = Simd.AtLine(last);
        Vector512<int>* scratch = last + step;
        for (; rows > 0; rows--, from += sourcePitch, destination += destinationPitch)
        {
            nint i = from, at = 0;
            for (; at < whole; at += width, i += Lanes) TInterleaver.Run(sources, i, step, destination + at, scratch);
            if (at == length) continue;
            TInterleaver.Run(sources, i, step, (int*)last, scratch);
            for (int v = 0; at < length; v++, at += Lanes) Avx512F.MaskStore(destination + at, Mask(length - at), last[v]);
        }
    }

    /// <summary>
    /// One vector of each of <c>step</c> sources, interleaved to as many vectors. The usual numbers stay in registers, others go through as
    /// many vectors of scratch twice.
    /// </summary>
    private interface IInterleaver
    {
        static abstract void Run(int** sources, nint i, int step, int* to, Vector512<int>* scratch);
    }

    private readonly struct Interleave3 : IInterleaver
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Run(int** sources, nint i, int step, int* to, Vector512<int>* scratch) =>
            Three(At(sources, 0, i), At(sources, 1, i), At(sources, 2, i), to);
    }

    private readonly struct Interleave4 : IInterleaver
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Run(int** sources, nint i, int step, int* to, Vector512<int>* scratch) =>
            Four(At(sources, 0, i), At(sources, 1, i), At(sources, 2, i), At(sources, 3, i), to);
    }

    private readonly struct Interleave6 : IInterleaver
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Run(int** sources, nint i, int step, int* to, Vector512<int>* scratch)
        {
            (Vector512<int> low0, Vector512<int> high0) = Zip(At(sources, 0, i), At(sources, 3, i));
            (Vector512<int> low1, Vector512<int> high1) = Zip(At(sources, 1, i), At(sources, 4, i));
            (Vector512<int> low2, Vector512<int> high2) = Zip(At(sources, 2, i), At(sources, 5, i));
            Three(low0, low1, low2, to);
            Three(high0, high1, high2, to + 3 * Lanes);
        }
    }

    private readonly struct Interleave8 : IInterleaver
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Run(int** sources, nint i, int step, int* to, Vector512<int>* scratch)
        {
            (Vector512<int> low0, Vector512<int> high0) = Zip(At(sources, 0, i), At(sources, 4, i));
            (Vector512<int> low1, Vector512<int> high1) = Zip(At(sources, 1, i), At(sources, 5, i));
            (Vector512<int> low2, Vector512<int> high2) = Zip(At(sources, 2, i), At(sources, 6, i));
            (Vector512<int> low3, Vector512<int> high3) = Zip(At(sources, 3, i), At(sources, 7, i));
            Four(low0, low1, low2, low3, to);
            Four(high0, high1, high2, high3, to + 4 * Lanes);
        }
    }

    /// <summary>Any number without a factor but 2 and 3.</summary>
    private readonly struct InterleaveChain : IInterleaver
    {
        public static void Run(int** sources, nint i, int step, int* to, Vector512<int>* scratch)
        {
            for (int k = 0; k < step; k++) scratch[k] = At(sources, k, i);
            Vector512<int>* result = Chain(scratch, scratch + step, step);
            for (int k = 0; k < step; k++) result[k].Store(to + k * Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> At(int** sources, int row, nint i) => Vector512.Load(sources[row] + i);

    /// <summary>The elements of both by turns, in two vectors; where there is AVX-512.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<int> Low, Vector512<int> High) Zip(Vector512<int> a, Vector512<int> b) =>
        (Avx512F.PermuteVar16x32x2(a, ZipLow, b), Avx512F.PermuteVar16x32x2(a, ZipHigh, b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Two(Vector512<int> a, Vector512<int> b, int* to)
    {
        Avx512F.PermuteVar16x32x2(a, ZipLow, b).Store(to);
        Avx512F.PermuteVar16x32x2(a, ZipHigh, b).Store(to + Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Three(Vector512<int> a, Vector512<int> b, Vector512<int> c, int* to)
    {
        Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Pair0, b), Third0, c).Store(to);
        Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Pair1, b), Third1, c).Store(to + Lanes);
        Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Pair2, b), Third2, c).Store(to + 2 * Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d, int* to)
    {
        (Vector512<int> evenLow, Vector512<int> evenHigh) = Zip(a, c);
        (Vector512<int> oddLow, Vector512<int> oddHigh) = Zip(b, d);
        Two(evenLow, oddLow, to);
        Two(evenHigh, oddHigh, to + 2 * Lanes);
    }

    private static Vector512<int>* Chain(Vector512<int>* from, Vector512<int>* to, int rows)
    {
        for (int length = rows; length > 1;)
        {
            int factor = length % 2 == 0 ? 2 : 3;
            int part = length / factor;
            for (int first = 0; first < rows; first += length)
            {
                for (int k = first; k < first + part; k++)
                {
                    if (factor == 2)
                    {
                        (Vector512<int> a, Vector512<int> b) = (from[k], from[k + part]);
                        to[k] = Avx512F.PermuteVar16x32x2(a, ZipLow, b);
                        to[k + part] = Avx512F.PermuteVar16x32x2(a, ZipHigh, b);
                    }
                    else
                    {
                        (Vector512<int> a, Vector512<int> b, Vector512<int> c) = (from[k], from[k + part], from[k + 2 * part]);
                        to[k] = Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Pair0, b), Third0, c);
                        to[k + part] = Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Pair1, b), Third1, c);
                        to[k + 2 * part] = Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Pair2, b), Third2, c);
                    }
                }
            }
            Vector512<int>* swapped = from;
            from = to;
            to = swapped;
            length = part;
        }
        return from;
    }

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Mask(nint count) => Vector512.GreaterThan(Vector512.Create((int)count), Vector512<int>.Indices);

    /// <summary>The first <paramref name="count"/> elements, up to a vector's worth, and zeros behind them; nothing else is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> First(int* source, nint count) =>
        count >= Lanes ? Vector512.Load(source)
        : count <= 0 ? Vector512<int>.Zero
        : Avx512F.MaskLoad(source, Mask(count), Vector512<int>.Zero);
}
