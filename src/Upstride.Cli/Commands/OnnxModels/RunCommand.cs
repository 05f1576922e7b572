using System.CommandLine;
using Upstride.Algorithms;
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
            + "is also an input may be replaced by its name.", "-i");
    private readonly Option<string[]> _output =
        ModelOptions.Named("--output", "name=file",
        "For each output to keep a .npy file, of the model's element type, or a picture to write; the name may be left out where there "
            + "is but one.", "-o");
    private readonly Option<Layout?> _layout = CommandOptions.Choice(
        "--layout", "Where the channels of pictures stand: default nchw.", ("nchw", Layout.ChannelsFirst), ("nhwc", Layout.ChannelsLast));
    private readonly Option<(float Low, float High)?> _range = ModelOptions.Range();
    private readonly Option<float[]?> _mean =
        CommandOptions.Numbers("--mean", "numbers", "Subtracted from the channels of input pictures after that: 0.485,0.456,0.406.");
    private readonly Option<float[]?> _deviation =
        CommandOptions.Numbers("--std", "numbers", "Divides the channels of input pictures after that: 0.229,0.224,0.225.");
    private readonly Option<int?> _threads = ModelOptions.Threads();

    public RunCommand(Report report) : base(
        "run",
        "Runs an ONNX model. Its inputs are .npy files or pictures, and so are its outputs.",
        new Example("run model.onnx --input x=x.npy --output y=y.npy", "Arrays in and out, by the model's names."),
        new Example("run model.onnx --input photo.png --range 0..255 --output larger.png",
            "A picture through a model that counts from 0 to 255."))
    {
        _report = report;
        Add(_model);
        foreach (Option option in (Option[])[_input, _output, _layout, _range, _mean, _deviation, _threads]) Add(option);
        _output.Required = true;
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        (float low, float high) = parsed.GetValue(_range) ?? (0, 1);
        var pictures = new PictureTensor(
            parsed.GetValue(_layout) ?? Layout.ChannelsFirst, low, high, parsed.GetValue(_mean) ?? [], parsed.GetValue(_deviation) ?? []);
        int threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount;
        using OnnxSession session = CommandException.OnFile("model", () => Interruptible.Run(
            () => OnnxSession.Load(parsed.GetValue(_model)!,
                OnnxSessionSettings.Default with { Compute = new ComputeSettings { Threads = threads }.WithLines() }),
                cancellation));
        Dictionary<string, string> sources =
            ModelOptions.ByName(parsed.GetValue(_input) ?? [], session.Inputs, "input", session.OptionalInputs);
        Dictionary<string, string> targets = ModelOptions.ByName(parsed.GetValue(_output)!, session.Outputs, "output");
        foreach (string path in targets.Values.Where(IsPicture))
            CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(path));

        var inputs = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        foreach (OnnxValueInfo input in session.Inputs.Concat(session.OptionalInputs))
            if (sources.TryGetValue(input.Name, out string? path)) inputs.Add(input.Name, Read(path, input, pictures, cancellation));
        IReadOnlyDictionary<string, OnnxTensor> outputs = Interruptible.Run(() => session.Run(inputs, cancellation), cancellation);
        var written = new List<RunOutput>();
        foreach ((string name, string path) in targets)
        {
            OnnxTensor tensor = outputs[name];
            CommandException.OnFile("output", () => Write(path, name, tensor, pictures, cancellation));
            written.Add(new(name, path, tensor.ElementType.ToString().ToLowerInvariant(),
                [.. tensor.Shape.Select(static length => (long)length)]));
        }
        if (_report.Json) _report.Write(new RunReport([.. written]), JsonReports.Readable.RunReport);
        else foreach (RunOutput output in written)
            _report.Line($"{output.Name}: {output.Type} [{string.Join(", ", output.Shape)}] in {output.File}");
        return ExitCode.Done;
    }

    private static bool IsPicture(string path) => !path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    private static OnnxTensor Read(string path, OnnxValueInfo input, PictureTensor pictures, CancellationToken cancellation) =>
        CommandException.OnFile("input", () => IsPicture(path)
        ? pictures.FromPicture(Interruptible.Run(() => ImageFile.Read(path, cancellationToken: cancellation), cancellation), input)
        : TensorFile.Read(Interruptible.Run(() => NpyFile.Read(path, cancellation), cancellation), input, path));

    private static void Write(string path, string name, OnnxTensor tensor, PictureTensor pictures, CancellationToken cancellation)
    {
        if (IsPicture(path)) ImageFile.Write(path, pictures.ToPicture(tensor, name), cancellationToken: cancellation);
        else NpyFile.Write(path, TensorFile.ToArray(tensor), cancellation);
    }
}
