using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Scenes;

/// <summary>The convolution as a matrix C, and the transposed convolution as its transpose times the input as a column.</summary>
internal static class MatrixScene
{
    // Up to so many entries of a row a step's sentence gives with their zeros.
    private const int MostWritten = 64;

    public static long Cells(SceneSource source) =>
        2L * source.Geometry.InputPlane * source.InputChannels.Count() * source.Geometry.OutputPlane;

    public static Scene Create(SceneSource source)
    {
        ConvTransposeGeometry geometry = source.Geometry;
        var matrix = ConvolutionMatrix.Create(geometry);
        int plane = geometry.InputPlane, inputs = plane * geometry.InputChannelsPerGroup, outputs = geometry.OutputPlane;
        (string Text, double Value, CellRole Role) Entry(int output, int input)
        {
            int tap = matrix.TapAt(input % plane, output), channel = source.FirstInputChannel + input / plane;
            if (tap < 0) return ("0", 0, CellRole.Empty);
            double value = source.Computation.WeightAt(channel, source.Channel, tap);
            int[] place = Axes3.Three(source.Computation.Unflatten(tap, static axis => axis.Kernel));
            return (source.Symbols ? source.WeightText(channel, place[0], place[1], place[2]) : Numeral.Of(value), value, CellRole.Weight);
        }
        double Input(int input) => source.Computation.InputAt(source.FirstInputChannel + input / plane, input % plane);

        int[] Columns(int row) => [.. Weights(source, row).Select(static weight => weight.Column)];
        ImmutableArray<double> output = [.. Enumerable.Range(0, outputs).Select(row =>
            Columns(row).Aggregate(source.Bias, (sum, column) => sum + Entry(row, column).Value * Input(column)))];
        Change Fill(int row) => new(new(Parts.OutputVector, 0, row, 0), null, output[row], output[row]);
        SceneStep Step(int row)
        {
            int[] columns = Columns(row);
            string entries = string.Join(' ', inputs <= MostWritten ? Enumerable.Range(0, inputs).Select(column => Entry(row, column).Text)
                : columns.Select(column => $"[{column}] {Entry(row, column).Text}"));
            return new(
                Caption(source, row, entries, output[row]),
                [
                    Fill(row).Cell, .. Enumerable.Range(0, inputs).Select(column => new CellId(Parts.Transposed, 0, row, column)),
                    .. columns.Select(column => new CellId(Parts.Matrix, 0, column, row)),
                    .. columns.Select(static column => new CellId(Parts.InputVector, 0, column, 0)),
                ],
                [Fill(row)]);
        }

        int InputOf(CellId id) => id.Part is Parts.Input ? source.FlatInput(id) : -1;
        int OutputOf(CellId id) => id.Part is Parts.Output ? source.FlatOutput(id) : -1;
        Panel convolution = Panel(Parts.Matrix, source.Texts["matrix.c", inputs, outputs], inputs, outputs,
            (row, column) => Entry(column, row), static (row, column) => new(Parts.Product, 0, column, row),
            id => id.Part is Parts.Product ? id.Column * outputs + id.Row : -1);
        Panel transposed = Panel(Parts.Transposed, source.Texts["matrix.transposed", outputs, inputs], outputs, inputs,
            Entry, static (row, column) => new(Parts.Product, 0, row, column),
            id => id.Part is Parts.Product ? id.Row * inputs + id.Column : -1) with { StartsLine = true };
        Panel x = Panel(Parts.InputVector, "x", inputs, 1, (row, _) =>
            (InputText(source, row, plane), Input(row), CellRole.Input), (row, _) => source.InputIdAt(row), InputOf)
            with { Sign = "*" };
        Panel y = Panel(Parts.OutputVector, "y", outputs, 1, (row, _) =>
            (OutputText(source, row, output[row]), output[row], CellRole.Output), (row, _) => source.OutputIdAt(row), OutputOf)
            with { Sign = "=" };
        Scene scene = new Scene(
            View.Matrix, source.Texts["matrix.title"],
            source.Texts["matrix.description", inputs, outputs, source.Products, inputs * outputs],
            [convolution, transposed, x, y], [], output)
        {
            Lines = [source.Texts["matrix.entries", source.Products, (long)inputs * outputs]],
        }.WithSteps(outputs, Step, Fill);
        if (source.Pin is not { } pin) return scene;
        int at = (pin[0] * source.Axes[1].Output + pin[1]) * source.Axes[2].Output + pin[2];
        SceneStep pinned = Step(at);
        return scene with { Pinned = pinned.Lit, PinnedText = pinned.Caption, PinnedStep = at };
    }

    // What a row of the transpose holds beside zeros.
    private static IEnumerable<(int Column, int Channel, int Tap)> Weights(SceneSource source, int row) => source.Computation
        .Products(source.Channel, Axes3.Three(source.Computation.Unflatten(row, static axis => axis.Output)))
        .Select(one => ((one.Channel - source.FirstInputChannel) * source.Geometry.InputPlane + one.Input, one.Channel, one.Tap)).Order();

    /// <summary>A row of the transpose in words: row 15, 6 in column 4, 4 in column 5.</summary>
    internal static string RowText(SceneSource source, int row) => source.Texts["reader.row", row, string.Join(
        source.Texts["list.separator"], Weights(source, row).Select(one =>
        {
            int[] tap = Axes3.Three(source.Computation.Unflatten(one.Tap, static axis => axis.Kernel));
            return source.Texts["matrix.entry", source.WeightText(one.Channel, tap[0], tap[1], tap[2]), one.Column];
        }))];

    private static Panel Panel(string part, string title, int rows, int columns, Func<int, int,
        (string Text, double Value, CellRole Role)> cell, Func<int, int, CellId> element, Func<CellId, int> find) => Scenes.Panel.Of(
        part, title, 0, 0, rows, columns, (row, column) =>
        {
            (string text, double value, CellRole role) = cell(row, column);
            // The zeros of a matrix are no products.
            return new(new(part, 0, row, column), text, value, role)
            {
                Element = role == CellRole.Empty ? default : element(row, column),
            };
        }, find);

    private static string InputText(SceneSource source, int row, int plane)
    {
        int[] at = Axes3.Three(source.Computation.Unflatten(row % plane, static axis => axis.Input));
        return source.InputText(source.FirstInputChannel + row / plane, at[0], at[1], at[2]);
    }

    private static string OutputText(SceneSource source, int row, double value)
    {
        int[] at = Axes3.Three(source.Computation.Unflatten(row, static axis => axis.Output));
        return source.OutputText(at[0], at[1], at[2], value);
    }

    // The row's number as it comes of the position: 2*6 + 3.
    private static string Caption(SceneSource source, int row, string entries, double sum)
    {
        int[] at = source.Computation.Unflatten(row, static axis => axis.Output);
        string number = $"{at[0]}";
        for (int a = 1; a < at.Length; a++)
            number = a == 1 ? $"{number}*{source.Geometry.Axes[a].Output} + {at[a]}"
                : $"({number})*{source.Geometry.Axes[a].Output} + {at[a]}";
        string equation = at.Length == 1 ? number : $"{row} = {number}";
        string bias = source.Bias == 0 ? "" : " + " + Numeral.Factor(source.Bias);
        string result = source.Symbols ? OutputText(source, row, sum) : Numeral.Of(sum);
        return source.Texts["matrix.step", equation, entries, bias, result];
    }
}
