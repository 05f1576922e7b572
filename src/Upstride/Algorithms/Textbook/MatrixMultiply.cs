using System.Numerics;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Textbook;

/// <summary>C = A B of fixed sizes over the register tile, for the algorithms that are a plain matrix product. One thread at a time; a product allocates nothing.</summary>
internal sealed unsafe class MatrixMultiply<T>
    where T : unmanaged, INumber<T>
{
    private readonly GemmTile.Table<T> _table;
    private readonly int[] _tiles;
    private readonly int _n;
    private readonly int _k;
    private readonly AlignedBuffer<T> _packed;
    private readonly AlignedBuffer<T> _result;

    /// <summary>Makes room for a product of these sizes.</summary>
    /// <param name="width">The vectors to use.</param>
    /// <param name="sizes">Rows m, columns n, and the length k of the sum.</param>
    public MatrixMultiply(SimdWidth width, (int M, int N, int K) sizes)
    {
        _table = GemmTile.At<T>(width);
        _tiles = Integers.EvenParts(sizes.M, _table.TallRows);
        (_n, _k) = (sizes.N, sizes.K);
        _packed = new((long)_table.TallRows * sizes.K);
        _result = new((long)_table.TallRows * Slack(width));
    }

    /// <summary>Elements that must be readable behind the last row of B: the columns of a register tile.</summary>
    public static int Slack(SimdWidth width) => 2 * GemmTile.At<T>(width).Lanes;

    /// <summary>Elements that a product of these sizes makes room for.</summary>
    public static long WorkspaceLength(SimdWidth width, int k) => GemmTile.At<T>(width).TallRows * ((long)k + Slack(width));

    /// <summary>c[i, j] = sum over p of a[i*aRow + p*aColumn] b[p*bPitch + j].</summary>
    /// <param name="a">[m, k] with any strides.</param>
    /// <param name="aRow">From row to row of a.</param>
    /// <param name="aColumn">From column to column of a.</param>
    /// <param name="b">[k, n], rows contiguous, with <see cref="Slack"/> elements behind it.</param>
    /// <param name="bPitch">From row to row of b.</param>
    /// <param name="c">[m, n], rows contiguous; overwritten.</param>
    /// <param name="cPitch">From row to row of c.</param>
    public void Run(T* a, nint aRow, nint aColumn, T* b, nint bPitch, T* c, nint cPitch)
    {
        int columns = 2 * _table.Lanes;
        nint zero = 0;
        var arguments = new GemmTile.Arguments<T>
        {
            A = _packed.Start, C = _result.Start, CPitch = columns, Offsets = &zero, OffsetCount = 1, Steps = _k, BStride = bPitch,
        };
        int row = 0;
        foreach (int rows in _tiles)
        {
            for (int r = 0; r < rows; r++) RowCopy.Copy(a + (row + r) * aRow, aColumn, _packed.Start + r, rows, _k);
            for (int column = 0; column < _n; column += columns)
            {
                arguments.B = b + column;
                _table.Kernel(rows, 2)(&arguments);
                int kept = Math.Min(columns, _n - column);
                for (int r = 0; r < rows; r++) RowCopy.Copy(_result.Start + r * columns, 1, c + (row + r) * cPitch + column, 1, kept);
            }
            row += rows;
        }
    }
}
