using System.Numerics;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;

namespace Upstride.Models.Generation;

/// <summary>
/// A DCGAN's discriminator: pictures in, the logit of each being a real one out. Strided convolutions with batch normalisation, but for the
/// first, and leaky ReLU; the last covers what is left of the plane.
/// </summary>
/// <remarks>Parameters are named <c>main.0.weight</c> and so on, as in PyTorch's DCGAN tutorial.</remarks>
public sealed class DcganDiscriminator<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const double Slope = 0.2;
    private readonly Sequential<T> _main;

    /// <summary>A discriminator without weights, to be initialized or loaded.</summary>
    /// <param name="settings">The sizes.</param>
    /// <exception cref="ArgumentException">Sizes that no such network has.</exception>
    public DcganDiscriminator(DcganSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Settings = settings.Checked();
        var halving = new ConvolutionOptions { Stride = 2, Padding = 1, Bias = false, Initializer = DcganInitializer.Weights };
        int channels = settings.Channels;
        _main = new Sequential<T>();
        for (int doubling = settings.Doublings - 1; doubling >= 0; doubling--)
        {
            int next = settings.FeaturesAt(doubling);
            _main.Add(new Conv2d<T>(channels, next, 4, halving));
            if (doubling < settings.Doublings - 1) _main.Add(new BatchNorm<T>(next));
            _main.Add(new LeakyReLU<T>(Slope));
            channels = next;
        }
        _main.Add(new Conv2d<T>(channels, 1, settings.FirstSize,
            new ConvolutionOptions { Bias = false, Initializer = DcganInitializer.Weights }));
        AddChild("main", _main);
    }

    /// <summary>A discriminator of the paper's first weights.</summary>
    /// <param name="settings">The sizes.</param>
    /// <param name="random">Where the random numbers come from.</param>
    public DcganDiscriminator(DcganSettings settings, RandomSource random)
        : this(settings)
    {
        Initialize(random);
        DcganInitializer.DrawFactors(_main.Children.Select(static child => child.Module), random);
    }

    /// <summary>The sizes.</summary>
    public DcganSettings Settings { get; }

    /// <summary>Judges pictures.</summary>
    /// <param name="input">[batch, channels, size, size], in -1 to 1.</param>
    /// <returns>[batch, 1, 1, 1]: above 0 for a picture that looks real.</returns>
    public override Variable<T> Forward(Variable<T> input) => _main.Forward(input);
}
