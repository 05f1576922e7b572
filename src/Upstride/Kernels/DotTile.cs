using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Upstride.Kernels;

/// <summary>
/// The microkernel of correlations: a tile of dot products whose vectors run along the width, so that neither side is transposed.
/// </summary>
/// <remarks>
/// Contract. With R rows, K columns and V vectors of L lanes in each of N runs:
/// <code>C[r*CPitch + k] (+)= sum over n &lt; N, i &lt; V*L of A[r*APitch + n*ARun + i] * B[Columns[k] + Runs[n] + i]</code>
/// Any alignment; V*L elements are read behind every place, so what lies there beyond a row must be finite, and zero on one side.
/// Without Accumulate C is not read. Each lane is summed in the order of n, then i, and the lanes at the end: the same bits for the same
/// V and L, which is for the same machine and blocks. The arguments are not checked.
/// </remarks>
internal static unsafe class DotTile
{
    /// <summary>The most columns of a tile.</summary>
    public const int MaxColumns = 4;

    private const int MaximalRows = 6;

    /// <summary>Operands of a call; the contract is at <see cref="DotTile"/>.</summary>
    public struct Arguments<T>
        where T : unmanaged
    {
        public T* A;
        public nint APitch;
        public nint ARun;
        public T* B;
        public nint* Columns;
        public nint* Runs;
        public nint RunCount;
        public nint Vectors;
        public T* C;
        public nint CPitch;
        public bool Accumulate;
    }

    /// <summary>The kernels of one width.</summary>
    public readonly struct Table<T>
        where T : unmanaged
    {
        private readonly nint[] _kernels;

        internal Table(int lanes, bool isWide, nint[] kernels) => (Lanes, IsWide, _kernels) = (lanes, isWide, kernels);

        // Whether there are registers for all rows of all columns.
        private bool IsWide { get; }

        /// <summary>Elements in a vector.</summary>
        public int Lanes { get; }

        /// <summary>The most rows of a tile of any number of columns.</summary>
        public int Rows => IsWide ? MaximalRows : MaximalRows / 2;

        /// <summary>The most rows of a tile of at most half as many columns.</summary>
        public int TallRows => MaximalRows;

        /// <summary>
        /// The columns that go with so many rows: as many accumulators as leave a register to each column and one to a row.
        /// </summary>
        public int ColumnsFor(int rows) => IsWide || rows < 3 ? MaxColumns : rows == 3 ? 3 : MaxColumns / 2;

        /// <summary>The kernel for a tile of this many rows and columns.</summary>
        public delegate*<Arguments<T>*, void> Kernel(int rows, int columns)
        {
            Debug.Assert(rows >= 1 && rows <= (2 * columns <= MaxColumns ? TallRows : Rows) && columns is >= 1 and <= MaxColumns);
            return (delegate*<Arguments<T>*, void>)_kernels[(rows - 1) * MaxColumns + columns - 1];
        }
    }

    /// <summary>The kernels at <paramref name="width"/>.</summary>
    public static Table<T> At<T>(SimdWidth width)
        where T : unmanaged, INumber<T> => width switch
        {
            SimdWidth.Bits512 => Build<T, Vector512<T>, Simd512<T>>(Vector512<T>.Count, isWide: true),
            // Sixteen registers: twelve accumulators, and two columns and a row, or a column each of the rest.
            SimdWidth.Bits256 => Build<T, Vector256<T>, Simd256<T>>(Vector256<T>.Count, isWide: false),
            SimdWidth.Bits128 or SimdWidth.Interpreted => Build<T, Vector128<T>, Simd128<T>>(Vector128<T>.Count, isWide: false),
            _ => Build<T, T, SimdScalar<T>>(1, isWide: false),
        };

    private static Table<T> Build<T, TVector, TSimd>(int lanes, bool isWide)
        where T : unmanaged, INumber<T>
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
    {
        nint[] kernels =
        [
            .. Row<T, TVector, TSimd, Count1>(),
            .. Row<T, TVector, TSimd, Count2>(),
            .. Row<T, TVector, TSimd, Count3>(),
            .. Row<T, TVector, TSimd, Count4>(),
            .. Row<T, TVector, TSimd, Count5>(),
            .. Row<T, TVector, TSimd, Count6>(),
        ];
        return new(lanes, isWide, kernels);
    }

    private static nint[] Row<T, TVector, TSimd, TRows>()
        where T : unmanaged, INumber<T>
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TRows : unmanaged
    {
        // A function pointer cannot be a type argument, so the tables hold plain addresses.
        static nint At(delegate*<Arguments<T>*, void> kernel) => (nint)kernel;
        return
        [
            At(&Run<T, TVector, TSimd, TRows, Count1>),
            At(&Run<T, TVector, TSimd, TRows, Count2>),
            At(&Run<T, TVector, TSimd, TRows, Count3>),
            At(&Run<T, TVector, TSimd, TRows, Count4>),
        ];
    }

