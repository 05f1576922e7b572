using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Scenes;

/// <summary>Zero insertion: the turned kernel slides by one over the stretched and padded input.</summary>
internal static class GatherScene
{
    public static long Cells(SceneSource source) =>
        source.Axes.Aggregate((long)source.InputChannels.Count(), static (product, axis) => product * (axis.Output + axis.Extent - 1));

    public static Scene Create(SceneSource source)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        EquivalentConvolution[] equal = [.. axes.Select(EquivalentConvolution.Of)];
        Panel[] stretched =
            [.. from channel in source.InputChannels from z in Enumerable.Range(0, Padded(axes[0])) select Stretched(
                source, equal, channel, z)];
        Panel[] flipped =
            [.. from channel in source.InputChannels from z in Enumerable.Range(0, axes[0].Kernel) select Flipped(source, channel, z)];
        (double[] output, int products) = Sums(source, equal);
        long all = (long)output.Length * source.Geometry.KernelTaps * source.Geometry.InputChannelsPerGroup;
        Dictionary<string, Panel> byKey = stretched.Concat(flipped).ToDictionary(static panel => panel.Key, StringComparer.Ordinal);
        ImmutableArray<string> factors = [.. flipped[0].Cells.Select(static cell => cell.Text)];
        Change Fill(int at) => new(source.OutputIdAt(at), null, output[at], output[at]);
        Scene scene = new Scene(
            View.Gather, source.Texts["gather.title"],
            source.Texts["gather.description", ScatterScene.Sizes(source, Padded), products, all],
            [.. stretched, .. flipped, .. source.OutputPanels(output)], [], [.. output])
        {
            Lines = [source.Texts["gather.products", products, all]],
        }.WithSteps(output.Length, at => Step(source, byKey, factors, Fill(at)), Fill);
        if (source.Pin is not { } pin) return scene;
        int at = (pin[0] * axes[1].Output + pin[1]) * axes[2].Output + pin[2];
        SceneStep pinned = scene.StepAt(at);
        return scene with { Pinned = pinned.Lit, PinnedText = pinned.Caption, PinnedStep = at };
    }

    // Each output, and how many products are without a zero.
    private static (double[] Output, int Products) Sums(SceneSource source, EquivalentConvolution[] equal)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        int[][] inputs = [.. axes.Select((axis, a) => Enumerable.Range(0, Padded(axis)).Select(at => InputAt(equal[a], at)).ToArray())];
        (int k0, int k1, int k2) = (axes[0].Kernel, axes[1].Kernel, axes[2].Kernel);
        (int d0, int d1, int d2) = (axes[0].Dilation, axes[1].Dilation, axes[2].Dilation);
        var output = new double[source.Geometry.OutputPlane];
        int at = 0, products = 0;
        for (int z = 0; z < axes[0].Output; z++)
        for (int y = 0; y < axes[1].Output; y++)
        for (int x = 0; x < axes[2].Output; x++)
        {
            double sum = source.Bias;
            foreach (int channel in source.InputChannels)
            for (int t0 = 0; t0 < k0; t0++)
            for (int t1 = 0; t1 < k1; t1++)
            {
                int i0 = inputs[0][z + t0 * d0], i1 = inputs[1][y + t1 * d1];
                if (i0 < 0 || i1 < 0) continue;
                for (int t2 = 0; t2 < k2; t2++)
                {
                    int i2 = inputs[2][x + t2 * d2];
                    if (i2 < 0) continue;
                    products++;
                    sum += source.InputValue(channel, i0, i1, i2) * source.WeightValue(channel, k0 - 1 - t0, k1 - 1 - t1, k2 - 1 - t2);
                }
            }
            output[at++] = sum;
        }
        return (output, products);
    }

    // The input at a place of the stretched and padded axis; -1 for a zero between, -2 for one around.
    private static int InputAt(EquivalentConvolution axis, int place)
    {
        int at = place - axis.PaddingHead, apart = axis.ZerosBetween + 1;
        return at < 0 || at >= axis.Input ? -2 : at % apart == 0 ? at / apart : -1;
    }

    private static int PlaceOf(EquivalentConvolution axis, int input) => axis.PaddingHead + input * (axis.ZerosBetween + 1);

    private static SceneStep Step(SceneSource source, Dictionary<string, Panel> panels, ImmutableArray<string> factors, Change fill)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        (int z, int y, int x) = (fill.Cell.Plane, fill.Cell.Row, fill.Cell.Column);
        Window[] window = [.. Window.At(source, panels, z, y, x)];
        return new(
            Caption(source, z, y, x, window, fill.After),
            [fill.Cell, .. window.Where(static one => one.Input.Role == CellRole.Input)
                .SelectMany(static one => new[] { one.Input.Id, one.Weight.Id })],
            [fill],
            new(Scene.Panel(new(Parts.Stretched, z, 0, 0)), y, x, axes[1].Kernel, axes[2].Kernel, axes[1].Dilation, axes[2].Dilation)
            {
                Factors = axes[0].Kernel > 1 ? [] : factors,
            });
    }

    // Stretched, with its padding: as long as the convolution of stride 1 needs it.
    private static int Padded(ConvTransposeAxis axis)
    {
        EquivalentConvolution equal = EquivalentConvolution.Of(axis);
        return equal.Input + equal.PaddingHead + equal.PaddingTail;
    }

    private static string Caption(SceneSource source, int z, int y, int x, Window[] window, double sum)
    {
        Window[] met = [.. window.Where(static one => one.Input.Role == CellRole.Input)];
        string products = met.Length == 0 ? "0" : string.Join(" + ", met.Select(one => source.Symbols
            ? $"{one.Input.Text}*{one.Weight.Text}"
            : $"{Numeral.Factor(one.Input.Value)}*{Numeral.Factor(one.Weight.Value)}"));
        if (source.Bias != 0) products += " + " + Numeral.Factor(source.Bias);
        string result = source.Symbols ? source.OutputText(z, y, x, sum) : Numeral.Of(sum);
        return source.Texts["gather.step", source.OutputName(z, y, x), Where(source, z, y, x), met.Length, window.Length, products, result];
    }

    // What lies under the window at an output.
    private static string Where(SceneSource source, int z, int y, int x)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        string where = source.Rank == 1
            ? source.Texts["gather.columns", Range(x, axes[2])]
            : source.Texts["gather.rows", Range(y, axes[1]), Range(x, axes[2])];
        return source.Rank == 3 ? source.Texts["gather.slices", Range(z, axes[0])] + where : where;
    }

    /// <summary>The window over an output in words: rows 2..4, columns 3..5, 2 of 9 not zero.</summary>
    internal static string WindowText(SceneSource source, int z, int y, int x) => source.Texts["reader.window", Where(source, z, y, x),
        source.Computation.Products(source.Channel, [z, y, x]).Count(),
        source.Geometry.KernelTaps * source.Geometry.InputChannelsPerGroup];

    private static string Range(int first, ConvTransposeAxis axis) =>
        axis.Extent == 1 ? $"{first}" : $"{first}..{first + axis.Extent - 1}";

    private static Panel Stretched(SceneSource source, EquivalentConvolution[] equal, int channel, int z)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        int depth = Padded(axes[0]), rows = Padded(axes[1]), columns = Padded(axes[2]);
        int plane = source.PlaneOf(channel, z, depth);
        return Panel.Of(
            Scene.Panel(new(Parts.Stretched, plane, 0, 0)),
            source.Titled(source.Texts["gather.stretched"], channel, source.Geometry.InputChannels, z, depth), 0, 0, rows, columns,
            (y, x) => Cell(source, equal, channel, [z, y, x], new(Parts.Stretched, plane, y, x)),
            id => id.Part is Parts.Input ? PlaceOf(equal[1], id.Row) * columns + PlaceOf(equal[2], id.Column) : -1);
    }

    private static Cell Cell(SceneSource source, EquivalentConvolution[] equal, int channel, int[] place, CellId id)
    {
        int[] input = [.. place.Select((at, a) => InputAt(equal[a], at))];
        return input.Min() switch
        {
            -2 => new(id, "0", 0, CellRole.Padding),
            -1 => new(id, "0", 0, CellRole.Inserted),
            _ => new(id, source.InputText(channel, input[0], input[1], input[2]), source.InputValue(channel, input[0], input[1], input[2]),
                CellRole.Input) { Element = source.InputId(channel, input[0], input[1], input[2]) },
        };
    }

    private static Panel Flipped(SceneSource source, int channel, int z)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        (int T0, int T1, int T2) Turned(int y, int x) => (axes[0].Kernel - 1 - z, axes[1].Kernel - 1 - y, axes[2].Kernel - 1 - x);
        Panel panel = SceneSource.Grid(
            Parts.Flipped, source.PlaneOf(channel, z, axes[0].Kernel),
            source.Titled(source.Texts["gather.flipped"], channel, source.Geometry.InputChannels, z, axes[0].Kernel), axes[1].Kernel,
                axes[2].Kernel,
            (y, x) =>
            {
                (int t0, int t1, int t2) = Turned(y, x);
                return (source.WeightText(channel, t0, t1, t2), source.WeightValue(channel, t0, t1, t2));
            },
            CellRole.Weight);
        return panel.Map(cell =>
        {
            (int t0, int t1, int t2) = Turned(cell.Id.Row, cell.Id.Column);
            return cell with { Element = source.KernelId(channel, t0, t1, t2) };
        });
    }

    private readonly record struct Window(Cell Input, Cell Weight)
    {
        /// <summary>The pairs under the window at an output.</summary>
        public static IEnumerable<Window> At(SceneSource source, Dictionary<string, Panel> panels, int z, int y, int x)
        {
            ImmutableArray<ConvTransposeAxis> axes = source.Axes;
            foreach (int channel in source.InputChannels)
            for (int t0 = 0; t0 < axes[0].Kernel; t0++)
            {
                Panel input =
                    panels[Scene.Panel(new(Parts.Stretched, source.PlaneOf(channel, z + t0 * axes[0].Dilation, Padded(axes[0])), 0, 0))];
                Panel weight = panels[Scene.Panel(new(Parts.Flipped, source.PlaneOf(channel, t0, axes[0].Kernel), 0, 0))];
                for (int t1 = 0; t1 < axes[1].Kernel; t1++)
                for (int t2 = 0; t2 < axes[2].Kernel; t2++)
                    yield return new(input.At(y + t1 * axes[1].Dilation, x + t2 * axes[2].Dilation), weight.At(t1, t2));
            }
        }
    }
}
