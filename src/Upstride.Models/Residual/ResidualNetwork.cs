using Upstride.Learning;
using Upstride.Learning.Randomness;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;

namespace Upstride.Models.Residual;

/// <summary>
/// A residual network with its parameters, to be trained or used: bicubic interpolation, plus what the network makes of the differences of
/// neighbouring pixels. Of a constant the differences are zero, and without biases nothing comes of zeros: constants are kept exactly.
/// </summary>
public sealed class ResidualNetwork : UpscalingNetwork
{
    private const string UpsampleName = "upsample";

    // So small a deviation of the transposed convolution's weights that the first output is near the interpolation alone.
    private const double UpsamplingDeviation = 0.001;

    private readonly CollapsibleConvolution[] _convolutions;
    private readonly Parameter<float> _upsample, _differences, _interpolation;

    /// <summary>A network of zeros, to be initialized or loaded.</summary>
    /// <param name="settings">The sizes.</param>
    public ResidualNetwork(ResidualSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Settings = settings;
        _convolutions =
        [
            .. Enumerable.Range(0, settings.Blocks + 1).Select(index => AddChild(
                ResidualSettings.NameOf(index), CollapsibleConvolution.Of(settings.WeightShape(index)))),
        ];
        _upsample = AddParameter(UpsampleName, new([settings.Features, 1, settings.UpsamplingKernel, settings.UpsamplingKernel]));
        PlaneLayer differences = PlaneLayers.Differences(), interpolation = PlaneLayers.Bicubic(settings.Scale);
        _differences = new(differences.Weight.AsSpan(), [2, 1, differences.Kernel, differences.Kernel], requiresGradient: false);
        _interpolation = new(interpolation.Weight.AsSpan(), [1, 1, interpolation.Kernel, interpolation.Kernel], requiresGradient: false);
    }

    /// <summary>A network of random weights; its first output is near bicubic interpolation.</summary>
    /// <param name="settings">The sizes.</param>
    /// <param name="random">Where the random numbers come from.</param>
    public ResidualNetwork(ResidualSettings settings, RandomSource random)
        : this(settings) => Initialize(random);

    /// <summary>The sizes.</summary>
    public ResidualSettings Settings { get; }

    /// <inheritdoc/>
    public override int Scale => Settings.Scale;

    /// <inheritdoc/>
    public override string Architecture => ResidualFile.Model;

    /// <inheritdoc/>
    public override string Name => Settings.Name;

    /// <inheritdoc/>
    public override int Weights => Settings.Weights;

    /// <inheritdoc/>
    public override Variable<float> ForwardInside(Variable<float> input)
    {
        // Where the differences end there is nothing beyond, as if the border went on.
        Variable<float> features = Functions.Convolution(Continue(input, 1), _differences);
        foreach (CollapsibleConvolution convolution in _convolutions) features = convolution.Forward(features);
        return Functions.Add(
            Functions.ConvTranspose(features, _upsample, stride: Scale, padding: Scale),
            Functions.ConvTranspose(input, _interpolation, stride: Scale, padding: PlaneLayers.BicubicPadding(Scale)));
    }

    /// <inheritdoc/>
    public override PlaneNetwork ToPlaneNetwork() =>
        new PlaneNetwork(
        [
            PlaneLayers.Differences(),
            .. _convolutions.Select(static convolution => convolution.ToPlaneLayer()),
            PlaneLayer.Upsampling(Settings.Features, 1, Settings.UpsamplingKernel, Scale, Scale, _upsample.Values),
        ]).Over(new(PlaneLayers.Bicubic(Scale)));

    /// <inheritdoc/>
    public override void Write(string path, CancellationToken cancellationToken = default) =>
        ResidualFile.Write(path, this, cancellationToken);

    /// <summary>
    /// Takes the values of another network, whose sizes but the scale must be the same: the layers of one scale serve another well.
    /// </summary>
    /// <param name="other">The network, for the same scale or another.</param>
    /// <param name="withUpsampling">Whether the transposed convolution's values are taken too.</param>
    /// <exception cref="ArgumentException">The other's sizes differ.</exception>
    public void CopyFrom(ResidualNetwork other, bool withUpsampling)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Settings != Settings.ForScale(other.Settings.Scale))
            throw new ArgumentException($"the networks must have the same sizes: {other.Settings.Name} and {Settings.Name}", nameof(other));
        foreach ((CollapsibleConvolution own, CollapsibleConvolution from) in _convolutions.Zip(other._convolutions)) own.CopyFrom(from);
        if (withUpsampling) other._upsample.Values.CopyTo(_upsample.Values);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> LayerNames => ["differences", .. Children.Select(static child => child.Name), UpsampleName];

    internal override bool IsOfUpsampling(string parameter) => string.Equals(parameter, UpsampleName, StringComparison.Ordinal);

    /// <summary>The convolutions, the first of which sees the differences.</summary>
    internal IReadOnlyList<CollapsibleConvolution> Convolutions => _convolutions;

    /// <summary>The transposed convolution's weights, [features, 1, kernel, kernel].</summary>
    internal Parameter<float> Upsampling => _upsample;

    /// <summary>Draws the transposed convolution: all phases begin equal, so that no checkerboard is there to be unlearned.</summary>
    /// <param name="random">Where the random numbers come from.</param>
    protected override void InitializeOwn(RandomSource random)
    {
        int scale = Scale, kernel = Settings.UpsamplingKernel;
        var phase = new float[Settings.Features * 9];
        random.FillNormal(0, UpsamplingDeviation, phase.AsSpan());
        for (int channel = 0; channel < Settings.Features; channel++)
            for (int row = 0; row < kernel; row++)
                for (int column = 0; column < kernel; column++)
                    _upsample.Values[(channel * kernel + row) * kernel + column] = phase[(channel * 3 + row / scale) * 3 + column / scale];
    }
}
