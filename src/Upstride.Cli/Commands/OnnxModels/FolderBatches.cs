using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary>
/// What <c>run --batch</c> does with a folder: when a picture is asked for, those after it of its size go through with it, and are there
/// when they are asked for. Where a run of several fails, each goes through by itself, so that the fault is told of the picture whose it
/// is, and the others are made.
/// </summary>
/// <param name="files">The pictures, in the order in which they are asked for.</param>
/// <param name="most">How many go through together at most.</param>
/// <param name="isOfAnySize">Whether pictures of other sizes can go through together, as where each is brought to the model's.</param>
/// <param name="one">Runs on one.</param>
/// <param name="several">Runs on several, and writes all files or none.</param>
internal sealed class FolderBatches(IReadOnlyList<PictureFile> files, int most, bool isOfAnySize, Func<PictureFile, RunOutput> one,
    Func<PictureFile[], List<RunOutput>> several)
{
    private readonly Dictionary<PictureFile, RunOutput> _made = [];

    // Of a file that cannot be read no size: it goes through by itself, and says what is wrong.
    private readonly Dictionary<PictureFile, (int Width, int Height)?> _sizes = [];

    // Those whose run of several failed.
    private readonly HashSet<PictureFile> _alone = [];

    private int _asked;

    /// <summary>What came of a picture.</summary>
    /// <param name="file">The next of the files.</param>
    /// <param name="cancellation">Ends the reading of sizes.</param>
    public RunOutput Make(PictureFile file, CancellationToken cancellation)
    {
        _asked++;
        if (_made.Remove(file, out RunOutput? before)) return before;
        if (_alone.Remove(file)) return one(file);
        PictureFile[] group =
        [
            file,
            .. files.Skip(_asked).Where(other => !_made.ContainsKey(other) && !_alone.Contains(other)
                && GoesWith(file, other, cancellation)).Take(most - 1),
        ];
        if (group.Length == 1) return one(file);
        if (OutputsOrNull(group) is not { } outputs)
        {
            _alone.UnionWith(group[1..]);
            return one(file);
        }
        for (int i = 1; i < group.Length; i++) _made.Add(group[i], outputs[i]);
        return outputs[0];
    }

    private List<RunOutput>? OutputsOrNull(PictureFile[] group)
    {
        try
        {
            foreach (PictureFile file in group) Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file.Target))!);
            return several(group);
        }
        catch (Exception fault) when (Failure.Of(fault) is { ExitCode: not ExitCode.Cancelled })
        {
            return null;
        }
    }

    private bool GoesWith(PictureFile file, PictureFile other, CancellationToken cancellation) =>
        isOfAnySize || (SizeOf(file, cancellation) is { } size && size == SizeOf(other, cancellation));

    private (int Width, int Height)? SizeOf(PictureFile file, CancellationToken cancellation)
    {
        if (_sizes.TryGetValue(file, out (int Width, int Height)? size)) return size;
        try
        {
            size = ImageFile.ReadSize(file.Source, cancellationToken: cancellation);
        }
        catch (Exception fault) when (Failure.Of(fault) is { ExitCode: not ExitCode.Cancelled })
        {
            size = null;
        }
        _sizes.Add(file, size);
        return size;
    }
}
