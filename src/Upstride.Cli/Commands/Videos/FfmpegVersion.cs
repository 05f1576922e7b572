using System.Text;
using System.Text.RegularExpressions;

namespace Upstride.Cli.Commands.Videos;

/// <summary>What differs between versions of ffmpeg.</summary>
internal static partial class FfmpegVersion
{
    /// <summary>The options that let every frame through as it comes. They got another name in version 5.1.</summary>
    public static string[] Passthrough(CancellationToken cancellation)
    {
        Match version = Version().Match(Of(cancellation));
        return version.Success && (version.Groups["major"].Value is "0" or "1" or "2" or "3" or "4"
            || (version.Groups["major"].Value, version.Groups["minor"].Value) is ("5", "0"))
            ? ["-vsync", "passthrough"] : ["-fps_mode", "passthrough"];
    }

    /// <summary>What it calls itself, in a line.</summary>
    public static string Of(CancellationToken cancellation) =>
        Encoding.UTF8.GetString(FfmpegProcess.Run("ffmpeg", ["-version"], "ffmpeg -version", cancellation)).Split('\n')[0].Trim();

    [GeneratedRegex("^ffmpeg version n?(?<major>[0-9]+)\\.(?<minor>[0-9]+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Version();
}
