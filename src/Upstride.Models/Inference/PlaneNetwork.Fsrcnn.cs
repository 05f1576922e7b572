using Upstride.Learning;
using Upstride.Models.Fsrcnn;

namespace Upstride.Models.Inference;

public sealed partial class PlaneNetwork
{
    /// <summary>An FSRCNN with the values that it has now, and what lets it keep constants.</summary>
    /// <param name="network">In training or not; what becomes of it later does not matter.</param>
    public static PlaneNetwork Of(FsrcnnNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Dictionary<string, Parameter<float>> parameters = network.NamedParameters().ToDictionary(
            static pair => pair.Item1, static pair => pair.Item2, StringComparer.Ordinal);
        var chain = new PlaneNetwork(network.Settings.Layers.Select(layer =>
        {
            ReadOnlySpan<float> weight = parameters[layer.Name + ".weight"].Values, bias = parameters[layer.Name + ".bias"].Values;
            return layer.IsUpsampling
                ? PlaneLayer.Upsampling(layer.InputChannels, layer.OutputChannels, layer.Kernel, network.Settings.Scale, layer.Padding,
                    weight, bias)
                : PlaneLayer.Convolution(layer.InputChannels, layer.OutputChannels, layer.Kernel, weight, bias,
                    parameters[layer.Name + ".slope"].Values);
        }));
        return chain.Plus(ConstantAnswer.Negative(chain.Layers)).Over(new(PlaneLayers.Nearest(chain.Scale)));
    }
}
