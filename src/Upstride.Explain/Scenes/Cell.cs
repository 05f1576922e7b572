using System.Collections.Immutable;
using System.Globalization;

namespace Upstride.Explain.Scenes;

/// <summary>The place of a cell: the same element has the same place in every view.</summary>
/// <param name="Part">The panel: <see cref="Parts"/>.</param>
/// <param name="Plane">The slice: channel times depth.</param>
/// <param name="Row">The row; negative in what is cropped at the start.</param>
/// <param name="Column">The column; likewise.</param>
public readonly record struct CellId(string Part, int Plane, int Row, int Column)
{
    /// <summary>Whether it is the same place; the numbers differ more often than the parts.</summary>
    public bool Equals(CellId other) => Column == other.Column && Row == other.Row && Plane == other.Plane
        && string.Equals(Part, other.Part, StringComparison.Ordinal);

    /// <summary>Of the numbers and of the part's length, which costs nothing: figures ask for it by the ten thousand.</summary>
    public override int GetHashCode() => ((Plane * 8191 + Row) * 8191 + Column) * 31 + (Part?.Length ?? 0);

    /// <summary>As an identifier: <c>out-0-2-3</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Part}-{Plane}-{Row}-{Column}");
}

/// <summary>The panels of the views.</summary>
public static class Parts
{
    /// <summary>The input.</summary>
    public const string Input = "in";

    /// <summary>The kernel.</summary>
    public const string Kernel = "tap";

    /// <summary>The output; what is cropped lies around it.</summary>
    public const string Output = "out";

    /// <summary>The stretched and padded input.</summary>
    public const string Stretched = "stretched";

    /// <summary>The kernel turned by half a turn.</summary>
    public const string Flipped = "flipped";

    /// <summary>The matrix of the convolution, C.</summary>
    public const string Matrix = "matrix";

    /// <summary>Its transpose.</summary>
    public const string Transposed = "transposed";

    /// <summary>The input as a column.</summary>
    public const string InputVector = "x";

    /// <summary>The output as a column.</summary>
    public const string OutputVector = "y";

    /// <summary>The taps of phase n, followed by n.</summary>
    public const string PhaseKernel = "kernel";

    /// <summary>The outputs of phase n, followed by n.</summary>
    public const string PhaseOutput = "phase";

    /// <summary>What the paired convolution makes of the output.</summary>
    public const string Back = "back";

    /// <summary>Of no panel: a product, by the flat output as the row and the flat input as the column.</summary>
    public const string Product = "product";
}

/// <summary>What a cell holds, which decides its colours and its marks.</summary>
public enum CellRole
{
    /// <summary>An element of the input.</summary>
    Input,

    /// <summary>An element of the output.</summary>
    Output,

    /// <summary>A weight.</summary>
    Weight,

    /// <summary>A zero put between inputs.</summary>
    Inserted,

    /// <summary>A zero put around the input.</summary>
    Padding,

    /// <summary>An element of the full output that is cropped.</summary>
    Cropped,

    /// <summary>A zero of a matrix, or nothing.</summary>
    Empty,
}

/// <summary>One cell of a panel.</summary>
/// <param name="Id">Its place.</param>
/// <param name="Text">What is in it at the end; empty where nothing does.</param>
/// <param name="Value">The number behind the text.</param>
/// <param name="Role">What it holds.</param>
public sealed record Cell(CellId Id, string Text, double Value, CellRole Role)
{
    /// <summary>The phase whose colour it takes; -1 for none.</summary>
    public int Phase { get; init; } = -1;

    /// <summary>
    /// The element that it shows, by its place in input, kernel or output, or a product; <see cref="Id"/> where it shows none of them.
    /// Cells of all views with one element are lit together.
    /// </summary>
    public CellId Element { get => field.Part is null ? Id : field; init; }

    /// <summary>How dark it is, 0 to 1, where that shows its number; else its count does.</summary>
    public double Shade { get; init; }

    /// <summary>Small text in the lower right corner: a count.</summary>
    public string Corner { get; init; } = "";
}

