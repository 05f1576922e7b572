using System.Globalization;
using Upstride.Cli.Commands.Videos;
using Upstride.Files;

namespace Upstride.Cli.Commands.Shards;

/// <summary>The segments of a shard's range, and the manifest that names them: those that it does not name are no part of the
/// video.</summary>
internal sealed class ShardSegments : ISegmentFiles, IDisposable
{
    private readonly Shard _shard;
    private readonly ShardIdentity _identity;
    private readonly long _frames;
    private readonly List<MadeSegment> _segments = [];
    private MadeVideo? _video;
    private CancellationToken _cancellation;
    private WholeFile? _next;

    /// <param name="output">The video that all shards are to become.</param>
    /// <param name="shard">Which.</param>
    /// <param name="identity">What decides on the frames.</param>
    /// <param name="frames">Of the whole video.</param>
    public ShardSegments(string output, Shard shard, ShardIdentity identity, long frames) =>
        (Folder, _shard, _identity, _frames) = (ShardManifest.FolderBeside(output), shard, identity, frames);

    /// <summary>Where they are.</summary>
    public string Folder { get; }

    /// <summary>Whether an earlier run has made them all.</summary>
    public bool IsDone { get; private set; }

    public string BeginNext()
    {
        _next?.Dispose();
        _next = new(Path.Combine(Folder, ShardManifest.SegmentOf(_shard.Number, _shard.Count, _segments.Count, mark: "")));

        // What is opened tells other runs that it is in use.
        _ = _next.Stream;
        return _next.TemporaryPath;
    }

    /// <summary>What an earlier run has made of the same: all segments up to the first that is not as it was written.</summary>
    public MadeVideo? Find(FileMark source, VideoPart part, string encoder, FrameRange range, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder);
        ShardManifest? before = ShardManifest.Find(ShardManifest.FileOf(Folder, _shard.Number, _shard.Count));
        if (before is not { Video: { } video } || before.Identity != _identity || before.Plan != PlanOf(source)
            || (video.Source, video.Part, video.Encoder, video.First) != (source, part, encoder, range.First)) return null;
        MadeSegment[] whole =
            [.. video.Segments.TakeWhile(segment => segment.File.Fits(Path.Combine(Folder, segment.Name), cancellation))];
        IsDone = before.Done && whole.Length == video.Segments.Count;
        // What ended before it said that it was done has not said when its frames are shown either.
        if (!IsDone && whole.Sum(static segment => segment.Frames) == range.Count) whole = whole[..^1];
        return video with { Segments = whole };
    }

    /// <summary>Goes on with what is known.</summary>
    public void Begin(MadeVideo known, CancellationToken cancellation)
    {
        (_video, _cancellation) = (known, cancellation);
        _segments.AddRange(known.Segments);
    }

    public void Keep(long frames, long start, long end)
    {
        string written = _next!.TemporaryPath;
        FileMark mark = FileMark.Of(written, _cancellation);
        string name = ShardManifest.SegmentOf(_shard.Number, _shard.Count, _segments.Count, mark.Sha256);
        File.Move(written, Path.Combine(Folder, name), overwrite: true);
        _segments.Add(new(name, frames, start, mark));
        _video = _video! with { End = end };
        Write(done: false);
    }

    /// <summary>Says that nothing is left to do.</summary>
    /// <param name="timeBase">The unit of the frames' times, which is known when one was decoded.</param>
    public void Finish((long Numerator, long Denominator) timeBase)
    {
        _video = _video! with { TimeNumerator = timeBase.Numerator, TimeDenominator = timeBase.Denominator };
        Write(done: true);
    }

    public void Dispose() => _next?.Dispose();

    private void Write(bool done)
    {
        _video = _video! with { Segments = [.. _segments] };
        new ShardManifest(_identity, _shard.Number, _shard.Count, PlanOf(_video.Source), done, [], [], Video: _video).Write(Folder);
    }

    // Shards of other counts of frames would leave some out, or make them twice.
    private string PlanOf(FileMark source) => string.Create(CultureInfo.InvariantCulture, $"{source.Sha256} {_frames} frames");
}
