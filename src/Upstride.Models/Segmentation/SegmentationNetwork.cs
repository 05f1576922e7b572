using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning;
using Upstride.Learning.Randomness;
using Upstride.Onnx.Export;

namespace Upstride.Models.Segmentation;

/// <summary>
/// A network that scores every class at every pixel: pictures in 0 to 1 in, logits of the same height and width out. Every 3x3 convolution
/// keeps the size, has batch normalisation and begins with He's weights, in all structures alike.
/// </summary>
public abstract class SegmentationNetwork<T> : Module<T>, IOnnxExportable<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private protected SegmentationNetwork(SegmentationSettings settings) => Settings = settings;

    /// <summary>What it is.</summary>
    public SegmentationSettings Settings { get; }

    /// <summary>A network without weights, to be initialized or loaded.</summary>
    /// <param name="settings">What it is.</param>
    /// <exception cref="ArgumentException">Settings that no such network has.</exception>
    public static SegmentationNetwork<T> Create(SegmentationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Checked();
        return settings.Architecture switch
        {
            SegmentationArchitecture.UNet => new UNet<T>(settings),
            SegmentationArchitecture.SegNet => new SegNet<T>(settings),
            SegmentationArchitecture.DeconvNet => new DeconvNet<T>(settings),
            _ => new Fcn<T>(settings),
        };
    }

    /// <summary>A network of random weights.</summary>
    /// <param name="settings">What it is.</param>
    /// <param name="random">Where the random numbers come from.</param>
    /// <exception cref="ArgumentException">Settings that no such network has.</exception>
    public static SegmentationNetwork<T> Create(SegmentationSettings settings, RandomSource random)
    {
        SegmentationNetwork<T> network = Create(settings);
        network.Initialize(random);
        return network;
    }

    /// <summary>Scores every class at every pixel.</summary>
    /// <param name="input">[batch, 3, height, width], in 0 to 1; height and width multiples of <see cref="SegmentationSettings.Stride"/>.
    /// </param>
    /// <returns>[batch, classes, height, width].</returns>
    /// <exception cref="GeometryException">A size that is no such multiple.</exception>
    public sealed override Variable<T> Forward(Variable<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Operators.Require.Rank(input.Shape.AsSpan(), 4, 4, nameof(input));
        if (input.Shape[2] % Settings.Stride != 0 || input.Shape[3] % Settings.Stride != 0)
            throw new GeometryException(new(nameof(input),
                $"input is {input.Shape[3]}x{input.Shape[2]}, and both must be multiples of {Settings.Stride}, by which {Settings} makes "
                + $"them smaller: crop or pad it"));
        return Score(input);
    }

    /// <inheritdoc/>
    public abstract ExportValue Export(ExportGraph<T> graph, ExportValue input);

    private protected abstract Variable<T> Score(Variable<T> input);
}
