using Upstride.Learning;
using Upstride.Learning.Randomness;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;

namespace Upstride.Models.Fsrcnn;

/// <summary>
/// An FSRCNN with its parameters, to be trained or used: luma in, larger luma out, both in 0 to 1. The parameters' names are
/// <c>feature.weight</c>, <c>feature.bias</c>, <c>feature.slope</c>, and so on for <c>shrink</c>, <c>map0</c>, <c>map1</c> ...,
/// <c>expand</c> and
/// <c>upsample</c>, which has no slope.
/// </summary>
/// <remarks>Source: Dong, Loy and Tang, "Accelerating the Super-Resolution Convolutional Neural Network", ECCV 2016.</remarks>
public sealed class FsrcnnNetwork : UpscalingNetwork
{
    private readonly FsrcnnStage[] _stages;
    private readonly Parameter<float> _nearest;

    /// <summary>A network of zeros, to be initialized or loaded.</summary>
    /// <param name="settings">The sizes.</param>
    public FsrcnnNetwork(FsrcnnSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Settings = settings;
        _nearest = new(
            PlaneLayers.Nearest(settings.Scale).Weight.AsSpan(), [1, 1, settings.Scale, settings.Scale], requiresGradient: false);
        _stages = [.. settings.Layers.Select(layer => AddChild(layer.Name, new FsrcnnStage(layer, settings.Scale)))];
    }

    /// <summary>
    /// A network of random weights: He's for the convolutions, and normal ones of deviation 0.001 for the transposed convolution, as the
    /// paper.
    /// </summary>
    /// <param name="settings">The sizes.</param>
    /// <param name="random">Where the random numbers come from.</param>
    public FsrcnnNetwork(FsrcnnSettings settings, RandomSource random)
        : this(settings) => Initialize(random);

    /// <summary>The sizes.</summary>
    public FsrcnnSettings Settings { get; }

    /// <inheritdoc/>
    public override int Scale => Settings.Scale;

    /// <inheritdoc/>
    public override string Architecture => FsrcnnFile.Model;

    /// <inheritdoc/>
    public override string Name => Settings.Name;

    /// <inheritdoc/>
    public override int Weights => Settings.Weights;

    /// <inheritdoc/>
    public override Variable<float> ForwardInside(Variable<float> input)
    {
        foreach (FsrcnnStage stage in _stages) input = stage.Forward(input);
        return input;
    }

    /// <inheritdoc/>
    protected override Variable<float> KeepConstants(Variable<float> input, Variable<float> output)
    {
        Variable<float> constant = input;
        foreach (FsrcnnStage stage in _stages) constant = stage.ForwardConstant(constant);
        return Functions.Add(Functions.Subtract(output, constant), Functions.ConvTranspose(input, _nearest, stride: Scale));
    }

    /// <inheritdoc/>
    public override PlaneNetwork ToPlaneNetwork() => PlaneNetwork.Of(this);

    /// <inheritdoc/>
    public override void Write(string path, CancellationToken cancellationToken = default) =>
        FsrcnnFile.Write(path, this, cancellationToken);

    /// <summary>
    /// Takes the values of another network, whose sizes but the scale must be the same: the layers of one scale serve another well.
    /// </summary>
    /// <param name="other">The network, for the same scale or another.</param>
    /// <param name="withUpsampling">Whether the transposed convolution's values are taken too.</param>
    /// <exception cref="ArgumentException">The other's sizes differ.</exception>
    public void CopyFrom(FsrcnnNetwork other, bool withUpsampling)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Settings != Settings.ForScale(other.Settings.Scale))
            throw new ArgumentException($"the networks must have the same sizes: {other.Settings.Name} and {Settings.Name}", nameof(other));
        foreach (((string name, Parameter<float> parameter), Parameter<float> from) in NamedParameters().Zip(other.Parameters()))
            if (withUpsampling || !IsOfUpsampling(name)) from.Values.CopyTo(parameter.Values);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> LayerNames => [.. Settings.Layers.Select(static layer => layer.Name)];

    internal override bool IsOfUpsampling(string parameter) => Settings.IsOfUpsampling(parameter);
}
