using Upstride.Cli.Commands.Videos;

namespace Upstride.Cli.Commands.Shards;

/// <summary>
/// Which frames of a video each shard makes: whole segments, as many for each shard, give or take one. So every segment is what one process
/// makes of it, whatever the encoder knows of the frames before.
/// </summary>
internal static class VideoRanges
{
    /// <summary>The frames of a shard.</summary>
    /// <param name="frames">Of the video, as <see cref="CountedVideo"/> tells them.</param>
    /// <param name="segment">Frames of a segment.</param>
    /// <param name="number">From 1 on.</param>
    /// <param name="count">How many shards.</param>
    /// <returns>The last shard's range has no end: what a count has missed is in it.</returns>
    /// <exception cref="CommandException">There are fewer segments than shards.</exception>
    public static FrameRange Of(long frames, int segment, int number, int count)
    {
        long segments = (frames + segment - 1) / segment;
        if (segments == 0) throw CommandException.BadInput("picture", "no frame is in it, or in the part that is told");
        if (count > segments)
            throw CommandException.BadInput("shard",
                $"a video of {frames} frames has {Count.Of(segments, "segment")} of {segment}, and at most as many shards: {count}; "
                + (count > frames ? "take fewer shards" : $"give --segment {frames / count}, or take fewer shards"));
        long first = segments * (number - 1) / count * segment, end = segments * number / count * segment;
        return new(first, number == count ? null : end - first);
    }

    /// <summary>How many frames a shard has, as far as the count tells.</summary>
    public static long LengthOf(FrameRange range, long frames) => range.Count ?? (frames - range.First);
}
