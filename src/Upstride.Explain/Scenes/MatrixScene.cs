using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Scenes;

/// <summary>The convolution as a matrix C, and the transposed convolution as its transpose times the input as a column.</summary>
internal static class MatrixScene
{
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

        var output = ImmutableArray.CreateBuilder<double>();
        var steps = ImmutableArray.CreateBuilder<SceneStep>();
        int entries = 0;
        for (int row = 0; row < outputs; row++)
        {
            int[] columns = [.. Enumerable.Range(0, inputs).Where(column => Entry(row, column).Role == CellRole.Weight)];
            entries += columns.Length;
            double sum = columns.Aggregate(source.Bias, (sum, column) => sum + Entry(row, column).Value * Input(column));
            output.Add(sum);
            var id = new CellId(Parts.OutputVector, 0, row, 0);
            steps.Add(new(
                Caption(source, row, [.. Enumerable.Range(0, inputs).Select(column => Entry(row, column).Text)], sum),
                [
                    id, .. Enumerable.Range(0, inputs).Select(column => new CellId(Parts.Transposed, 0, row, column)),
                    .. columns.Select(column => new CellId(Parts.Matrix, 0, column, row)),
                    .. columns.Select(static column => new CellId(Parts.InputVector, 0, column, 0)),
                ],
                [new(id, null, sum, sum)]));
        }

        Panel convolution = Panel(Parts.Matrix, source.Texts["matrix.c", inputs, outputs], inputs, outputs, (row, column) =>
            Entry(column, row), static (row, column) => new(Parts.Product, 0, column, row));
        Panel transposed = Panel(Parts.Transposed, source.Texts["matrix.transposed", outputs, inputs], outputs, inputs,
            Entry, static (row, column) => new(Parts.Product, 0, row, column)) with { StartsLine = true };
        Panel x = Panel(Parts.InputVector, "x", inputs, 1, (row, _) =>
            (InputText(source, row, plane), Input(row), CellRole.Input), (row, _) => source.InputIdAt(row)) with { Sign = "*" };
        Panel y = Panel(Parts.OutputVector, "y", outputs, 1, (row, _) =>
            (OutputText(source, row, output[row]), output[row], CellRole.Output), (row, _) => source.OutputIdAt(row)) with { Sign = "=" };
        var scene = new Scene(
            View.Matrix, source.Texts["matrix.title"], source.Texts["matrix.description", inputs, outputs, entries, inputs * outputs],
            [convolution, transposed, x, y], steps.ToImmutable(), output.ToImmutable())
        {
            Lines = [source.Texts["matrix.entries", entries, (long)inputs * outputs]],
        };
        if (source.Pin is not { } pin) return scene;
        int at = (pin[0] * source.Axes[1].Output + pin[1]) * source.Axes[2].Output + pin[2];
        return scene with { Pinned = steps[at].Lit, PinnedText = steps[at].Caption, PinnedStep = at };
    }

    private static Panel Panel(string part, string title, int rows, int columns, Func<int, int,
        (string Text, double Value, CellRole Role)> cell, Func<int, int, CellId> element) => new(
        part, title, 0, 0, rows, columns,
        [
            .. from row in Enumerable.Range(0, rows)
               from column in Enumerable.Range(0, columns)
               let one = cell(row, column)
               select new Cell(new(part, 0, row, column), one.Text, one.Value, one.Role)
               {
                   // The zeros of a matrix are no products.
                   Element = one.Role == CellRole.Empty ? default : element(row, column),
               },
        ]);

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
    private static string Caption(SceneSource source, int row, string[] entries, double sum)
    {
        int[] at = source.Computation.Unflatten(row, static axis => axis.Output);
        string number = $"{at[0]}";
        for (int a = 1; a < at.Length; a++)
            number = a == 1 ? $"{number}*{source.Geometry.Axes[a].Output} + {at[a]}"
                : $"({number})*{source.Geometry.Axes[a].Output} + {at[a]}";
        string equation = at.Length == 1 ? number : $"{row} = {number}";
        string bias = source.Bias == 0 ? "" : " + " + Numeral.Factor(source.Bias);
        string result = source.Symbols ? OutputText(source, row, sum) : Numeral.Of(sum);
        return source.Texts["matrix.step", equation, string.Join(' ', entries), bias, result];
    }
}
