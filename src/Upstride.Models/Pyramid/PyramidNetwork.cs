using System.Collections.Immutable;
using Upstride.Learning;
using Upstride.Learning.Randomness;
using Upstride.Models.Inference;
using Upstride.Models.Residual;
using Upstride.Models.Upscaling;

namespace Upstride.Models.Pyramid;

/// <summary>
/// A Laplacian pyramid network with its parameters, to be trained or used at any of its scales. Each level makes the picture twice as large
/// by bilinear interpolation, a transposed convolution whose weights sum to one, and adds what it makes of the features; those begin as
/// differences of neighbouring pixels, zero of a constant, and without biases nothing comes of zeros: constants are kept.
/// </summary>
public sealed class PyramidNetwork : UpscalingNetwork
{
    private const string UpsampleName = "upsample", ResidualName = "residual";

    // So small a deviation of what makes the picture that the first output is near the interpolation alone.
    private const double ResidualDeviation = 0.001;

    // Differences of pixels half as far from each other are half as large.
    private const float FirstFeatures = 0.5f;

    private readonly CollapsibleConvolution[] _convolutions;
    private readonly Parameter<float> _upsample, _residual, _differences, _interpolation;

    /// <summary>A network of zeros, to be initialized or loaded.</summary>
    /// <param name="settings">The sizes.</param>
    /// <param name="scale">The scale it is used at first; null for the largest.</param>
    /// <exception cref="ArgumentOutOfRangeException">A scale that no level has.</exception>
    public PyramidNetwork(PyramidSettings settings, int? scale = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Settings = settings;
        Scale = scale ?? settings.Scales[^1];
        if (!settings.Scales.Contains(Scale))
            throw new ArgumentOutOfRangeException(nameof(scale), scale,
                $"scale must be that of a level, {string.Join(", ", settings.Scales)}: {scale}");
        ResidualSettings convolutions = settings.Convolutions;
        _convolutions =
        [
            .. Enumerable.Range(0, settings.Blocks + 1).Select(index => AddChild(
                ResidualSettings.NameOf(index), CollapsibleConvolution.Of(convolutions.WeightShape(index)))),
        ];
        const int Kernel = PyramidSettings.UpsamplingKernel;
        _upsample = AddParameter(UpsampleName, new([settings.Features, settings.Features, Kernel, Kernel]));
        _residual = AddParameter(ResidualName, new([settings.Features, 1, Kernel, Kernel]));
        PlaneLayer differences = PlaneLayers.Differences(), interpolation = PlaneLayers.Bilinear();
        _differences = new(differences.Weight.AsSpan(), [2, 1, differences.Kernel, differences.Kernel], requiresGradient: false);
        _interpolation = new(interpolation.Weight.AsSpan(), [1, 1, Kernel, Kernel], requiresGradient: false);
    }

    /// <summary>A network of random weights; its first output is near bilinear interpolation.</summary>
    /// <param name="settings">The sizes.</param>
    /// <param name="random">Where the random numbers come from.</param>
    public PyramidNetwork(PyramidSettings settings, RandomSource random)
        : this(settings) => Initialize(random);

    /// <summary>The sizes.</summary>
    public PyramidSettings Settings { get; }

    /// <inheritdoc/>
    public override int Scale { get; }

    /// <inheritdoc/>
    public override ImmutableArray<int> Scales => Settings.Scales;

    /// <inheritdoc/>
    public override string Architecture => PyramidFile.Model;

    /// <inheritdoc/>
    public override string Name => Settings.Name;

    /// <inheritdoc/>
    public override int Weights => Settings.Weights;

    /// <summary>A network of the same values for another scale.</summary>
    /// <param name="scale">One of <see cref="Scales"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another.</exception>
    public PyramidNetwork ForScale(int scale)
    {
        var network = new PyramidNetwork(Settings, scale);
        network.CopyFrom(this);
        return network;
    }

    /// <inheritdoc/>
    public override Variable<float> ForwardInside(Variable<float> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return ForwardLevels(input, Scale)[^1];
    }

    /// <inheritdoc/>
    public override PlaneNetwork ToPlaneNetwork() => PlaneNetworkOf(Scale);

    /// <inheritdoc/>
    public override void Write(string path, CancellationToken cancellationToken = default) =>
        PyramidFile.Write(path, this, cancellationToken);

    /// <summary>Takes the values of another network, whose sizes but the levels must be the same.</summary>
    /// <param name="other">The network.</param>
    /// <exception cref="ArgumentException">The other's sizes differ.</exception>
    public void CopyFrom(PyramidNetwork other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Copy(other._convolutions, other.Settings.Recursions == Settings.Recursions, other.Name);
        other._upsample.Values.CopyTo(_upsample.Values);
        other._residual.Values.CopyTo(_residual.Values);
    }

