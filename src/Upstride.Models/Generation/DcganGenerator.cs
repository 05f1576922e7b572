using System.Numerics;
using Upstride.Learning;
using Upstride.Learning.Initialization;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;
using Upstride.Onnx.Export;

namespace Upstride.Models.Generation;

/// <summary>
/// A DCGAN's generator: random numbers in, pictures in -1 to 1 out. A transposed convolution projects the numbers to a small plane, and
/// upsampling layers double it, each with batch normalisation and ReLU; the last has a hyperbolic tangent alone.
/// </summary>
/// <remarks>Parameters are named <c>main.0.weight</c> and so on, as in PyTorch's DCGAN tutorial.</remarks>
public sealed class DcganGenerator<T> : Module<T>, IOnnxExportable<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Sequential<T> _main;

    /// <summary>A generator without weights, to be initialized or loaded.</summary>
    /// <param name="settings">The sizes.</param>
    /// <exception cref="ArgumentException">Sizes that no such network has.</exception>
    public DcganGenerator(DcganSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Settings = settings.Checked();
        var options = new ConvTransposeOptions { Bias = false, Initializer = DcganInitializer.Weights };
        int channels = settings.FeaturesAt(0);
        _main = new Sequential<T>(
            new ConvTranspose2d<T>(settings.Latent, channels, settings.FirstSize, options), new BatchNorm<T>(channels), new ReLU<T>());
        for (int doubling = 1; doubling < settings.Doublings; doubling++)
        {
            int next = settings.FeaturesAt(doubling);
            _main.Add(Upsampling(settings.Upsampling, channels, next));
            _main.Add(new BatchNorm<T>(next));
            _main.Add(new ReLU<T>());
            channels = next;
        }
        _main.Add(Upsampling(settings.Upsampling, channels, settings.Channels));
        _main.Add(new Tanh<T>());
        AddChild("main", _main);
    }

    /// <summary>A generator of the paper's first weights.</summary>
    /// <param name="settings">The sizes.</param>
    /// <param name="random">Where the random numbers come from.</param>
    public DcganGenerator(DcganSettings settings, RandomSource random)
        : this(settings)
    {
        Initialize(random);
        DcganInitializer.DrawFactors(_main.Children.Select(static child => child.Module), random);
    }

    /// <summary>The sizes.</summary>
    public DcganSettings Settings { get; }

    /// <summary>Makes pictures.</summary>
    /// <param name="input">[batch, latent, 1, 1], of the normal distribution.</param>
    /// <returns>[batch, channels, size, size], in -1 to 1.</returns>
    public override Variable<T> Forward(Variable<T> input) => _main.Forward(input);

    /// <inheritdoc/>
    public ExportValue Export(ExportGraph<T> graph, ExportValue input)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return graph.Apply("main", _main, input);
    }

    private static Module<T> Upsampling(UpsamplingKind kind, int inputs, int outputs) => kind switch
    {
        UpsamplingKind.Transposed => new ConvTranspose2d<T>(inputs, outputs, 4,
            new ConvTransposeOptions { Stride = 2, Padding = 1, Bias = false, Initializer = DcganInitializer.Weights }),
        UpsamplingKind.ResizeConvolution =>
            new ResizeConv2d<T>(inputs, outputs, 3, 2, padding: 1, bias: false, initializer: DcganInitializer.Weights),
        UpsamplingKind.PixelShuffle => new SubPixelConv2d<T>(inputs, outputs, 3, 2, padding: 1, bias: false,
            initializer: Initializer.Icnr(2, DcganInitializer.Weights)),
        _ => new HeldConvTranspose2d<T>(inputs, outputs, 4, 2, bias: false, initializer: DcganInitializer.Weights),
    };
}
