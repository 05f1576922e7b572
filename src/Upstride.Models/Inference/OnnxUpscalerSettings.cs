using Upstride.Onnx;

namespace Upstride.Models.Inference;

/// <summary>How <see cref="OnnxUpscaler"/> gives pictures to a model.</summary>
public sealed record OnnxUpscalerSettings
{
    /// <summary>Threads, memory, tiles, and where the model has its channels.</summary>
    public OnnxPictureSettings Pictures { get; init; } = OnnxPictureSettings.Default;

    /// <summary>What the model takes for black and white; null for that of which a probe comes out most like it went in.</summary>
    public OnnxValueRange? Range { get; init; }
}
