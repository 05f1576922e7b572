namespace Upstride.Cli.Commands.Videos;

/// <summary>Where the segments of a video go, each whole or not there.</summary>
internal interface ISegmentFiles
{
    /// <summary>Where the next segment is to be written.</summary>
    string BeginNext();

    /// <summary>Keeps the segment that was written at <see cref="BeginNext"/>.</summary>
    /// <param name="frames">How many it has.</param>
    /// <param name="start">When its first frame is shown, in microseconds.</param>
    /// <param name="end">When its last frame ends.</param>
    void Keep(long frames, long start, long end);
}
