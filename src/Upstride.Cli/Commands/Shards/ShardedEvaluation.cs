using System.CommandLine;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Models.Evaluation;

namespace Upstride.Cli.Commands.Shards;

/// <summary>What <c>evaluate</c> does with <c>--shard</c>: judges a part of the pictures, and leaves the figures for <c>join</c>.</summary>
internal sealed class ShardedEvaluation
{
    private readonly Report _report;
    private readonly ShardOption _shard;
    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "With --shard: the folder for the figures, of which 'upstride join' makes the report of all pictures.",
        HelpName = "folder",
    };

    public ShardedEvaluation(Report report) =>
        (_report, _shard) = (report, new(report, "The pictures fall into parts; --output is needed."));

    /// <summary>Its options.</summary>
    public IEnumerable<Option> Options => [_shard.Option, _output];

    /// <summary>Whether it is asked for.</summary>
    public bool IsAskedFor(ParseResult parsed) => _shard.IsAskedFor(parsed);

    /// <summary>Refuses what goes with a shard alone where there is none, and a shard of what has none.</summary>
    /// <param name="parsed">The line.</param>
    /// <param name="refusal">Why there are no shards; null where there are.</param>
    public void Check(ParseResult parsed, string? refusal)
    {
        if (!IsAskedFor(parsed) && parsed.GetValue(_output) is not null)
            throw CommandException.BadInput("output", "--output is the folder for the figures of a shard: give --shard, or leave it out");
        if (IsAskedFor(parsed) && refusal is not null) throw CommandException.BadInput("shard", refusal);
    }

    /// <summary>Judges the shard's pictures.</summary>
    /// <param name="parsed">The line.</param>
    /// <param name="folder">The pictures'.</param>
    /// <param name="prepare">Gives the pictures and what judges them.</param>
    /// <param name="cancellation">Asked before each picture.</param>
    /// <returns>One of <see cref="ExitCode"/> or <see cref="ShardExit"/>.</returns>
    public int Run(ParseResult parsed, string folder, Func<PictureJudge> prepare, CancellationToken cancellation) =>
        _shard.Run(parsed, shard =>
        {
            string output = parsed.Require(_output)!;
            using PictureJudge judge = prepare();
            PictureFile[] files = [.. judge.Files.Select(static file => new PictureFile(file, file))];
            return new ShardedPictures(_report, judge, new(), judge.Identity(parsed, cancellation), judge.Evaluation)
                .Run(files, folder, output, shard, cancellation);
        });

    /// <summary>What 'evaluate' of one process prints, of the figures of all shards.</summary>
    /// <param name="report">Receives it.</param>
    /// <param name="evaluation">What the pictures are judged by.</param>
    /// <param name="pictures">In the order of their names.</param>
    /// <param name="failures">Pictures that do not count.</param>
    public static void Answer(
        Report report, ShardEvaluation evaluation, IReadOnlyList<MadePicture> pictures, FailedPictureReport[] failures)
    {
        FailedPictureReport[]? told = failures.Length > 0 ? failures : null;
        if (evaluation.Upscaling is { } method)
            EvaluationReports.Answer(report, EvaluationReports.Of(method.Scale, method.Method,
                [.. pictures.Select(static picture => new ImageQuality(picture.Name, picture.Quality!.Value))]) with { Failures = told });
        if (evaluation.Segmentation is { } network)
            SegmentationReports.Answer(report, SegmentationReports.Of(network,
                [.. pictures.Select(static picture => picture.Confusion!)]) with { Failures = told });
    }
}
