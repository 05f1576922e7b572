using System.Collections.Immutable;
using Upstride.Learning;
using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;

namespace Upstride.Models.Fsrcnn;

/// <summary>An FSRCNN with its parameters, to be trained or used: luma in, larger luma out, both in 0 to 1.</summary>
/// <remarks>Source: Dong, Loy and Tang, "Accelerating the Super-Resolution Convolutional Neural Network", ECCV 2016.</remarks>
public sealed class FsrcnnNetwork
{
    // The paper's: deviation 0.001 of the transposed convolution's weights, so that the first output is near zero.
    private const double UpsamplingDeviation = 0.001;

    // PyTorch's and the PReLU paper's first slope.
    private const float FirstSlope = 0.25f;

    private readonly ImmutableArray<FsrcnnLayer> _layers;
    private readonly Dictionary<string, Parameter<float>> _parameters = new(StringComparer.Ordinal);

    private FsrcnnNetwork(FsrcnnSettings settings)
    {
        Settings = settings;
        _layers = [.. settings.Layers];
    }

    /// <summary>The sizes.</summary>
    public FsrcnnSettings Settings { get; }

    /// <summary>The parameters by name: <c>feature.weight</c>, <c>feature.bias</c>, <c>feature.slope</c>, <c>shrink...</c>, <c>map.0...</c>,
    /// <c>expand...</c>, <c>upsample.weight</c>, <c>upsample.bias</c>.</summary>
    public IReadOnlyDictionary<string, Parameter<float>> Parameters => _parameters;

    /// <summary>A network of random weights: He's for the convolutions, as the paper, and normal ones of deviation 0.001 for the transposed convolution.</summary>
    /// <param name="settings">The sizes.</param>
    /// <param name="random">Where the random numbers come from.</param>
    public static FsrcnnNetwork Create(FsrcnnSettings settings, RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(random);
        var network = new FsrcnnNetwork(settings);
        foreach (FsrcnnLayer layer in network._layers)
        {
            Initializer initializer = layer.IsUpsampling ? Initializer.Normal(0, UpsamplingDeviation) : Initializer.HeNormal(FirstSlope);
            var weight = new Parameter<float>(layer.WeightShape);
            initializer.FillWeight(random, layer.WeightShape, weight.Values);
            network._parameters.Add(layer.Weight, weight);
            network._parameters.Add(layer.Bias, new Parameter<float>(new float[layer.OutputChannels], [layer.OutputChannels]));
            if (layer.Slope is { } slope) network._parameters.Add(slope, new Parameter<float>([.. Enumerable.Repeat(FirstSlope, layer.OutputChannels)], [layer.OutputChannels]));
        }
        return network;
    }

    /// <summary>A network of given parameters.</summary>
    /// <param name="settings">The sizes.</param>
    /// <param name="values">Gives the values of a parameter, by its name, of the shape that is asked for.</param>
    public static FsrcnnNetwork Create(FsrcnnSettings settings, Func<string, ImmutableArray<nint>, float[]> values)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(values);
        var network = new FsrcnnNetwork(settings);
        foreach (FsrcnnLayer layer in network._layers)
        {
            Add(layer.Weight, layer.WeightShape);
            Add(layer.Bias, layer.OutputChannels);
            if (layer.Slope is { } slope) Add(slope, layer.OutputChannels);
        }
        return network;

        void Add(string name, params nint[] shape) => network._parameters.Add(name, new Parameter<float>(values(name, [.. shape]), shape));
    }

    /// <summary>Another network with the same values.</summary>
    public FsrcnnNetwork Clone() => Create(Settings, (name, _) => _parameters[name].Values.ToArray());

    /// <summary>Enlarges luma.</summary>
    /// <param name="luma">[batch, 1, height, width], in 0 to 1.</param>
    /// <returns>[batch, 1, scale height, scale width], near 0 to 1.</returns>
    public Variable<float> Forward(Variable<float> luma)
    {
        Variable<float> value = luma;
        foreach (FsrcnnLayer layer in _layers)
        {
            Parameter<float> weight = _parameters[layer.Weight], bias = _parameters[layer.Bias];
            value = layer.IsUpsampling
                ? Functions.ConvTranspose(value, weight, bias, Settings.Scale, layer.Padding, Settings.Scale - 1)
                : Functions.PRelu(Functions.Convolution(value, weight, bias, padding: layer.Padding), _parameters[layer.Slope!]);
        }
        return value;
    }
}
