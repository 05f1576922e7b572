using System.CommandLine;
using Upstride.Cli.Reports;
using Upstride.Models.Segmentation;

namespace Upstride.Cli.Commands.Segment;

/// <summary><c>upstride evaluate --segmentation</c>: a network judged by pictures whose classes are known.</summary>
internal sealed class SegmentationEvaluationMode
{
    private readonly Option<string?> _model = CommandOptions.File("--segmentation",
        "Judge this segmentation network instead, a .safetensors file, by --images and --labels.");
    private readonly Option<string?> _labels = new("--labels")
        { Description = "With --segmentation: a folder of grey pictures of the same names, whose values are the classes.",
            HelpName = "folder" };
    private readonly Option<int> _void = SegmentationOptions.Void();

    /// <summary>Its options.</summary>
    public IEnumerable<Option> Options => [_model, _labels, _void];

    /// <summary>Whether it is asked for.</summary>
    public bool IsAskedFor(ParseResult parsed) => parsed.GetValue(_model) is not null;

    /// <summary>Judges, and answers.</summary>
    public int Run(ParseResult parsed, string images, Report report, CancellationToken cancellation)
    {
        string labels = parsed.GetValue(_labels)
            ?? throw CommandException.BadInput("labels",
                "--labels is needed with --segmentation: the folder of the classes of the pictures");
        string model = parsed.GetValue(_model)!;
        SegmentationNetwork<float> network = SegmentationOptions.ReadNetwork("segmentation", model);
        LabelledPicture[] pictures = SegmentationOptions.Read(report, images, labels, network.Settings.Classes.Length,
            parsed.GetValue(_void),
            cancellation);
        ConfusionMatrix? matrix = null;
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        report.WithProgress("evaluate", progress =>
        {
            using var segmenter = new Segmenter(network);
            matrix = segmenter.Judge(pictures, progress, cancellation);
        });
        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds / pictures.Length;
        SegmentationEvaluationReport answer = SegmentationReports.Of(model, network, matrix!, pictures.Length, seconds);
        if (report.Json) report.Write(answer, JsonReports.Readable.SegmentationEvaluationReport);
        else report.Write(SegmentationReports.Table(answer));
        return ExitCode.Done;
    }
}