    /// <summary>Up to 6 rows of 4 columns: 24 accumulators, 4 vectors of the columns and one of a row fill 29 of 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T, TVector, TSimd, TRows, TColumns>(Arguments<T>* arguments)
        where T : unmanaged, INumber<T>
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TRows : unmanaged
        where TColumns : unmanaged
    {
        TVector c0a = default, c0b = default, c0c = default, c0d = default;
        TVector c1a = default, c1b = default, c1c = default, c1d = default;
        TVector c2a = default, c2b = default, c2c = default, c2d = default;
        TVector c3a = default, c3b = default, c3c = default, c3d = default;
        TVector c4a = default, c4b = default, c4c = default, c4d = default;
        TVector c5a = default, c5b = default, c5c = default, c5d = default;
        T* row = arguments->A;
        nint pitch = arguments->APitch, length = arguments->Vectors * TSimd.Lanes;
        nint* columns = arguments->Columns;
        for (nint run = 0; run < arguments->RunCount; run++, row += arguments->ARun)
        {
            T* b = arguments->B + arguments->Runs[run];
            T* column0 = b + columns[0];
            T* column1 = sizeof(TColumns) > 1 ? b + columns[1] : null;
            T* column2 = sizeof(TColumns) > 2 ? b + columns[2] : null;
            T* column3 = sizeof(TColumns) > 3 ? b + columns[3] : null;
            for (nint i = 0; i < length; i += TSimd.Lanes)
            {
                TVector b0 = TSimd.Load(column0 + i);
                TVector b1 = sizeof(TColumns) > 1 ? TSimd.Load(column1 + i) : TSimd.Zero;
                TVector b2 = sizeof(TColumns) > 2 ? TSimd.Load(column2 + i) : TSimd.Zero;
                TVector b3 = sizeof(TColumns) > 3 ? TSimd.Load(column3 + i) : TSimd.Zero;
                { TVector a = TSimd.Load(row + i); c0a = TSimd.MultiplyAdd(a, b0, c0a); if (sizeof(TColumns) > 1) c0b = TSimd.MultiplyAdd(a, b1, c0b); if (sizeof(TColumns) > 2) c0c = TSimd.MultiplyAdd(a, b2, c0c); if (sizeof(TColumns) > 3) c0d = TSimd.MultiplyAdd(a, b3, c0d); }
                if (sizeof(TRows) > 1) { TVector a = TSimd.Load(row + pitch + i); c1a = TSimd.MultiplyAdd(a, b0, c1a); if (sizeof(TColumns) > 1) c1b = TSimd.MultiplyAdd(a, b1, c1b); if (sizeof(TColumns) > 2) c1c = TSimd.MultiplyAdd(a, b2, c1c); if (sizeof(TColumns) > 3) c1d = TSimd.MultiplyAdd(a, b3, c1d); }
                if (sizeof(TRows) > 2) { TVector a = TSimd.Load(row + 2 * pitch + i); c2a = TSimd.MultiplyAdd(a, b0, c2a); if (sizeof(TColumns) > 1) c2b = TSimd.MultiplyAdd(a, b1, c2b); if (sizeof(TColumns) > 2) c2c = TSimd.MultiplyAdd(a, b2, c2c); if (sizeof(TColumns) > 3) c2d = TSimd.MultiplyAdd(a, b3, c2d); }
                if (sizeof(TRows) > 3) { TVector a = TSimd.Load(row + 3 * pitch + i); c3a = TSimd.MultiplyAdd(a, b0, c3a); if (sizeof(TColumns) > 1) c3b = TSimd.MultiplyAdd(a, b1, c3b); if (sizeof(TColumns) > 2) c3c = TSimd.MultiplyAdd(a, b2, c3c); if (sizeof(TColumns) > 3) c3d = TSimd.MultiplyAdd(a, b3, c3d); }
                if (sizeof(TRows) > 4) { TVector a = TSimd.Load(row + 4 * pitch + i); c4a = TSimd.MultiplyAdd(a, b0, c4a); if (sizeof(TColumns) > 1) c4b = TSimd.MultiplyAdd(a, b1, c4b); if (sizeof(TColumns) > 2) c4c = TSimd.MultiplyAdd(a, b2, c4c); if (sizeof(TColumns) > 3) c4d = TSimd.MultiplyAdd(a, b3, c4d); }
                if (sizeof(TRows) > 5) { TVector a = TSimd.Load(row + 5 * pitch + i); c5a = TSimd.MultiplyAdd(a, b0, c5a); if (sizeof(TColumns) > 1) c5b = TSimd.MultiplyAdd(a, b1, c5b); if (sizeof(TColumns) > 2) c5c = TSimd.MultiplyAdd(a, b2, c5c); if (sizeof(TColumns) > 3) c5d = TSimd.MultiplyAdd(a, b3, c5d); }
            }
        }

        T* to = arguments->C;
        nint cPitch = arguments->CPitch;
        bool accumulate = arguments->Accumulate;
        Finish<T, TVector, TSimd, TColumns>(to, accumulate, c0a, c0b, c0c, c0d);
        if (sizeof(TRows) > 1) Finish<T, TVector, TSimd, TColumns>(to + cPitch, accumulate, c1a, c1b, c1c, c1d);
        if (sizeof(TRows) > 2) Finish<T, TVector, TSimd, TColumns>(to + 2 * cPitch, accumulate, c2a, c2b, c2c, c2d);
        if (sizeof(TRows) > 3) Finish<T, TVector, TSimd, TColumns>(to + 3 * cPitch, accumulate, c3a, c3b, c3c, c3d);
        if (sizeof(TRows) > 4) Finish<T, TVector, TSimd, TColumns>(to + 4 * cPitch, accumulate, c4a, c4b, c4c, c4d);
        if (sizeof(TRows) > 5) Finish<T, TVector, TSimd, TColumns>(to + 5 * cPitch, accumulate, c5a, c5b, c5c, c5d);
    }

    /// <summary>Sums the lanes of a row's accumulators and writes them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<T, TVector, TSimd, TColumns>(T* to, bool accumulate, TVector a, TVector b, TVector c, TVector d)
        where T : unmanaged, INumber<T>
        where TVector : struct
        where TSimd : struct, ISimd<TVector, T>
        where TColumns : unmanaged
    {
        T* sums = stackalloc T[MaxColumns];
        TSimd.SumFour(a, b, c, d, sums);
        for (int k = 0; k < sizeof(TColumns); k++) to[k] = accumulate ? to[k] + sums[k] : sums[k];
    }
}
