using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Explain.Scenes;

/// <summary>
/// The ordinary convolution that equals the transposed one, derived line by line and computed as one; the graph of products; and the
/// convolution that it belongs to, which brings the size back and not the values.
/// </summary>
internal static class ConvolutionScene
{
    // Beyond so many edges there is no graph.
    private const int MaximalLinks = 20_000;

    public static Scene Create(SceneSource source)
    {
        ConvTransposeGeometry geometry = source.Geometry;
        double[] output = Equivalent(source.Computation);
        ImmutableArray<double> channel = [.. output.AsSpan(source.Channel * geometry.OutputPlane, geometry.OutputPlane)];
        double[] back = Back(source.Computation);
        long products = source.Products;
        ImmutableArray<Link> links = products <= MaximalLinks ? Links(source) : [];
        string[] derivation = [.. Derivation(source)];
        Panel[] inputs = [.. source.InputPanels()], outputs = [.. source.OutputPanels(channel)];
        Panel[] returned = [.. BackPanels(source, back)];

        string graph = source.Texts["convolution.graph", inputs.Sum(static panel => panel.Count), channel.Length, products];
        string round = Round(source, back);
        static SceneStep Filled(string caption, Panel[] panels) => new(
            caption, [], [.. panels.SelectMany(static panel => panel.Cells).Select(static cell => new Change(cell.Id, null, cell.Value,
                cell.Value))]);
        Scene scene = new Scene(
            View.Convolution, source.Texts["convolution.title"], source.Texts["convolution.description", products],
            [.. inputs, .. source.KernelPanels(), .. outputs, .. returned], [], channel)
        {
            Lines = [.. derivation, graph, round],
            Links = links,
        }.WithSteps(derivation.Length + 2, () =>
            [.. derivation.Select(static line => new SceneStep(line, [], [])), Filled(graph, outputs), Filled(round, returned)]);
        if (source.PinnedSum is not { } sum) return scene;
        int[] pin = source.Pin!;
        string line2 = SumText.Line(sum, geometry.InputChannels > 1, !source.Symbols);
        return scene with
        {
            Pinned = [new(Parts.Output, pin[0], pin[1], pin[2]), .. source.PinnedFactors()],
            PinnedText = source.Texts["convolution.pinned", sum.Terms.Length, line2],
            PinnedStep = derivation.Length,
        };
    }

    /// <summary>The whole output by an ordinary convolution of stride 1: [output channels, output...].</summary>
    internal static double[] Equivalent(Computation computation)
    {
        ConvTransposeGeometry geometry = computation.Geometry;
        ImmutableArray<EquivalentConvolution> equal = EquivalentConvolution.Of(geometry);
        nint[] stretched = [.. equal.Select(static one => (nint)one.Input)];
        double[] input = new double[geometry.InputChannels * stretched.Aggregate((nint)1, static (product, size) => product * size)];
        int plane = input.Length / geometry.InputChannels;
        for (int channel = 0; channel < geometry.InputChannels; channel++)
        for (int at = 0; at < geometry.InputPlane; at++)
        {
            int place = 0;
            int[] position = computation.Unflatten(at, static axis => axis.Input);
            for (int a = 0; a < position.Length; a++) place = place * (int)stretched[a] + position[a] * (equal[a].ZerosBetween + 1);
            input[channel * plane + place] = computation.InputAt(channel, at);
        }

        // The convolution's weights are [output, input of a group, kernel], the kernel turned by half a turn.
        int taps = geometry.KernelTaps, inputs = geometry.InputChannelsPerGroup, outputs = geometry.OutputChannelsPerGroup;
        var weight = new double[geometry.OutputChannels * inputs * taps];
        for (int o = 0; o < geometry.OutputChannels; o++)
        for (int i = 0; i < inputs; i++)
        for (int t = 0; t < taps; t++)
            weight[(o * inputs + i) * taps + t] = computation.WeightAt(o / outputs * inputs + i, o, taps - 1 - t);

        var convolution = ConvolutionGeometry.Create(
            [1, geometry.InputChannels, .. stretched],
            [geometry.OutputChannels, inputs, .. geometry.Axes.Select(static axis => (nint)axis.Kernel)],
            stride: 1,
            Padding.Explicit([.. equal.Select(static one => (one.PaddingHead, one.PaddingTail))]),
            PerAxis.Create([.. geometry.Axes.Select(static axis => axis.Dilation)]),
            geometry.Groups);
        var output = new double[geometry.OutputLength];
        Convolution.Forward(convolution, input.AsSpan(), weight.AsSpan(), computation.Problem.Bias.AsSpan(), output.AsSpan());
        return output;
    }

