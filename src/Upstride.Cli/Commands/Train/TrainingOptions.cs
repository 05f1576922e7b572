using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Upstride.Cli.Commands.Tune;
using Upstride.Learning.Randomness;
using Upstride.Models.Data;
using Upstride.Models.Training;
using Upstride.Models.Upscaling;

namespace Upstride.Cli.Commands.Train;

/// <summary>The options of the commands that train a network to enlarge luma, and what they come to.</summary>
internal abstract class TrainingOptions
{
    // Keeps the draw of the first weights apart from a run's other draws under the same seed.
    private const long WeightsStream = 3;

    // A short run's curves have so many points, and a long one's more.
    private const int MinPoints = 20;

    private readonly TrainingSettings _defaults;
    private readonly Option<string[]> _images;
    private readonly Option<int?> _synthetic = new("--synthetic")
        { Description = "How many synthetic pictures of 256x256 are drawn where no folder is given; default 200.", HelpName = "count" };
    private readonly Option<string?> _validation = new("--validation")
        { Description = "A folder of pictures for the PSNR during training; default: the last twentieth of the "
        + "pictures, which is not trained on then.", HelpName = "folder" };
    private readonly Option<double?> _minutes = new("--minutes")
        { Description = "How long to train; the learning rate follows the clock.", HelpName = "time" };
    private readonly Option<long?> _steps = new("--steps")
        { Description = "How many steps to train instead: the same bits for the same seed, on any number of threads.", HelpName = "count" };
    private readonly Option<long> _seed;
    private readonly Option<int> _batch;
    private readonly Option<double> _learningRate;
    private readonly Option<int> _threads = Number("--threads", "count", "Threads.", Environment.ProcessorCount);
    private readonly Option<string?> _tuning = TuningOption.Create();
    private readonly Option<string?> _from;
    private readonly Option<bool> _freeze = new("--freeze")
        { Description = "Train the transposed convolution alone, and keep the other layers as --from gives them.",
        Arity = ArgumentArity.Zero };
    private readonly Option<bool> _resume = new("--resume")
        { Description = "Go on where the checkpoint beside the output stands; begin anew where there is none.",
        Arity = ArgumentArity.Zero };
    private readonly Option<string?> _output =
        CommandOptions.File("--output", "The .safetensors file to write; the curves stand beside it as .csv and .svg.", required: true,
        "-o");

