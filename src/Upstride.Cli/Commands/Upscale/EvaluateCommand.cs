using System.CommandLine;
using Upstride.Cli.Commands.Generate;
using Upstride.Cli.Commands.Segment;
using Upstride.Cli.Commands.Shards;
using Upstride.Cli.Reports;
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
    private readonly ShardedEvaluation _sharded;

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
            "Pixel accuracy, class accuracy and mean IoU of a network that 'upstride train segment' made."),
        new Example("evaluate --images photos --scale 2 --method bicubic --shard 1/4 --output figures",
            "A quarter of the pictures; 'upstride join figures' makes the report of all four."))
    {
        _report = report;
        _sharded = new(report);
        foreach (Option option in (Option[])[_images, _scale, _method, _jpeg, .. _segmentation.Options, .. _generation.Options,
            .. _sharded.Options])
            Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string folder = parsed.GetValue(_images)!;
        _sharded.Check(parsed, _generation.IsAskedFor(parsed)
            ? "a generator is judged by all its pictures together, and not in shards: leave out --shard, or --generation" : null);
        if (_generation.IsAskedFor(parsed)) return _generation.Run(parsed, folder, _report, cancellation);
        bool isSegmentation = _segmentation.IsAskedFor(parsed);
        if (_sharded.IsAskedFor(parsed))
            return _sharded.Run(
                parsed, folder, () => isSegmentation ? _segmentation.Judge(parsed, folder) : Judge(parsed, folder), cancellation);
        if (isSegmentation) return _segmentation.Run(parsed, folder, _report, cancellation);
        using QualityJudge judge = Judge(parsed, folder);
        var qualities = new ImageQuality[judge.Files.Count];
        _report.WithProgress($"evaluate {parsed.GetValue(_method)}", progress =>
        {
            for (int i = 0; i < qualities.Length; i++)
            {
                qualities[i] = judge.Judge(judge.Files[i], cancellation);
                progress.Report((i + 1.0) / qualities.Length);
            }
        });
        EvaluatedMethod method = judge.Evaluation.Upscaling!;
        EvaluationReports.Answer(_report, EvaluationReports.Of(method.Scale, method.Method, qualities));
        return ExitCode.Done;
    }

    private QualityJudge Judge(ParseResult parsed, string folder)
    {
        int scale = parsed.Require(_scale);
        if (scale < 2) throw CommandException.BadInput("scale", $"scale >= 2 must hold: {scale}");
        int? jpeg = parsed.GetValue(_jpeg);
        if (jpeg is < 1 or > 100) throw CommandException.BadInput("jpeg", $"1 <= jpeg <= 100 must hold: {jpeg}");
        string method = parsed.GetValue(_method)!;
        return new(method, LumaUpscalers.Create(method, scale), folder, jpeg);
    }
}
