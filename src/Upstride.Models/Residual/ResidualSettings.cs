using System.Globalization;

namespace Upstride.Models.Residual;

/// <summary>
/// The sizes of a residual network: differences of neighbouring pixels, a 5x5 convolution that finds <see cref="Features"/> features of
/// them, <see cref="Blocks"/> 3x3 convolutions, each with a PReLU, and a transposed convolution that makes of the features what bicubic
/// interpolation lacks. There are no biases, so that a constant comes out as it went in.
/// </summary>
/// <remarks>
/// Source of the blocks that are trained wide and collapse to one convolution: Bhardwaj et al., "Collapsible Linear Blocks for
/// Super-Efficient Super Resolution", MLSys 2022; Zhang, Zeng and Zhang, "Edge-oriented Convolution Block for Real-time Super Resolution on
/// Mobile Devices", ACM Multimedia 2021. Of networks without biases: Mohan et al., "Robust and Interpretable Blind Image Denoising via
/// Bias-Free Convolutional Neural Networks", ICLR 2020.
/// </remarks>
/// <param name="Scale">How much larger the output is; at least 2.</param>
/// <param name="Features">Channels between the first and the last layer.</param>
/// <param name="Blocks">The 3x3 convolutions between them.</param>
public sealed record ResidualSettings(int Scale, int Features = 16, int Blocks = 11)
{
    /// <summary>Taps of the first convolution along each axis.</summary>
    public const int FeatureKernel = 5;

    /// <summary>Taps of the other convolutions along each axis.</summary>
    public const int BlockKernel = 3;

    /// <summary>Differences that the first convolution sees: with the pixel to the right, and with the one below.</summary>
    public const int Differences = 2;

    /// <summary>How much larger the output is; at least 2.</summary>
    public int Scale { get; } = AtLeast(Scale, 2, nameof(Scale));

    /// <summary>Channels between the first and the last layer.</summary>
    public int Features { get; } = AtLeast(Features, 1, nameof(Features));

    /// <summary>The 3x3 convolutions between them.</summary>
    public int Blocks { get; } = AtLeast(Blocks, 0, nameof(Blocks));

    /// <summary>Taps of the transposed convolution along each axis: each phase sees three features beside each other.</summary>
    public int UpsamplingKernel => 3 * Scale;

    /// <summary>Weights in use, without slopes and what is not learned.</summary>
    public int Weights => Features * (Differences * FeatureKernel * FeatureKernel + Blocks * Features * BlockKernel * BlockKernel
        + UpsamplingKernel * UpsamplingKernel);

    /// <summary>upstride-best(16, 11).</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"upstride-best({Features}, {Blocks})");

    /// <summary>The same sizes for another scale.</summary>
    /// <param name="scale">How much larger the output is.</param>
    public ResidualSettings ForScale(int scale) => new(scale, Features, Blocks);

    /// <summary>What a convolution is called: feature the first, and then block0, block1 and so on.</summary>
    internal static string NameOf(int convolution) =>
        convolution == 0 ? "feature" : string.Create(CultureInfo.InvariantCulture, $"block{convolution - 1}");

    /// <summary>[output channels, input channels, kernel, kernel] of a convolution; the first is 0, and the blocks follow.</summary>
    internal nint[] WeightShape(int convolution) => convolution == 0
        ? [Features, Differences, FeatureKernel, FeatureKernel] : [Features, Features, BlockKernel, BlockKernel];

    private static int AtLeast(int value, int least, string name) => value >= least
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} >= {least} must hold: {value}");
}
