using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

// The way back: from one row to several, or to one of them.
internal static unsafe partial class Interleaving
{
    /// <summary>The most rows that are dealt to by vectors.</summary>
    private const int MaximalDealt = 32;

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

    private static Vector512<int> Deal0
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
    }

    private static Vector512<int> Deal1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
    }

    private static Vector512<int> Deal2
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
    /// destinations[k][i] = source[rows*i + k] for each rows*i + k &lt; total: deals a row out to several. Elements of the source before
    /// <paramref name="low"/> and from <paramref name="high"/> on are not read, and zeros take their place.
    /// </summary>
    public static void Deal<T>(T* source, nint low, nint high, nint total, int rows, T** destinations)
        where T : unmanaged
    {
        if (IsAccelerated<T>() && rows > 1 && rows <= MaximalDealt && OnlyTwosAndThrees(rows))
        {
            DealVectors((int*)source, low, high, total, rows, (int**)destinations);
            return;
        }
        for (nint k = 0; k < rows; k++)
        {
            nint count = Share(total, k, rows), first = nint.Clamp(Share(low, k, rows), 0, count), end = nint.Clamp(Share(high, k, rows), first, count);
            Rows.Clear(destinations[k], 1, first);
            Rows.Copy(source + (first * rows + k), rows, destinations[k] + first, 1, end - first);
            Rows.Clear(destinations[k] + end, 1, count - end);
        }
    }

    /// <summary>How many of k, k + rows, ... lie before <paramref name="end"/>.</summary>
    private static nint Share(nint end, nint k, nint rows) => (end - k + rows - 1) / rows;

    /// <summary>destination[i] = source[step*i], i &lt; count, as far as whole vectors serve; returns how many elements were moved. Reads nothing behind the last of them.</summary>
    public static nint Take<T>(T* source, nint step, T* destination, nint count)
        where T : unmanaged
    {
        nint i = 0;
        if (!IsAccelerated<T>() || step is not (2 or 3 or 4 or 8)) return i;

        // The last vector of elements would read step - 1 behind its last, so it is left.
        for (; i < count - Lanes; i += Lanes)
        {
            int* at = (int*)source + i * step;
            Vector512<int> taken = step switch
            {
                2 => TakeTwo(at),
                3 => Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(Vector512.Load(at), Deal0, Vector512.Load(at + Lanes)), Rest0, Vector512.Load(at + 2 * Lanes)),
                4 => TakeFour(at),
                _ => Avx512F.PermuteVar16x32x2(TakeFour(at), Even, TakeFour(at + 4 * Lanes)),
            };
            taken.Store((int*)(destination + i));
        }
        return i;
    }

    private static Vector512<int> TakeTwo(int* at) => Avx512F.PermuteVar16x32x2(Vector512.Load(at), Even, Vector512.Load(at + Lanes));

    private static Vector512<int> TakeFour(int* at) => Avx512F.PermuteVar16x32x2(TakeTwo(at), Even, TakeTwo(at + 2 * Lanes));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DealVectors(int* source, nint low, nint high, nint total, int rows, int** destinations)
    {
        Vector512<int>* group = stackalloc Vector512<int>[MaximalDealt + 1];
        int** parts = stackalloc int*[MaximalDealt];
        group = Simd.AtLine(group);
        nint whole = (nint)rows * Lanes;
        for (nint element = 0, i = 0; element < total; element += whole, i += Lanes)
        {
            int* at = source + element;
            if (element < low || element + whole > high)
            {
                // Zeros take the place of what lies outside the source.
                for (nint e = 0; e < whole; e += Lanes) Between(at + e, low - element - e, high - element - e).Store((int*)group + e);
                at = (int*)group;
            }
            if (element + whole <= total)
            {
                DealGroup(at, rows, destinations, i);
                continue;
            }
            for (int k = 0; k < rows; k++) parts[k] = (int*)(group + k);
            DealGroup(at, rows, parts, 0);
            (nint count, nint longer) = Math.DivRem(total - element, rows);
            for (int k = 0; k < rows; k++) Avx512F.MaskStore(destinations[k] + i, Mask(count + (k < longer ? 1 : 0)), group[k]);
        }
    }

    /// <summary>Elements <paramref name="low"/> .. <paramref name="high"/> - 1 of a vector and zeros around them; nothing else is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Between(int* source, nint low, nint high)
    {
        if (low <= 0 && high >= Lanes) return Vector512.Load(source);
        if (low >= Lanes || high <= 0) return Vector512<int>.Zero;
        return Avx512F.MaskLoad(source, Vector512.AndNot(Mask(high), Mask(low)), Vector512<int>.Zero);
    }

    /// <summary>A vector for each row, all read before the first is written. The usual numbers of rows stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DealGroup(int* at, int rows, int** to, nint i)
    {
        switch (rows)
        {
            case 2: DealTo2(at, to, i); return;
            case 3: DealTo3(at, to, i); return;
            case 4: DealTo4(at, to, i); return;
            case 6: DealTo6(at, to, i); return;
            case 8: DealTo8(at, to, i); return;
            default: DealChain(at, rows, to, i); return;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DealTo2(int* at, int** to, nint i)
    {
        (Vector512<int> a0, Vector512<int> a1) = DealTwo(Vector(at, 0), Vector(at, 1));
        a0.Store(to[0] + i);
        a1.Store(to[1] + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DealTo3(int* at, int** to, nint i)
    {
        (Vector512<int> a0, Vector512<int> a1, Vector512<int> a2) = DealThree(Vector(at, 0), Vector(at, 1), Vector(at, 2));
        a0.Store(to[0] + i);
        a1.Store(to[1] + i);
        a2.Store(to[2] + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DealTo4(int* at, int** to, nint i)
    {
        (Vector512<int> a0, Vector512<int> a1) = DealTwo(Vector(at, 0), Vector(at, 1));
        (Vector512<int> a2, Vector512<int> a3) = DealTwo(Vector(at, 2), Vector(at, 3));
        (a0, a2) = DealTwo(a0, a2);
        (a1, a3) = DealTwo(a1, a3);
        a0.Store(to[0] + i);
        a1.Store(to[1] + i);
        a2.Store(to[2] + i);
        a3.Store(to[3] + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DealTo6(int* at, int** to, nint i)
    {
        (Vector512<int> a0, Vector512<int> a1) = DealTwo(Vector(at, 0), Vector(at, 1));
        (Vector512<int> a2, Vector512<int> a3) = DealTwo(Vector(at, 2), Vector(at, 3));
        (Vector512<int> a4, Vector512<int> a5) = DealTwo(Vector(at, 4), Vector(at, 5));
        (a0, a2, a4) = DealThree(a0, a2, a4);
        (a1, a3, a5) = DealThree(a1, a3, a5);
        a0.Store(to[0] + i);
        a1.Store(to[1] + i);
        a2.Store(to[2] + i);
        a3.Store(to[3] + i);
        a4.Store(to[4] + i);
        a5.Store(to[5] + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DealTo8(int* at, int** to, nint i)
    {
        (Vector512<int> a0, Vector512<int> a1) = DealTwo(Vector(at, 0), Vector(at, 1));
        (Vector512<int> a2, Vector512<int> a3) = DealTwo(Vector(at, 2), Vector(at, 3));
        (Vector512<int> a4, Vector512<int> a5) = DealTwo(Vector(at, 4), Vector(at, 5));
        (Vector512<int> a6, Vector512<int> a7) = DealTwo(Vector(at, 6), Vector(at, 7));
        (a0, a2) = DealTwo(a0, a2);
        (a4, a6) = DealTwo(a4, a6);
        (a1, a3) = DealTwo(a1, a3);
        (a5, a7) = DealTwo(a5, a7);
        (a0, a4) = DealTwo(a0, a4);
        (a2, a6) = DealTwo(a2, a6);
        (a1, a5) = DealTwo(a1, a5);
        (a3, a7) = DealTwo(a3, a7);
        a0.Store(to[0] + i);
        a1.Store(to[1] + i);
        a2.Store(to[2] + i);
        a3.Store(to[3] + i);
        a4.Store(to[4] + i);
        a5.Store(to[5] + i);
        a6.Store(to[6] + i);
        a7.Store(to[7] + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DealChain(int* at, int rows, int** to, nint i)
    {
        Vector512<int>* from = stackalloc Vector512<int>[MaximalDealt + 1];
        Vector512<int>* scratch = stackalloc Vector512<int>[MaximalDealt + 1];
        from = Simd.AtLine(from);
        for (int k = 0; k < rows; k++) from[k] = Vector(at, k);
        Vector512<int>* dealt = Unchain(from, Simd.AtLine(scratch), rows);
        for (int k = 0; k < rows; k++) dealt[k].Store(to[k] + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Vector(int* at, int index) => Vector512.Load(at + index * Lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<int> Even, Vector512<int> Odd) DealTwo(Vector512<int> a, Vector512<int> b) =>
        (Avx512F.PermuteVar16x32x2(a, Even, b), Avx512F.PermuteVar16x32x2(a, Odd, b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<int> X, Vector512<int> Y, Vector512<int> Z) DealThree(Vector512<int> a, Vector512<int> b, Vector512<int> c) => (
        Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Deal0, b), Rest0, c),
        Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Deal1, b), Rest1, c),
        Avx512F.PermuteVar16x32x2(Avx512F.PermuteVar16x32x2(a, Deal2, b), Rest2, c));

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
                    if (factor == 2) (to[k], to[k + part]) = DealTwo(from[k], from[k + part]);
                    else (to[k], to[k + part], to[k + 2 * part]) = DealThree(from[k], from[k + part], from[k + 2 * part]);
                }
            }
            Vector512<int>* swapped = from;
            from = to;
            to = swapped;
        }
        return from;
    }
}
