using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Upstride.Kernels;

// Squares of a vector's length, all in registers. Of sixteen: four rounds of two-way interleavings.
internal static unsafe partial class Interleaving
{
    /// <summary>
    /// destination[i*destinationPitch + k] = sources[k][offset + i], i &lt; rows, k &lt; count: from columns, each of which holds its
    /// elements of all rows side by side, to rows. Whole vectors of the sources are read: up to a multiple of 8 where there are no more
    /// rows than 8.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransposeToRows<T>(T** sources, nint count, T* destination, nint destinationPitch, int rows, nint offset = 0)
        where T : unmanaged
    {
        if (!IsAccelerated<T>())
        {
            for (nint k = 0; k < count; k++) RowCopy.Copy(sources[k] + offset, 1, destination + k, destinationPitch, rows);
            return;
        }
        if (!HasSixteen<T>() || rows is <= Eight or > Lanes)
        {
            for (nint start = 0; start < rows; start += Eight)
                EightRows((float**)sources, offset + start, count, (float*)(destination + start * destinationPitch), destinationPitch,
                    nint.Min(Eight, rows - start));
            return;
        }
        nint whole = rows == Lanes ? count / Lanes * Lanes : 0;
        for (nint first = 0; first < whole; first += Lanes)
            Transpose16<ColumnsToRows>((int**)(sources + first), (int*)(destination + first), destinationPitch, offset);
        if (whole < count) ToPartialRows((int**)sources, whole, count, (int*)destination, destinationPitch, rows, offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToPartialRows(int** sources, nint first, nint count, int* destination, nint pitch, int rows, nint offset)
    {
        int** from = stackalloc int*[Lanes];
        Vector512<int>* square = stackalloc Vector512<int>[Lanes + 1];
        square = Simd.AtLine(square);
        for (; first < count; first += Lanes)
        {
            // Any vector does instead of a column that is not there: what becomes of it is not written.
            nint here = nint.Min(Lanes, count - first);
            for (nint k = 0; k < Lanes; k++) from[k] = sources[first + (k < here ? k : 0)];
            Transpose16<ColumnsToRows>(from, (int*)square, Lanes, offset);
            Vector512<int> mask = Mask(here);
            for (nint i = 0; i < rows; i++) Avx512F.MaskStore(destination + i * pitch + first, mask, square[i]);
        }
    }

    /// <summary>Whether <see cref="TransposeToColumns"/> fills columns of so many elements here.</summary>
    public static bool FillsColumns<T>(int length)
        where T : unmanaged => IsAccelerated<T>() && length % Eight == 0;

    /// <summary>
    /// destinations[i][offset + k] = source[k*sourcePitch + i], i &lt; count, k &lt; rows: rows to columns of <paramref name="length"/>
    /// elements, which end in zeros where there are fewer rows. Only where <see cref="FillsColumns"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransposeToColumns<T>(T* source, nint sourcePitch, int rows, int count, T** destinations, int length,
        nint offset = 0)
        where T : unmanaged
    {
        if (!HasSixteen<T>() || length != Lanes)
        {
            for (int first = 0; first < length; first += Eight)
                EightColumns((float*)(source + first * sourcePitch), sourcePitch, nint.Clamp(rows - first, 0, Eight), count,
                    (float**)destinations, offset + first);
            return;
        }
        int whole = rows == Lanes ? count / Lanes * Lanes : 0;
        for (int first = 0; first < whole; first += Lanes)
            Transpose16<RowsToColumns>((int**)(destinations + first), (int*)(source + first), sourcePitch, offset);
        if (whole < count) FromPartialRows((int*)source, sourcePitch, rows, whole, count, (int**)destinations, offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FromPartialRows(int* source, nint pitch, int rows, int first, int count, int** destinations, nint offset)
    {
        // What lies behind the columns is not read, and what it would become goes nowhere.
        int** to = stackalloc int*[Lanes];
        Vector512<int>* square = stackalloc Vector512<int>[Lanes + 1];
        square = Simd.AtLine(square);
        for (; first < count; first += Lanes)
        {
            int here = Math.Min(Lanes, count - first);
            for (int k = 0; k < Lanes; k++)
            {
                square[k] = First(source + k * pitch + first, k < rows ? here : 0);
                to[k] = k < here ? destinations[first + k] + offset : (int*)(square + k);
            }
            Transpose16<RowsToColumns>(to, (int*)square, Lanes, 0);
        }
    }

    /// <summary>
    /// Element i of vector k to element k of vector i; one side's vectors are an offset behind their places, the other's are rows a pitch
    /// apart.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose16<TDirection>(int** places, int* rows, nint pitch, nint offset)
        where TDirection : unmanaged
    {
        Vector512<int> v0 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[0] + offset : rows + 0 * pitch);
        Vector512<int> v1 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[1] + offset : rows + 1 * pitch);
        Vector512<int> v2 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[2] + offset : rows + 2 * pitch);
        Vector512<int> v3 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[3] + offset : rows + 3 * pitch);
        Vector512<int> v4 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[4] + offset : rows + 4 * pitch);
        Vector512<int> v5 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[5] + offset : rows + 5 * pitch);
        Vector512<int> v6 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[6] + offset : rows + 6 * pitch);
        Vector512<int> v7 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[7] + offset : rows + 7 * pitch);
        Vector512<int> v8 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[8] + offset : rows + 8 * pitch);
        Vector512<int> v9 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[9] + offset : rows + 9 * pitch);
        Vector512<int> v10 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[10] + offset : rows + 10 * pitch);
        Vector512<int> v11 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[11] + offset : rows + 11 * pitch);
        Vector512<int> v12 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[12] + offset : rows + 12 * pitch);
        Vector512<int> v13 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[13] + offset : rows + 13 * pitch);
        Vector512<int> v14 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[14] + offset : rows + 14 * pitch);
        Vector512<int> v15 = Vector512.Load(sizeof(TDirection) == sizeof(ColumnsToRows) ? places[15] + offset : rows + 15 * pitch);
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
        v0.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 0 * pitch : places[0] + offset);
        v1.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 1 * pitch : places[1] + offset);
        v2.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 2 * pitch : places[2] + offset);
        v3.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 3 * pitch : places[3] + offset);
        v4.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 4 * pitch : places[4] + offset);
        v5.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 5 * pitch : places[5] + offset);
        v6.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 6 * pitch : places[6] + offset);
        v7.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 7 * pitch : places[7] + offset);
        v8.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 8 * pitch : places[8] + offset);
        v9.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 9 * pitch : places[9] + offset);
        v10.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 10 * pitch : places[10] + offset);
        v11.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 11 * pitch : places[11] + offset);
        v12.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 12 * pitch : places[12] + offset);
        v13.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 13 * pitch : places[13] + offset);
        v14.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 14 * pitch : places[14] + offset);
        v15.Store(sizeof(TDirection) == sizeof(ColumnsToRows) ? rows + 15 * pitch : places[15] + offset);
    }

    [StructLayout(LayoutKind.Sequential, Size = 1)]
    private readonly struct ColumnsToRows;

    [StructLayout(LayoutKind.Sequential, Size = 2)]
    private readonly struct RowsToColumns;
}
