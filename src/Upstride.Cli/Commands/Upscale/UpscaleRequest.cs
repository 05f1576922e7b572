using Upstride.Models.Inference;
using Upstride.Models.Upscaling;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>What a command line asks for of the method.</summary>
/// <param name="Method">The method; null for the network, where there are weights.</param>
/// <param name="Size">How large; null for a file's own scale, or twice as large.</param>
/// <param name="Model">A file of weights to take instead of the tool's own, or an ONNX model; null for none.</param>
/// <param name="Quality">Which of the tool's networks; null for balanced.</param>
/// <param name="Degradation">What pictures went through; null for what each file says.</param>
/// <param name="Onnx">How an ONNX model is given pictures; null where nothing is told.</param>
internal sealed record UpscaleRequest(
    UpscaleMethod? Method, TargetSize? Size, string? Model, UpscalingQuality? Quality, UpscaleDegradation? Degradation,
    OnnxUpscalerSettings? Onnx = null);

/// <summary>What pictures went through before.</summary>
internal enum UpscaleDegradation
{
    /// <summary>What each file says: compression where it is a JPEG file.</summary>
    Auto,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>Compression as a JPEG file, though the picture may have been stored otherwise since.</summary>
    Jpeg,
}

/// <summary>The words for the qualities.</summary>
internal static class UpscaleQualities
{
    /// <summary>Every quality with its word.</summary>
    public static (string Word, UpscalingQuality Quality)[] All { get; } =
        [("fast", UpscalingQuality.Fast), ("balanced", UpscalingQuality.Balanced), ("best", UpscalingQuality.Best)];

    public static string NameOf(UpscalingQuality quality) => Array.Find(All, entry => entry.Quality == quality).Word;

    public static UpscalingQuality? Find(string word) =>
        Array.FindIndex(All, entry => string.Equals(entry.Word, word, StringComparison.OrdinalIgnoreCase)) is >= 0 and var place
            ? All[place].Quality : null;
}
