using System.Diagnostics;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Files;

namespace Upstride.Cli.Commands.Videos;

/// <summary>What is asked for of a video.</summary>
/// <param name="Source">A file, or - for a y4m video on standard input.</param>
/// <param name="Output">A file, or - for a y4m video on standard output.</param>
/// <param name="Part">The part of it.</param>
/// <param name="Encoding">How frames are encoded.</param>
/// <param name="SegmentFrames">Frames of a segment.</param>
/// <param name="Resumes">Whether to go on after the last whole segment.</param>
/// <param name="Identity">What decides on the frames: method, settings, version.</param>
internal sealed record VideoRequest(
    string Source, string Output, VideoPart Part, VideoEncoding Encoding, int SegmentFrames, bool Resumes, string Identity);

/// <summary>Makes a video larger, frame by frame: one frame is held, whatever the length.</summary>
internal sealed class VideoRun(VideoRequest request, Upscaler upscaler)
{
    private readonly List<string> _notKept = [];

    /// <summary>Makes the video.</summary>
    public VideoReport Run(IProgress<double> progress, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        bool isY4m = VideoNames.IsY4m(request.Source), writesY4m = VideoNames.IsY4m(request.Output);
        FfmpegVersion? version = isY4m && writesY4m ? null : FfmpegVersion.Ask(cancellation);
        VideoProbe? probe = isY4m ? null : CommandException.OnFile("picture", () => VideoProbe.Of(request.Source, cancellation));
        CheckPart(request, isY4m);
        using VideoSource source = CommandException.OnFile("picture", () => Open(probe, version, cancellation));
        var frames = new FrameUpscaler(source.Header, upscaler);
        if (probe?.HasAlpha == true) _notKept.Add("alpha");
        if (source.Header.IsInterlaced) _notKept.Add("fields as such (both are enlarged as one frame)");
        double total = Total(probe, source.Header);
        var counted = new Counted(progress, total);
        long count = writesY4m ? WriteY4m(source, frames, probe, counted, cancellation)
            : WriteVideo(source, frames, probe, version!, counted, cancellation);
        return new(
            request.Output, frames.To.Width, frames.To.Height, count, upscaler.Name,
            Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3), [.. _notKept]);
    }

    /// <summary>Refuses a part of a y4m video.</summary>
    public static void CheckPart(VideoRequest request, bool isY4m)
    {
        if (isY4m && (request.Part.Start > 0 || request.Part.Duration is not null))
            throw CommandException.BadInput(
                "start", "--start and --duration are for videos that ffmpeg reads: cut a y4m video before, or leave them out");
    }

    private VideoSource Open(VideoProbe? probe, FfmpegVersion? version, CancellationToken cancellation)
    {
        if (probe is not null) return VideoSource.ByFfmpeg(request.Source, probe, version!, request.Part, cancellation);
        if (request.Source != PictureFiles.Standard) return VideoSource.OfY4m(File.OpenRead(request.Source), request.Source);
        Stream input = Console.OpenStandardInput();
        return Interruptible.Run(() => VideoSource.OfY4m(input, "standard input"), cancellation);
    }

    private long WriteY4m(VideoSource source, FrameUpscaler frames, VideoProbe? probe, Counted counted, CancellationToken cancellation)
    {
        if (request.Resumes)
            throw CommandException.BadInput("resume", "a y4m video is written in one go and has no segments: leave out --resume");
        if (probe is not null)
        {
            _notKept.AddRange(probe.Others.Select(static stream => $"{stream.Kind} ({stream.Codec})"));
            if (probe.IsVariable) _notKept.Add("times of a variable frame rate");
        }
        long count = 0;
        void Write(Stream stream)
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(frames.To + "\n"));
            while (Next(source, cancellation))
            {
                frames.Make(source.Frame, cancellation);
                stream.Write("FRAME\n"u8);
                stream.Write(frames.Frame);
                counted.Report(++count);
            }
        }
        if (request.Output == PictureFiles.Standard)
        {
            using Stream output = Console.OpenStandardOutput();
            Write(output);
        }
        else
        {
            CommandException.OnFile("output", () => WholeFile.Write(request.Output, Write, cancellation));
        }
        return count;
    }

    private long WriteVideo(VideoSource source, FrameUpscaler frames, VideoProbe? probe, FfmpegVersion version, Counted counted,
        CancellationToken cancellation)
    {
        string[] codec = [.. request.Encoding.Arguments(request.Output)];
        if (Path.GetDirectoryName(Path.GetFullPath(request.Output)) is { } parent && !Directory.Exists(parent))
            throw new CommandException(ExitCode.File, "output", $"{request.Output}: the folder {parent} does not exist");
        VideoSegments segments = CommandException.OnFile("output", () => new VideoSegments(
            request.Output, $"{request.Identity}\n{frames.To}\n{string.Join(' ', codec)}", request.Resumes));
        try
        {
            long skipped = segments.Frames;
            var encoding = new SegmentEncoding(
                version, codec, VideoProbe.ColorsOf(probe), request.SegmentFrames, request.Output);
            (long count, long end) = new SegmentWriter(source, frames, segments, encoding).Write(skipped, counted, cancellation);
            if (count < skipped)
                throw CommandException.BadInput(
                    "resume", $"{request.Source} has {count} frames, and {skipped} are made: leave out --resume");
            if (count == 0) throw CommandException.BadInput("picture", $"{request.Source}: no frame is in it, or in the part that is told");
            _notKept.AddRange(VideoJoin.Write(
                request.Output, request.Source, request.Part, probe, segments.Whole, end, source.TimeBase, cancellation));
            segments.Remove();
            return count;
        }
        catch
        {
            if (File.Exists(segments.Next)) File.Delete(segments.Next);
            if (segments.Whole.Count == 0) segments.Remove();
            throw;
        }
    }

    private static bool Next(VideoSource source, CancellationToken cancellation) =>
        CommandException.OnFile("picture", () => source.Next(cancellation));

    private double Total(VideoProbe? probe, Y4mHeader header)
    {
        if (probe is null)
        {
            return request.Source == PictureFiles.Standard ? 0
                : (double)new FileInfo(request.Source).Length / (header.FrameBytes + "FRAME\n".Length);
        }
        double rate = (double)header.Rate.Numerator / header.Rate.Denominator;
        double rest = Math.Max(0, probe.Frames - request.Part.Start * rate);
        return request.Part.Duration is { } duration ? Math.Min(rest, duration * rate) : rest;
    }

    // How many frames there will be is a guess, or not known.
    private sealed class Counted(IProgress<double> progress, double total) : IProgress<long>
    {
        public void Report(long count) => progress.Report(total > 0 ? Math.Min(1, count / total) : 0);
    }
}
