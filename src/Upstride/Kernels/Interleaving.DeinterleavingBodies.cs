using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

// One loop over rows for every number of sequences that they are deinterleaved to.
internal static unsafe partial class Interleaving
{
    private static void DeinterleaveVectors(int* source, nint sourcePitch, nint length, int step, int** to, nint destinationPitch, nint rows)
    {
        switch (step)
        {
            case 2: DeinterleaveTwo(source, sourcePitch, length, to[0], to[1], destinationPitch, rows); break;
            case 3: DeinterleaveRows<Deinterleave3>(source, sourcePitch, length, step, to, destinationPitch, rows); break;
            case 4: DeinterleaveRows<Deinterleave4>(source, sourcePitch, length, step, to, destinationPitch, rows); break;
            case 6: DeinterleaveRows<Deinterleave6>(source, sourcePitch, length, step, to, destinationPitch, rows); break;
            case 8: DeinterleaveRows<Deinterleave8>(source, sourcePitch, length, step, to, destinationPitch, rows); break;
            default: DeinterleaveRows<DeinterleaveChain>(source, sourcePitch, length, step, to, destinationPitch, rows); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DeinterleaveRows<TDeinterleaver>(int* source, nint sourcePitch, nint length, int step, int** to, nint destinationPitch, nint rows)
        where TDeinterleaver : struct, IDeinterleaver
    {
        nint width = (nint)step * Lanes, whole = length / width * width;
        Vector512<int>* last = stackalloc Vector512<int>[4 * step + 1];
        last = Simd.AtLine(last);
        Vector512<int>* scratch = last + 2 * step;
        int** parts = stackalloc int*[step];
        for (int k = 0; k < step; k++) parts[k] = (int*)(last + step + k);
        (nint count, nint longer) = Math.DivRem(length - whole, step);
        for (; rows > 0; rows--, source += sourcePitch)
        {
            // Rows that stand apart are not fetched before they are asked for.
            if (rows > Ahead && sourcePitch > length + width) RowCopy.Prefetch(source + Ahead * sourcePitch, length);
            nint i = 0, at = 0;
            for (; at < whole; at += width, i += Lanes) TDeinterleaver.Run(source + at, step, to, i, scratch);
            if (at < length)
            {
                // Nothing behind the row is read or written.
                for (nint v = 0; v < step; v++) last[v] = First(source + at + v * Lanes, length - at - v * Lanes);
                TDeinterleaver.Run((int*)last, step, parts, 0, scratch);
                for (int k = 0; k < step; k++) Avx512F.MaskStore(to[k] + i, Mask(count + (k < longer ? 1 : 0)), last[step + k]);
            }
            for (int k = 0; k < step; k++) to[k] += destinationPitch;
        }
    }

    /// <summary>As many vectors as there are sequences, deinterleaved to a vector of each, all read before the first is written. The usual numbers stay in registers, others go through as many vectors of scratch twice.</summary>
    private interface IDeinterleaver
    {
        static abstract void Run(int* at, int step, int** to, nint i, Vector512<int>* scratch);
    }

    private readonly struct Deinterleave3 : IDeinterleaver
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Run(int* at, int step, int** to, nint i, Vector512<int>* scratch)
        {
            (Vector512<int> a0, Vector512<int> a1, Vector512<int> a2) = DeinterleaveThree(Vector(at, 0), Vector(at, 1), Vector(at, 2));
            a0.Store(to[0] + i);
            a1.Store(to[1] + i);
            a2.Store(to[2] + i);
        }
    }

    private readonly struct Deinterleave4 : IDeinterleaver
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Run(int* at, int step, int** to, nint i, Vector512<int>* scratch)
        {
            (Vector512<int> a0, Vector512<int> a1) = DeinterleaveTwo(Vector(at, 0), Vector(at, 1));
            (Vector512<int> a2, Vector512<int> a3) = DeinterleaveTwo(Vector(at, 2), Vector(at, 3));
            (a0, a2) = DeinterleaveTwo(a0, a2);
            (a1, a3) = DeinterleaveTwo(a1, a3);
            a0.Store(to[0] + i);
            a1.Store(to[1] + i);
            a2.Store(to[2] + i);
            a3.Store(to[3] + i);
        }
    }

    private readonly struct Deinterleave6 : IDeinterleaver
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Run(int* at, int step, int** to, nint i, Vector512<int>* scratch)
        {
            (Vector512<int> a0, Vector512<int> a1) = DeinterleaveTwo(Vector(at, 0), Vector(at, 1));
            (Vector512<int> a2, Vector512<int> a3) = DeinterleaveTwo(Vector(at, 2), Vector(at, 3));
            (Vector512<int> a4, Vector512<int> a5) = DeinterleaveTwo(Vector(at, 4), Vector(at, 5));
            (a0, a2, a4) = DeinterleaveThree(a0, a2, a4);
            (a1, a3, a5) = DeinterleaveThree(a1, a3, a5);
            a0.Store(to[0] + i);
            a1.Store(to[1] + i);
            a2.Store(to[2] + i);
            a3.Store(to[3] + i);
            a4.Store(to[4] + i);
            a5.Store(to[5] + i);
        }
    }

    private readonly struct Deinterleave8 : IDeinterleaver
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Run(int* at, int step, int** to, nint i, Vector512<int>* scratch)
        {
            (Vector512<int> a0, Vector512<int> a1) = DeinterleaveTwo(Vector(at, 0), Vector(at, 1));
            (Vector512<int> a2, Vector512<int> a3) = DeinterleaveTwo(Vector(at, 2), Vector(at, 3));
            (Vector512<int> a4, Vector512<int> a5) = DeinterleaveTwo(Vector(at, 4), Vector(at, 5));
            (Vector512<int> a6, Vector512<int> a7) = DeinterleaveTwo(Vector(at, 6), Vector(at, 7));
            (a0, a2) = DeinterleaveTwo(a0, a2);
            (a4, a6) = DeinterleaveTwo(a4, a6);
            (a1, a3) = DeinterleaveTwo(a1, a3);
            (a5, a7) = DeinterleaveTwo(a5, a7);
            (a0, a4) = DeinterleaveTwo(a0, a4);
            (a2, a6) = DeinterleaveTwo(a2, a6);
            (a1, a5) = DeinterleaveTwo(a1, a5);
            (a3, a7) = DeinterleaveTwo(a3, a7);
            a0.Store(to[0] + i);
            a1.Store(to[1] + i);
            a2.Store(to[2] + i);
            a3.Store(to[3] + i);
            a4.Store(to[4] + i);
            a5.Store(to[5] + i);
            a6.Store(to[6] + i);
            a7.Store(to[7] + i);
        }
    }

    /// <summary>Any number without a factor but 2 and 3.</summary>
    private readonly struct DeinterleaveChain : IDeinterleaver
    {
        public static void Run(int* at, int step, int** to, nint i, Vector512<int>* scratch)
        {
            for (int k = 0; k < step; k++) scratch[k] = Vector(at, k);
            Vector512<int>* dealt = Unchain(scratch, scratch + step, step);
            for (int k = 0; k < step; k++) dealt[k].Store(to[k] + i);
        }
    }
}
