namespace Upstride.Cli.Commands.Videos;

/// <summary>What ffmpeg ended with.</summary>
/// <param name="message">What it was to do, and what it complained of.</param>
/// <param name="inner">How that was noticed; null where by its exit code.</param>
internal sealed class FfmpegException(string message, Exception? inner = null) : IOException(message, inner)
{
    // What versions 4 to 7 say of data, encoders and settings that are no better the next time.
    private static readonly string[] s_hopeless =
    [
        "Invalid data found", "moov atom not found", "Unknown encoder", "Unrecognized option", "Error parsing options",
        "Error setting option", "maybe incorrect parameters", "not divisible by 2", "Unknown decoder", "Decoder not found",
    ];

    // Version 5.1 ends with 0 where its output could not be written to the end.
    private static readonly string[] s_unwritten =
        ["No space left on device", "Error writing", "Error closing file", "Disk quota exceeded"];

    /// <summary>Whether a complaint says that the output is not whole.</summary>
    public static bool IsUnwritten(string complaint) =>
        Array.Exists(s_unwritten, words => complaint.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether it would say the same the next time: it is the video, or what was asked for.</summary>
    public bool IsHopeless { get; } = Array.Exists(s_hopeless, words => message.Contains(words, StringComparison.OrdinalIgnoreCase));
}
