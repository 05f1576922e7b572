using System.CommandLine;
using Upstride.Cli.Commands.Shards;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary>What <c>run</c> does with a folder of pictures: the model runs on one after the other, or on a shard of them.</summary>
internal sealed class FolderOptions(Report report)
{
    private const string Npy = ".npy";

    private readonly Option<bool> _recursive = UpscaleOptions.Flag(
        "--recursive", "With a folder, search the folders in it too; the output has the same tree.", "-r");
    private readonly Option<string?> _format = new("--format")
        { Description = "What is written to a folder: png, which is the default, npy, or another format of pictures.",
            HelpName = "extension" };
    private readonly ShardOption _shard = new(report, "The pictures of a folder fall into parts, which 'upstride join' checks.");

    /// <summary>A folder to read, one to write, and the model between.</summary>
    internal readonly record struct Folders(string Source, string Target, string Model, string? Tuning);

    /// <summary>Its options.</summary>
    public IEnumerable<Option> Options => [_recursive, _format, _shard.Option];

    /// <summary>The extension of what is written to a folder, with its point.</summary>
    /// <exception cref="CommandException">Nothing can be written in it.</exception>
    public string FormatOf(ParseResult parsed)
    {
        string format = "." + (parsed.GetValue(_format) ?? "png").TrimStart('.').ToLowerInvariant();
        if (format != Npy) CommandException.OnFile("format", () => Imaging.ImageFile.ThrowIfNotWritable("picture" + format));
        return format;
    }

    /// <summary>Runs with the shard that is asked for, or without.</summary>
    public int Run(ParseResult parsed, Func<Shard?, int> run) => _shard.IsAskedFor(parsed) ? _shard.Run(parsed, run) : run(null);

    /// <summary>Whether one of the inputs is a folder.</summary>
    /// <param name="parsed">The line.</param>
    /// <param name="sources">The files that go in.</param>
    /// <param name="targets">The files that come out.</param>
    /// <param name="several">Whether an input has several.</param>
    /// <exception cref="CommandException">One is, and the outputs are not one; or none is, and an option is told that goes with
    /// one.</exception>
    public bool IsOfFolder(ParseResult parsed, IReadOnlyCollection<string> sources, IReadOnlyCollection<string> targets, bool several)
    {
        int folders = sources.Count(Directory.Exists);
        if (folders == 0 && (_shard.IsAskedFor(parsed) || parsed.GetValue(_recursive)
            || (parsed.GetValue(_format) is not null && !several)))
            throw CommandException.BadInput("input", "--shard, --recursive and --format go with a folder of pictures: name one as --input");
        if (folders > 0 && several)
            throw CommandException.BadInput("input", $"'{sources.First(Directory.Exists)}' is a folder, whose pictures go through one "
                + "after the other: give it alone, or files");
        if (folders > 1) throw CommandException.BadInput("input", $"one input may be a folder, and {folders} are");
        if (folders == 1 && targets.Count != 1)
            throw CommandException.BadInput("output", $"a folder of pictures has one output, and {targets.Count} are named");
        return folders == 1;
    }

    /// <summary>Runs on every picture of a folder.</summary>
    /// <param name="parsed">The line.</param>
    /// <param name="folders">What to read and to write.</param>
    /// <param name="make">Runs on one.</param>
    /// <param name="batches">Makes what runs on several at once, of all the pictures; null where each goes through by itself.</param>
    /// <param name="shard">The part that is asked for; null for all.</param>
    /// <param name="cancellation">Asked before each.</param>
    public int Run(ParseResult parsed, Folders folders, Func<PictureFile, CancellationToken, RunOutput> make,
        Func<IReadOnlyList<PictureFile>, FolderBatches>? batches, Shard? shard, CancellationToken cancellation)
    {
        if (shard is not null && batches is not null)
            throw CommandException.BadInput("batch",
                "the pictures of a shard go through one after the other: leave out --batch or --shard");
        string format = FormatOf(parsed);
        (IReadOnlyList<PictureFile> files, string? passedOver) = PictureFiles.Find(
            [folders.Source], folders.Target, new(format, "", parsed.GetValue(_recursive), Overwrites: false));
        if (passedOver is not null) report.Note(passedOver);
        if (shard is not null)
        {
            var work = new FileWork((file, token) => make(file, token));
            ShardIdentity identity = ShardIdentity.Of("onnx", parsed, folders.Model, fingerprint: null, cancellation)
                with { Tuning = folders.Tuning };
            return new ShardedPictures(report, work, new(), identity).Run(files, folders.Target, folders.Target, shard, cancellation);
        }
        if (batches?.Invoke(files) is { } together) make = together.Make;
        var batch = new PictureBatch<RunOutput>(files, isOne: false, failsFast: false);
        report.WithProgress($"run on {Count.Of(files.Count, "picture")}", progress => batch.Run(
            report, (file, _) => make(file, cancellation),
            (file, made) => report.Line($"{file.Name}: {made.Type} [{string.Join(", ", made.Shape)}] in {PictureFile.Shown(made.File)}"),
            progress, cancellation));
        if (report.Json) report.Write(new(batch.Made, batch.Failures), JsonReports.Readable.RunPicturesReport);
        else batch.Summarize(report);
        return batch.Failures.Count > 0 ? ExitCode.No : ExitCode.Done;
    }
}
