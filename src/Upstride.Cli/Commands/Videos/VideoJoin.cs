using System.Globalization;
using System.Text;
using Upstride.Files;

namespace Upstride.Cli.Commands.Videos;

/// <summary>Segments become a video by ffmpeg's demuxer concat, with the other streams of the source, and nothing is encoded
/// again.</summary>
internal static class VideoJoin
{
    /// <summary>Writes the video, whole or not at all.</summary>
    /// <param name="output">The video.</param>
    /// <param name="source">What it was made of.</param>
    /// <param name="part">The part of it.</param>
    /// <param name="probe">Of the source; null for y4m, which has frames alone.</param>
    /// <param name="segments">In order, in the folder that takes the list.</param>
    /// <param name="end">When the last frame ends, in microseconds.</param>
    /// <param name="timeBase">The unit of the frames' times.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What the container cannot hold.</returns>
    public static IReadOnlyList<string> Write(string output, string source, VideoPart part, VideoProbe? probe,
        IReadOnlyList<VideoSegment> segments, long end, (long Numerator, long Denominator) timeBase, CancellationToken cancellation)
    {
        // Containers of the MP4 family tell times in a unit of the track's own.
        const int fine = 1000;
        bool isMp4 = Path.GetExtension(output).ToUpperInvariant() is ".MP4" or ".MOV" or ".M4V";
        string[] scale = isMp4 && timeBase is (1, >= fine and <= int.MaxValue)
            ? ["-video_track_timescale", timeBase.Denominator.ToString(CultureInfo.InvariantCulture)] : [];
        VideoStreams? streams = probe is null ? null : new(probe, output);
        string[] others = streams is null ? [] : [.. streams.Arguments, "-map_metadata", "1", "-map_chapters", "1"];
        CommandException.OnFile("output", () =>
        {
            using var list = new WholeFile(Path.Combine(Path.GetDirectoryName(segments[0].File)!, "list.ffconcat"));
            list.Stream.Write(Encoding.UTF8.GetBytes(ListOf(segments, end)));
            list.Stream.Flush();
            using var file = new WholeFile(output);
            _ = file.Stream;
            FfmpegProcess.Run(
                "ffmpeg",
                [
                    "-hide_banner", "-nostats", "-v", "error", "-nostdin", "-f", "concat", "-safe", "0", "-i",
                    $"file:{list.TemporaryPath}",
                    .. probe is null ? (string[])[] : [.. part.Arguments, "-i", $"file:{source}"],
                    "-map", "0:v:0", "-c", "copy",
                    .. VideoEncoder.Tags(VideoProbe.ColorsOf(probe)),
                    .. others, .. scale, "-y", $"file:{file.TemporaryPath}",
                ],
                output, cancellation);
            file.Commit();
        });
        return streams?.NotKept ?? [];
    }

    // The demuxer takes each file's times relative to its first.
    private static string ListOf(IReadOnlyList<VideoSegment> segments, long end)
    {
        var text = new StringBuilder("ffconcat version 1.0\n");
        for (int i = 0; i < segments.Count; i++)
        {
            long length = (i + 1 < segments.Count ? segments[i + 1].Start : end) - segments[i].Start;
            text.Append(CultureInfo.InvariantCulture, $"file {Path.GetFileName(segments[i].File)}\nduration {length / 1e6m}\n");
        }
        return text.ToString();
    }
}
