using System.Text.Json.Serialization;
using Upstride.Cli.Commands.Videos;

namespace Upstride.Cli.Commands.Shards;

/// <summary>A range of a video's frames.</summary>
/// <param name="SourceFile">The video, as it was named.</param>
/// <param name="Source">Its mark.</param>
/// <param name="Part">The part of it that all shards make.</param>
/// <param name="Encoder">ffmpeg's version and the codec's options: segments of others cannot follow one another.</param>
/// <param name="Frames">What the larger frames are, as a header of y4m.</param>
/// <param name="First">The range's first frame in the part.</param>
/// <param name="TimeNumerator">Of the unit of the frames' times, in seconds.</param>
/// <param name="TimeDenominator">As before.</param>
/// <param name="End">When the last frame that is made ends, in microseconds.</param>
/// <param name="Segments">In order.</param>
internal sealed record MadeVideo(string SourceFile, FileMark Source, VideoPart Part, string Encoder, string Frames, long First,
    long TimeNumerator, long TimeDenominator, long End, IReadOnlyList<MadeSegment> Segments)
{
    /// <summary>Frames that are made.</summary>
    [JsonIgnore]
    public long Count => Segments.Sum(static segment => segment.Frames);

    /// <summary>Whether segments of both can follow one another.</summary>
    public bool GoesWith(MadeVideo other) => (Source, Part, Encoder, Frames, TimeNumerator, TimeDenominator)
        == (other.Source, other.Part, other.Encoder, other.Frames, other.TimeNumerator, other.TimeDenominator);
}

/// <summary>A segment of a range.</summary>
/// <param name="Name">Its file in the shards' folder; a part of its checksum is in it, so that two workers never write one file.</param>
/// <param name="Frames">How many it has.</param>
/// <param name="Start">When its first frame is shown, in microseconds.</param>
/// <param name="File">Its file's mark.</param>
internal sealed record MadeSegment(string Name, long Frames, long Start, FileMark File);
