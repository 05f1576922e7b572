using System.Numerics;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>C = A B over the register tile, for the algorithms that are a plain matrix product. One thread.</summary>
internal static unsafe class MatrixMultiply
{
    /// <summary>Elements that must be readable behind the last row of B.</summary>
    public static int Slack<T>(SimdWidth width)
        where T : unmanaged, INumber<T> => 2 * ProductTile.At<T>(width).Lanes;

    /// <summary>c[i, j] = sum over p of a[i*aRow + p*aColumn] b[p*bPitch + j].</summary>
    /// <param name="width">The vectors to use.</param>
    /// <param name="sizes">Rows m, columns n, and the length k of the sum.</param>
    /// <param name="a">[m, k] with any strides.</param>
    /// <param name="aRow">From row to row of a.</param>
    /// <param name="aColumn">From column to column of a.</param>
    /// <param name="b">[k, n], rows contiguous, with <see cref="Slack{T}"/> elements behind it.</param>
    /// <param name="bPitch">From row to row of b.</param>
    /// <param name="c">[m, n], rows contiguous; overwritten.</param>
    /// <param name="cPitch">From row to row of c.</param>
    public static void Run<T>(
        SimdWidth width, (int M, int N, int K) sizes, T* a, nint aRow, nint aColumn, T* b, nint bPitch, T* c, nint cPitch)
        where T : unmanaged, INumber<T>
    {
        ProductTile.Table<T> table = ProductTile.At<T>(width);
        int columns = 2 * table.Lanes;
        var packed = new AlignedBuffer<T>((long)table.TallRows * sizes.K);
        var result = new AlignedBuffer<T>((long)table.TallRows * columns);
        nint zero = 0;
        var arguments = new ProductTile.Arguments<T>
        {
            A = packed.Start, C = result.Start, CPitch = columns, Offsets = &zero, OffsetCount = 1, Steps = sizes.K, BStride = bPitch,
        };
        int row = 0;
        foreach (int rows in PhaseSchedule.Split(sizes.M, table.TallRows))
        {
            for (int r = 0; r < rows; r++) Rows.Copy(a + (row + r) * aRow, aColumn, packed.Start + r, rows, sizes.K);
            for (int column = 0; column < sizes.N; column += columns)
            {
                arguments.B = b + column;
                table.Kernel(rows, 2)(&arguments);
                int kept = Math.Min(columns, sizes.N - column);
                for (int r = 0; r < rows; r++) Rows.Copy(result.Start + r * columns, 1, c + (row + r) * cPitch + column, 1, kept);
            }
            row += rows;
        }
        GC.KeepAlive(packed);
        GC.KeepAlive(result);
    }
}