    /// <summary>
    /// Takes the values of a residual network's convolutions, of as many features and blocks: what finds features for one scale finds them
    /// at each level too. The transposed convolutions stay.
    /// </summary>
    /// <param name="other">The network.</param>
    /// <exception cref="ArgumentException">The other's sizes differ.</exception>
    public void CopyFrom(ResidualNetwork other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Copy(other.Convolutions, isAlike: true, other.Name);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> LayerNames =>
    [
        "differences", ResidualSettings.NameOf(0),
        .. Enumerable.Range(0, Settings.Levels).SelectMany(_ => (string[])[.. Passes().Select(ResidualSettings.NameOf), UpsampleName]),
    ];

    internal override bool IsOfUpsampling(string parameter) => parameter is UpsampleName or ResidualName;

    internal override IReadOnlyList<Variable<float>> ForwardLevels(Variable<float> input, int scale)
    {
        // Where the differences end there is nothing beyond, as if the border went on.
        Variable<float> picture = input, features = _convolutions[0].Forward(Functions.Convolution(Continue(input, 1), _differences));
        Variable<float>[] sums = [.. _convolutions.Select(one => one.SumOn(input))];
        var pictures = new List<Variable<float>>();
        for (int reached = 2; reached <= scale; reached *= 2)
        {
            foreach (int block in Passes()) features = _convolutions[block].Forward(features, sums[block]);
            picture = Functions.Add(
                Functions.ConvTranspose(features, _residual, stride: 2, padding: 1),
                Functions.ConvTranspose(picture, _interpolation, stride: 2, padding: 1));
            pictures.Add(picture);
            if (reached < scale) features = Functions.ConvTranspose(features, _upsample, stride: 2, padding: 1);
        }
        return pictures;
    }

    private protected override PlaneNetwork PlaneNetworkOf(int scale)
    {
        PlaneLayer[] convolutions = [.. _convolutions.Select(static one => PictureChannel.Beside(one.ToPlaneLayer()))];
        PlaneLayer[] passes = [.. Passes().Select(block => convolutions[block])];
        PlaneLayer further = PictureChannel.Beside(_upsample.Values, _residual.Values, Settings.Features);
        var layers = new List<PlaneLayer> { PictureChannel.BesideDifferences(), convolutions[0] };
        for (int reached = 2; reached <= scale; reached *= 2)
            layers.AddRange([.. passes, reached < scale ? further : PictureChannel.Alone(_residual.Values, Settings.Features)]);
        return new(layers);
    }

    /// <summary>The convolutions, the first of which sees the differences.</summary>
    internal IReadOnlyList<CollapsibleConvolution> Convolutions => _convolutions;

    /// <summary>The weights that make the next level's features, [features, features, 4, 4].</summary>
    internal Parameter<float> Upsampling => _upsample;

    /// <summary>The weights that make what the interpolation lacks, [features, 1, 4, 4].</summary>
    internal Parameter<float> Residual => _residual;

    /// <summary>
    /// Draws the transposed convolutions: features are interpolated, and all phases of what makes the picture begin equal, so that no
    /// checkerboard is there to be unlearned.
    /// </summary>
    /// <param name="random">Where the random numbers come from.</param>
    protected override void InitializeOwn(RandomSource random)
    {
        int features = Settings.Features;
        const int Kernel = PyramidSettings.UpsamplingKernel, Taps = Kernel * Kernel;
        _upsample.Values.Clear();
        for (int channel = 0; channel < features; channel++)
            for (int tap = 0; tap < Taps; tap++)
                _upsample.Values[channel * (features + 1) * Taps + tap] = FirstFeatures * _interpolation.Values[tap];
        var phase = new float[features * 4];
        random.FillNormal(0, ResidualDeviation, phase.AsSpan());
        for (int i = 0; i < features * Taps; i++)
            _residual.Values[i] = phase[i / Taps * 4 + i % Taps / Kernel / 2 * 2 + i % Kernel / 2];
    }

    // The blocks that features go through at a level, 1 the first.
    private IEnumerable<int> Passes() =>
        Enumerable.Range(0, Settings.Recursions).SelectMany(_ => Enumerable.Range(1, Settings.Blocks));

    private void Copy(IReadOnlyList<CollapsibleConvolution> from, bool isAlike, string name)
    {
        if (!isAlike || from.Count != _convolutions.Length || !from[0].WeightShape.AsSpan().SequenceEqual(_convolutions[0].WeightShape))
            throw new ArgumentException($"the networks must have the same sizes: {name} and {Name}", "other");
        foreach ((CollapsibleConvolution own, CollapsibleConvolution other) in _convolutions.Zip(from)) own.CopyFrom(other);
    }
}
