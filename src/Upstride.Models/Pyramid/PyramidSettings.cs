using System.Collections.Immutable;
using System.Globalization;
using Upstride.Models.Residual;

namespace Upstride.Models.Pyramid;

/// <summary>
/// The sizes of a Laplacian pyramid network: <see cref="Levels"/> levels, each of which makes the picture twice as large. A level takes
/// features through <see cref="Blocks"/> 3x3 convolutions, each with a PReLU, <see cref="Recursions"/> times, and then makes of them, by
/// 4x4 transposed convolutions of stride 2, the features of the next level and what bilinear interpolation of its picture lacks. All levels
/// have the same weights, so that one network serves every scale. There are no biases, so that a constant comes out as it went in.
/// </summary>
/// <remarks>
/// Source: Lai, Huang, Ahuja and Yang, "Deep Laplacian Pyramid Networks for Fast and Accurate Super-Resolution", CVPR 2017, and "Fast and
/// Accurate Image Super-Resolution with Deep Laplacian Pyramid Networks", 2018, whose levels share their weights. The blocks and the first
/// features are those of <see cref="ResidualSettings"/>.
/// </remarks>
/// <param name="Levels">How often the picture is made twice as large, 1 to 6.</param>
/// <param name="Features">Channels between the first and the last layer.</param>
/// <param name="Blocks">The 3x3 convolutions of a level.</param>
/// <param name="Recursions">How often a level goes through them, 1 to 16.</param>
public sealed record PyramidSettings(int Levels = 3, int Features = 16, int Blocks = 11, int Recursions = 1)
{
    /// <summary>Taps of the transposed convolutions along each axis.</summary>
    public const int UpsamplingKernel = 4;

    // 64 times as large: 4,096 pixels of one.
    private const int MaxLevels = 6;

    // Twice those of the paper's deepest. They cost no weights, and so a file of any size could claim any number.
    private const int MaxRecursions = 16;

    /// <summary>How often the picture is made twice as large, 1 to 6.</summary>
    public int Levels { get; } = Within(Levels, 1, MaxLevels, nameof(Levels));

    /// <summary>Channels between the first and the last layer.</summary>
    public int Features { get; } = Within(Features, 1, int.MaxValue, nameof(Features));

    /// <summary>The 3x3 convolutions of a level.</summary>
    public int Blocks { get; } = Within(Blocks, 0, int.MaxValue, nameof(Blocks));

    /// <summary>How often a level goes through them, 1 to 16.</summary>
    public int Recursions { get; } = Within(Recursions, 1, MaxRecursions, nameof(Recursions));

    /// <summary>2, 4 and so on to that of the last level.</summary>
    public ImmutableArray<int> Scales => [.. Enumerable.Range(1, Levels).Select(static level => 1 << level)];

    /// <summary>Weights in use, without slopes and what is not learned; they are the same at all levels.</summary>
    public int Weights => Features * (ResidualSettings.Differences * ResidualSettings.FeatureKernel * ResidualSettings.FeatureKernel
        + Blocks * Features * ResidualSettings.BlockKernel * ResidualSettings.BlockKernel
        + (Features + 1) * UpsamplingKernel * UpsamplingKernel);

    /// <summary>upstride-pyramid(16, 11, 1).</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"upstride-pyramid({Features}, {Blocks}, {Recursions})");

    /// <summary>The sizes of the first features and the blocks.</summary>
    internal ResidualSettings Convolutions => new(2, Features, Blocks);

    private static int Within(int value, int least, int most, string name) => value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, most == int.MaxValue
            ? $"{name} >= {least} must hold: {value}" : $"{least} <= {name} <= {most} must hold: {value}");
}
