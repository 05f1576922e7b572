using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Upstride.Cli.Commands.Segment;
using Upstride.Cli.Reports;
using Upstride.Geometry;
using Upstride.Learning.Randomness;
using Upstride.Models.Runs;
using Upstride.Models.Segmentation;

namespace Upstride.Cli.Commands.Train;

/// <summary><c>upstride train segment</c>: pictures and the classes of their pixels in, the weights of a segmentation network
/// out.</summary>
internal sealed class TrainSegmentCommand : CommandWithExamples
{
    // Keeps the draw of the first weights apart from a run's other draws under the same seed.
    private const long WeightsStream = 3;

    private static readonly SegmentationRunSettings _defaults = new();

    private readonly Report _report;
    private readonly RunOptions _run = new(_defaults);
    private readonly Option<SegmentationArchitecture?> _architecture = CommandOptions.Choice("--architecture",
        "The structure; default unet.", ("fcn32s", SegmentationArchitecture.Fcn32s), ("fcn16s", SegmentationArchitecture.Fcn16s),
        ("fcn8s", SegmentationArchitecture.Fcn8s), ("segnet", SegmentationArchitecture.SegNet),
        ("deconvnet", SegmentationArchitecture.DeconvNet), ("unet", SegmentationArchitecture.UNet));
    private readonly Option<double> _width = RunOptions.Number("--width", "factor",
        "What all hidden channels of the published structure are multiplied by.", 0.25);
    private readonly Option<DecoderUpsampling?> _upsampling = CommandOptions.Choice("--upsampling",
        "How the decoder enlarges; default published.", ("published", DecoderUpsampling.Published),
            ("bilinear", DecoderUpsampling.Bilinear));
    private readonly Option<string> _images = new("--images") { Description = "A folder of pictures.", HelpName = "folder",
        Required = true };
    private readonly Option<string> _labels = new("--labels")
        { Description = "A folder of grey pictures of the same names, whose values are the classes.", HelpName = "folder",
            Required = true };
    private readonly Option<string?> _validationImages = new("--validation-images")
        { Description = "A folder of pictures that the curves are judged by; nothing is chosen by it.", HelpName = "folder" };
    private readonly Option<string?> _validationLabels = new("--validation-labels")
        { Description = "The folder of their labels.", HelpName = "folder" };
    private readonly Option<string?> _classes =
        CommandOptions.File("--classes", "A text file with the name of each class in a line, in the order of the labels' values.",
            required: true);
    private readonly Option<int> _void = SegmentationOptions.Void();
    private readonly Option<PerAxis> _crop = CommandOptions.PerAxis("--crop", "sizes",
        "Columns and rows of a training picture, multiples of 32, of 16 for unet; default 224x160.");
    private readonly Option<ClassWeighting?> _weighting = CommandOptions.Choice("--class-weights",
        "How the classes count in the loss; default median, which is by median frequency.", ("none", ClassWeighting.None),
        ("median", ClassWeighting.MedianFrequency), ("root", ClassWeighting.RootOfMedianFrequency));
    private readonly Option<bool> _noFlip = new("--no-flip")
        { Description = "Do not mirror pictures.", Arity = ArgumentArity.Zero };
    private readonly Option<(double Least, double Most)?> _zoom = new("--zoom")
    {
        Description = "The least and the most that pictures are scaled by; default 0.75..1.5.",
        HelpName = "from..to",
        CustomParser = static result => Factors(result),
    };
    private readonly Option<double> _recolor = RunOptions.Number("--recolor", "part",
        "The most by which brightness, contrast and each colour's strength change, up or down.", _defaults.Augmentation.Colour);
    private readonly Option<string?> _from = CommandOptions.File("--from",
        "A .safetensors file of the same network, whose weights training begins with.");

    // A checkpoint, from which --resume goes on.
    public override bool SavesWhenCancelled => true;

