using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

// Squares of a vector's length: sixteen vectors, four rounds of two-way interleavings, all in registers.
internal static unsafe partial class Interleaving
{
    /// <summary>
    /// destination[i*destinationPitch + k] = sources[k][i], i &lt; rows, k &lt; count: from columns, each of which holds its elements of all
    /// rows side by side, to rows. Whole vectors of the sources are read.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToRows<T>(T** sources, nint count, T* destination, nint destinationPitch, int rows)
        where T : unmanaged
    {
        if (!IsAccelerated<T>() || rows > Lanes)
        {
            for (nint k = 0; k < count; k++) Rows.Copy(sources[k], 1, destination + k, destinationPitch, rows);
            return;
        }
        int** from = stackalloc int*[Lanes];
        int** to = stackalloc int*[Lanes];
        Vector512<int>* square = stackalloc Vector512<int>[Lanes + 1];
        square = Simd.AtLine(square);
        for (nint first = 0; first < count; first += Lanes)
        {
            nint here = nint.Min(Lanes, count - first);
            bool whole = here == Lanes && rows == Lanes;
            for (nint k = 0; k < Lanes; k++)
            {
                from[k] = (int*)sources[first + (k < here ? k : 0)];
                to[k] = whole ? (int*)(destination + k * destinationPitch + first) : (int*)(square + k);
            }
            Turn(from, to);
            if (whole) continue;
            Vector512<int> mask = Mask(here);
            for (nint i = 0; i < rows; i++) Avx512F.MaskStore((int*)(destination + i * destinationPitch + first), mask, square[i]);
        }
    }

    /// <summary>destinations[i][k] = source[k*sourcePitch + i], i &lt; count &lt;= <see cref="Lanes"/>, k &lt; <see cref="Lanes"/>: a square of rows to columns. Only where accelerated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToColumns<T>(T* source, nint sourcePitch, int count, T** destinations)
        where T : unmanaged
    {
        int** from = stackalloc int*[Lanes];
        int** to = (int**)destinations;
        Vector512<int>* square = stackalloc Vector512<int>[Lanes + 1];
        square = Simd.AtLine(square);
        int** some = stackalloc int*[Lanes];
        for (nint k = 0; k < Lanes; k++) from[k] = (int*)(source + k * sourcePitch);
        if (count < Lanes)
        {
            // What lies behind the columns is not read, and what it would become goes nowhere.
            to = some;
            for (nint k = 0; k < Lanes; k++)
            {
                square[k] = First(from[k], count);
                from[k] = (int*)(square + k);
                to[k] = k < count ? (int*)destinations[k] : (int*)(square + k);
            }
        }
        Turn(from, to);
    }

    /// <summary>to[i][k] = from[k][i], i, k &lt; <see cref="Lanes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(int** from, int** to)
    {
        Vector512<int> v0 = Vector512.Load(from[0]);
        Vector512<int> v1 = Vector512.Load(from[1]);
        Vector512<int> v2 = Vector512.Load(from[2]);
        Vector512<int> v3 = Vector512.Load(from[3]);
        Vector512<int> v4 = Vector512.Load(from[4]);
        Vector512<int> v5 = Vector512.Load(from[5]);
        Vector512<int> v6 = Vector512.Load(from[6]);
        Vector512<int> v7 = Vector512.Load(from[7]);
        Vector512<int> v8 = Vector512.Load(from[8]);
        Vector512<int> v9 = Vector512.Load(from[9]);
        Vector512<int> v10 = Vector512.Load(from[10]);
        Vector512<int> v11 = Vector512.Load(from[11]);
        Vector512<int> v12 = Vector512.Load(from[12]);
        Vector512<int> v13 = Vector512.Load(from[13]);
        Vector512<int> v14 = Vector512.Load(from[14]);
        Vector512<int> v15 = Vector512.Load(from[15]);
        (v0, v8) = Zip(v0, v8);
        (v1, v9) = Zip(v1, v9);
        (v2, v10) = Zip(v2, v10);
        (v3, v11) = Zip(v3, v11);
        (v4, v12) = Zip(v4, v12);
        (v5, v13) = Zip(v5, v13);
        (v6, v14) = Zip(v6, v14);
        (v7, v15) = Zip(v7, v15);
        (v0, v4) = Zip(v0, v4);
        (v1, v5) = Zip(v1, v5);
        (v2, v6) = Zip(v2, v6);
        (v3, v7) = Zip(v3, v7);
        (v8, v12) = Zip(v8, v12);
        (v9, v13) = Zip(v9, v13);
        (v10, v14) = Zip(v10, v14);
        (v11, v15) = Zip(v11, v15);
        (v0, v2) = Zip(v0, v2);
        (v1, v3) = Zip(v1, v3);
        (v4, v6) = Zip(v4, v6);
        (v5, v7) = Zip(v5, v7);
        (v8, v10) = Zip(v8, v10);
        (v9, v11) = Zip(v9, v11);
        (v12, v14) = Zip(v12, v14);
        (v13, v15) = Zip(v13, v15);
        (v0, v1) = Zip(v0, v1);
        (v2, v3) = Zip(v2, v3);
        (v4, v5) = Zip(v4, v5);
        (v6, v7) = Zip(v6, v7);
        (v8, v9) = Zip(v8, v9);
        (v10, v11) = Zip(v10, v11);
        (v12, v13) = Zip(v12, v13);
        (v14, v15) = Zip(v14, v15);
        v0.Store(to[0]);
        v1.Store(to[1]);
        v2.Store(to[2]);
        v3.Store(to[3]);
        v4.Store(to[4]);
        v5.Store(to[5]);
        v6.Store(to[6]);
        v7.Store(to[7]);
        v8.Store(to[8]);
        v9.Store(to[9]);
        v10.Store(to[10]);
        v11.Store(to[11]);
        v12.Store(to[12]);
        v13.Store(to[13]);
        v14.Store(to[14]);
        v15.Store(to[15]);
    }
}
