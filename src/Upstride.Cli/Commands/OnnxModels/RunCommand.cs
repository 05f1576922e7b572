using System.CommandLine;
using Upstride.Algorithms;
using Upstride.Cli.Commands.Shards;
using Upstride.Cli.Commands.Tune;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Files;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary><c>upstride run</c>: an ONNX model on arrays and pictures.</summary>
internal sealed class RunCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly Argument<string> _model = ModelOptions.Model();
    private readonly Option<string[]> _input =
        ModelOptions.Named("--input", "name=file",
        "For each of the model's inputs a .npy file or a picture; the name may be left out where there is but one. An initialiser that "
            + "is also an input may be replaced by its name. Given again for the same input, the files go through together, along the "
            + "batch axis. One may be a folder of pictures, which the model runs on one after the other, or by --batch on several.",
            "-i");
    private readonly Argument<string[]> _files = new("files")
    {
        Description = "For the model's only input, after those of --input: pictures or .npy files, which go through together.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string[]> _output =
        ModelOptions.Named("--output", "name=file",
        "For each output to keep a .npy file, of the model's element type, or a picture to write; the name may be left out where there "
            + "is but one. For several files a folder, a name for each in their order, or one .npy file for all; for a folder of pictures "
            + "one output and a folder.", "-o");
    private readonly Option<int?> _batch = new("--batch")
        { Description = "With several files, how many go through together at most; default all. With a folder, how many of its "
            + "pictures of one size; default 1.", HelpName = "count" };
    private readonly Option<Layout?> _layout = CommandOptions.Choice(
        "--layout", "Where the channels of pictures stand: default nchw.", ("nchw", Layout.ChannelsFirst), ("nhwc", Layout.ChannelsLast));
    private readonly Option<(float Low, float High)?> _range = ModelOptions.Range();
    private readonly Option<float[]?> _mean =
        CommandOptions.Numbers("--mean", "numbers", "Subtracted from the channels of input pictures after that: 0.485,0.456,0.406.");
    private readonly Option<float[]?> _deviation =
        CommandOptions.Numbers("--std", "numbers", "Divides the channels of input pictures after that: 0.229,0.224,0.225.");
    private readonly Option<ColorOrder?> _order = CommandOptions.Choice("--order",
        "How the model counts the channels of pictures: rgb (default) or bgr, as OpenCV's do.", ("rgb", ColorOrder.RedFirst), ("bgr", ColorOrder.BlueFirst));
    private readonly Option<bool> _fit = new("--fit")
    {
        Description = "Resizes pictures to the size that the model needs, and pictures that come out in it back to theirs; says so.",
    };
    private readonly Option<int?> _threads = ModelOptions.Threads();
    private readonly Option<string?> _tuning = TuningOption.Create();
    private readonly Option<string?> _cache = ModelOptions.Cache();
    private readonly FolderOptions _folders;

    public RunCommand(Report report) : base(
        "run",
        "Runs an ONNX model. Its inputs are .npy files or pictures, and so are its outputs.",
        new Example("run model.onnx --input x=x.npy --output y=y.npy", "Arrays in and out, by the model's names."),
        new Example("run model.onnx --input photo.png --range 0..255 --output larger.png",
            "A picture through a model that counts from 0 to 255."),
        new Example("run model.onnx --input photo.png --range 0..255 --fit --output fitted.png",
            "A picture of any size through a model of a fixed one; what comes out in that size is resized back."),
        new Example("run model.onnx photo.png other.png --output made", "Pictures of one size that go through together, to a folder."),
        new Example("run model.onnx --input photos --output made", "Every picture of a folder."))
    {
        _report = report;
        _folders = new(report);
        Add(_model);
        Add(_files);
        foreach (Option option in (Option[])
            [_input, _output, _batch, _layout, _range, _mean, _deviation, _order, _fit, _threads, _tuning, _cache, .. _folders.Options])
            Add(option);
        _output.Required = true;
        SetAction((parsed, cancellation) => Task.FromResult(_folders.Run(parsed, shard => Run(parsed, shard, cancellation))));
    }

    private int Run(ParseResult parsed, Shard? shard, CancellationToken cancellation)
    {
        (float low, float high) = parsed.GetValue(_range) ?? (0, 1);
        var pictures = new PictureTensor(
            parsed.GetValue(_layout) ?? Layout.ChannelsFirst, low, high, parsed.GetValue(_mean) ?? [], parsed.GetValue(_deviation) ?? [],
            parsed.GetValue(_order) == ColorOrder.BlueFirst);
        Tuning? tuning = _tuning.Read(parsed);
        int threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount;
        using OnnxSession session = CommandException.OnFile("model", () => Interruptible.Run(
            () => OnnxSession.Load(parsed.GetValue(_model)!,
                OnnxSessionSettings.Default with
                {
                    Compute = new ComputeSettings { Threads = threads, Tuning = tuning }.WithLines(), CachePath = parsed.GetValue(_cache),
                }), cancellation));
        Dictionary<string, List<string>> given = ModelOptions.ListsByName(
            [.. parsed.GetValue(_input) ?? [], .. parsed.GetValue(_files) ?? []], session.Inputs, "input", session.OptionalInputs);
        Dictionary<string, List<string>> kept = ModelOptions.ListsByName(parsed.GetValue(_output)!, session.Outputs, "output");
        bool several = given.Values.Any(static files => files.Count > 1);
        bool ofFolder = _folders.IsOfFolder(parsed, [.. given.Values.SelectMany(static files => files)], kept.Keys, several);
        if (several)
        {
            var joined = new JoinedRun(session, pictures, () => FitOf(parsed, pictures), given, kept, _folders.FormatOf(parsed));
            Tell(joined.Run(parsed.GetValue(_batch), cancellation), joined.Notes);
            return ExitCode.Done;
        }
        int? most = parsed.GetValue(_batch);
        if (most is not null && !ofFolder)
            throw CommandException.BadInput("batch",
                "--batch says how many of several files go through together: name them, as photos/*.png or by --input again, or a folder");
        if (most < 1) throw JoinedRun.TooSmall(most.Value);
        foreach ((string name, List<string> files) in kept)
            if (files.Count > 1) throw CommandException.BadInput("output", $"'{name}' is given twice");
        Dictionary<string, string> sources = One(given), targets = One(kept);
        if (ofFolder)
        {
            KeyValuePair<string, string> folder = sources.First(static source => Directory.Exists(source.Value));
            KeyValuePair<string, string> target = targets.First();
            RunOutput Make(PictureFile file, CancellationToken token) => Run(
                session, pictures, FitOf(parsed, pictures), new(sources, StringComparer.Ordinal) { [folder.Key] = file.Source },
                new(StringComparer.Ordinal) { [target.Key] = file.Target }, token)[0];
            List<RunOutput> MakeSeveral(PictureFile[] files)
            {
                given[folder.Key] = [.. files.Select(static file => file.Source)];
                kept[target.Key] = [.. files.Select(static file => file.Target)];
                return new JoinedRun(session, pictures, () => FitOf(parsed, pictures), given, kept, _folders.FormatOf(parsed))
                    .Run(most: null, cancellation);
            }
            return _folders.Run(
                parsed, new(folder.Value, target.Value, parsed.GetValue(_model)!, tuning?.Fingerprint), Make,
                most is null ? null : files => new(files, most.Value, parsed.GetValue(_fit), file => Make(file, cancellation), MakeSeveral),
                shard, cancellation);
        }
        PictureFit? fit = FitOf(parsed, pictures);
        List<RunOutput> written = Run(session, pictures, fit, sources, targets, cancellation);
        Tell(written, fit?.Notes ?? []);
        return ExitCode.Done;

        static Dictionary<string, string> One(Dictionary<string, List<string>> lists) =>
            lists.ToDictionary(static list => list.Key, static list => list.Value[0], StringComparer.Ordinal);
    }

    private void Tell(List<RunOutput> written, List<string> notes)
    {
        if (_report.Json)
        {
            _report.Write(new RunReport([.. written], [.. notes]), JsonReports.Readable.RunReport);
            return;
        }
        foreach (string note in notes) _report.Line(note);
        foreach (RunOutput output in written)
            _report.Line($"{output.Name}: {output.Type} [{string.Join(", ", output.Shape)}] in {output.File}");
    }

    /// <summary>What resizes the pictures of one run; null where that is not asked for.</summary>
    private PictureFit? FitOf(ParseResult parsed, PictureTensor pictures) => parsed.GetValue(_fit) ? new(pictures.Layout) : null;

    private static List<RunOutput> Run(OnnxSession session, PictureTensor pictures, PictureFit? fit, Dictionary<string, string> sources,
        Dictionary<string, string> targets, CancellationToken cancellation)
    {
        foreach (string path in targets.Values.Where(IsPicture))
            CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(path));

        var inputs = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        foreach (OnnxValueInfo input in session.Inputs.Concat(session.OptionalInputs))
            if (sources.TryGetValue(input.Name, out string? path)) inputs.Add(input.Name, Read(path, input, pictures, fit, cancellation));
        IReadOnlyDictionary<string, OnnxTensor> outputs = Interruptible.Run(() => session.Run(inputs, cancellation), cancellation);
        var written = new List<RunOutput>();
        foreach ((string name, string path) in targets)
        {
            OnnxTensor tensor = outputs[name];
            CommandException.OnFile("output", () => Write(path, name, tensor, pictures, fit, cancellation));
            written.Add(RunOutput.Of(name, path, tensor));
        }
        return written;
    }

    /// <summary>Whether a file is taken as a picture.</summary>
    internal static bool IsPicture(string path) => !path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    /// <summary>A file as the tensor of an input.</summary>
    internal static OnnxTensor Read(string path, OnnxValueInfo input, PictureTensor pictures, PictureFit? fit,
        CancellationToken cancellation) =>
        CommandException.OnFile("input", () => IsPicture(path)
        ? pictures.FromPicture(Interruptible.Run(() => Picture(path, input, fit, cancellation), cancellation), input)
        : TensorFile.Read(Interruptible.Run(() => NpyFile.Read(path, cancellation), cancellation), input, path));

    private static ImageBuffer Picture(string path, OnnxValueInfo input, PictureFit? fit, CancellationToken cancellation)
    {
        ImageBuffer image = ImageFile.Read(path, cancellationToken: cancellation);
        return fit?.In(image, input) ?? image;
    }

    private static void Write(string path, string name, OnnxTensor tensor, PictureTensor pictures, PictureFit? fit,
        CancellationToken cancellation)
    {
        if (IsPicture(path))
        {
            ImageBuffer picture = pictures.ToPicture(tensor, name);
            ImageFile.Write(path, fit?.Out(picture, name) ?? picture, cancellationToken: cancellation);
            return;
        }
        NpyFile.Write(path, TensorFile.ToArray(tensor), cancellation);
    }
}
