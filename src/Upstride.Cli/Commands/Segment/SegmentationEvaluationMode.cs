using System.CommandLine;
using Upstride.Cli.Commands.Shards;
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
    private readonly Option<bool> _selfEnsemble = SegmentationOptions.SelfEnsemble("With --segmentation: ");

    /// <summary>Its options.</summary>
    public IEnumerable<Option> Options => [_model, _labels, _void, _selfEnsemble];

    /// <summary>Whether it is asked for.</summary>
    /// <exception cref="CommandException">It is not, and an option is told that goes with it.</exception>
    public bool IsAskedFor(ParseResult parsed)
    {
        bool isAskedFor = parsed.GetValue(_model) is not null;
        if (!isAskedFor && parsed.GetValue(_selfEnsemble))
            throw CommandException.BadInput("selfEnsemble",
                "--self-ensemble goes with --segmentation; of upscaling methods best is an ensemble");
        return isAskedFor;
    }

    /// <summary>What judges.</summary>
    public SegmentationJudge Judge(ParseResult parsed, string images) => new(parsed.GetValue(_model)!, images,
        parsed.GetValue(_labels)
        ?? throw CommandException.BadInput("labels", "--labels is needed with --segmentation: the folder of the classes of the pictures"),
        parsed.GetValue(_void), parsed.GetValue(_selfEnsemble));

    /// <summary>Judges, and answers.</summary>
    public int Run(ParseResult parsed, string images, Report report, CancellationToken cancellation)
    {
        using SegmentationJudge judge = Judge(parsed, images);
        var found = new PictureConfusion[judge.Files.Count];
        report.WithProgress("evaluate", progress =>
        {
            for (int i = 0; i < found.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                found[i] = judge.Judge(judge.Files[i], cancellation);
                progress.Report((i + 1.0) / found.Length);
            }
        });
        SegmentationReports.Answer(report, SegmentationReports.Of(judge.Evaluation.Segmentation!, found));
        return ExitCode.Done;
    }
}
