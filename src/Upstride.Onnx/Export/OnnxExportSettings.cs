using System.Collections.Immutable;

namespace Upstride.Onnx.Export;

/// <summary>What an exported model calls its ends, and what it takes.</summary>
public sealed record OnnxExportSettings
{
    /// <summary>The input's name.</summary>
    public string InputName { get; init; } = "x";

    /// <summary>The output's name.</summary>
    public string OutputName { get; init; } = "y";

    /// <summary>
    /// The input's shape, each length a number or a name for one that is known when the model runs. Where it is not given, and the first
    /// layer is one with weights, [batch, channels, sizes...] with a name for all but the channels.
    /// </summary>
    public ImmutableArray<OnnxDimension> InputShape { get; init; } = [];
}
