using System.CommandLine;

namespace Upstride.Cli.Commands.Shards;

/// <summary>Judges pictures one at a time, by itself or as the work of a shard.</summary>
internal abstract class PictureJudge : IPictureWork, IDisposable
{
    /// <summary>The pictures, in the order of their names.</summary>
    public abstract IReadOnlyList<string> Files { get; }

    /// <summary>What they are judged by.</summary>
    public abstract ShardEvaluation Evaluation { get; }

    /// <summary>What decides on the bits of the figures.</summary>
    public abstract ShardIdentity Identity(ParseResult parsed, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract bool IsThere(MadePicture known, PlannedPicture picture, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract MadePicture Make(PlannedPicture picture, FileMark source, CancellationToken cancellation);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
