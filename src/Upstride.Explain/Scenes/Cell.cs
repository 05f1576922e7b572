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
    string Key, string Title, int FirstRow, int FirstColumn, int Rows, int Columns, System.Collections.Immutable.ImmutableArray<Cell> Cells)
{
    /// <summary>The cell at a place of the grid, from 0.</summary>
    public Cell At(int row, int column) => Cells[row * Columns + column];

    /// <summary>Whether the panel begins a new line of panels.</summary>
    public bool StartsLine { get; init; }

    /// <summary>What stands between this panel and the one before: a sign.</summary>
    public string Sign { get; init; } = "";
}
