using System.Globalization;
using System.Text;

namespace Upstride.Cli.Commands.Videos;

/// <summary>How many frames a video has, by what its container tells of each: the same on every machine, and without decoding.</summary>
internal static class VideoLength
{
    /// <summary>Counts them.</summary>
    /// <param name="path">A y4m video, or one that ffmpeg reads.</param>
    /// <param name="part">The part that is asked for; of y4m the whole.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>As many as are decoded, or, of damaged videos and of parts, about as many.</returns>
    public static long Of(string path, VideoPart part, CancellationToken cancellation) =>
        VideoNames.IsY4m(path) ? OfY4m(path) : OfPackets(path, part, cancellation);

    private static long OfY4m(string path)
    {
        using FileStream stream = File.OpenRead(path);
        var reader = new Y4mReader(stream, path);
        return (stream.Length - stream.Position) / (reader.Header.FrameBytes + "FRAME\n".Length);
    }

    private static long OfPackets(string path, VideoPart part, CancellationToken cancellation)
    {
        string text = Encoding.ASCII.GetString(FfmpegProcess.Run(
            "ffprobe", ["-v", "error", "-select_streams", "V:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", "-i", $"file:{path}"],
            path, cancellation));
        long count = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.IsEmpty) continue;
            bool isTold = double.TryParse(line.TrimEnd(','), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds);
            if (!isTold || (seconds >= part.Start && !(seconds >= part.Start + part.Duration))) count++;
        }
        return count;
    }
}
