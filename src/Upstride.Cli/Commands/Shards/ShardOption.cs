using System.CommandLine;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;

namespace Upstride.Cli.Commands.Shards;

/// <summary>The option <c>--shard</c> of a command.</summary>
/// <param name="report">Receives the first line, which tells the shard.</param>
/// <param name="parts">Into what the work falls, in a sentence for the help.</param>
internal sealed class ShardOption(Report report, string parts)
{
    /// <summary>The option's name.</summary>
    public const string Name = "--shard";

    /// <summary>Which shard.</summary>
    public Option<string?> Option { get; } = new(Name)
    {
        Description =
            "Make one part of several: 3/16, or what the scheduler says where it has no value or is auto (SLURM_ARRAY_TASK_ID with _MIN, "
            + "_MAX and _COUNT; JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX with UPSTRIDE_SHARD_COUNT). " + parts
            + " Ends with 0 done, 75 for another try, 42 hopeless.",
        HelpName = "part",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Whether it is asked for.</summary>
    public bool IsAskedFor(ParseResult parsed) => parsed.GetResult(Option) is { Implicit: false };

    /// <summary>Makes the shard.</summary>
    /// <param name="parsed">The line.</param>
    /// <param name="make">Makes it, and returns the exit code.</param>
    /// <returns>One of <see cref="ExitCode"/> or <see cref="ShardExit"/>.</returns>
    public int Run(ParseResult parsed, Func<Shard, int> make)
    {
        try
        {
            Shard shard = Shard.Parse(parsed.GetValue(Option), Environment.GetEnvironmentVariable);
            if (!report.Json) report.Line($"{shard}, from {PictureFile.Shown(shard.Source)}");
            return make(shard);
        }
        catch (Exception fault) when (fault is not CommandException { ExitCode: ShardExit.TryAgain or ShardExit.Hopeless }
            && Failure.Of(fault) is { } failure)
        {
            throw new CommandException(ShardExit.IsPassing(fault) ? ShardExit.TryAgain : ShardExit.Hopeless, failure.Parameter,
                failure.Message, fault);
        }
    }
}
