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
        (double[] output, int products) = Sums(source, stretched, flipped);
        long all = (long)output.Length * source.Geometry.KernelTaps * source.Geometry.InputChannelsPerGroup;
        Scene scene = new Scene(
            View.Gather, source.Texts["gather.title"],
            source.Texts["gather.description", ScatterScene.Sizes(source, Padded), products, all],
            [.. stretched, .. flipped, .. source.OutputPanels(output)], [], [.. output])
        {
            Lines = [source.Texts["gather.products", products, all]],
        }.WithSteps(output.Length, () => Steps(source, stretched, flipped));
        if (source.Pin is not { } pin) return scene;
        int at = (pin[0] * axes[1].Output + pin[1]) * axes[2].Output + pin[2];
        return scene with { Pinned = scene.Steps[at].Lit, PinnedText = scene.Steps[at].Caption, PinnedStep = at };
    }

    // Each output, and how many products are without a zero.
    private static (double[] Output, int Products) Sums(SceneSource source, Panel[] stretched, Panel[] flipped)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        var output = new double[source.Geometry.OutputPlane];
        int at = 0, products = 0, depth = Padded(axes[0]), channels = source.Geometry.InputChannelsPerGroup;
        for (int z = 0; z < axes[0].Output; z++)
        for (int y = 0; y < axes[1].Output; y++)
        for (int x = 0; x < axes[2].Output; x++)
        {
            double sum = source.Bias;
            for (int c = 0; c < channels; c++)
            for (int t0 = 0; t0 < axes[0].Kernel; t0++)
            {
                Panel input = stretched[c * depth + z + t0 * axes[0].Dilation], weight = flipped[c * axes[0].Kernel + t0];
                for (int t1 = 0; t1 < axes[1].Kernel; t1++)
                for (int t2 = 0; t2 < axes[2].Kernel; t2++)
                {
                    Cell cell = input.At(y + t1 * axes[1].Dilation, x + t2 * axes[2].Dilation);
                    if (cell.Role != CellRole.Input) continue;
                    products++;
                    sum += cell.Value * weight.At(t1, t2).Value;
                }
            }
            output[at++] = sum;
        }
        return (output, products);
    }

    private static ImmutableArray<SceneStep> Steps(SceneSource source, Panel[] stretched, Panel[] flipped)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        Dictionary<string, Panel> panels = stretched.Concat(flipped).ToDictionary(static panel => panel.Key, StringComparer.Ordinal);
        var steps = ImmutableArray.CreateBuilder<SceneStep>();
        for (int z = 0; z < axes[0].Output; z++)
        for (int y = 0; y < axes[1].Output; y++)
        for (int x = 0; x < axes[2].Output; x++)
        {
            Window[] window = [.. Window.At(source, panels, z, y, x)];
            double sum = window.Aggregate(source.Bias, static (sum, one) => sum + one.Input.Value * one.Weight.Value);
            var id = new CellId(Parts.Output, z, y, x);
            steps.Add(new(
                Caption(source, z, y, x, window, sum),
                [id, .. window.Where(static one => one.Input.Role == CellRole.Input)
                    .SelectMany(static one => new[] { one.Input.Id, one.Weight.Id })],
                [new(id, null, sum, sum)],
                new(Scene.Panel(new(Parts.Stretched, z, 0, 0)), y, x, axes[1].Kernel, axes[2].Kernel, axes[1].Dilation, axes[2].Dilation)
                {
                    Factors = axes[0].Kernel > 1 ? [] : [.. flipped[0].Cells.Select(static cell => cell.Text)],
                }));
        }
        return steps.ToImmutable();
    }

    // Stretched, with its padding: as long as the convolution of stride 1 needs it.
    private static int Padded(ConvTransposeAxis axis)
    {
        EquivalentConvolution equal = EquivalentConvolution.Of(axis);
        return equal.Input + equal.PaddingHead + equal.PaddingTail;
    }

    private static string Caption(SceneSource source, int z, int y, int x, Window[] window, double sum)
    {
        ConvTransposeAxis rows = source.Axes[1], columns = source.Axes[2];
        string where = source.Rank == 1
            ? source.Texts["gather.columns", Range(x, columns)]
            : source.Texts["gather.rows", Range(y, rows), Range(x, columns)];
        if (source.Rank == 3) where = source.Texts["gather.slices", Range(z, source.Axes[0])] + where;
        Window[] met = [.. window.Where(static one => one.Input.Role == CellRole.Input)];
        string products = met.Length == 0 ? "0" : string.Join(" + ", met.Select(one => source.Symbols
            ? $"{one.Input.Text}*{one.Weight.Text}"
            : $"{Numeral.Factor(one.Input.Value)}*{Numeral.Factor(one.Weight.Value)}"));
        if (source.Bias != 0) products += " + " + Numeral.Factor(source.Bias);
        string result = source.Symbols ? source.OutputText(z, y, x, sum) : Numeral.Of(sum);
        return source.Texts["gather.step", source.OutputName(z, y, x), where, met.Length, window.Length, products, result];
    }

    private static string Range(int first, ConvTransposeAxis axis) =>
        axis.Extent == 1 ? $"{first}" : $"{first}..{first + axis.Extent - 1}";

    private static Panel Stretched(SceneSource source, EquivalentConvolution[] equal, int channel, int z)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        int depth = Padded(axes[0]), rows = Padded(axes[1]), columns = Padded(axes[2]);
        int plane = source.PlaneOf(channel, z, depth);
        return new(
            Scene.Panel(new(Parts.Stretched, plane, 0, 0)),
            source.Titled(source.Texts["gather.stretched"], channel, source.Geometry.InputChannels, z, depth), 0, 0, rows, columns,
            [
                .. from y in Enumerable.Range(0, rows)
                   from x in Enumerable.Range(0, columns)
                   select Cell(source, equal, channel, [z, y, x], new(Parts.Stretched, plane, y, x)),
            ]);
    }

    private static Cell Cell(SceneSource source, EquivalentConvolution[] equal, int channel, int[] place, CellId id)
    {
        var input = new int[3];
        bool between = false;
        for (int a = 0; a < 3; a++)
        {
            int at = place[a] - equal[a].PaddingHead;
            if (at < 0 || at >= equal[a].Input) return new(id, "0", 0, CellRole.Padding);
            between |= at % (equal[a].ZerosBetween + 1) != 0;
            input[a] = at / (equal[a].ZerosBetween + 1);
        }
        return between
            ? new(id, "0", 0, CellRole.Inserted)
            : new(id, source.InputText(channel, input[0], input[1], input[2]), source.InputValue(channel, input[0], input[1], input[2]),
                CellRole.Input) { Element = source.InputId(channel, input[0], input[1], input[2]) };
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
        return panel with
        {
            Cells =
            [
                .. panel.Cells.Select(cell =>
                {
                    (int t0, int t1, int t2) = Turned(cell.Id.Row, cell.Id.Column);
                    return cell with { Element = source.KernelId(channel, t0, t1, t2) };
                }),
            ],
        };
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
