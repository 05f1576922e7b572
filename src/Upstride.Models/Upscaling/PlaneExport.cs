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

    // Levels share layers, and so the file holds their weights once.
    private readonly Dictionary<(PlaneLayer, string Role), Parameter<float>> _shared = [];

    /// <summary>Adds a chain's layers.</summary>
    /// <param name="network">The chain.</param>
    /// <param name="names">Of the layers.</param>
    /// <returns>[batch, 1, scale height, scale width].</returns>
    public ExportValue Add(PlaneNetwork network, IReadOnlyList<string> names)
    {
        (ExportValue value, int left, int level) = (continued, border, 0);

        // Convolutions without padding use up the border; a transposed convolution crops what no later level looks at.
        foreach ((PlaneLayer layer, string name) in network.Layers.Zip(names))
        {
            if (!layer.Transposed) left -= layer.Padding;
            int kept = layer.Transposed && ++level < network.Levels.Length ? network.Reaches[level] : 0;
            (ExportValue input, int crop) = (value, layer.Stride * left - kept + layer.Padding);
            value = graph.Under(name, () => Add(input, layer, name, crop));
            if (layer.Transposed) left = kept;
        }
        return value;
    }

    private ExportValue Add(ExportValue input, PlaneLayer layer, string name, int crop)
    {
        (int outputs, int inputs, int kernel, int scale) = (layer.OutputChannels, layer.InputChannels, layer.Kernel, layer.Stride);
        nint[] shape = layer.Transposed ? [inputs, outputs, kernel, kernel] : [outputs, inputs, kernel, kernel];
        Parameter<float> weight = Find(layer, name, "weight", layer.Weight, shape);
        Parameter<float>? bias = layer.Bias.IsEmpty ? null : Find(layer, name, "bias", layer.Bias, [outputs]);
        if (layer.Transposed)
            return graph.ConvTranspose(input, weight, bias, stride: scale, padding: crop,
                outputPadding: scale + 2 * layer.Padding - kernel);
        ExportValue value = graph.Convolution(input, weight, bias);
        return layer.Slopes.IsEmpty ? value : graph.PReLU(value, Find(layer, name, "slope", layer.Slopes, [layer.Slopes.Length]));
    }

    private Parameter<float> Find(PlaneLayer layer, string name, string role, ImmutableArray<float> values, nint[] shape)
    {
        if (_parameters.TryGetValue($"{name}.{role}", out Parameter<float>? own)) return own;
        if (!_shared.TryGetValue((layer, role), out Parameter<float>? made))
            _shared.Add((layer, role), made = new(values.AsSpan(), shape));
        return made;
    }
}