    public TrainSegmentCommand(Report report) : base(
        "segment",
        "Trains a network to find the class of every pixel, by AdamW with a warm-up and a cosine; pictures are mirrored, scaled, cropped "
            + "and "
            + "recoloured. A checkpoint is written every minute and at Ctrl-C, and --resume goes on from there.",
        new Example("train segment --images photos --labels classes --classes names.txt --minutes 0.05 --width 0.05 --crop 32x32 "
            + "-o streets.safetensors", "A small U-Net on your own pictures; give it 90 minutes instead to learn well."),
        new Example("train segment --architecture fcn8s --images photos --labels classes --classes names.txt --steps 2 --width 0.02 "
            + "--crop 32x32 --batch 2 -o fcn.safetensors", "Another structure; the same bits each time."))
    {
        _report = report;
        foreach (Option option in (Option[])[_architecture, _width, _upsampling, _images, _labels, _validationImages, _validationLabels,
            _classes, _void, _crop, _zoom, _recolor, _weighting, _noFlip, _from, .. _run.All]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        SegmentationRunSettings settings = _run.Read(parsed, _defaults with
        {
            Weighting = parsed.GetValue(_weighting) ?? _defaults.Weighting,
            Augmentation = Augmentation(parsed),
        });
        (RunFiles files, bool resumes) = _run.Files(parsed);
        SegmentationNetwork<float> network = Network(parsed, settings.Seed);
        (string Images, string Labels)? validation = (parsed.GetValue(_validationImages), parsed.GetValue(_validationLabels)) switch
        {
            (null, null) => null,
            ({ } images, { } labels) => (images, labels),
            _ => throw CommandException.BadInput("validationLabels",
                "--validation-images and --validation-labels belong together: give both, or neither"),
        };
        int classes = network.Settings.Classes.Length, none = parsed.GetValue(_void);
        LabelledPicture[] pictures = SegmentationOptions.Read(_report, parsed.GetValue(_images)!, parsed.GetValue(_labels)!, classes, none,
            cancellation);
        LabelledPicture[] judged = validation is { } two
            ? SegmentationOptions.Read(_report, two.Images, two.Labels, classes, none, cancellation) : [];
        using var trainer = new SegmentationTrainer(network, pictures, judged, settings);
        return new TrainingCommand(_report).Run(trainer, files, resumes,
            $"{Count.Of(network.Parameters().Sum(static parameter => parameter.Length), "weight")}; "
            + $"{Count.Of(pictures.Length, "picture")}, {judged.Length} to validate by", cancellation);
    }

    private Augmentation Augmentation(ParseResult parsed)
    {
        Augmentation usual = _defaults.Augmentation;
        Augmentation drawn = usual with
        {
            Flip = !parsed.GetValue(_noFlip),
            Scale = parsed.GetValue(_zoom) ?? usual.Scale,
            Colour = parsed.GetValue(_recolor) is >= 0 and < 1 and var colour ? colour
                : throw CommandException.BadInput("recolor", $"0 <= recolor < 1 must hold: {parsed.GetValue(_recolor)}"),
        };
        return parsed.GetValue(_crop).Values switch
        {
            { IsEmpty: true } => drawn,
            [var side] => drawn with { Width = side, Height = side },
            [var width, var height] => drawn with { Width = width, Height = height },
            var more => throw CommandException.BadInput("crop",
                $"--crop is columns and rows joined by x, as 224x160: {more.Length} numbers given"),
        };
    }

    private static (double Least, double Most)? Factors(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (CommandOptions.Ends<double>(text, NumberStyles.AllowDecimalPoint) is var (least, most)
            && least >= 0.1 && least <= most && most <= 10) return (least, most);
        result.AddError($"--zoom: '{text}' must be two factors from 0.1 to 10 joined by two points, as 0.5..2");
        return null;
    }

    private SegmentationNetwork<float> Network(ParseResult parsed, long seed)
    {
        string names = parsed.GetValue(_classes)!;
        var settings = new SegmentationSettings(parsed.GetValue(_architecture) ?? SegmentationArchitecture.UNet,
            [.. CommandException.OnFile("classes", () => SegmentationSet.ReadNames(names))], parsed.GetValue(_width),
            parsed.GetValue(_upsampling) ?? DecoderUpsampling.Published);
        if (parsed.GetValue(_from) is not { } from) return SegmentationNetwork<float>.Create(settings,
            RandomSource.For(seed, WeightsStream));
        SegmentationNetwork<float> network = SegmentationOptions.ReadNetwork("from", from);
        if (network.Settings != settings)
            throw CommandException.BadInput("from",
                string.Create(CultureInfo.InvariantCulture,
                    $"'{from}' holds {network.Settings}, and asked for is {settings}: both must be equal"));
        network.Train();
        return network;
    }
}
