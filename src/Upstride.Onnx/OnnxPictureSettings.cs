using Upstride.Geometry;

namespace Upstride.Onnx;

/// <summary>How a model is given pictures.</summary>
public sealed record OnnxPictureSettings
{
    /// <summary>All processors, 4 GiB, tiles of a size that suits the model.</summary>
    public static OnnxPictureSettings Default { get; } = new();

    /// <summary>Threads, algorithms and memory; the memory is that of all tiles that are computed at once.</summary>
    public OnnxSessionSettings Session { get; init; } = OnnxSessionSettings.Default;

    /// <summary>Where the model has its channels; null for what its declaration shows.</summary>
    public Layout? Layout { get; init; }

    /// <summary>The channels of the model's pictures; null for what it declares.</summary>
    public int? Channels { get; init; }

    /// <summary>The edge of a tile in pixels of the output; null for what costs least. The result is the same bit for bit.</summary>
    public int? Tile { get; init; }

    /// <summary>Whether a picture goes through whole, also where it could in tiles. The result is the same bit for bit.</summary>
    public bool Whole { get; init; }
}
