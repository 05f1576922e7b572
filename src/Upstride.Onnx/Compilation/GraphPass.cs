using System.Collections.Immutable;
using Upstride.Onnx.Compilation.Patterns;

namespace Upstride.Onnx.Compilation;

/// <summary>A change of a graph, all of whose types are known, that leaves its results as they are but for rounding.</summary>
internal abstract class GraphPass
{
    /// <summary>Every pass, in the order in which they are applied.</summary>
    public static ImmutableArray<GraphPass> All { get; } =
    [
        new DeadNodes(), new TransposeRegions(), new ConsecutiveTransposes(), new PixelShufflePattern(), new QuantizedPattern(),
        new ClippedGatePattern(),
        new SmoothUnitPattern(), new NormalizationPattern(), new GroupNormalizationPattern(), new NormalizationAffine(),
        new ResizeConvolutionFusion(), new ChannelAffineFusion(), new PadFusion(), new AffineBeforeConvolution(), new ResidualFusion(),
        new ActivationBeforePooling(), new ActivationFusion(), new PlaneLocalIndices(),
    ];

    /// <summary>Its name, by which a test leaves it out.</summary>
    public string Name => GetType().Name;

    public abstract void Apply(Graph graph);
}
