using System.Globalization;

namespace Upstride.Cli.Commands.Videos;

/// <summary>Some of a video's frames.</summary>
/// <param name="First">The first, from 0 on.</param>
/// <param name="Count">How many; null for all that follow.</param>
internal readonly record struct FrameRange(long First, long? Count)
{
    /// <summary>What follows other filters of ffmpeg.</summary>
    /// <param name="from">The frame with which decoding begins.</param>
    public string Filter(long from) =>
        First == from ? "" : string.Create(CultureInfo.InvariantCulture, $",select=gte(n\\,{First - from})");

    /// <summary>Options of ffmpeg's output.</summary>
    public IEnumerable<string> Arguments => Count is { } count ? ["-frames:v", count.ToString(CultureInfo.InvariantCulture)] : [];
}
