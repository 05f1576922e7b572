using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Geometry;

namespace Upstride.Explain.Scenes;

/// <summary>The phases: taps of one residue make outputs of one residue, each phase a small convolution of the same input; interleaved
/// they are the output.</summary>
internal static class PhasesScene
{
    public static Scene Create(SceneSource source)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        Phase[][] phases = [.. axes.Select(static axis => axis.GetPhases())];
        var panels = ImmutableArray.CreateBuilder<Panel>();
        var steps = new List<Func<SceneStep>>();
        var output = new double[source.Geometry.OutputPlane];
        var home = ImmutableArray.CreateBuilder<Change>();
        var owner = new int[output.Length];
        int number = 0;
        foreach (Phase p0 in phases[0])
        foreach (Phase p1 in phases[1])
        foreach (Phase p2 in phases[2])
        {
            int n = number++;
            Phase[] phase = [p0, p1, p2];
            double[] values = Values(source, phase);
            Place(source, phase, values, output, owner, n, home);
            Panel[] parts = [.. KernelParts(source, phase, n)], results = [.. OutputParts(source, phase, values, n)];
            panels.AddRange(parts);
            panels.AddRange(results);
            steps.Add(() => new(
                Caption(source, phase),
                [.. parts.SelectMany(static panel => panel.Cells).Select(static cell => cell.Id), .. TapIds(source, phase)],
                [.. results.SelectMany(static panel => panel.Cells)
                    .Select(static cell => new Change(cell.Id, null, cell.Value, cell.Value))]));
        }
        steps.Add(() => new(source.Texts["phases.interleave"], [], home.ToImmutable()));

