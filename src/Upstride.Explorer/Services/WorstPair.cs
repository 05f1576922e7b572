using System.Collections.Immutable;
using Upstride.Explain.Diagnosis;
using Upstride.Explain.Teaching;
using Upstride.Geometry;

namespace Upstride.Explorer.Services;

/// <summary>
/// The two channels of an upsampling whose kernel makes the largest pattern. What is shown of a layer is theirs, and the other weights
/// need not come to the page.
/// </summary>
/// <param name="Input">The input channel.</param>
/// <param name="Output">The output channel.</param>
/// <param name="Diagnosis">Of their kernel alone.</param>
public sealed record WorstPair(int Input, int Output, LayerDiagnosis Diagnosis)
{
    /// <summary>Those of a diagnosed layer.</summary>
    public static WorstPair Of(LayerDiagnosis diagnosis)
    {
        ArgumentNullException.ThrowIfNull(diagnosis);
        UpsamplingLayer layer = diagnosis.Layer;
        (int input, int output) = (diagnosis.WorstPair.Input, diagnosis.WorstPair.Output);
        int pair = (input * layer.OutputChannelsPerGroup + output % layer.OutputChannelsPerGroup) * layer.Taps;
        return Of(layer.Name, input, output, layer.Kernel, layer.Stride, layer.Dilation, layer.Weight.AsSpan().Slice(pair, layer.Taps));
    }

    /// <summary>Two channels with their kernel.</summary>
    public static WorstPair Of(string name, int input, int output, ImmutableArray<int> kernel, ImmutableArray<int> stride,
        ImmutableArray<int> dilation, ImmutableArray<double> weight) =>
        Of(name, input, output, kernel, stride, dilation, weight.AsSpan());

    /// <summary>The state that shows them; null where the kernel is larger than the explorer's.</summary>
    public ExplorerState? StateOn(Page page, Language language)
    {
        UpsamplingLayer layer = Diagnosis.Layer;
        if (layer.Kernel.Length > 2 || layer.Kernel.Any(static taps => taps > ExplorerState.MaximalKernel)
            || layer.Stride.Concat(layer.Dilation).Any(static step => step > ExplorerState.MaximalStep)) return null;
        return new()
        {
            Page = page, Language = language,
            Input = PerAxis.Create([.. layer.Kernel.Select(_ => page == Page.Operator ? 3 : 8)]),
            Kernel = Alike(layer.Kernel), Stride = Alike(layer.Stride), Dilation = Alike(layer.Dilation),
            W = Explain.Computing.ValueSource.Of(layer.Weight),
        };
    }

    private static WorstPair Of(string name, int input, int output, ImmutableArray<int> kernel, ImmutableArray<int> stride,
        ImmutableArray<int> dilation, ReadOnlySpan<double> weight) => new(input, output, LayerDiagnosis.Of(
            UpsamplingLayer.Create(name, [1, 1, .. kernel], weight, Alike(stride), Alike(dilation))));

    // One number stands for all axes alike.
    private static PerAxis Alike(ImmutableArray<int> values) => values.Distinct().Count() == 1 ? values[0] : PerAxis.Create([.. values]);
}
