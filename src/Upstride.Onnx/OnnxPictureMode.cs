namespace Upstride.Onnx;

/// <summary>How a picture goes through a model.</summary>
public enum OnnxPictureMode
{
    /// <summary>In tiles, whose results are those of the whole picture bit for bit.</summary>
    Tiled,

    /// <summary>As one.</summary>
    Whole,

    /// <summary>Not at all.</summary>
    Refused,
}
