using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Upstride.Cli.Commands.Upscale;
using Upstride.Geometry;
using Upstride.Learning.Randomness;
using Upstride.Models.Data;
using Upstride.Models.Pyramid;
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

    // At scale 8 a patch is 192 pixels wide: no more has a picture of BSDS500 at the smallest size of the augmentation.
    private const int PyramidPatch = 24, PyramidMargin = 2;

    private readonly Option<Architecture?> _architecture = CommandOptions.Choice(
        "--architecture",
        "The network: fsrcnn, or best, a deeper residual one, which is the default, or pyramid, one for scale 2, 4 and so on to --scale.",
        ("fsrcnn", Architecture.Fsrcnn), ("best", Architecture.Best), ("pyramid", Architecture.Pyramid));

    private readonly Option<PerAxis> _size = CommandOptions.PerAxis("--size", "numbers",
        "The network's sizes: features and 3x3 convolutions of best, default 16x11; of pyramid these and how often a level goes through the "
            + "convolutions, default 16x11x1; of fsrcnn as in train fsrcnn.");

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

    private readonly Option<string?> _teacher = CommandOptions.File("--teacher",
        "A .safetensors file of this scale, or fast, balanced or best for the tool's own: the mean of its eight results is part of what "
            + "is learned.");

    private readonly Option<double> _teacherPart = Number("--teacher-part", "part", "How much of it, above 0 and at most 1.", 0.5);

    private enum Architecture
    {
        Best,
        Fsrcnn,
        Pyramid,
    }

    protected override IEnumerable<Option> OfNetwork => [_architecture, _size];

    protected override IEnumerable<Option> OfRecipe => [_margin, _loss, _average, _jpeg, _noise, _teacher, _teacherPart];

    protected override TrainingSettings Complete(ParseResult parsed, TrainingSettings settings) => settings with
    {
        Patch = IsPyramid(parsed) && IsDefault(parsed, Patch) ? PyramidPatch : settings.Patch,
        Margin = IsPyramid(parsed) && IsDefault(parsed, _margin) ? PyramidMargin : parsed.GetValue(_margin),
        Loss = parsed.GetValue(_loss) ?? _recipe.Loss,
        AverageDecay = parsed.GetValue(_average),
    };

    protected override Degradation? Degradation(ParseResult parsed)
    {
        ((int Least, int Most)? jpeg, double noise) = (parsed.GetValue(_jpeg), parsed.GetValue(_noise));
        if (noise is not (>= 0 and < 256)) throw CommandException.BadInput("noise", $"0 <= noise < 256 must hold: {noise}");
        return jpeg is null && noise == 0 ? null : new(jpeg?.Least, jpeg?.Most ?? 100, noise);
    }

    protected override Teacher? Teacher(ParseResult parsed)
    {
        if (parsed.GetValue(_teacher) is not { } name) return null;
        double part = parsed.GetValue(_teacherPart);
        if (part is not (> 0 and <= 1)) throw CommandException.BadInput("teacherPart", $"0 < teacher-part <= 1 must hold: {part}");
        if (IsPyramid(parsed))
            throw CommandException.BadInput("teacher",
                "a pyramid is trained for several scales, and a teacher has one: leave out --teacher");
        int scale = parsed.GetValue(Scale);
        UpscalingNetwork network = UpscaleQualities.Find(name) is { } quality
            ? UpscalingWeights.Find(quality, scale) ?? throw CommandException.BadInput("teacher",
                $"'{name}' has no weights for scale {scale}: it has them for {string.Join(", ", UpscalingWeights.ScalesOf(quality))}")
            : LumaUpscalers.Read("teacher", name, scale);
        return new(network.ToPlaneNetwork(scale), part);
    }

    private bool IsPyramid(ParseResult parsed) => parsed.GetValue(_architecture) == Architecture.Pyramid;

    private static bool IsDefault(ParseResult parsed, Option option) => parsed.GetResult(option) is null or { Implicit: true };

    private static (int Least, int Most)? Range(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        string two = text.Contains("..", StringComparison.Ordinal) ? text : $"{text}..{text}";
        if (CommandOptions.Ends<int>(two, NumberStyles.None) is var (least, most) && least >= 1 && least <= most && most <= 100)
            return (least, most);
        result.AddError($"--jpeg: '{text}' must be two qualities from 1 to 100 joined by two points, as 30..95, or one");
        return null;
    }

    protected override UpscalingNetwork Network(ParseResult parsed, RandomSource random, string? from)
    {
        int scale = parsed.GetValue(Scale);
        ImmutableArray<int> size = parsed.GetValue(_size).Values;
        if (parsed.GetValue(_architecture) == Architecture.Fsrcnn) return TrainFsrcnnOptions.Network(scale, size, random, from);
        if (parsed.GetValue(_architecture) == Architecture.Pyramid) return Pyramid(scale, size, random, from);
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

    private static PyramidNetwork Pyramid(int scale, ImmutableArray<int> size, RandomSource random, string? from)
    {
        if (scale < 2 || !int.IsPow2(scale))
            throw CommandException.BadInput("scale", $"a pyramid's scale must be 2, 4, 8 or another power of two: {scale}");
        if (!size.IsEmpty && size.Length is not (2 or 3))
            throw CommandException.BadInput("size", $"--size is two or three numbers joined by x, as 16x11x1: {size.Length} given");
        var settings = new PyramidSettings(int.Log2(scale));
        if (!size.IsEmpty) settings = new(settings.Levels, size[0], size[1], size.Length == 3 ? size[2] : 1);
        if (from is null) return new(settings, random);
        UpscalingNetwork other = LumaUpscalers.Read("from", from);
        try
        {
            // With a residual network's convolutions a pyramid of any number of recursions can begin.
            if (other is ResidualNetwork residual)
            {
                var begun = new PyramidNetwork(size.IsEmpty
                    ? new(settings.Levels, residual.Settings.Features, residual.Settings.Blocks) : settings, random);
                begun.CopyFrom(residual);
                return begun;
            }
            if (other is not PyramidNetwork pyramid)
                throw CommandException.BadInput("from", $"'{from}' holds no network of the architectures pyramid and best");
            PyramidSettings theirs = pyramid.Settings;
            var network = new PyramidNetwork(size.IsEmpty
                ? new(settings.Levels, theirs.Features, theirs.Blocks, theirs.Recursions) : settings, random);
            network.CopyFrom(pyramid);
            return network;
        }
        catch (ArgumentException)
        {
            throw CommandException.BadInput("size", $"'{from}' holds {other.Name}: leave out --size, or give its own");
        }
    }
}
