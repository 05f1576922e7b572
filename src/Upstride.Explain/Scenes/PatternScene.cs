using System.Collections.Immutable;
using Upstride.Explain.Computing;
using Upstride.Explain.Diagnosis;
using Upstride.Explain.Teaching;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Explain.Scenes;

/// <summary>What a layer makes of a flat input and of noise: overlap, pattern, the gain of each phase, the spectrum.</summary>
public static class PatternScene
{
    // A picture of so many elements a side is enough for a window of eight strides, twice.
    private const int SpectrumSize = 96;

    /// <summary>How many products land on each output, and what a flat input of ones becomes.</summary>
    /// <param name="state">The geometry and the weights.</param>
    /// <exception cref="GeometryException">The state is not legal.</exception>
    public static Scene Of(ExplorerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Texts texts = Texts.Of(state.Language);
        ImmutableArray<double> counts = Output(state with { X = ValueSource.Ones, W = ValueSource.Ones, Bias = null, InputChannels = 1,
            OutputChannels = 1, Groups = 1, ShownOutput = 0 });
        SceneSource flat = Source(state with { X = ValueSource.Ones, Bias = null });
        ImmutableArray<double> values =
            [.. flat.Computation.Output.AsSpan(flat.Channel * flat.Geometry.OutputPlane, flat.Geometry.OutputPlane)];
        string verdict = texts["pattern.counts", Numeral.Of(counts.Min()), Numeral.Of(counts.Max())];
        return new(
            null, texts["pattern.title"], verdict,
            [Shaded(flat, "overlap", texts["pattern.overlap"], counts), Shaded(flat, "flat", texts["pattern.flat"], values)], [], values)
        {
            Lines = [verdict],
        };
    }

    /// <summary>The layer of a state, with its channels.</summary>
    /// <exception cref="GeometryException">The state is not legal.</exception>
    public static UpsamplingLayer LayerOf(ExplorerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        ConvTransposeGeometry geometry = state.ToProblem().Geometry;
        return UpsamplingLayer.Create(
            "layer", [geometry.InputChannels, geometry.OutputChannelsPerGroup, .. geometry.Axes.Select(static axis => axis.Kernel)],
            state.ToProblem().Weight.AsSpan(), PerAxis.Create([.. geometry.Axes.Select(static axis => axis.Stride)]),
            PerAxis.Create([.. geometry.Axes.Select(static axis => axis.Dilation)]), geometry.Groups);
    }

    /// <summary>The products on an output and the gain of the worst pair, phase by phase.</summary>
    public static Scene Gains(LayerDiagnosis diagnosis, Language language = Language.English)
    {
        ArgumentNullException.ThrowIfNull(diagnosis);
        Texts texts = Texts.Of(language);
        UpsamplingLayer layer = diagnosis.Layer;
        int columns = layer.Stride[^1], rows = layer.Phases / columns;
        int[] counts = [1];
        for (int a = 0; a < layer.Stride.Length; a++)
        {
            int[] along = diagnosis.Overlap.GetTapsPerPhase(a);
            counts = [.. counts.SelectMany(_ => along, static (outer, inner) => outer * inner)];
        }
        Panel Grid(string part, string title, Func<int, double> value) => new(
            part, title, 0, 0, rows, columns,
            [
                .. Enumerable.Range(0, rows * columns).Select(at => new Cell(
                    new(part, 0, at / columns, at % columns), Numeral.Of(value(at)), value(at), CellRole.Output) { Phase = at }),
            ]);
        string verdict = Verdict(diagnosis, texts);
        return new(
            null, texts["check.title", layer.Name], verdict,
            [
                Grid("overlap", texts["check.overlap"], at => counts[at]),
                Grid("gain", texts["check.gains"], at => diagnosis.WorstPair.Gains[at]),
            ],
            [], [])
        {
            Lines = [verdict],
        };
    }

    /// <summary>The verdict in a sentence.</summary>
    public static string Verdict(LayerDiagnosis diagnosis, Texts texts)
    {
        ArgumentNullException.ThrowIfNull(diagnosis);
        ArgumentNullException.ThrowIfNull(texts);
        string overlap = diagnosis.Overlap.IsEven
            ? texts["check.even", diagnosis.Overlap.Max]
            : texts["check.uneven", diagnosis.Overlap.Min, diagnosis.Overlap.Max];
        string pattern = diagnosis.PatternDb is { } level
            ? texts["check.pattern", Numeral.Decibels(level),
                $"({string.Join(", ", diagnosis.Frequency.Select((one, a) => one == 0 ? "0" : $"{one}/{diagnosis.Layer.Stride[a]}"))})"]
            : texts["check.flat"];
        return $"{overlap} {pattern}";
    }

    /// <summary>
    /// The spectrum of noise around 1 that the layer's worst pair has enlarged; null where the last axis is not enlarged. A layer of one
    /// axis enlarges rows.
    /// </summary>
    public static PictureSpectrum? SpectrumOf(LayerDiagnosis diagnosis)
    {
        ArgumentNullException.ThrowIfNull(diagnosis);
        UpsamplingLayer layer = diagnosis.Layer;
        int stride = layer.Stride[^1];
        if (stride < 2 || layer.Kernel.Length > 2) return null;
        bool rows = layer.Kernel.Length == 1;
        int first = rows ? 1 : layer.Stride[0], side = Math.Max(SpectrumSize, 8 * stride);
        ConvTransposeGeometry geometry = ConvTransposeGeometry.Create(
            1, 1, 1, 1,
            [
                Cropped(rows ? 1 : layer.Kernel[0], first, rows ? 1 : layer.Dilation[0], side),
                Cropped(layer.Kernel[^1], stride, layer.Dilation[^1], side),
            ]);
        var random = new SplitMix(1);
        double[] noise = [.. Enumerable.Range(0, geometry.InputLength).Select(_ => 0.5 + random.Unit())], output =
            new double[geometry.OutputLength];
        int pair = (diagnosis.WorstPair.Input * layer.OutputChannelsPerGroup + diagnosis.WorstPair.Output % layer.OutputChannelsPerGroup)
            * layer.Taps;
        ConvTranspose.Forward(geometry, noise.AsSpan(), layer.Weight.AsSpan().Slice(pair, layer.Taps), [], output.AsSpan());
        return PictureSpectrum.Of([.. output.Select(static value => (float)value)], side, side, stride);
    }

    // The middle of the full output, which no border reaches.
    private static ConvTransposeAxis Cropped(int kernel, int stride, int dilation, int side)
    {
        int extent = ConvTransposeAxis.Create(1, kernel, stride, dilation).Extent;
        ConvTransposeAxis full = ConvTransposeAxis.Create((side + 2 * extent) / stride + 1, kernel, stride, dilation);
        return full.WithCrop(extent, full.Full - side - extent);
    }

    private static SceneSource Source(ExplorerState state) =>
        new(Computation.Of(state.ToProblem()), state.ShownOutput, null, state.Language);

    private static ImmutableArray<double> Output(ExplorerState state) => Source(state).Computation.Output;

    private static Panel Shaded(SceneSource source, string part, string title, ImmutableArray<double> values)
    {
        double low = values.Min(), high = values.Max();
        Panel panel = source.OutputPanels(values).First();
        return panel with
        {
            Key = part, Title = title,
            Cells =
            [
                .. panel.Cells.Select(cell => cell with
                {
                    Id = cell.Id with { Part = part }, Text = Numeral.Of(cell.Value), Shade = high > low
                        ? (cell.Value - low) / (high - low) : 0,
                }),
            ],
        };
    }
}