        Panel[] kernels = [.. source.KernelPanels().Select(panel => panel.Map(cell => cell with { Phase = PhaseOfTap(axes, cell.Id) }))];
        Panel[] outputs =
        [
            .. source.OutputPanels(output).Select(panel => panel.Map(cell => cell with { Phase = owner[source.FlatOutput(cell.Id)] })
                with { StartsLine = panel.Key is Parts.Output }),
        ];
        Scene scene = new Scene(
            View.Phases, source.Texts["phases.title"], source.Texts["phases.description", number],
            [.. source.InputPanels(), .. kernels, .. panels, .. outputs], [], [.. output])
            .WithSteps(steps.Count, () => [.. steps.Select(static step => step())]);
        if (source.PinnedSum is not { } sum) return scene;
        int[] pin = source.Pin!;
        int at = (pin[0] * axes[1].Output + pin[1]) * axes[2].Output + pin[2];
        int[] residues = [.. Enumerable.Range(0, 3).Select(a => axes[a].Stride == 1 ? 0 : Residue(pin[a], axes[a]))];
        string numbers = source.Symbols ? SumText.Symbols(sum) : $"{SumText.Numbers(sum)} = {Numeral.Of(sum.Sum)}";
        return scene with
        {
            Pinned = [new(Parts.Output, pin[0], pin[1], pin[2]), .. source.PinnedFactors()],
            PinnedText = source.Texts["phases.pinned", source.OutputName(pin[0], pin[1], pin[2]),
                string.Join(' ', Axes3.Back(residues, source.Rank)), numbers],
            PinnedStep = owner[at],
        };
    }

    private static int Residue(int output, ConvTransposeAxis axis) =>
        axis.GetPhases().First(phase => phase.Count > 0 && output >= phase.FirstOutput && (output - phase.FirstOutput) % axis.Stride == 0)
            .Residue;

    private static int PhaseOfTap(ImmutableArray<ConvTransposeAxis> axes, CellId id)
    {
        int t0 = id.Plane % axes[0].Kernel;
        int r0 = (int)((long)t0 * axes[0].Dilation % axes[0].Stride), r1 = (int)((long)id.Row * axes[1].Dilation % axes[1].Stride);
        int r2 = (int)((long)id.Column * axes[2].Dilation % axes[2].Stride);
        return (r0 * axes[1].Stride + r1) * axes[2].Stride + r2;
    }

    private static IEnumerable<CellId> TapIds(SceneSource source, Phase[] phase) =>
        from channel in source.InputChannels
        from t0 in phase[0].Taps
        from t1 in phase[1].Taps
        from t2 in phase[2].Taps
        select source.KernelId(channel, t0.Tap, t1.Tap, t2.Tap);

    // full[stride*j + residue] = sum of w[tap] x[j - shift]: an ordinary convolution of stride 1.
    private static double[] Values(SceneSource source, Phase[] phase)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        var values = new List<double>();
        for (int j0 = phase[0].First; j0 < phase[0].First + phase[0].Count; j0++)
        for (int j1 = phase[1].First; j1 < phase[1].First + phase[1].Count; j1++)
        for (int j2 = phase[2].First; j2 < phase[2].First + phase[2].Count; j2++)
        {
            double sum = source.Bias;
            foreach (int channel in source.InputChannels)
            foreach (PhaseTap t0 in phase[0].Taps)
            foreach (PhaseTap t1 in phase[1].Taps)
            foreach (PhaseTap t2 in phase[2].Taps)
            {
                int i0 = j0 - t0.Shift, i1 = j1 - t1.Shift, i2 = j2 - t2.Shift;
                if (i0 < 0 || i0 >= axes[0].Input || i1 < 0 || i1 >= axes[1].Input || i2 < 0 || i2 >= axes[2].Input) continue;
                sum += source.InputValue(channel, i0, i1, i2) * source.WeightValue(channel, t0.Tap, t1.Tap, t2.Tap);
            }
            values.Add(sum);
        }
        return [.. values];
    }

    private static void Place(
        SceneSource source, Phase[] phase, double[] values, double[] output, int[] owner, int number, ImmutableArray<Change>.Builder home)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        int at = 0;
        for (int a = 0; a < phase[0].Count; a++)
        for (int b = 0; b < phase[1].Count; b++)
        for (int c = 0; c < phase[2].Count; c++, at++)
        {
            int z = phase[0].FirstOutput + a * axes[0].Stride, y = phase[1].FirstOutput + b * axes[1].Stride,
                x = phase[2].FirstOutput + c * axes[2].Stride;
            int flat = (z * axes[1].Output + y) * axes[2].Output + x;
            output[flat] = values[at];
            owner[flat] = number;
            home.Add(new(new(Parts.Output, z, y, x), null, values[at], values[at]));
        }
    }

    private static string Residues(SceneSource source, Phase[] phase) =>
        string.Join(' ', phase[^source.Rank..].Select(static one => one.Residue));

    private static IEnumerable<Panel> KernelParts(SceneSource source, Phase[] phase, int number)
    {
        int plane = 0;
        foreach (int channel in source.InputChannels)
        foreach (PhaseTap t0 in phase[0].Taps)
        {
            if (phase[1].Taps.Length == 0 || phase[2].Taps.Length == 0) continue;
            string part = $"{Parts.PhaseKernel}{number}";
            Panel panel = SceneSource.Grid(
                part, plane, source.Texts["phases.kernel", Residues(source, phase)], phase[1].Taps.Length, phase[2].Taps.Length,
                (row, column) =>
                {
                    int t1 = phase[1].Taps[row].Tap, t2 = phase[2].Taps[column].Tap;
                    return (source.WeightText(channel, t0.Tap, t1, t2), source.WeightValue(channel, t0.Tap, t1, t2));
                },
                CellRole.Weight);
            yield return panel.Map(cell => cell with { Phase = number, Element = source.KernelId(
                channel, t0.Tap, phase[1].Taps[cell.Id.Row].Tap, phase[2].Taps[cell.Id.Column].Tap) })
                with { StartsLine = plane == 0 && number % 2 == 0 };
            plane++;
        }
    }

    private static IEnumerable<Panel> OutputParts(SceneSource source, Phase[] phase, double[] values, int number)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        for (int a = 0; a < phase[0].Count; a++)
        {
            if (phase[1].Count == 0 || phase[2].Count == 0) yield break;
            int z = phase[0].FirstOutput + a * axes[0].Stride, slice = a;
            Panel panel = SceneSource.Grid(
                $"{Parts.PhaseOutput}{number}", a, source.Texts["phases.output", Residues(source, phase)], phase[1].Count, phase[2].Count,
                (row, column) =>
                {
                    double value = values[(slice * phase[1].Count + row) * phase[2].Count + column];
                    return (source.OutputText(z, phase[1].FirstOutput + row * axes[1].Stride, phase[2].FirstOutput + column * axes[2]
                        .Stride, value), value);
                },
                CellRole.Output);
            yield return panel.Map(cell => cell with
            {
                Phase = number,
                Element = new(Parts.Output, z, phase[1].FirstOutput + cell.Id.Row * axes[1].Stride,
                    phase[2].FirstOutput + cell.Id.Column * axes[2].Stride),
            }, id => id.Part is Parts.Output ? Math.Max(0, id.Row - phase[1].FirstOutput) / axes[1].Stride * phase[2].Count
                + Math.Max(0, id.Column - phase[2].FirstOutput) / axes[2].Stride : -1);
        }
    }

    private static string Taps(SceneSource source, Phase[] phase) => string.Join(' ',
        from channel in source.InputChannels.Take(1)
        from t0 in phase[0].Taps
        from t1 in phase[1].Taps
        from t2 in phase[2].Taps
        select source.WeightText(channel, t0.Tap, t1.Tap, t2.Tap));

    /// <summary>A phase in words: phase 1 0, taps 4 6.</summary>
    internal static string TapsText(SceneSource source, int number)
    {
        var phase = new Phase[3];
        for (int a = 2; a >= 0; a--)
        {
            Phase[] along = source.Axes[a].GetPhases();
            phase[a] = along[number % along.Length];
            number /= along.Length;
        }
        string taps = Taps(source, phase);
        return source.Texts["reader.phase", Residues(source, phase), taps.Length == 0 ? source.Texts["cell.empty"] : taps];
    }

    private static string Caption(SceneSource source, Phase[] phase)
    {
        string taps = Taps(source, phase);
        string[] places =
            [.. phase.Select((one, a) =>
                string.Join(' ', Enumerable.Range(0, one.Count).Select(j => one.FirstOutput + j * source.Axes[a].Stride)))];
        if (phase.Any(static one => one.Count == 0)) return source.Texts["phases.cropped", Residues(source, phase)];
        if (taps.Length == 0) return source.Texts["phases.empty", Residues(source, phase)];
        return source.Rank == 1
            ? source.Texts["phases.step1", Residues(source, phase), taps, places[2]]
            : source.Rank == 2
                ? source.Texts["phases.step", Residues(source, phase), taps, places[1], places[2]]
                : source.Texts["phases.step3", Residues(source, phase), taps, places[0], places[1], places[2]];
    }
}
