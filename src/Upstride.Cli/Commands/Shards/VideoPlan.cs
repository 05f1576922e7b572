using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Commands.Videos;

namespace Upstride.Cli.Commands.Shards;

/// <summary>What each shard of a video would do.</summary>
/// <param name="upscaler">The method.</param>
/// <param name="request">What is asked for.</param>
internal sealed class VideoPlan(Upscaler upscaler, VideoRequest request)
{
    // A frame by which time is measured is no larger: every method has found its pace by then.
    private const int MostColumns = 256, MostRows = 192;

    /// <summary>Looks at the video.</summary>
    /// <param name="memory">Counts it.</param>
    /// <param name="count">How many shards.</param>
    /// <param name="rate">Pixels of luma a second; null to measure it.</param>
    /// <param name="cancellation">Asked on the way.</param>
    public PlanReport Of(ShardMemory memory, int count, double? rate, CancellationToken cancellation)
    {
        CountedVideo counted = CountedVideo.Of(request, cancellation);
        long frames = counted.Frames;
        Y4mHeader header = CommandException.OnFile("picture", () =>
        {
            using VideoSource source = counted.Open(new(0, 1), cancellation);
            return source.Header;
        });
        long pixels = (long)header.Width * header.Height;
        double speed = rate ?? Measure(header, cancellation);
        PlannedShardReport[] shards =
        [
            .. Enumerable.Range(1, count).Select(number =>
            {
                long length = VideoRanges.LengthOf(VideoRanges.Of(frames, request.SegmentFrames, number, count), frames);
                return new PlannedShardReport(number, (int)length, length * pixels, Math.Round(length * pixels / speed, 3));
            }),
        ];
        return new(shards, (int)frames, frames * pixels, Math.Round(speed),
            Math.Round(shards.Max(static shard => shard.Pixels) * (double)count / (frames * pixels), 6),
            memory.OfVideo(header, new FrameUpscaler(header, upscaler).To), null);
    }

    private double Measure(Y4mHeader header, CancellationToken cancellation)
    {
        Y4mHeader small = header with { Width = Math.Min(header.Width, MostColumns), Height = Math.Min(header.Height, MostRows) };
        var frames = new FrameUpscaler(small, upscaler);
        byte[] frame = new byte[small.FrameBytes];
        for (int i = 0; i < frame.Length; i++) frame[i] = (byte)(small.Bits > 8 && i % 2 == 1 ? 1 : 128 + 90 * Math.Sin(i * 0.05) + i % 11);
        return (double)small.Width * small.Height / ProbeTime.Of(() => frames.Make(frame, cancellation));
    }
}
