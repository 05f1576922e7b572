using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Commands.Videos;
using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.Shards;

/// <summary>A range of a video's frames, enlarged and encoded in segments beside the video that 'upstride join' makes of all. A shard that
/// is started again goes on after the last segment that is as it was written.</summary>
internal sealed class ShardedVideo(Report report, Upscaler upscaler, VideoRequest request, ShardIdentity identity)
{
    /// <summary>Makes the range.</summary>
    /// <param name="shard">Which.</param>
    /// <param name="cancellation">Asked before each frame.</param>
    public int Run(Shard shard, CancellationToken cancellation)
    {
        CountedVideo counted = CountedVideo.Of(request, cancellation);
        long frames = counted.Frames;
        FrameRange range = VideoRanges.Of(frames, request.SegmentFrames, shard.Number, shard.Count);
        long length = VideoRanges.LengthOf(range, frames);
        if (!report.Json)
            report.Line($"frames {range.First} to {range.First + length - 1} of {frames}, in segments of {request.SegmentFrames}");
        string[] codec = [.. request.Encoding.Arguments(request.Output)];
        string encoder = $"{counted.Version.Name}, {string.Join(' ', codec)}";
        FileMark source = CommandException.OnFile("picture", () => FileMark.Of(request.Source, cancellation));
        using var files = new ShardSegments(request.Output, shard, identity, frames);
        MadeVideo? known = CommandException.OnFile("output", () => files.Find(source, request.Part, encoder, range, cancellation));
        long there = known?.Count ?? 0, made = there;
        if (!files.IsDone)
        {
            var rest = new FrameRange(range.First + there, range.Count - there);
            using VideoSource video = CommandException.OnFile("picture", () => counted.Open(rest, cancellation));
            var larger = new FrameUpscaler(video.Header, upscaler);
            files.Begin(known ?? new(request.Source, source, request.Part, encoder, larger.To.ToString(), range.First,
                video.TimeBase.Numerator, video.TimeBase.Denominator, 0, []), cancellation);
            report.WithProgress($"{shard} of {Path.GetFileName(request.Source)}", progress => made += new SegmentWriter(
                video, larger, files, new(counted.Version, codec, VideoProbe.ColorsOf(counted.Probe), request.SegmentFrames,
                    request.Output)).Write(skipped: 0, new Fraction(progress, there, length), cancellation).Count);
            if (shard.Number == 1 && made == 0)
                throw CommandException.BadInput("picture", $"{request.Source}: no frame is in it, or in the part that is told");
            CommandException.OnFile("output", () => files.Finish(video.TimeBase));
        }
        if (report.Json)
            report.Write(new ShardReport(shard.Number, shard.Count, shard.Source, (int)made, (int)(made - there), (int)there, 0, []),
                ShardReports.Readable.ShardReport);
        else
            report.Line($"{made - there} frames made, {there} there already, in {files.Folder}; "
                + $"when all {shard.Count} are there: upstride join {request.Output}");
        return ExitCode.Done;
    }

    private sealed class Fraction(IProgress<double> progress, long there, long length) : IProgress<long>
    {
        public void Report(long count) => progress.Report(Math.Min(1, (double)(there + count) / Math.Max(1, length)));
    }
}
