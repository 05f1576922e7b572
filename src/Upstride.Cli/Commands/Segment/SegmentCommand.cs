using System.CommandLine;
using System.Globalization;
using Upstride.Cli.Commands.Shards;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Segment;

/// <summary><c>upstride segment</c>: pictures in, the class of each of their pixels out.</summary>
internal sealed class SegmentCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly ShardOption _shard;
    private readonly Argument<string[]> _pictures = new("picture")
        { Description = "Pictures, folders of pictures, or patterns like 'photos/*.png'.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _model =
        CommandOptions.File("--model", "Weights, a .safetensors file that 'upstride train segment' made.", required: true);
    private readonly Option<string?> _output = CommandOptions.File("--output",
        "The picture to write: grey, each pixel's value its class. For several pictures a folder, of PNG files.", required: true, "-o");
    private readonly Option<bool> _overlay = UpscaleOptions.Flag(
        "--overlay", "Write the picture with the classes' colours over it instead.");
    private readonly Option<bool> _selfEnsemble = SegmentationOptions.SelfEnsemble();
    private readonly Option<bool> _recursive = UpscaleOptions.Flag(
        "--recursive", "Search the folders in folders too; the output has the same tree.", "-r");
    private readonly Option<int> _threads = new("--threads")
        { Description = "Threads.", HelpName = "count", DefaultValueFactory = static _ => Environment.ProcessorCount };

    public SegmentCommand(Report report) : base(
        "segment",
        "Finds the class of every pixel of pictures, of any size, with a network that 'upstride train segment' made.",
        new Example("segment photo.png --model streets.safetensors -o mask.png", "A picture whose values are the classes."),
        new Example("segment photo.png --model streets.safetensors -o overlay.png --overlay", "To look at: colours over the picture."),
        new Example("segment photos --model streets.safetensors -o masks", "A folder of pictures."))
    {
        _report = report;
        _shard = new(report, "The pictures of folders fall into parts, which 'upstride join' checks.");
        Add(_pictures);
        foreach (Option option in (Option[])[_model, _output, _overlay, _selfEnsemble, _recursive, _threads, _shard.Option]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(_shard.IsAskedFor(parsed)
            ? _shard.Run(parsed, shard => Run(parsed, shard, cancellation)) : Run(parsed, null, cancellation)));
    }

    private int Run(ParseResult parsed, Shard? shard, CancellationToken cancellation)
    {
        string[] inputs = parsed.GetValue(_pictures)!;
        string output = parsed.GetValue(_output)!, model = parsed.GetValue(_model)!;
        if (output == PictureFiles.Standard || inputs.Contains(PictureFiles.Standard))
            throw CommandException.BadInput("picture", "files are segmented, and not streams: name files or folders instead of -");
        if (shard is not null && ShardedUpscale.IsOnePicture(inputs))
            throw CommandException.BadInput("shard",
                $"{inputs[0]}: one picture is segmented whole, since the network looks at all of it: give a folder of pictures");
        (IReadOnlyList<PictureFile> files, string? passedOver) = PictureFiles.Find(
            inputs, output, new(".png", "", parsed.GetValue(_recursive), Overwrites: false));
        bool isOne = files is [{ } only] && string.Equals(only.Target, output, StringComparison.Ordinal);
        if (isOne) CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(output));
        using var run = new SegmentRun(
            SegmentationOptions.ReadNetwork("model", model), parsed.GetValue(_threads), parsed.GetValue(_overlay),
            parsed.GetValue(_selfEnsemble));
        if (passedOver is not null) _report.Note(passedOver);
        if (shard is not null)
        {
            var work = new FileWork((file, token) => run.Run(file, token));
            ShardIdentity identity = ShardIdentity.Of("segmentation", parsed, model, run.Fingerprint, cancellation);
            return new ShardedPictures(_report, work, new(), identity).Run(files, output, output, shard, cancellation);
        }
        var batch = new PictureBatch<SegmentReport>(files, isOne, failsFast: isOne);
        _report.WithProgress(isOne ? $"segment {files[0].Name}" : $"segment {files.Count} pictures", progress => batch.Run(
            _report, (file, _) => run.Run(file, cancellation), (file, made) => Tell(file, made, isOne), progress, cancellation));
        if (_report.Json && isOne) _report.Write(batch.Made[0], JsonReports.Readable.SegmentReport);
        else if (_report.Json) _report.Write(new(batch.Made, batch.Failures), JsonReports.Readable.SegmentedPicturesReport);
        else batch.Summarize(_report);
        return batch.Failures.Count > 0 ? ExitCode.No : ExitCode.Done;
    }

    private void Tell(PictureFile file, SegmentReport made, bool isOne)
    {
        if (isOne) _report.Write(SegmentationReports.Table(made));
        else _report.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{file.Name}: {made.Width}x{made.Height} in {PictureFile.Shown(made.File)}, {made.Seconds:0.00} s"));
    }
}
