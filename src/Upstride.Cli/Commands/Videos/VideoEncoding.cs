using System.Globalization;

namespace Upstride.Cli.Commands.Videos;

/// <summary>How frames are encoded.</summary>
/// <param name="Codec">ffmpeg's encoder; null for the container's usual one.</param>
/// <param name="Crf">The constant rate factor; null for 18, where the encoder is one that has it.</param>
internal sealed record VideoEncoding(string? Codec, double? Crf)
{
    private const double UsualCrf = 18;

    // The encoders with a factor of that name.
    private static readonly string[] s_withCrf = ["libx264", "libx264rgb", "libx265", "libvpx", "libvpx-vp9", "libaom-av1", "libsvtav1"];

    /// <summary>Options of ffmpeg.</summary>
    /// <param name="path">The video to write.</param>
    public IEnumerable<string> Arguments(string path)
    {
        string codec = Codec ?? (Path.GetExtension(path).ToUpperInvariant() == ".WEBM" ? "libvpx-vp9" : "libx264");
        bool hasCrf = s_withCrf.Contains(codec, StringComparer.Ordinal);
        if (Crf is not null && !hasCrf)
            throw CommandException.BadInput(
                "crf", $"--crf belongs to {string.Join(", ", s_withCrf)}, and the codec is {codec}: leave it out");
        string factor = (Crf ?? UsualCrf).ToString(CultureInfo.InvariantCulture);
        return
        [
            "-c:v", codec, .. hasCrf ? (string[])["-crf", factor] : [],
            .. codec.StartsWith("libvpx", StringComparison.Ordinal) ? (string[])["-b:v", "0"] : [],
        ];
    }
}
