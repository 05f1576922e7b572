using System.Globalization;
using System.Text;

namespace Upstride.Cli.Commands.Videos;

/// <summary>What a container tells of a packet.</summary>
/// <param name="Time">When its frame is shown, in the stream's unit; null where that is not told.</param>
/// <param name="Seconds">The same in seconds.</param>
/// <param name="IsKey">Whether decoding may begin with it.</param>
/// <param name="IsOdd">Whether it is to be thrown away, or is damaged.</param>
internal readonly record struct VideoPacket(long? Time, double? Seconds, bool IsKey, bool IsOdd)
{
    /// <summary>All packets of a video, in the order in which they are decoded.</summary>
    public static IReadOnlyList<VideoPacket> Read(string path, CancellationToken cancellation)
    {
        string text = Encoding.ASCII.GetString(FfmpegProcess.Run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "V:0", "-show_entries", "packet=pts,pts_time,flags", "-of", "csv=p=0", "-i",
                $"file:{path}",
            ],
            path, cancellation));
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => Parse(line.Split(',')))];
    }

    private static VideoPacket Parse(string[] parts)
    {
        string flags = parts.Length > 2 ? parts[2] : "";
        return new(
            long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long time) ? time : null,
            parts.Length > 1 && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
                ? seconds : null,
            flags.Contains('K', StringComparison.Ordinal),
            flags.Contains('D', StringComparison.Ordinal) || flags.Contains('C', StringComparison.Ordinal));
    }
}
