using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

// Vectors of eight, where those of sixteen with their free permutes are not to be had, or have nothing for a number of rows. Two, three and
// four rows have bodies of their own; any more are squares of eight rows and eight elements, each turned in registers.
internal static unsafe partial class Interleaving
{
    private const int Eight = 8;

    /// <summary>Interleaves whole vectors of the sources, row by row; the rest of each row by way of the stack.</summary>
    private static void RunEights(float** sources, nint from, nint sourcePitch, int step, float* destination, nint destinationPitch,
        nint rows, nint length)
    {
        switch (step)
        {
            case 2: InterleaveEights<Eights2>(sources, from, sourcePitch, step, destination, destinationPitch, rows, length); break;
            case 3: InterleaveEights<Eights3>(sources, from, sourcePitch, step, destination, destinationPitch, rows, length); break;
            case 4: InterleaveEights<Eights4>(sources, from, sourcePitch, step, destination, destinationPitch, rows, length); break;
            default: InterleaveEights<EightsMore>(sources, from, sourcePitch, step, destination, destinationPitch, rows, length); break;
        }
    }

    /// <summary>Deals whole vectors out to the destinations, row by row; the rest of each row by way of the stack.</summary>
    private static void DealEights(float* source, nint sourcePitch, nint length, int step, float** to, nint destinationPitch, nint rows)
    {
        switch (step)
        {
            case 2: DeinterleaveEights<Eights2>(source, sourcePitch, length, step, to, destinationPitch, rows); break;
            case 3: DeinterleaveEights<Eights3>(source, sourcePitch, length, step, to, destinationPitch, rows); break;
            case 4: DeinterleaveEights<Eights4>(source, sourcePitch, length, step, to, destinationPitch, rows); break;
            default: DeinterleaveEights<EightsMore>(source, sourcePitch, length, step, to, destinationPitch, rows); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InterleaveEights<TBody>(float** sources, nint from, nint sourcePitch, int step, float* destination,
        nint destinationPitch, nint rows, nint length)
        where TBody : struct, IEights
    {
        nint width = (nint)step * Eight, whole = WholeEights(length, step), tail = TailEights(length, step, whole);
        Vector256<float>* vectors = stackalloc Vector256<float>[step + 3];
        float* last = (float*)Simd.AtLine(vectors);
        float** places = stackalloc float*[Eight];
        if (step is > 4 and < Eight) sources = Padded(sources, step, places);
        for (; rows > 0; rows--, from += sourcePitch, destination += destinationPitch)
        {
            nint i = from, at = 0;
            for (; at < whole; at += width, i += Eight) TBody.Interleave(sources, i, step, destination + at);
            if (tail >= 0)
            {
                TBody.Interleave(sources, from + tail, step, destination + tail * step);
                at = (tail + Eight) * step;
                for (i = from + tail + Eight; at < length; i++)
                    for (int k = 0; k < step && at < length; k++, at++) destination[at] = sources[k][i];
            }
            for (; at < length; at += width, i += Eight)
            {
                // Nothing behind the row is written.
                TBody.Interleave(sources, i, step, last);
                nint rest = nint.Min(width, length - at);
                for (nint v = 0; v < rest; v += Eight) StoreFirst(Vector256.Load(last + v), destination + at + v, rest - v);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DeinterleaveEights<TBody>(float* source, nint sourcePitch, nint length, int step, float** to, nint destinationPitch,
        nint rows)
        where TBody : struct, IEights
    {
        nint width = (nint)step * Eight, whole = WholeEights(length, step), tail = TailEights(length, step, whole);
        Vector256<float>* vectors = stackalloc Vector256<float>[2 * step + 3];
        float* last = (float*)Simd.AtLine(vectors);
        int filled = step is > 4 and < Eight ? Eight : step;
        float** places = stackalloc float*[filled];
        float** parts = stackalloc float*[filled];
        for (int k = 0; k < filled; k++)
        {
            places[k] = to[Math.Min(k, step - 1)];
            parts[k] = last + (step + 1 + Math.Min(k, step - 1)) * Eight;
        }
        for (nint offset = 0; rows > 0; rows--, source += sourcePitch, offset += destinationPitch)
        {
            // Rows that stand apart are not fetched before they are asked for.
            if (rows > Ahead && sourcePitch > 2 * (length + width)) RowCopy.Prefetch(source + Ahead * sourcePitch, length);
            nint i = offset, at = 0;
            for (; at < whole; at += width, i += Eight) TBody.Deinterleave(source + at, step, places, i);
            if (tail >= 0)
            {
                TBody.Deinterleave(source + tail * step, step, places, offset + tail);
                at = (tail + Eight) * step;
                for (i = offset + tail + Eight; at < length; i++)
                    for (int k = 0; k < step && at < length; k++, at++) places[k][i] = source[at];
            }
            for (; at < length; at += width, i += Eight)
            {
                // Nothing behind the row is read or written.
                nint rest = nint.Min(width, length - at);
                for (nint v = 0; v < rest; v += Eight) FirstEight(source + at + v, rest - v).Store(last + v);
                TBody.Deinterleave(last, step, parts, 0);
                for (int k = 0; k < step; k++) StoreFirst(Vector256.Load(parts[k]), places[k] + i, Share(rest, k, step));
            }
        }
    }

    /// <summary>
    /// What of a row's elements may be done in whole vectors: a square of fewer than eight rows reads or writes vectors of eight, beyond
    /// its last row.
    /// </summary>
    private static nint WholeEights(nint length, int step)
    {
        nint width = (nint)step * Eight;
        if (step is > 4 and < Eight) length -= Eight - step;

        // Rows are shorter than 2^31, and half as wide a division takes half as long.
        return length <= 0 ? 0 : (nint)((uint)length / (uint)width) * width;
    }

    /// <summary>
    /// The first of eight elements of each sequence that end a row, but for a few elements one by one, and overlap those before; -1 where
    /// there are none, or more than a few.
    /// </summary>
    private static nint TailEights(nint length, int step, nint whole)
    {
        nint width = (nint)step * Eight, last = length - width - (step is > 4 and < Eight ? Eight - step : 0);
        if (whole == length || last < 0) return -1;
        nint first = (nint)((uint)last / (uint)step);
        return length - (first + Eight) * step <= Eight ? first : -1;
    }

    /// <summary>Eight sources of fewer: any one does instead of those that are not there.</summary>
    private static float** Padded(float** sources, int step, float** places)
    {
        for (int k = 0; k < Eight; k++) places[k] = sources[Math.Min(k, step - 1)];
        return places;
    }

    /// <summary>Eight elements of each of <c>step</c> sequences, and as many vectors that hold them interleaved.</summary>
    private interface IEights
    {
        /// <summary>to[i'*step + k] = sources[k][i + i']; with five to seven sequences, up to three elements more are written.</summary>
        static abstract void Interleave(float** sources, nint i, int step, float* to);

        /// <summary>to[k][i + i'] = at[i'*step + k]; with five to seven sequences, up to three elements more are read.</summary>
        static abstract void Deinterleave(float* at, int step, float** to, nint i);
    }

    private readonly struct Eights2 : IEights
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Interleave(float** sources, nint i, int step, float* to)
        {
            Vector256<float> a = Vector256.Load(sources[0] + i), b = Vector256.Load(sources[1] + i);
            (Vector256<long> low, Vector256<long> high) = Zip(a, b);
            Avx2.Permute2x128(low, high, 0x20).AsSingle().Store(to);
            Avx2.Permute2x128(low, high, 0x31).AsSingle().Store(to + Eight);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Deinterleave(float* at, int step, float** to, nint i)
        {
            Vector256<float> a = Vector256.Load(at), b = Vector256.Load(at + Eight);
            (Vector256<float> even, Vector256<float> odd) = DeinterleaveTwo(a, b);
            even.Store(to[0] + i);
            odd.Store(to[1] + i);
        }
    }

    // Three: each source is brought into an order in which all its elements stand where an output has them.
    private readonly struct Eights3 : IEights
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Interleave(float** sources, nint i, int step, float* to)
        {
            Vector256<float> a = Avx2.PermuteVar8x32(Vector256.Load(sources[0] + i), Vector256.Create(0, 3, 6, 1, 4, 7, 2, 5)),
                b = Avx2.PermuteVar8x32(Vector256.Load(sources[1] + i), Vector256.Create(5, 0, 3, 6, 1, 4, 7, 2)),
                c = Avx2.PermuteVar8x32(Vector256.Load(sources[2] + i), Vector256.Create(2, 5, 0, 3, 6, 1, 4, 7));
            Avx.Blend(Avx.Blend(a, b, At147), c, At25).Store(to);
            Avx.Blend(Avx.Blend(a, b, At25), c, At036).Store(to + Eight);
            Avx.Blend(Avx.Blend(a, b, At036), c, At147).Store(to + 2 * Eight);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Deinterleave(float* at, int step, float** to, nint i)
        {
            Vector256<float> a = Vector256.Load(at), b = Vector256.Load(at + Eight), c = Vector256.Load(at + 2 * Eight);
            FirstOfThree(a, b, c).Store(to[0] + i);
            Avx2.PermuteVar8x32(Avx.Blend(Avx.Blend(a, b, At25), c, At036), Vector256.Create(1, 4, 7, 2, 5, 0, 3, 6)).Store(to[1] + i);
            Avx2.PermuteVar8x32(Avx.Blend(Avx.Blend(a, b, At036), c, At147), Vector256.Create(2, 5, 0, 3, 6, 1, 4, 7)).Store(to[2] + i);
        }
    }

    private readonly struct Eights4 : IEights
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Interleave(float** sources, nint i, int step, float* to)
        {
            (Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) = Fours(
                Vector256.Load(sources[0] + i), Vector256.Load(sources[1] + i), Vector256.Load(sources[2] + i),
                Vector256.Load(sources[3] + i));
            Avx.Permute2x128(a, b, 0x20).Store(to);
            Avx.Permute2x128(c, d, 0x20).Store(to + Eight);
            Avx.Permute2x128(a, b, 0x31).Store(to + 2 * Eight);
            Avx.Permute2x128(c, d, 0x31).Store(to + 3 * Eight);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Deinterleave(float* at, int step, float** to, nint i)
        {
            (Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) =
                Fours(Join(at, at + 16), Join(at + 4, at + 20), Join(at + 8, at + 24), Join(at + 12, at + 28));
            a.Store(to[0] + i);
            b.Store(to[1] + i);
            c.Store(to[2] + i);
            d.Store(to[3] + i);
        }
    }

    // Five or more. The last square of a number that is no multiple of eight overlaps the one before; fewer than eight are padded, and what
    // that writes too much is written over: the rows of a square in ascending order, the columns in descending order.
    private readonly struct EightsMore : IEights
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Interleave(float** sources, nint i, int step, float* to)
        {
            int last = step - Eight, k = 0;
            for (; k < last; k += Eight) PlacesToRows(sources + k, i, to + k, step);
            k = Math.Max(last, 0);
            PlacesToRows(sources + k, i, to + k, step);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Deinterleave(float* at, int step, float** to, nint i)
        {
            int last = step - Eight, k = 0;
            for (; k < last; k += Eight) RowsToPlaces(at + k, step, to + k, i);
            k = Math.Max(last, 0);
            RowsToPlaces(at + k, step, to + k, i);
        }
    }

    /// <summary>The even elements of both, and the odd ones; where there is AVX2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Even, Vector256<float> Odd) DeinterleaveTwo(Vector256<float> a, Vector256<float> b) =>
        (InOrder(Avx.Shuffle(a, b, 0b10_00_10_00)), InOrder(Avx.Shuffle(a, b, 0b11_01_11_01)));

    /// <summary>The pairs 0 2 1 3 of a vector in the order of their numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> InOrder(Vector256<float> pairs) => Avx2.Permute4x64(pairs.AsDouble(), 0b11_01_10_00).AsSingle();

    // Which lanes of a vector come from the other one.
    private const byte At147 = 0b1001_0010;
    private const byte At25 = 0b0010_0100;
    private const byte At036 = 0b0100_1001;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FirstOfThree(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Avx2.PermuteVar8x32(Avx.Blend(Avx.Blend(a, b, At147), c, At25), Vector256.Create(0, 3, 6, 1, 4, 7, 2, 5));

    /// <summary>Eight of every second, third or fourth element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TakeEight(float* at, nint step)
    {
        Vector256<float> a = Vector256.Load(at), b = Vector256.Load(at + Eight);
        if (step == 2) return DeinterleaveTwo(a, b).Even;
        Vector256<float> c = Vector256.Load(at + 2 * Eight);
        if (step == 3) return FirstOfThree(a, b, c);
        Vector256<float> low = Avx.Shuffle(a, b, 0), high = Avx.Shuffle(c, Vector256.Load(at + 3 * Eight), 0);
        return Avx2.PermuteVar8x32(Avx.Shuffle(low, high, 0b10_00_10_00), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7));
    }
}
