using System.Text;
using System.Text.RegularExpressions;

namespace Upstride.Cli.Commands.Videos;

/// <summary>Which ffmpeg is on the PATH, and what differs between versions. A command asks once.</summary>
/// <param name="Name">What it calls itself, in a line.</param>
internal sealed partial record FfmpegVersion(string Name)
{
    /// <summary>The options that let every frame through as it comes. They got another name in version 5.1.</summary>
    public IReadOnlyList<string> Passthrough { get; } = Version().Match(Name) is { Success: true } version
        && (version.Groups["major"].Value is "0" or "1" or "2" or "3" or "4"
            || (version.Groups["major"].Value, version.Groups["minor"].Value) is ("5", "0"))
        ? ["-vsync", "passthrough"] : ["-fps_mode", "passthrough"];

    /// <summary>Asks it.</summary>
    /// <exception cref="CommandException">It is not there.</exception>
    public static FfmpegVersion Ask(CancellationToken cancellation) => new(
        Encoding.UTF8.GetString(FfmpegProcess.Run("ffmpeg", ["-version"], "ffmpeg -version", cancellation)).Split('\n')[0].Trim());

    [GeneratedRegex("^ffmpeg version n?(?<major>[0-9]+)\\.(?<minor>[0-9]+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Version();
}
