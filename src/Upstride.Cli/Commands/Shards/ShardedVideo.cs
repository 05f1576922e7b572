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
        (VideoProbe? probe, long frames) = Look(request, cancellation);
        FrameRange range = VideoRanges.Of(frames, request.SegmentFrames, shard.Number, shard.Count);
        long length = VideoRanges.LengthOf(range, frames);
        if (!report.Json)
            report.Line($"frames {range.First} to {range.First + length - 1} of {frames}, in segments of {request.SegmentFrames}");
        string[] codec = [.. request.Encoding.Arguments(request.Output)];
        string encoder = $"{FfmpegVersion.Of(cancellation)}, {string.Join(' ', codec)}";
        FileMark source = CommandException.OnFile("picture", () => FileMark.Of(request.Source, cancellation));
        using var files = new ShardSegments(request.Output, shard, identity, frames);
        MadeVideo? known = CommandException.OnFile("output", () => files.Find(source, request.Part, encoder, range, cancellation));
        long there = known?.Count ?? 0, made = there;
        if (!files.IsDone)
        {
            var rest = new FrameRange(range.First + there, range.Count - there);
            using VideoSource video = CommandException.OnFile("picture", () => Open(request, probe, rest, cancellation));
            var larger = new FrameUpscaler(video.Header, upscaler);
            files.Begin(known ?? new(request.Source, source, request.Part, encoder, larger.To.ToString(), range.First,
                video.TimeBase.Numerator, video.TimeBase.Denominator, 0, []), cancellation);
            report.WithProgress($"{shard} of {Path.GetFileName(request.Source)}", progress => made += new SegmentWriter(
                video, larger, files, new(codec, VideoProbe.ColorsOf(probe), request.SegmentFrames, request.Output)).Write(
                    skipped: 0, new Fraction(progress, there, length), cancellation).Count);
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

    /// <summary>Refuses what has no shards, and counts the frames.</summary>
    /// <returns>What ffprobe tells, null of y4m, and how many frames there are.</returns>
    public static (VideoProbe? Probe, long Frames) Look(VideoRequest request, CancellationToken cancellation)
    {
        if (VideoNames.IsY4m(request.Output))
            throw CommandException.BadInput("output", "a y4m video is written in one go and has no shards: name another, as large.mkv");
        bool isY4m = VideoNames.IsY4m(request.Source);
        VideoRun.CheckPart(request, isY4m);
        FfmpegProcess.Require();
        VideoProbe? probe = isY4m ? null : CommandException.OnFile("picture", () => VideoProbe.Of(request.Source, cancellation));
        return (probe, CommandException.OnFile("picture", () => VideoLength.Of(request.Source, request.Part, cancellation)));
    }

    /// <summary>Opens a range of a video's frames.</summary>
    public static VideoSource Open(
        VideoRequest request, VideoProbe? probe, FrameRange range, CancellationToken cancellation) => probe is null
        ? VideoSource.OfY4m(File.OpenRead(request.Source), request.Source, range)
        : VideoSource.ByFfmpeg(request.Source, probe, request.Part, cancellation, range);

    private sealed class Fraction(IProgress<double> progress, long there, long length) : IProgress<long>
    {
        public void Report(long count) => progress.Report(Math.Min(1, (double)(there + count) / Math.Max(1, length)));
    }
}
