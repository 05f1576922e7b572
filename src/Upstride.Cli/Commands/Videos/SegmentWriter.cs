using Upstride.Cli.Commands.Upscale;

namespace Upstride.Cli.Commands.Videos;

/// <summary>Enlarges frames and encodes them in segments of equal length, but for the last.</summary>
/// <param name="source">Gives the frames.</param>
/// <param name="frames">Enlarges them.</param>
/// <param name="files">Takes the segments.</param>
/// <param name="encoding">How they are encoded.</param>
internal sealed class SegmentWriter(VideoSource source, FrameUpscaler frames, ISegmentFiles files, SegmentEncoding encoding)
{
    /// <summary>Writes segments until the source ends.</summary>
    /// <param name="skipped">Frames at the beginning that are there already.</param>
    /// <param name="progress">Told how many frames there are.</param>
    /// <param name="cancellation">Asked before each frame.</param>
    /// <returns>How many frames there are, with those that were skipped, and when the last ends, in microseconds.</returns>
    public (long Count, long End) Write(long skipped, IProgress<long> progress, CancellationToken cancellation)
    {
        // What the whole segments hold is decoded again, and thrown away: a seek might end a frame off.
        long count = 0, first = 0, held = 0;
        VideoEncoder? encoder = null;
        try
        {
            while (CommandException.OnFile("picture", () => source.Next(cancellation)))
            {
                if (count++ < skipped) continue;
                if (encoder is null)
                {
                    (first, held) = (source.Microseconds, 0);
                    encoder = CommandException.OnFile("output", () => new VideoEncoder(
                        files.BeginNext(), frames.To, source.TimeBase, encoding, cancellation));
                }
                frames.Make(source.Frame, cancellation);
                CommandException.OnFile("output", () => encoder.Write(frames.Frame, source.Microseconds));
                progress.Report(count);
                if (++held == encoding.Frames) End();
            }
            if (encoder is not null) End();
        }
        finally
        {
            encoder?.Dispose();
        }
        return (count, FrameEnd);

        void End()
        {
            CommandException.OnFile("output", encoder.Finish);
            encoder.Dispose();
            encoder = null;
            CommandException.OnFile("output", () => files.Keep(held, first, FrameEnd));
        }
    }

    private long FrameEnd => source.Microseconds + 1_000_000L * source.Header.Rate.Denominator / source.Header.Rate.Numerator;
}

/// <summary>How segments are encoded.</summary>
/// <param name="Version">Of ffmpeg.</param>
/// <param name="Codec">Options of it.</param>
/// <param name="Colors">Tags of the colours.</param>
/// <param name="Frames">Of a segment.</param>
/// <param name="What">What is made, for messages.</param>
internal sealed record SegmentEncoding(
    FfmpegVersion Version, string[] Codec, IReadOnlyDictionary<string, string> Colors, int Frames, string What);
