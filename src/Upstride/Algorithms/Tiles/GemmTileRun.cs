using System.Numerics;
using Upstride.Algorithms.Phases;
using Upstride.Kernels;

namespace Upstride.Algorithms.Tiles;

/// <summary>
/// The register tile's kernels for a number of rows, applied along a run of columns: the widest that still has work, then narrower.
/// </summary>
internal readonly unsafe struct GemmTileRun<T>
    where T : unmanaged, INumber<T>
{
    private readonly int _lanes;
    private readonly int _rows;
    private readonly nint _one;
    private readonly nint _two;
    private readonly nint _wide;

    public GemmTileRun(GemmTile.Table<T> table, int rows)
    {
        _lanes = table.Lanes;
        _rows = rows;
        _one = (nint)table.Kernel(rows, 1);
        _two = (nint)table.Kernel(rows, 2);
        _wide = PhaseSchedule.Vectors(rows, table.TallRows, table.WideRows) == GemmTile.WideVectors
            ? (nint)table.Kernel(rows, GemmTile.WideVectors) : 0;
    }

    /// <summary>The runs of every number of rows that a tile may have; the first, of no row, is none.</summary>
    public static GemmTileRun<T>[] ByRows(GemmTile.Table<T> table) =>
        [default, .. Arrays.Range(1, table.TallRows).Select(rows => new GemmTileRun<T>(table, rows))];

    /// <summary>Elements of the scratch of <see cref="RunPanelsWithin"/> at most.</summary>
    public static int ScratchLength(int rows, int lanes) => rows * GemmTile.WideVectors * lanes;

    /// <summary>
    /// Computes <paramref name="columns"/> columns from <paramref name="from"/> into <paramref name="to"/>; up to a tile more are read and
    /// written.
    /// </summary>
    public void Run(GemmTile.Arguments<T>* arguments, T* from, T* to, nint columns)
    {
        for (nint column = 0; column < columns;)
        {
            int vectors = Vectors(columns - column);
            arguments->B = from + column;
            arguments->C = to + column;
            Call(arguments, vectors);
            column += vectors * _lanes;
        }
    }

    /// <summary>The same of columns that are whole vectors: nothing is read or written behind them.</summary>
    public void RunVectors(GemmTile.Arguments<T>* arguments, T* from, T* to, nint columns)
    {
        for (nint column = 0; column < columns;)
        {
            nint left = columns - column;
            int vectors = _wide != 0 && left >= GemmTile.WideVectors * _lanes ? GemmTile.WideVectors : left > _lanes ? 2 : 1;
            arguments->B = from + column;
            arguments->C = to + column;
            Call(arguments, vectors);
            column += vectors * _lanes;
        }
    }

    /// <summary>
    /// The same of a source in panels of <paramref name="panelColumns"/> columns, which as many vectors as one tile has, or the sixth part,
    /// make up, one panel <paramref name="panelPitch"/> elements behind the other.
    /// </summary>
    public void RunPanels(GemmTile.Arguments<T>* arguments, T* from, T* to, nint columns, nint panelColumns, nint panelPitch)
    {
        for (; columns > 0; columns -= panelColumns, from += panelPitch, to += panelColumns)
            Run(arguments, from, to, nint.Min(columns, panelColumns));
    }

    /// <summary>
    /// The same as <see cref="RunPanels"/>, but writes these columns alone: the results of a last tile that is not full go through scratch.
    /// </summary>
    public void RunPanelsWithin(GemmTile.Arguments<T>* arguments, T* from, T* to, nint columns, nint panelColumns, nint panelPitch,
        T* scratch)
    {
        for (; columns >= panelColumns; columns -= panelColumns, from += panelPitch, to += panelColumns)
            Run(arguments, from, to, panelColumns);
        RunWithin(arguments, from, to, columns, scratch);
    }

    /// <summary>
    /// The same as <see cref="Run"/>, but writes these columns alone: the results of a last tile that is not full go through scratch.
    /// </summary>
    public void RunWithin(GemmTile.Arguments<T>* arguments, T* from, T* to, nint columns, T* scratch)
    {
        nint pitch = arguments->CPitch;
        for (nint column = 0; column < columns;)
        {
            nint left = columns - column;
            int vectors = Vectors(left), width = vectors * _lanes;
            arguments->B = from + column;
            arguments->C = left >= width ? to + column : scratch;
            arguments->CPitch = left >= width ? pitch : width;
            Call(arguments, vectors);
            if (left < width) PlaneCopy.Run(scratch, width, to + column, pitch, _rows, left);
            column += width;
        }
        arguments->CPitch = pitch;
    }

    private int Vectors(nint left) => _wide != 0 && left > 2 * _lanes ? GemmTile.WideVectors : left > _lanes ? 2 : 1;

    private void Call(GemmTile.Arguments<T>* arguments, int vectors) =>
        ((delegate*<GemmTile.Arguments<T>*, void>)(vectors == 2 ? _two : vectors == 1 ? _one : _wide))(arguments);
}
