using Upstride.Cli.Commands.Upscale;

namespace Upstride.Cli.Commands.Shards;

/// <summary>What is done with each picture of a shard.</summary>
internal interface IPictureWork
{
    /// <summary>Whether what an earlier run made of a picture is still there, and of what it would be made again.</summary>
    /// <param name="known">What the manifest tells; the picture itself is as it was.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="cancellation">Asked while files are read.</param>
    bool IsThere(MadePicture known, PlannedPicture picture, CancellationToken cancellation);

    /// <summary>Does it.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="source">Its file's mark.</param>
    /// <param name="cancellation">Asked on the way.</param>
    /// <returns>What the manifest is to tell.</returns>
    MadePicture Make(PlannedPicture picture, FileMark source, CancellationToken cancellation);
}

/// <summary>Makes a file of each picture.</summary>
/// <param name="make">Writes the target, whole or not at all.</param>
internal sealed class FileWork(Action<PictureFile, CancellationToken> make) : IPictureWork
{
    public bool IsThere(MadePicture known, PlannedPicture picture, CancellationToken cancellation) =>
        known.Target is { } mark && CommandException.OnFile("output", () => mark.Fits(picture.File.Target, cancellation));

    public MadePicture Make(PlannedPicture picture, FileMark source, CancellationToken cancellation)
    {
        string target = picture.File.Target;
        CommandException.OnFile("output", () => Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!));
        make(picture.File, cancellation);
        return new(picture.Name, picture.Pixels, source, CommandException.OnFile("output", () => FileMark.Of(target, cancellation)));
    }
}
