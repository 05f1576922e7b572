using System.CommandLine;
using System.Globalization;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Reports;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Shards;

/// <summary>The option <c>--shard</c>, with what <c>upscale</c> does where it is given: one part of the work, of the pictures in folders or of
/// one picture's rows.</summary>
internal sealed class ShardedUpscale(Report report, UpscaleOptions options)
{
    /// <summary>Which shard.</summary>
    public Option<string?> Option { get; } = new("--shard")
    {
        Description =
            "Make one part of several: 3/16, or what the scheduler says where it has no value or is auto (SLURM_ARRAY_TASK_ID with _MIN, "
            + "_MAX and _COUNT; JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX with UPSTRIDE_SHARD_COUNT). Folders fall into parts of "
            + "pictures, one picture into bands of rows, which 'upstride join' puts together. Ends with 0 done, 75 for another try, 42 hopeless.",
        HelpName = "part",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Whether it is asked for.</summary>
    public bool IsAskedFor(ParseResult parsed) => parsed.GetResult(Option) is { Implicit: false };

    /// <summary>Makes the shard.</summary>
    /// <param name="parsed">The line.</param>
    /// <param name="inputs">What it names as pictures.</param>
    /// <param name="output">Where they go.</param>
    /// <param name="cancellation">Asked between parts of the work.</param>
    /// <returns>One of <see cref="ExitCode"/> or <see cref="ShardExit"/>.</returns>
    public int Run(ParseResult parsed, string[] inputs, string output, CancellationToken cancellation)
    {
        try
        {
            Shard shard = Shard.Parse(parsed.GetValue(Option), Environment.GetEnvironmentVariable);
            if (!report.Json) report.Line($"{shard}, from {PictureFile.Shown(shard.Source)}");
            if (output == PictureFiles.Standard || inputs.Contains(PictureFiles.Standard))
                throw CommandException.BadInput("shard", "shards are of files: name files or folders, and not - for a stream");
            (IReadOnlyList<PictureFile> files, string? passedOver) = PictureFiles.Find(inputs, output, options.Naming(parsed));
            if (passedOver is not null) report.Note(passedOver);
            using Upscaler upscaler = options.Choose(parsed);
            ShardIdentity identity = ShardIdentity.Of(upscaler, parsed, options.ModelOf(parsed), cancellation);
            return IsOnePicture(inputs)
                ? new ShardedBand(report, upscaler, options.Files(parsed), identity).Run(files[0], shard, cancellation)
                : new ShardedPictures(report, upscaler, options.Files(parsed), identity).Run(files, output, shard, cancellation);
        }
        catch (Exception fault) when (fault is not CommandException { ExitCode: ShardExit.TryAgain or ShardExit.Hopeless }
            && Failure.Of(fault) is { } failure)
        {
            throw new CommandException(ShardExit.IsPassing(fault) ? ShardExit.TryAgain : ShardExit.Hopeless, failure.Parameter, failure.Message,
                fault);
        }
    }

    /// <summary>Whether the line names one picture, which falls into bands.</summary>
    public static bool IsOnePicture(string[] inputs) => inputs is [var only] && File.Exists(only);

    /// <summary>Pixels as people say them.</summary>
    public static string Megapixels(long pixels) => string.Create(CultureInfo.InvariantCulture, $"{pixels / 1e6:0.###} megapixels");
}
