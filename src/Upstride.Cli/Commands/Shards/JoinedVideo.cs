using Upstride.Cli.Commands.Videos;

namespace Upstride.Cli.Commands.Shards;

/// <summary>The video that the ranges of all shards become.</summary>
internal static class JoinedVideo
{
    /// <summary>Checks that nothing is missing or damaged, and writes it, whole or not at all.</summary>
    /// <param name="shards">All of them, by number.</param>
    /// <param name="folder">Where their segments are.</param>
    /// <param name="output">The video.</param>
    /// <param name="source">The video that they were made of, where it is now; null where it was.</param>
    /// <param name="progress">Told the fraction that is checked.</param>
    /// <param name="cancellation">Asked on the way.</param>
    /// <returns>How many frames it has, and what the container cannot hold.</returns>
    public static (long Frames, IReadOnlyList<string> NotKept) Write(IReadOnlyList<ShardManifest> shards, string folder, string output,
        string? source, IProgress<double> progress, CancellationToken cancellation)
    {
        MadeVideo head = shards[0].Video!;
        string path = source ?? head.SourceFile;
        if (!File.Exists(path))
            throw new CommandException(ExitCode.File, "source", $"{path}: the video is not there: say with --source where it is");
        if (!CommandException.OnFile("source", () => head.Source.Fits(path, cancellation)))
            throw CommandException.BadInput("source", $"{path}: it is not the video that the shards were made of: size or checksum differ");
        if (VideoNames.IsY4m(output) || !VideoNames.IsVideo(output))
            throw CommandException.BadInput(
                "output", $"{output}: the shards are of a video, which needs a file that ends in one of {string.Join(' ', VideoNames.Extensions)}");
        FfmpegProcess.Require();
        var segments = new List<VideoSegment>();
        long frames = 0, end = 0;
        foreach (ShardManifest shard in shards)
        {
            MadeVideo video = shard.Video ?? throw CommandException.BadInput(
                "output", $"shard {shard.Shard} of {shard.Of} in {folder} is not of a video, and others are");
            Check(shard, video, head, frames);
            foreach (MadeSegment segment in video.Segments)
            {
                string file = Path.Combine(folder, segment.Name);
                if (!CommandException.OnFile("output", () => segment.File.Fits(file, cancellation)))
                    throw CommandException.BadInput(
                        "output", $"{file}: it is not as shard {shard.Shard} of {shard.Of} wrote it, or not there: make that shard again");
                segments.Add(new(file, segment.Frames, segment.Start));
            }
            frames += video.Count;
            if (video.Segments.Count > 0) end = video.End;
            progress.Report((double)shard.Shard / shard.Of);
        }
        VideoProbe? probe = VideoNames.IsY4m(path) ? null
            : CommandException.OnFile("source", () => VideoProbe.Of(path, cancellation));
        return (frames, VideoJoin.Write(
            output, path, head.Part, probe, segments, end, (head.TimeNumerator, head.TimeDenominator), cancellation));
    }

    // A range that begins beyond the video's end has no frames; those before it tell where that is.
    private static void Check(ShardManifest shard, MadeVideo video, MadeVideo head, long frames)
    {
        if (!video.GoesWith(head))
            throw CommandException.BadInput(
                "output",
                $"shard 1 of {shard.Of} and shard {shard.Shard} of {shard.Of} do not belong together: {head.Encoder}, {head.Frames} and "
                + $"{video.Encoder}, {video.Frames}; make the shards that are wrong again");
        if (video.First != frames && video.Segments.Count > 0)
            throw CommandException.BadInput(
                "output", $"shard {shard.Shard} of {shard.Of} begins with frame {video.First}, and frame {frames} was to come next");
    }
}
