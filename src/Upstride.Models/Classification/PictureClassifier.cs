using System.Numerics;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;

namespace Upstride.Models.Classification;

/// <summary>The sizes of a small classifier.</summary>
/// <param name="Size">Rows and columns of a picture, at least 8.</param>
/// <param name="Channels">1 grey, 3 colours.</param>
/// <param name="Classes">How many.</param>
public sealed record ClassifierSettings(int Size, int Channels, int Classes)
{
    private const int MostSize = 1024, MostClasses = 1000;

    /// <summary>Refuses sizes that no such network has.</summary>
    /// <exception cref="ArgumentException">The message names the size.</exception>
    public ClassifierSettings Checked()
    {
        if (Size is < 8 or > MostSize) throw new ArgumentOutOfRangeException(nameof(Size), Size,
            $"size = {Size}, and must be 8 .. {MostSize}");
        if (Channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(Channels), Channels,
                $"channels = {Channels}, and must be 1 for grey or 3 for colours");
        if (Classes is < 2 or > MostClasses)
            throw new ArgumentOutOfRangeException(nameof(Classes), Classes, $"classes = {Classes}, and must be 2 .. {MostClasses}");
        return this;
    }

    /// <summary>In words.</summary>
    public override string ToString() => $"classifier of {Size}x{Size} {(Channels == 1 ? "grey" : "colour")} pictures, {Classes} classes";
}

/// <summary>
/// A small convolutional classifier: five 3x3 convolutions with batch normalisation and ReLU, three max poolings, and two layers at the
/// end,
/// between which are the features by which distributions of pictures can be compared.
/// </summary>
public sealed class PictureClassifier<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>How many features a picture has.</summary>
    public const int FeatureCount = 64;

    private static readonly int[] _channels = [16, 16, 32, 32, 64];
    private static readonly int[] _pooledAfter = [1, 3, 4];
    private readonly Sequential<T> _convolutions;
    private readonly Linear<T> _features, _scores;

    /// <summary>A classifier without weights, to be initialized or loaded.</summary>
    /// <param name="settings">The sizes.</param>
    /// <exception cref="ArgumentException">Sizes that no such network has.</exception>
    public PictureClassifier(ClassifierSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Settings = settings.Checked();
        _convolutions = AddChild("convolutions", new Sequential<T>());
        int inputs = settings.Channels, size = settings.Size;
        for (int i = 0; i < _channels.Length; i++)
        {
            _convolutions.Add(new Conv2d<T>(inputs, _channels[i], 3, new ConvolutionOptions { Padding = 1, Bias = false }));
            _convolutions.Add(new BatchNorm<T>(_channels[i]));
            _convolutions.Add(new ReLU<T>());
            inputs = _channels[i];
            if (!_pooledAfter.Contains(i)) continue;
            _convolutions.Add(new MaxPool<T>(2));
            size /= 2;
        }
        _features = AddChild("features", new Linear<T>(inputs * size * size, FeatureCount));
        _scores = AddChild("scores", new Linear<T>(FeatureCount, settings.Classes));
    }

    /// <summary>A classifier of random weights.</summary>
    /// <param name="settings">The sizes.</param>
    /// <param name="random">Where the random numbers come from.</param>
    public PictureClassifier(ClassifierSettings settings, RandomSource random)
        : this(settings) => Initialize(random);

    /// <summary>The sizes.</summary>
    public ClassifierSettings Settings { get; }

    /// <summary>Scores every class.</summary>
    /// <param name="input">[batch, channels, size, size], in -1 to 1.</param>
    /// <returns>[batch, classes], logits.</returns>
    public override Variable<T> Forward(Variable<T> input) => Scores(Features(input));

    /// <summary>What the scores are found from.</summary>
    /// <param name="input">[batch, channels, size, size], in -1 to 1.</param>
    /// <returns>[batch, <see cref="FeatureCount"/>], at least 0.</returns>
    public Variable<T> Features(Variable<T> input)
    {
        Variable<T> planes = _convolutions.Forward(input);
        return Functions.ReLU(_features.Forward(Functions.Reshape(planes, planes.Shape[0], planes.Length / planes.Shape[0])));
    }

    /// <summary>Scores every class from the features.</summary>
    /// <param name="features">[batch, <see cref="FeatureCount"/>].</param>
    /// <returns>[batch, classes], logits.</returns>
    public Variable<T> Scores(Variable<T> features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return _scores.Forward(features);
    }
}
