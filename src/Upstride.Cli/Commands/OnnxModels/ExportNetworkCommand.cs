using System.CommandLine;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Upscaling;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary><c>upstride export fsrcnn</c> and <c>upstride export sr</c>: the tool's own weights, or those of a file, as an ONNX
/// model.</summary>
internal sealed class ExportNetworkCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly Option<int?> _scale = new("--scale")
        { Description = "How much larger the model's output is; with --model, which says it itself, it need not be given.",
        HelpName = "factor" };
    private readonly Option<UpscalingQuality?> _quality = CommandOptions.Choice(
        "--quality", "Which of the tool's networks; default balanced. Best is the largest there is, without the mean of eight results.",
        UpscaleQualities.All);
    private readonly Option<string?> _model = CommandOptions.File("--model", "Weights, a .safetensors file, instead of the tool's own.");
    private readonly Option<string?> _output = CommandOptions.File("--output", "The ONNX file to write.", required: true, "-o");
    private readonly bool _isFsrcnn;

    private ExportNetworkCommand(Report report, bool isFsrcnn, string name, string what, params Example[] examples) : base(
        name, $"Writes {what} as an ONNX model: x, luma in 0 to 1 of any size, [batch, 1, height, width], becomes y, larger by the scale.",
        examples)
    {
        (_report, _isFsrcnn) = (report, isFsrcnn);
        foreach (Option option in (Option[])[_scale, .. isFsrcnn ? (Option[])[] : [_quality], _model, _output]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    /// <summary><c>upstride export fsrcnn</c>.</summary>
    public static ExportNetworkCommand Fsrcnn(Report report) => new(report, isFsrcnn: true, "fsrcnn", "an FSRCNN",
        new Example("export fsrcnn --scale 3 -o fsrcnn-x3.onnx", "The tool's own network for scale 3."),
        new Example("export fsrcnn --model mine.safetensors -o mine.onnx", "A network that 'upstride train fsrcnn' made."));

    /// <summary><c>upstride export sr</c>.</summary>
    public static ExportNetworkCommand Sr(Report report) => new(report, isFsrcnn: false, "sr", "a network for super-resolution",
        new Example("export sr --scale 2 -o x2.onnx", "The tool's own network for scale 2."),
        new Example("export sr --model mine.safetensors -o mine.onnx", "A network that 'upstride train' made."));

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        UpscalingNetwork network = Find(parsed, parsed.GetValue(_model), parsed.GetValue(_scale));
        string output = parsed.GetValue(_output)!;
        CommandException.OnFile("output", () => UpscalingNetworkFile.WriteOnnx(output, network, cancellation));
        var report = new ExportReport(output, network.Name, network.Scale, OnnxModel.Load(output).Parameters);
        if (_report.Json) _report.Write(report, JsonReports.Readable.ExportReport);
        else _report.Line($"{report.Model} for scale {report.Scale}, {Count.Of(report.Parameters, "parameter")}, in {report.File}");
        return ExitCode.Done;
    }

    private UpscalingNetwork Find(ParseResult parsed, string? model, int? scale)
    {
        if (model is not null)
            return _isFsrcnn ? LumaUpscalers.ReadFsrcnn("model", model, scale) : LumaUpscalers.Read("model", model, scale);
        UpscalingQuality quality = parsed.GetValue(_quality) ?? UpscalingQuality.Balanced;
        IReadOnlyList<int> scales = _isFsrcnn ? FsrcnnWeights.Scales : UpscalingWeights.ScalesOf(quality);
        string known = string.Join(", ", scales);
        if (scale is not { } factor)
            throw CommandException.BadInput("scale", $"--scale or --model is needed: the tool has weights for {known}");
        UpscalingNetwork? network = _isFsrcnn
            ? FsrcnnWeights.Find(factor)
            : UpscalingWeights.Find(quality, factor);
        return network ?? throw CommandException.BadInput("scale",
            $"the tool has weights for scale {known}, and not for {factor}: name a file that 'upstride train' wrote with --model");
    }
}
