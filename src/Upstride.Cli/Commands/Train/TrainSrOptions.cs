using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Upstride.Cli.Commands.Upscale;
using Upstride.Geometry;
using Upstride.Learning.Randomness;
using Upstride.Models.Data;
using Upstride.Models.Residual;
using Upstride.Models.Training;
using Upstride.Models.Upscaling;

namespace Upstride.Cli.Commands.Train;

/// <summary>The options of <c>upstride train sr</c>.</summary>
internal sealed class TrainSrOptions() : TrainingOptions(
    _recipe, "A .safetensors file of the architecture, of this scale or another, whose weights training begins with.")
{
    // A recipe to begin with; docs/models.md tells which runs it made.
    private static readonly TrainingSettings _recipe = new()
        { Patch = 40, Margin = 4, Batch = 16, LearningRate = 1e-3, Loss = TrainingLoss.L1, AverageDecay = 0.999, PointEvery = 2000 };

    private readonly Option<Architecture?> _architecture = CommandOptions.Choice(
        "--architecture", "The network: fsrcnn, or best, a deeper residual one, which is the default.",
        ("fsrcnn", Architecture.Fsrcnn), ("best", Architecture.Best));

    private readonly Option<PerAxis> _size = CommandOptions.PerAxis("--size", "numbers",
        "The network's sizes: features and 3x3 convolutions of best, default 16x11; of fsrcnn as in train fsrcnn.");

    private readonly Option<int> _margin = Number("--margin", "pixels",
        "How much of each side of a patch the network sees without its outputs being counted.", _recipe.Margin);

    private readonly Option<double> _average = Number("--average", "decay",
        "How much of the moving average of the weights is kept in a step; 0 for the weights themselves.", _recipe.AverageDecay);

    private readonly Option<TrainingLoss?> _loss = CommandOptions.Choice("--loss", "What is made small; default l1.",
        ("mse", TrainingLoss.MeanSquaredError), ("l1", TrainingLoss.L1), ("charbonnier", TrainingLoss.Charbonnier));

    private readonly Option<(int Least, int Most)?> _jpeg = new("--jpeg")
    {
        Description = "Qualities of the JPEG files that the small pictures are made on the way, as 30..95 or 75; default: no compression.",
        HelpName = "from..to",
        CustomParser = static result => Range(result),
    };

    private readonly Option<double> _noise = Number("--noise", "levels",
        "The standard deviation, in levels of 8 bits, of noise on the small pictures, before they are compressed.", 0.0);

    private enum Architecture
    {
        Best,
        Fsrcnn,
    }

    protected override IEnumerable<Option> OfNetwork => [_architecture, _size];

    protected override IEnumerable<Option> OfRecipe => [_margin, _loss, _average, _jpeg, _noise];

    protected override TrainingSettings Complete(ParseResult parsed, TrainingSettings settings) => settings with
    {
        Margin = parsed.GetValue(_margin),
        Loss = parsed.GetValue(_loss) ?? _recipe.Loss,
        AverageDecay = parsed.GetValue(_average),
    };

    protected override Degradation? Degradation(ParseResult parsed)
    {
        ((int Least, int Most)? jpeg, double noise) = (parsed.GetValue(_jpeg), parsed.GetValue(_noise));
        if (noise is not (>= 0 and < 256)) throw CommandException.BadInput("noise", $"0 <= noise < 256 must hold: {noise}");
        return jpeg is null && noise == 0 ? null : new(jpeg?.Least, jpeg?.Most ?? 100, noise);
    }

    private static (int Least, int Most)? Range(ArgumentResult result)
    {
        string[] ends = result.Tokens[0].Value.Split("..");
        if (ends.Length is 1 or 2 && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int least)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int most)
            && least >= 1 && least <= most && most <= 100) return (least, most);
        result.AddError($"--jpeg: '{result.Tokens[0].Value}' must be two qualities from 1 to 100 joined by two points, as 30..95, or one");
        return null;
    }

    protected override UpscalingNetwork Network(ParseResult parsed, RandomSource random, string? from)
    {
        int scale = parsed.GetValue(Scale);
        ImmutableArray<int> size = parsed.GetValue(_size).Values;
        if (parsed.GetValue(_architecture) == Architecture.Fsrcnn) return TrainFsrcnnOptions.Network(scale, size, random, from);
        if (!size.IsEmpty && size.Length != 2)
            throw CommandException.BadInput("size", $"--size is two numbers joined by x, as 16x11: {size.Length} given");
        if (from is null) return new ResidualNetwork(size.IsEmpty ? new(scale) : new(scale, size[0], size[1]), random);
        ResidualNetwork other = LumaUpscalers.Read("from", from) as ResidualNetwork
            ?? throw CommandException.BadInput("from", $"'{from}' holds no network of the architecture best");
        if (!size.IsEmpty && !size.AsSpan().SequenceEqual([other.Settings.Features, other.Settings.Blocks]))
            throw CommandException.BadInput("size", $"'{from}' holds {other.Name}: leave out --size, or give its own");
        var network = new ResidualNetwork(other.Settings.ForScale(scale), random);
        network.CopyFrom(other, withUpsampling: other.Scale == scale);
        return network;
    }
}