    /// <summary>What the paired convolution makes of the output: [input channels, input...].</summary>
    internal static double[] Back(Computation computation)
    {
        var back = new double[computation.Geometry.InputLength];
        Convolution.Forward(computation.Geometry.Adjoint, computation.Output.AsSpan(), computation.Problem.Weight.AsSpan(), [],
            back.AsSpan());
        return back;
    }

    /// <summary>i', k', s', p' and the size, with the numbers put in.</summary>
    internal static IEnumerable<string> Derivation(SceneSource source)
    {
        ConvTransposeAxis[] distinct = [.. source.Geometry.Axes.Distinct()];
        foreach (ConvTransposeAxis axis in distinct)
        {
            EquivalentConvolution equal = EquivalentConvolution.Of(axis);
            if (distinct.Length > 1) yield return source.Texts["convolution.axis", source.Geometry.Axes.IndexOf(axis)];
            yield return source.Texts["convolution.input", axis.Input, axis.Input - 1, equal.ZerosBetween, equal.Input];
            yield return source.Texts["convolution.kernel", equal.Kernel];
            yield return source.Texts["convolution.stride"];
            yield return source.Texts["convolution.head", axis.Extent, Numeral.Factor(axis.Head), equal.PaddingHead];
            yield return source.Texts["convolution.tail", axis.Extent, Numeral.Factor(axis.Tail), equal.PaddingTail];
            yield return source.Texts["convolution.size", equal.Input, Numeral.Factor(equal.PaddingHead),
                Numeral.Factor(equal.PaddingTail), axis.Extent, axis.Output];
        }
    }

    private static string Round(SceneSource source, double[] back)
    {
        string sizes = string.Join(", ", source.Geometry.Axes.Distinct().Select(static axis =>
            $"floor(({axis.Output} + {Numeral.Factor(axis.Head)} + {Numeral.Factor(axis.Tail)} - {axis.Extent})/{axis.Stride}) + 1 = "
                + $"{axis.Input}"));
        string values = source.Symbols ? ""
            : " " + string.Join(' ', back.Skip(source.FirstInputChannel * source.Geometry.InputPlane)
            .Take(Math.Min(source.Geometry.InputPlane, 9)).Select(Numeral.Of))
            + (source.Geometry.InputPlane > 9 ? " ..." : "");
        return source.Texts["convolution.back", sizes, values];
    }

    private static ImmutableArray<Link> Links(SceneSource source)
    {
        var links = ImmutableArray.CreateBuilder<Link>();
        foreach (OutputSum sum in source.Computation.SumsOf(source.Channel))
        {
            int[] o = Axes3.Three(sum.Position.AsSpan());
            foreach (Term term in sum.Terms)
            {
                int[] i = Axes3.Three(term.Input.AsSpan());
                links.Add(new(source.InputId(term.Channel, i[0], i[1], i[2]), new(Parts.Output, o[0], o[1], o[2])));
            }
        }
        return links.ToImmutable();
    }

    private static IEnumerable<Panel> BackPanels(SceneSource source, double[] back)
    {
        ImmutableArray<ConvTransposeAxis> axes = source.Axes;
        foreach (int channel in source.InputChannels)
        for (int z = 0; z < axes[0].Input; z++)
        {
            int slice = z;
            double Value(int y, int x) => back[channel * source.Geometry.InputPlane + (slice * axes[1].Input + y) * axes[2].Input + x];
            yield return SceneSource.Grid(
                Parts.Back, source.PlaneOf(channel, z, axes[0].Input),
                source.Titled(source.Texts["convolution.returned"], channel, source.Geometry.InputChannels, z, axes[0].Input),
                axes[1].Input, axes[2].Input, (y, x) => (source.Symbols ? "?" : Numeral.Of(Value(y, x)), Value(y, x)), CellRole.Input);
        }
    }
}