/// <summary>A grid of cells with a title.</summary>
/// <param name="Key">Names the panel; a part with its plane.</param>
/// <param name="Title">What it shows.</param>
/// <param name="FirstRow">The row of the first cells; negative where cropped rows come first.</param>
/// <param name="FirstColumn">The column of the first cells.</param>
/// <param name="Rows">Rows of cells.</param>
/// <param name="Columns">Columns of cells.</param>
/// <param name="Cells">The cells, row by row.</param>
public sealed record Panel(
    string Key, string Title, int FirstRow, int FirstColumn, int Rows, int Columns, ImmutableArray<Cell> Cells)
{
    // Up to so many are made at once.
    private const int Few = 1000;

    private readonly Func<int, int, Cell>? _make;
    private readonly Func<CellId, int>? _find;
    private readonly Lazy<ImmutableArray<Cell>>? _late;

    private Panel(Panel panel, Func<int, int, Cell> make, Func<CellId, int>? find) : this(panel)
    {
        (_make, _find) = (make, find);
        _late = new(() => All(Rows, Columns, make));
    }

    /// <summary>The cells, row by row; a panel of many makes them when they are first asked for, and asked for one makes that
    /// alone.</summary>
    public ImmutableArray<Cell> Cells
    {
        get => _late?.Value ?? field;
        init => (field, _make, _late) = (value, null, null);
    } = Cells;

    /// <summary>How many cells there are; asking makes none.</summary>
    public int Count => _late is null ? Cells.Length : Rows * Columns;

    /// <summary>The cell at a place of the grid, from 0.</summary>
    public Cell At(int row, int column) =>
        _late is { IsValueCreated: false } ? _make!(row, column) : Cells[row * Columns + column];

    /// <summary>Whether the panel begins a new line of panels.</summary>
    public bool StartsLine { get; init; }

    /// <summary>What stands between this panel and the one before: a sign.</summary>
    public string Sign { get; init; } = "";

    /// <summary>The place of a cell among the cells, which lie in the order of their rows and columns; -1 for another panel's.</summary>
    public int IndexOf(CellId id)
    {
        int row = id.Row - FirstRow, column = id.Column - FirstColumn;
        return row >= 0 && row < Rows && column >= 0 && column < Columns && string.Equals(Scene.Panel(id), Key, StringComparison.Ordinal)
            ? row * Columns + column : -1;
    }

    /// <summary>The place of the cell that shows an element; -1 where none does.</summary>
    public int PlaceOf(CellId element)
    {
        int at = _find?.Invoke(element) ?? -1;
        if (at < 0) at = IndexOf(element);
        return at >= 0 && At(at / Columns, at % Columns).Element == element ? at : -1;
    }

    /// <summary>The panel with each cell changed, its place and element excepted; of many, each when it is asked for.</summary>
    public Panel Map(Func<Cell, Cell> change) => Map(change, _find);

    /// <summary>The panel with each cell changed, and where an element is then.</summary>
    internal Panel Map(Func<Cell, Cell> change, Func<CellId, int>? find)
    {
        ArgumentNullException.ThrowIfNull(change);
        return _late is null ? this with { Cells = [.. Cells.Select(change)] }
            : new(this, (row, column) => change(At(row, column)), find);
    }

    /// <summary>A panel of what a function makes of the rows and columns of its grid, from 0; another says where an element is that is not
    /// in its own place, or -1.</summary>
    internal static Panel Of(string key, string title, int firstRow, int firstColumn, int rows, int columns, Func<int, int, Cell> make,
        Func<CellId, int>? find = null)
    {
        var panel = new Panel(key, title, firstRow, firstColumn, rows, columns, []);
        return rows * columns <= Few ? panel with { Cells = All(rows, columns, make) } : new(panel, make, find);
    }

    private static ImmutableArray<Cell> All(int rows, int columns, Func<int, int, Cell> make)
    {
        var cells = ImmutableArray.CreateBuilder<Cell>(rows * columns);
        for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++) cells.Add(make(row, column));
        return cells.MoveToImmutable();
    }
}
