using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Upstride.Cli.Commands.Upscale;
using Upstride.Geometry;
using Upstride.Learning.Randomness;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Training;

namespace Upstride.Cli.Commands.Train;

/// <summary>The options of <c>upstride train fsrcnn</c>, and what they come to.</summary>
internal sealed class TrainFsrcnnOptions
{
    // Keeps the draw of the first weights apart from a run's other draws under the same seed.
    private const long WeightsStream = 3;

    // A short run's curves have so many points, and a long one's more.
    private const int MinPoints = 20;

    private static readonly TrainingSettings _defaults = new();

    private readonly Option<string?> _images = new("--images")
        { Description = "A folder of pictures to train on; default: synthetic ones.", HelpName = "folder" };
    private readonly Option<int?> _synthetic = new("--synthetic")
        { Description = "How many synthetic pictures of 256x256 are drawn where no folder is given; default 200.", HelpName = "count" };
    private readonly Option<string?> _validation = new("--validation")
        { Description = "A folder of pictures for the PSNR during training; default: the last twentieth of the "
        + "pictures, which is not trained on then.", HelpName = "folder" };
    private readonly Option<int> _scale = new("--scale")
        { Description = "How much larger the network makes a picture.", HelpName = "factor", Required = true };
    private readonly Option<PerAxis> _size =
        CommandOptions.PerAxis("--size", "dxsxm",
        "The network's features, shrunk features and mapping layers: the paper's default 56x12x4, 32x5x1 for its small one.");
    private readonly Option<double?> _minutes = new("--minutes")
        { Description = "How long to train; the learning rate follows the clock.", HelpName = "time" };
    private readonly Option<long?> _steps = new("--steps")
        { Description = "How many steps to train instead: the same bits for the same seed, on any number of threads.", HelpName = "count" };
    private readonly Option<long> _seed = Number("--seed", "number", "Decides everything random.", _defaults.Seed);
    private readonly Option<int> _batch = Number("--batch", "count", "Patches of one step.", _defaults.Batch);
    private readonly Option<int> _patch = Number("--patch", "pixels", "Columns and rows of a small patch.", _defaults.Patch);
    private readonly Option<double> _learningRate =
        Number("--learning-rate", "rate", "The highest learning rate of Adam, after the warm-up.", _defaults.LearningRate);
    private readonly Option<int> _threads = Number("--threads", "count", "Threads.", Environment.ProcessorCount);
    private readonly Option<string?> _from =
        CommandOptions.File("--from", "A .safetensors file of an FSRCNN, of this scale or another, whose weights training begins with.");
    private readonly Option<bool> _freeze = new("--freeze")
        { Description = "Train the transposed convolution alone, and keep the other layers as --from gives them.",
        Arity = ArgumentArity.Zero };
    private readonly Option<bool> _resume = new("--resume")
        { Description = "Go on where the checkpoint beside the output stands; begin anew where there is none.",
        Arity = ArgumentArity.Zero };
    private readonly Option<string?> _output =
        CommandOptions.File("--output", "The .safetensors file to write; the curves stand beside it as .csv and .svg.", required: true,
        "-o");

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All =>
        [_images, _synthetic, _validation, _scale, _size, _minutes, _steps, _seed, _batch, _patch, _learningRate, _threads, _from, _freeze,
        _resume, _output];

    /// <summary>Reads what was given, and refuses what cannot be meant.</summary>
    public TrainFsrcnnRequest Read(ParseResult parsed)
    {
        long? steps = parsed.GetValue(_steps);
        var settings = new TrainingSettings
        {
            Steps = steps,
            Duration = parsed.GetValue(_minutes) is { } minutes ? Duration(minutes) : null,
            Batch = parsed.GetValue(_batch),
            Patch = parsed.GetValue(_patch),
            LearningRate = parsed.GetValue(_learningRate),
            Seed = parsed.GetValue(_seed),
            Threads = parsed.GetValue(_threads),
            UpsamplingOnly = parsed.GetValue(_freeze),
            PointEvery = (int)Math.Clamp((steps ?? long.MaxValue) / MinPoints, 1, _defaults.PointEvery),
        };
        if ((settings.Steps is null) == (settings.Duration is null))
            throw CommandException.BadInput("minutes", "either --minutes or --steps is needed, and not both: they say how long to train");
        settings.Check();
        string? images = parsed.GetValue(_images), from = parsed.GetValue(_from);
        int? synthetic = parsed.GetValue(_synthetic);
        if (images is not null && synthetic is not null)
            throw CommandException.BadInput("synthetic", "either --images or --synthetic can be given, and not both");
        if (synthetic is < 2)
            throw CommandException.BadInput("synthetic", $"synthetic >= 2 must hold, one to train on and one to validate: {synthetic}");
        if (settings.UpsamplingOnly && from is null)
            throw CommandException.BadInput("freeze", "--freeze keeps the layers that --from gives: name a file by --from");
        string output = parsed.GetValue(_output)!;
        if (!output.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw CommandException.BadInput("output", $"'{output}' must end with .safetensors, the format of the weights");
        return new(settings, Network(parsed, from), images, synthetic ?? 200, parsed.GetValue(_validation), parsed.GetValue(_resume),
            output);
    }

    private FsrcnnNetwork Network(ParseResult parsed, string? from)
    {
        int scale = parsed.GetValue(_scale);
        ImmutableArray<int> size = parsed.GetValue(_size).Values;
        if (!size.IsEmpty && size.Length != 3)
            throw CommandException.BadInput("size", $"--size is three numbers joined by x, as 56x12x4: {size.Length} given");
        RandomSource random = RandomSource.For(parsed.GetValue(_seed), WeightsStream);
        if (from is null) return new(size.IsEmpty ? new(scale) : new(scale, size[0], size[1], size[2]), random);
        FsrcnnNetwork other = LumaUpscalers.Read("from", from);
        if (!size.IsEmpty && !size.AsSpan().SequenceEqual([other.Settings.Features, other.Settings.Shrunk, other.Settings.Mappings]))
            throw CommandException.BadInput("size", $"'{from}' holds {other.Settings.Name}: leave out --size, or give its own");

        // Another scale's transposed convolution is of no use: the paper begins with a new one.
        var network = new FsrcnnNetwork(other.Settings.ForScale(scale), random);
        network.CopyFrom(other, withUpsampling: other.Settings.Scale == scale);
        return network;
    }

    private static TimeSpan Duration(double minutes) => minutes > 0 && minutes <= TimeSpan.MaxValue.TotalMinutes / 2
        ? TimeSpan.FromMinutes(minutes)
        : throw CommandException.BadInput("minutes", $"minutes > 0 must hold: {minutes.ToString(CultureInfo.InvariantCulture)}");

    private static Option<T> Number<T>(string name, string helpName, string description, T value) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => value,
    };
}

/// <summary>What a training command asks for.</summary>
/// <param name="Settings">The recipe.</param>
/// <param name="Network">The network with its first weights.</param>
/// <param name="Images">The folder to train on; null for synthetic pictures.</param>
/// <param name="Synthetic">How many of those.</param>
/// <param name="Validation">The folder to validate on; null for a part of the pictures.</param>
/// <param name="Resume">Whether to go on where a checkpoint stands.</param>
/// <param name="Output">The weights' file.</param>
internal sealed record TrainFsrcnnRequest(TrainingSettings Settings, FsrcnnNetwork Network, string? Images, int Synthetic,
    string? Validation, bool Resume, string Output);
