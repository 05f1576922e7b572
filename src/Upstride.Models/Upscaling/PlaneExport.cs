using System.Collections.Immutable;
using Upstride.Learning;
using Upstride.Models.Inference;
using Upstride.Onnx.Export;

namespace Upstride.Models.Upscaling;

/// <summary>Chains of layers as nodes of an ONNX graph.</summary>
/// <param name="graph">The graph.</param>
/// <param name="parameters">The network's own, with their names: they go by those.</param>
/// <param name="continued">[batch, 1, height + 2 border, width + 2 border]: planes continued by their border.</param>
/// <param name="border">At least what each chain reaches.</param>
internal sealed class PlaneExport(
    ExportGraph<float> graph, IEnumerable<(string Name, Parameter<float> Parameter)> parameters, ExportValue continued, int border)
{
    private readonly Dictionary<string, Parameter<float>> _parameters = parameters.ToDictionary(
        static named => named.Name, static named => named.Parameter, StringComparer.Ordinal);

    /// <summary>Adds a chain's layers.</summary>
    /// <param name="network">The chain.</param>
    /// <param name="names">Of the layers.</param>
    /// <returns>[batch, 1, scale height, scale width].</returns>
    public ExportValue Add(PlaneNetwork network, IReadOnlyList<string> names)
    {
        (ExportValue value, int left) = (continued, border);

        // Convolutions without padding use up the border; the transposed convolution crops what is left of it.
        foreach ((PlaneLayer layer, string name) in network.Layers.Zip(names))
        {
            if (!layer.Transposed) left -= layer.Padding;
            (ExportValue input, int crop) = (value, left);
            value = graph.Under(name, () => Add(input, layer, name, crop));
        }
        return value;
    }

    private ExportValue Add(ExportValue input, PlaneLayer layer, string name, int crop)
    {
        (int outputs, int inputs, int kernel, int scale) = (layer.OutputChannels, layer.InputChannels, layer.Kernel, layer.Stride);
        nint[] shape = layer.Transposed ? [inputs, outputs, kernel, kernel] : [outputs, inputs, kernel, kernel];
        Parameter<float> weight = Find(name, "weight", layer.Weight, shape);
        Parameter<float>? bias = layer.Bias.IsEmpty ? null : Find(name, "bias", layer.Bias, [outputs]);
        if (layer.Transposed)
            return graph.ConvTranspose(input, weight, bias, stride: scale, padding: scale * crop + layer.Padding,
                outputPadding: scale + 2 * layer.Padding - kernel);
        ExportValue value = graph.Convolution(input, weight, bias);
        return layer.Slopes.IsEmpty ? value : graph.PReLU(value, Find(name, "slope", layer.Slopes, [layer.Slopes.Length]));
    }

    private Parameter<float> Find(string layer, string role, ImmutableArray<float> values, nint[] shape) =>
        _parameters.TryGetValue($"{layer}.{role}", out Parameter<float>? own) ? own : new(values.AsSpan(), shape);
}
