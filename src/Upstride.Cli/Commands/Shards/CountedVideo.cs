using Upstride.Cli.Commands.Videos;

namespace Upstride.Cli.Commands.Shards;

/// <summary>A video whose frames are counted, and of which ranges are opened.</summary>
/// <param name="Request">What is asked for.</param>
/// <param name="Version">Of ffmpeg.</param>
/// <param name="Probe">What ffprobe tells; null of y4m.</param>
/// <param name="Index">When each frame is shown; null where decoding begins with the first.</param>
/// <param name="Frames">How many there are: as many as are decoded, or, of damaged videos and of parts, about as many.</param>
internal sealed record CountedVideo(VideoRequest Request, FfmpegVersion Version, VideoProbe? Probe, VideoIndex? Index, long Frames)
{
    /// <summary>Refuses what has no shards, and counts the frames, without decoding: the same on every machine.</summary>
    public static CountedVideo Of(VideoRequest request, CancellationToken cancellation)
    {
        if (VideoNames.IsY4m(request.Output))
            throw CommandException.BadInput("output", "a y4m video is written in one go and has no shards: name another, as large.mkv");
        bool isY4m = VideoNames.IsY4m(request.Source);
        VideoRun.CheckPart(request, isY4m);
        FfmpegVersion version = FfmpegVersion.Ask(cancellation);
        return CommandException.OnFile("picture", () =>
        {
            if (isY4m) return new CountedVideo(request, version, null, null, Y4mReader.CountFrames(request.Source));
            VideoProbe probe = VideoProbe.Of(request.Source, cancellation);
            IReadOnlyList<VideoPacket> packets = VideoPacket.Read(request.Source, cancellation);
            return new(request, version, probe, request.Part.IsWhole ? VideoIndex.Of(probe, packets) : null,
                packets.Count(packet => request.Part.Has(packet.Seconds)));
        });
    }

    /// <summary>Opens a range.</summary>
    public VideoSource Open(FrameRange range, CancellationToken cancellation) => Probe is null
        ? VideoSource.OfY4m(File.OpenRead(Request.Source), Request.Source, range)
        : VideoSource.ByFfmpeg(Request.Source, Probe, Version, Request.Part, cancellation, range, Index);
}
