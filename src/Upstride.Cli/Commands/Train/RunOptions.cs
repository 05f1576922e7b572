using System.CommandLine;
using System.Globalization;
using Upstride.Cli.Commands.Tune;
using Upstride.Models.Runs;

namespace Upstride.Cli.Commands.Train;

/// <summary>The options that every training command has: how long, from which seed, where to.</summary>
/// <param name="defaults">What is taken where an option is not given.</param>
internal sealed class RunOptions(RunSettings defaults)
{
    private readonly Option<double?> _minutes = new("--minutes") { Description = "How long to train.", HelpName = "time" };
    private readonly Option<long?> _steps = new("--steps")
        { Description = "How many steps to train instead: the same bits for the same seed, on any number of threads.", HelpName = "count" };
    private readonly Option<long> _seed = Number("--seed", "number", "Decides everything random.", defaults.Seed);
    private readonly Option<int> _batch = Number("--batch", "count", "Pictures of one step.", defaults.Batch);
    private readonly Option<double> _learningRate = Number("--learning-rate", "rate", "The highest learning rate of Adam.",
        defaults.LearningRate);
    private readonly Option<int> _threads = Number("--threads", "count", "Threads.", Environment.ProcessorCount);
    private readonly Option<string?> _tuning = TuningOption.Create();
    private readonly Option<int?> _pointEvery = new("--point-every")
        { Description = "Steps from one point of the curves to the next.", HelpName = "count" };
    private readonly Option<bool> _resume = new("--resume")
        { Description = "Go on where the checkpoint beside the output stands; begin anew where there is none.",
        Arity = ArgumentArity.Zero };
    private readonly Option<string?> _output =
        CommandOptions.File("--output", "The .safetensors file to write; the curves stand beside it as .csv and .svg.", required: true,
        "-o");

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All => [_minutes, _steps, _seed, _batch, _learningRate, _threads, _tuning, _pointEvery, _resume, _output];

    /// <summary>The seed.</summary>
    public long Seed(ParseResult parsed) => parsed.GetValue(_seed);

    /// <summary>What was given, into settings of the command's own kind.</summary>
    public T Read<T>(ParseResult parsed, T settings)
        where T : RunSettings
    {
        long? steps = parsed.GetValue(_steps);
        if (steps is null == (parsed.GetValue(_minutes) is null))
            throw CommandException.BadInput("minutes", "either --minutes or --steps is needed, and not both: they say how long to train");

        // A short run's curves have twenty points, and a long one's more.
        int every = parsed.GetValue(_pointEvery) ?? (int)Math.Clamp((steps ?? long.MaxValue) / 20, 1, settings.PointEvery);
        var read = settings with
        {
            Steps = steps,
            Duration = parsed.GetValue(_minutes) is { } minutes ? Duration(minutes) : null,
            Batch = parsed.GetValue(_batch),
            LearningRate = parsed.GetValue(_learningRate),
            Seed = parsed.GetValue(_seed),
            Threads = parsed.GetValue(_threads),
            Tuning = _tuning.Read(parsed),
            PointEvery = every,
        };
        read.Check();
        return read;
    }

    /// <summary>The files of the run, and whether it goes on where a checkpoint stands. Nothing is written.</summary>
    public (RunFiles Files, bool Resumes) Files(ParseResult parsed)
    {
        string output = parsed.GetValue(_output)!;
        if (!output.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw CommandException.BadInput("output", $"'{output}' must end with .safetensors, the format of the weights");
        var files = new RunFiles(output);
        return (files, CommandException.OnFile(
            "output", () => TrainingTarget.Check(files.Weights, files.Checkpoint, parsed.GetValue(_resume))));
    }

    private static TimeSpan Duration(double minutes) => minutes > 0 && minutes <= TimeSpan.MaxValue.TotalMinutes / 2
        ? TimeSpan.FromMinutes(minutes)
        : throw CommandException.BadInput("minutes", $"minutes > 0 must hold: {minutes.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>A number with its default.</summary>
    public static Option<T> Number<T>(string name, string helpName, string description, T value) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => value,
    };
}
