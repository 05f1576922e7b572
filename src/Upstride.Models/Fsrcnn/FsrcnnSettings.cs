using System.Globalization;

namespace Upstride.Models.Fsrcnn;

/// <summary>
/// The sizes of an FSRCNN: a 5x5 convolution finds <see cref="Features"/> features of the luma, a 1x1 convolution shrinks them to
/// <see cref="Shrunk"/>, <see cref="Mappings"/> 3x3 convolutions map them, a 1x1 convolution expands them again, and a 9x9 transposed
/// convolution of stride <see cref="Scale"/> makes the larger luma of them. A PReLU is after each but the last.
/// </summary>
/// <remarks>
/// Source: Dong, Loy and Tang, "Accelerating the Super-Resolution Convolutional Neural Network", ECCV 2016; its d, s and m.
/// </remarks>
/// <param name="Scale">How much larger the output is; at least 2.</param>
/// <param name="Features">Channels between input and shrinking, and between expanding and output: d.</param>
/// <param name="Shrunk">Channels of the mapping: s.</param>
/// <param name="Mappings">Convolutions of the mapping: m.</param>
public sealed record FsrcnnSettings(int Scale, int Features = 56, int Shrunk = 12, int Mappings = 4)
{
    /// <summary>Taps of the first convolution along each axis.</summary>
    public const int FeatureKernel = 5;

    /// <summary>Taps of the mapping's convolutions along each axis.</summary>
    public const int MappingKernel = 3;

    /// <summary>Taps of the transposed convolution along each axis.</summary>
    public const int UpsamplingKernel = 9;

    /// <summary>How much larger the output is; at least 2.</summary>
    public int Scale { get; } = AtLeast(Scale, 2, nameof(Scale));

    /// <summary>Channels between input and shrinking, and between expanding and output: d.</summary>
    public int Features { get; } = AtLeast(Features, 1, nameof(Features));

    /// <summary>Channels of the mapping: s.</summary>
    public int Shrunk { get; } = AtLeast(Shrunk, 1, nameof(Shrunk));

    /// <summary>Convolutions of the mapping: m.</summary>
    public int Mappings { get; } = AtLeast(Mappings, 0, nameof(Mappings));

    /// <summary>From the luma to the larger luma.</summary>
    public IReadOnlyList<FsrcnnLayer> Layers =>
    [
        new("feature", 1, Features, FeatureKernel),
        new("shrink", Features, Shrunk, 1),
        .. Enumerable.Range(0, Mappings)
            .Select(i => new FsrcnnLayer(string.Create(CultureInfo.InvariantCulture, $"map{i}"), Shrunk, Shrunk, MappingKernel)),
        new("expand", Shrunk, Features, 1),
        new("upsample", Features, 1, UpsamplingKernel, IsUpsampling: true),
    ];

    /// <summary>Weights without biases and slopes: the paper's count, 12,464 for FSRCNN(56, 12, 4) and 3,937 for FSRCNN-s.</summary>
    public int Weights => Layers.Sum(static layer => layer.Weights);

    /// <summary>The paper's name: FSRCNN(56, 12, 4).</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"FSRCNN({Features}, {Shrunk}, {Mappings})");

    /// <summary>FSRCNN-s, for speed: (32, 5, 1).</summary>
    /// <param name="scale">How much larger the output is.</param>
    public static FsrcnnSettings Small(int scale) => new(scale, 32, 5, 1);

    /// <summary>The same sizes for another scale.</summary>
    /// <param name="scale">How much larger the output is.</param>
    public FsrcnnSettings ForScale(int scale) => new(scale, Features, Shrunk, Mappings);

    /// <summary>Whether a parameter is the transposed convolution's.</summary>
    /// <param name="parameter">The parameter's name.</param>
    public bool IsOfUpsampling(string parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return parameter.StartsWith(Layers[^1].Name + ".", StringComparison.Ordinal);
    }

    private static int AtLeast(int value, int least, string name) => value >= least
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} >= {least} must hold: {value}");
}
