using System.CommandLine;
using Upstride.Cli.Commands.Generate;
using Upstride.Cli.Commands.Segment;
using Upstride.Cli.Reports;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;

namespace Upstride.Cli.Commands.Upscale;

/// <summary><c>upstride evaluate</c>: how near a method comes to pictures that it is given made small.</summary>
internal sealed class EvaluateCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly Option<string?> _images = new("--images") { Description = "A folder of pictures: the originals.", HelpName = "folder",
        Required = true };
    private readonly Option<int> _scale = new("--scale") { Description = "How much smaller the originals are made, and enlarged again.",
        HelpName = "factor" };
    private readonly Option<string> _method = new("--method")
    {
        Description =
            "bicubic is MATLAB's imresize; fast, balanced and best are the tool's own networks, and fsrcnn is the fast one; or a "
            + ".safetensors file that 'upstride train' wrote.",
        HelpName = "bicubic|fsrcnn|fast|balanced|best|file",
        DefaultValueFactory = static _ => "fsrcnn",
    };

    private readonly Option<int?> _jpeg = new("--jpeg")
    {
        Description = "The quality, 1 to 100, of the JPEG files that the small pictures are made on the way; default: none.",
        HelpName = "quality",
    };

    private readonly SegmentationEvaluationMode _segmentation = new();
    private readonly GenerationEvaluationMode _generation = new();

    public EvaluateCommand(Report report) : base(
        "evaluate",
        "Judges an upscaling method as the papers do: the luma of each picture is cropped to a multiple of the scale, made small by "
            + "MATLAB's bicubic imresize, enlarged by the method and compared with the original. "
        + "PSNR and SSIM leave out a border as wide as the scale; uncropped is the PSNR of the whole picture. "
        + "With --segmentation it judges a segmentation network by pictures whose classes are known, "
        + "with --generation a generator by what a classifier finds in its pictures.",
        new Example("evaluate --images photos --scale 3 --method bicubic",
            "The papers' point of comparison: on Set5 its mean is 30.39 dB."),
        new Example("evaluate --images photos --scale 2 --method bicubic --json", "The same as JSON, for a halved picture."),
        new Example("evaluate --segmentation streets.safetensors --images photos --labels classes",
            "Pixel accuracy, class accuracy and mean IoU of a network that 'upstride train segment' made."))
    {
        _report = report;
        foreach (Option option in (Option[])[_images, _scale, _method, _jpeg, .. _segmentation.Options, .. _generation.Options])
            Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        if (_segmentation.IsAskedFor(parsed)) return _segmentation.Run(parsed, parsed.GetValue(_images)!, _report, cancellation);
        if (_generation.IsAskedFor(parsed)) return _generation.Run(parsed, parsed.GetValue(_images)!, _report, cancellation);
        int scale = parsed.Require(_scale);
        if (scale < 2) throw CommandException.BadInput("scale", $"scale >= 2 must hold: {scale}");
        int? jpeg = parsed.GetValue(_jpeg);
        if (jpeg is < 1 or > 100) throw CommandException.BadInput("jpeg", $"1 <= jpeg <= 100 must hold: {jpeg}");
        string method = parsed.GetValue(_method)!;
        string folder = parsed.GetValue(_images)!;
        ILumaUpscaler upscaler = LumaUpscalers.Create(method, scale);
        string[] files = CommandException.OnFile("images", () => ImageFolder.Files(folder));
        ImageQuality[] qualities = [];
        _report.WithProgress($"evaluate {method}", progress =>
            qualities = CommandException.OnFile("images", () => UpscalingEvaluation.Judge(upscaler, files, jpeg, progress, cancellation)));
        EvaluationReport report = EvaluationReports.Of(scale, method, qualities);
        if (_report.Json) _report.Write(report, JsonReports.Readable.EvaluationReport);
        else _report.Write(EvaluationReports.Table(report));
        return ExitCode.Done;
    }
}
