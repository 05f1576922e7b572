using TorchSharp.Modules;
using Upstride.Learning;
using Upstride.Learning.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Upstride.Bench.Training;

/// <summary>A module's layers in PyTorch, with parameters of the same first values and running values of its own.</summary>
internal sealed class LayerPeer : IDisposable
{
    private readonly Dictionary<Upstride.Learning.Parameter<float>, Parameter> _parameters = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Upstride.Learning.Parameter<float>, Tensor> _buffers = new(ReferenceEqualityComparer.Instance);

    public LayerPeer(Module<float> module, ScalarType type = ScalarType.Float32)
    {
        foreach (var parameter in module.Parameters()) _parameters[parameter] = new(Of(parameter, type));
        foreach (var (_, buffer) in module.NamedBuffers()) _buffers[buffer] = Of(buffer, type);
    }

    /// <summary>Whether batch normalisation takes the batch's own values.</summary>
    public bool IsTraining { get; init; } = true;

    /// <summary>The parameters.</summary>
    public IEnumerable<Parameter> Parameters => _parameters.Values;

    /// <summary>Whether the parameters' gradients are found.</summary>
    public void Train(bool trained)
    {
        foreach (var parameter in _parameters.Values) parameter.requires_grad = trained;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var parameter in _parameters.Values) parameter.Dispose();
        foreach (var buffer in _buffers.Values) buffer.Dispose();
    }

    /// <summary>What the layers make of an input while learning.</summary>
    public Tensor Forward(Module<float> module, Tensor x)
    {
        switch (module)
        {
            case Learning.Layers.Sequential<float>:
                foreach (var (_, child) in module.Children) x = Forward(child, x);
                return x;
            case ConvolutionLayer<float> layer:
                return functional.conv2d(x, _parameters[layer.Weight], Bias(layer), [First(layer.Stride, 1), First(layer.Stride, 1)],
                    [First(layer.Padding, 0), First(layer.Padding, 0)]);
            case ConvTransposeLayer<float> layer:
                return functional.conv_transpose2d(x, _parameters[layer.Weight], Bias(layer),
                    [First(layer.Stride, 1), First(layer.Stride, 1)], [First(layer.Padding, 0), First(layer.Padding, 0)]);
            case BatchNorm<float> layer:
                return functional.batch_norm(x, _buffers[layer.RunningMean], _buffers[layer.RunningVariance], _parameters[layer.Weight!],
                    _parameters[layer.Bias!], training: IsTraining);
            case ReLU<float>: return functional.relu(x);
            case LeakyReLU<float> layer: return functional.leaky_relu(x, layer.NegativeSlope);
            case Tanh<float>: return tanh(x);

            // Left out of what is compared.
            case Dropout2d<float>: return x;
            default: throw new NotSupportedException($"{module.GetType().Name} has no peer here");
        }
    }

    private Parameter? Bias(WeightedLayer<float> layer) => layer.Bias is null ? null : _parameters[layer.Bias];

    private static long First(Geometry.PerAxis values, long otherwise) => values.Values.IsEmpty ? otherwise : values.Values[0];

    private static Tensor Of(Upstride.Learning.Parameter<float> parameter, ScalarType type) =>
        tensor(parameter.Values.ToArray(), [.. parameter.Shape.Select(static length => (long)length)], type);
}