    /// <param name="defaults">The recipe where nothing else is said.</param>
    /// <param name="from">What --from says of itself.</param>
    protected TrainingOptions(TrainingSettings defaults, string from)
    {
        _defaults = defaults;
        _images = new("--images")
        {
            Description = "One or more folders of pictures to train on; default: synthetic ones.",
            HelpName = "folder",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        _seed = Number("--seed", "number", "Decides everything random.", defaults.Seed);
        _batch = Number("--batch", "count", "Patches of one step.", defaults.Batch);
        Patch = Number("--patch", "pixels", "Columns and rows of a small patch.", defaults.Patch);
        _learningRate = Number("--learning-rate", "rate", "The highest learning rate of Adam, after the warm-up.", defaults.LearningRate);
        _from = CommandOptions.File("--from", from);
    }

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All =>
        [_images, _synthetic, _validation, Scale, .. OfNetwork, _minutes, _steps, _seed, _batch, Patch, _learningRate, .. OfRecipe,
        _threads, _tuning, _from, _freeze, _resume, _output];

    /// <summary>How much larger the network makes a picture.</summary>
    protected Option<int> Scale { get; } = new("--scale")
        { Description = "How much larger the network makes a picture.", HelpName = "factor", Required = true };

    /// <summary>Columns and rows of a small patch, of several scales at the largest.</summary>
    protected Option<int> Patch { get; }

    /// <summary>The options that say which network is trained.</summary>
    protected abstract IEnumerable<Option> OfNetwork { get; }

    /// <summary>The options of the recipe that this command alone has.</summary>
    protected virtual IEnumerable<Option> OfRecipe => [];

    /// <summary>The recipe with what <see cref="OfRecipe"/> says of it.</summary>
    protected virtual TrainingSettings Complete(ParseResult parsed, TrainingSettings settings) => settings;

    /// <summary>What small pictures go through; null for nothing.</summary>
    protected virtual Degradation? Degradation(ParseResult parsed) => null;

    /// <summary>A network that takes part in what is learned; null for none.</summary>
    protected virtual Teacher? Teacher(ParseResult parsed) => null;

    /// <summary>The network with its first weights.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="random">Where random weights come from.</param>
    /// <param name="from">The file whose weights it begins with, or none.</param>
    protected abstract UpscalingNetwork Network(ParseResult parsed, RandomSource random, string? from);

    /// <summary>Reads what was given, and refuses what cannot be meant.</summary>
    public TrainRequest Read(ParseResult parsed)
    {
        long? steps = parsed.GetValue(_steps);
        TrainingSettings settings = Complete(parsed, _defaults with
        {
            Steps = steps,
            Duration = parsed.GetValue(_minutes) is { } minutes ? Duration(minutes) : null,
            Batch = parsed.GetValue(_batch),
            Patch = parsed.GetValue(Patch),
            LearningRate = parsed.GetValue(_learningRate),
            Seed = parsed.GetValue(_seed),
            Threads = parsed.GetValue(_threads),
            Tuning = _tuning.Read(parsed),
            UpsamplingOnly = parsed.GetValue(_freeze),
            PointEvery = (int)Math.Clamp((steps ?? long.MaxValue) / MinPoints, 1, _defaults.PointEvery),
        });
        if ((settings.Steps is null) == (settings.Duration is null))
            throw CommandException.BadInput("minutes", "either --minutes or --steps is needed, and not both: they say how long to train");
        settings.Check();
        string[] images = parsed.GetValue(_images) ?? [];
        string? from = parsed.GetValue(_from);
        int? synthetic = parsed.GetValue(_synthetic);
        if (images is not [] && synthetic is not null)
            throw CommandException.BadInput("synthetic", "either --images or --synthetic can be given, and not both");
        if (synthetic is < 2)
            throw CommandException.BadInput("synthetic", $"synthetic >= 2 must hold, one to train on and one to validate: {synthetic}");
        if (settings.UpsamplingOnly && from is null)
            throw CommandException.BadInput("freeze", "--freeze keeps the layers that --from gives: name a file by --from");
        string output = parsed.GetValue(_output)!;
        if (!output.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw CommandException.BadInput("output", $"'{output}' must end with .safetensors, the format of the weights");
        UpscalingNetwork network = Network(parsed, RandomSource.For(settings.Seed, WeightsStream), from);
        return new(settings, network, images, synthetic ?? 200, parsed.GetValue(_validation), Degradation(parsed),
            Teacher(parsed), parsed.GetValue(_resume), output);
    }

    private static TimeSpan Duration(double minutes) => minutes > 0 && minutes <= TimeSpan.MaxValue.TotalMinutes / 2
        ? TimeSpan.FromMinutes(minutes)
        : throw CommandException.BadInput("minutes", $"minutes > 0 must hold: {minutes.ToString(CultureInfo.InvariantCulture)}");

    protected static Option<T> Number<T>(string name, string helpName, string description, T value) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => value,
    };
}

/// <summary>What a training command asks for.</summary>
/// <param name="Settings">The recipe.</param>
/// <param name="Network">The network with its first weights.</param>
/// <param name="Images">The folders to train on; none for synthetic pictures.</param>
/// <param name="Synthetic">How many of those.</param>
/// <param name="Validation">The folder to validate on; null for a part of the pictures.</param>
/// <param name="Degradation">What small pictures go through; null for nothing.</param>
/// <param name="Teacher">A network that takes part in what is learned; null for none.</param>
/// <param name="Resume">Whether to go on where a checkpoint stands.</param>
/// <param name="Output">The weights' file.</param>
internal sealed record TrainRequest(TrainingSettings Settings, UpscalingNetwork Network, IReadOnlyList<string> Images, int Synthetic,
    string? Validation, Degradation? Degradation, Teacher? Teacher, bool Resume, string Output);
