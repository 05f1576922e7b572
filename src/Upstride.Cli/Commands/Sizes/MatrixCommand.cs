using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Upstride.Algorithms;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Geometry;

namespace Upstride.Cli.Commands.Sizes;

/// <summary><c>upstride matrix</c>: a convolution as a matrix, and the transposed convolution as that matrix's transpose.</summary>
internal sealed class MatrixCommand : CommandWithExamples
{
    // A million cells are already more than anybody reads.
    private const long MaximumCells = 1_000_000;

    private readonly Option<PerAxis> _input = CommandOptions.Input("Sizes of the convolution's input: 4x4, or 5 for one axis.");
    private readonly Option<PerAxis> _kernel = CommandOptions.Kernel();
    private readonly Option<PerAxis> _stride =
        CommandOptions.PerAxis("--stride", "steps", "Distance between the kernel's places; default 1.", "-s");
    private readonly Option<ImmutableArray<(int Head, int Tail)>> _padding =
        CommandOptions.Padding("Zeros before and after the convolution's input; 1+2 where they differ.");
    private readonly Option<PerAxis> _dilation = CommandOptions.Dilation();
    private readonly Option<string?> _weight =
        CommandOptions.File("--weight", "A .npy file of the kernel's shape, to print numbers instead of names.", required: false, "-w");

    public MatrixCommand(Report report) : base(
        "matrix",
        "Prints a convolution as a sparse matrix C, and its transpose, which is the transposed convolution: it takes the convolution's "
            + "output back to the size of its input. The names w00, w01 ... are the taps.",
        new Example("matrix --input 4x4 --kernel 3",
            "A 3x3 convolution takes 4x4 to 2x2: C is 4x16, and its transpose takes 2x2 back to 4x4."),
        new Example("matrix --input 5 --kernel 3 --weight w.npy",
            "The Toeplitz matrix of three weights over five inputs, with the numbers of w.npy in it."))
    {
        Add(_input);
        Add(_kernel);
        Add(_stride);
        Add(_padding);
        Add(_dilation);
        Add(_weight);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, report, cancellation)));
    }

    private int Run(ParseResult parsed, Report report, CancellationToken cancellation)
    {
        ConvTransposeAxis[] axes = Axes(parsed);
        ConvolutionMatrix matrix = ConvolutionMatrix.Create(axes);
        long cells = (long)matrix.Rows * matrix.Columns;
        if (cells > MaximumCells)
            throw CommandException.BadInput("input",
                $"the matrix has {matrix.Rows} * {matrix.Columns} = {cells} places, more than the {MaximumCells} that are printed: use a "
                + $"smaller input");

        Func<int, string> name = matrix.TapName;
        double[]? numbers = null;
        if (parsed.GetValue(_weight) is { } path)
        {
            Array elements = ReadWeight(path, axes, cancellation).Elements;
            string[] texts =
                [.. elements.Cast<IFormattable>().Select(static element => element.ToString(null, CultureInfo.InvariantCulture))];
            numbers = [.. texts.Select(static text => double.Parse(text, CultureInfo.InvariantCulture))];
            name = tap => texts[tap];
        }

        if (report.Json)
        {
            report.Write(
                new MatrixReport(
                    [.. axes.Select(static axis => axis.Output)], [.. axes.Select(static axis => axis.Input)], matrix.Rows, matrix.Columns,
                        matrix.Entries,
                    numbers is null
                        ? Cells(matrix.Rows, matrix.Columns,
                        (row, column) => matrix.TapAt(row, column) is >= 0 and var tap ? name(tap) : "0") : null,
                    numbers is null
                        ? null : Cells(matrix.Rows, matrix.Columns,
                        (row, column) => matrix.TapAt(row, column) is >= 0 and var tap ? numbers[tap] : 0),
                    numbers is null
                        ? Cells(matrix.Columns, matrix.Rows,
                        (row, column) => matrix.TapAt(column, row) is >= 0 and var tap ? name(tap) : "0") : null,
                    numbers is null
                        ? null : Cells(matrix.Columns, matrix.Rows,
                        (row, column) => matrix.TapAt(column, row) is >= 0 and var tap ? numbers[tap] : 0)),
                JsonReports.Readable.MatrixReport);
            return ExitCode.Done;
        }

        string from = string.Join('x', axes.Select(static axis => axis.Output));
        string to = string.Join('x', axes.Select(static axis => axis.Input));
        report.Line($"C, {matrix.Rows}x{matrix.Columns}: the convolution takes {from} to {to}");
        report.Line(Text(matrix.Rows, matrix.Columns, matrix.TapAt, name));
        report.Line($"C transposed, {matrix.Columns}x{matrix.Rows}: the transposed convolution takes {to} to {from}");
        report.Line(Text(matrix.Columns, matrix.Rows, (row, column) => matrix.TapAt(column, row), name));
        return ExitCode.Done;
    }

    private ConvTransposeAxis[] Axes(ParseResult parsed)
    {
        ImmutableArray<int> input = parsed.Require(_input).Values;
        int rank = input.Length;
        ImmutableArray<int> kernel = parsed.Require(_kernel).Expand(rank, "kernel");
        ImmutableArray<int> stride = parsed.GetValue(_stride).Expand(rank, "stride", fallback: 1);
        ImmutableArray<int> dilation = parsed.GetValue(_dilation).Expand(rank, "dilation", fallback: 1);
        ImmutableArray<(int Head, int Tail)> padding = AxisNumbers.Expand(parsed.GetValue(_padding), rank, "padding");
        return [.. Enumerable.Range(0, rank).Select(a =>
            ConvTransposeAxis.OfConvolution(input[a], kernel[a], stride[a], dilation[a], padding[a].Head, padding[a].Tail))];
    }

    private static NpyArray ReadWeight(string path, ConvTransposeAxis[] axes, CancellationToken cancellation)
    {
        NpyArray weight = CommandException.OnFile("weight", () => Interruptible.Run(() => NpyFile.Read(path, cancellation), cancellation));
        int[] kernel = [.. axes.Select(static axis => axis.Kernel)];
        return weight.Shape.AsSpan().SequenceEqual(kernel)
            ? weight
            : throw CommandException.BadInput("weight",
            $"'{path}' holds {weight}, and the kernel is [{string.Join(", ", kernel)}]: both must be equal");
    }

    private static T[][] Cells<T>(int rows, int columns, Func<int, int, T> cell) =>
        [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns).Select(column => cell(row, column)).ToArray())];

    private static string Text(int rows, int columns, Func<int, int, int> tapAt, Func<int, string> name)
    {
        string[][] cells = Cells(rows, columns, (row, column) => tapAt(row, column) is >= 0 and var tap ? name(tap) : "0");
        int width = cells.Max(static row => row.Max(static cell => cell.Length));
        return string.Join('\n', cells.Select(row => string.Join(' ', row.Select(cell => cell.PadLeft(width))))) + "\n";
    }
}
