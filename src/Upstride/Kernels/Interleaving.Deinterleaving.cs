using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

// The way back: from one row to several, or to one of them.
internal static unsafe partial class Interleaving
{
    /// <summary>The most rows that are dealt to by vectors of sixteen.</summary>
    private const int MaxDeinterleaved = 32;

    /// <summary>Rows ahead that are fetched: one takes less time than memory to answer.</summary>
    private const int Ahead = 4;

    // Two: the even elements of a pair of vectors, and the odd. Three: elements k, k + 3, ... of three vectors.
    private static Vector512<int> Even
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    }

    private static Vector512<int> Odd
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    }

    private static Vector512<int> Residue0Of3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
    }

    private static Vector512<int> Residue1Of3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
    }

    private static Vector512<int> Residue2Of3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
    }

    private static Vector512<int> Rest0
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
    }

    private static Vector512<int> Rest1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
    }

    private static Vector512<int> Rest2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
    }

    /// <summary>
    /// destinations[k][r*destinationPitch + i] = source[r*sourcePitch + step*i + k] for each step*i + k &lt; total, r &lt; rows: deals rows
    /// out
    /// to several sequences each. Elements of a row before <paramref name="low"/> and from <paramref name="high"/> on are not read, and
    /// zeros
    /// take their place.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Deinterleave<T>(T* source, nint sourcePitch, nint low, nint high, nint total, int step, T** destinations,
        nint destinationPitch, nint rows)
        where T : unmanaged, INumber<T>
    {
        if (high <= low) low = high = total;
        if (step == 1)
        {
            PlaneCopy.Framed(source + low, sourcePitch, destinations[0], destinationPitch, rows, total, low, high);
            return;
        }
        // Rows are shorter than 2^31, and half as wide a division takes half as long.
        (uint counts, uint longer) = Math.DivRem((uint)total, (uint)step);
        (uint firsts, uint later) = Math.DivRem((uint)low, (uint)step);
        (uint ends, uint further) = Math.DivRem((uint)high, (uint)step);
        T** inner = stackalloc T*[step];
        for (int k = 0; k < step; k++)
        {
            // What is dealt begins with element low: whose it is, is the first.
            nint count = (nint)counts + (k < longer ? 1 : 0), first = (nint)firsts + (k < later ? 1 : 0),
                end = (nint)ends + (k < further ? 1 : 0);
            inner[k < later ? k - (int)later + step : k - (int)later] = destinations[k] + first;
            if (first == 0 && end == count) continue;
            for (nint r = 0; r < rows; r++)
            {
                T* row = destinations[k] + r * destinationPitch;
                for (nint i = 0; i < first; i++) row[i] = default;
                for (nint i = end; i < count; i++) row[i] = default;
            }
        }
        if (low == high) return;
        source += low;
        if (Simd.IsInterpreted && typeof(T) == typeof(float))
        {
            Interpreted.Deal((float*)source, sourcePitch, high - low, step, (float**)inner, destinationPitch, rows);
            return;
        }
        if (HasSixteen<T>() && step <= MaxDeinterleaved && OnlyTwosAndThrees(step))
        {
            DeinterleaveVectors((int*)source, sourcePitch, high - low, step, (int**)inner, destinationPitch, rows);
            return;
        }
        if (IsAccelerated<T>() && step <= MaximalRows)
        {
            DealEights((float*)source, sourcePitch, high - low, step, (float**)inner, destinationPitch, rows);
            return;
        }
        if (GoesByPairs<T>(step))
        {
            DealPairs((int*)source, sourcePitch, high - low, step, (int**)inner, destinationPitch, rows);
            return;
        }
        for (; rows > 0; rows--, source += sourcePitch)
        for (int k = 0; k < step; k++)
        {
            RowCopy.Copy(source + k, step, inner[k], 1, Share(high - low, k, step));
            inner[k] += destinationPitch;
        }
    }

    /// <summary>How many of k, k + step, ... lie before <paramref name="end"/>.</summary>
    private static nint Share(nint end, nint k, nint step) => (end - k + step - 1) / step;

    /// <summary>
    /// destination[i] = source[step*i], i &lt; count, as far as whole vectors serve; returns how many elements were moved. Reads nothing
    /// behind the last of them.
    /// </summary>
    public static nint Take<T>(T* source, nint step, T* destination, nint count)
        where T : unmanaged
    {
        nint i = 0;
        if (!HasSixteen<T>())
        {
            if (IsAccelerated<T>() && step is 2 or 3 or 4)
                for (; i < count - Eight; i += Eight) TakeEight((float*)(source + i * step), step).Store((float*)(destination + i));
            return i;
        }
        if (step is not (2 or 3 or 4 or 8)) return i;

        // The last vector of elements would read step - 1 behind its last, so it is left.
        for (; i < count - Lanes; i += Lanes)
        {
            int* at = (int*)source + i * step;
            Vector512<int> taken = step switch
            {
                2 => TakeTwo(at),
                3 => Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(Vector512.Load(at), Residue0Of3, Vector512.Load(at + Lanes)),
                    Rest0, Vector512.Load(at + 2 * Lanes)),
                4 => TakeFour(at),
                _ => Avx512F.PermuteVar16x32x2(TakeFour(at), Even, TakeFour(at + 4 * Lanes)),
            };
            taken.Store((int*)(destination + i));
        }
        if (step != 2 || i == count) return i;

        // Of the rest of a row no more is read than there is.
        int* last = (int*)source + i * step;
        nint left = count - i, read = 2 * left - 1;
        Avx512F.MaskStore((int*)(destination + i), Mask(left),
            Avx512F.PermuteVar16x32x2(First(last, read), Even, First(last + Lanes, read - Lanes)));
        return count;
    }

    private static Vector512<int> TakeTwo(int* at) => Avx512F.PermuteVar16x32x2(Vector512.Load(at), Even, Vector512.Load(at + Lanes));

    private static Vector512<int> TakeFour(int* at) => Avx512F.PermuteVar16x32x2(TakeTwo(at), Even, TakeTwo(at + 2 * Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Vector(int* at, int index) => Vector512.Load(at + index * Lanes);

    /// <summary>The even elements of both, and the odd ones; where there is AVX-512.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<int> Even, Vector512<int> Odd) DeinterleaveTwo(Vector512<int> a, Vector512<int> b) =>
        (Avx512F.PermuteVar16x32x2(a, Even, b), Avx512F.PermuteVar16x32x2(a, Odd, b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<int> X, Vector512<int> Y, Vector512<int> Z) DeinterleaveThree(Vector512<int> a, Vector512<int> b,
        Vector512<int> c) => (
        Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Residue0Of3, b), Rest0, c),
        Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Residue1Of3, b), Rest1, c),
        Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Residue2Of3, b), Rest2, c));

    /// <summary>The steps of <see cref="Chain"/> undone, the last one first.</summary>
    private static Vector512<int>* Unchain(Vector512<int>* from, Vector512<int>* to, int rows)
    {
        int odd = rows;
        while (odd % 2 == 0) odd /= 2;
        for (int length = 1; length < rows;)
        {
            int factor = length < odd ? 3 : 2, part = length;
            length *= factor;
            for (int first = 0; first < rows; first += length)
            {
                for (int k = first; k < first + part; k++)
                {
                    if (factor == 2) (to[k], to[k + part]) = DeinterleaveTwo(from[k], from[k + part]);
                    else (to[k], to[k + part], to[k + 2 * part]) = DeinterleaveThree(from[k], from[k + part], from[k + 2 * part]);
                }
            }
            Vector512<int>* swapped = from;
            from = to;
            to = swapped;
        }
        return from;
    }
}
