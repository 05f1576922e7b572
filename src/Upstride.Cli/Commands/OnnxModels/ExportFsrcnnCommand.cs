using System.CommandLine;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Upscaling;

namespace Upstride.Cli.Commands.OnnxModels;

/// <summary><c>upstride export fsrcnn</c>: the tool's own weights, or those of a file, as an ONNX model.</summary>
internal sealed class ExportFsrcnnCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly Option<int?> _scale = new("--scale")
        { Description = "How much larger the model's output is; with --model, which says it itself, it need not be given.",
        HelpName = "factor" };
    private readonly Option<string?> _model = CommandOptions.File("--model", "Weights, a .safetensors file, instead of the tool's own.");
    private readonly Option<string?> _output = CommandOptions.File("--output", "The ONNX file to write.", required: true, "-o");

    public ExportFsrcnnCommand(Report report) : base(
        "fsrcnn",
        "Writes an FSRCNN as an ONNX model: x, luma in 0 to 1 of any size, [batch, 1, height, width], becomes y, larger by the scale.",
        new Example("export fsrcnn --scale 3 -o fsrcnn-x3.onnx", "The tool's own network for scale 3."),
        new Example("export fsrcnn --model mine.safetensors -o mine.onnx", "A network that 'upstride train fsrcnn' made."))
    {
        _report = report;
        foreach (Option option in (Option[])[_scale, _model, _output]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        FsrcnnNetwork network = Find(parsed.GetValue(_model), parsed.GetValue(_scale));
        string output = parsed.GetValue(_output)!;
        CommandException.OnFile("output", () => UpscalingNetworkFile.WriteOnnx(output, network, cancellation));
        var report = new ExportReport(output, network.Settings.Name, network.Settings.Scale,
            network.Parameters().Sum(static parameter => parameter.Length));
        if (_report.Json) _report.Write(report, JsonReports.Readable.ExportReport);
        else _report.Line($"{report.Model} for scale {report.Scale}, {Count.Of(report.Parameters, "parameter")}, in {report.File}");
        return ExitCode.Done;
    }

    private static FsrcnnNetwork Find(string? model, int? scale)
    {
        if (model is not null) return LumaUpscalers.ReadFsrcnn("model", model);
        string known = string.Join(", ", FsrcnnWeights.Scales);
        if (scale is not { } factor)
            throw CommandException.BadInput("scale", $"--scale or --model is needed: the tool has weights for {known}");
        return FsrcnnWeights.Find(factor)
            ?? throw CommandException.BadInput("scale",
            $"the tool has weights for scale {known}, and not for {factor}: name a file that 'upstride train fsrcnn' wrote with --model");
    }
}
