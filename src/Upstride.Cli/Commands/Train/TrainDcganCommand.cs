using System.CommandLine;
using Upstride.Cli.Reports;
using Upstride.Learning;
using Upstride.Learning.Randomness;
using Upstride.Models.Data;
using Upstride.Models.Generation;
using Upstride.Models.Runs;

namespace Upstride.Cli.Commands.Train;

/// <summary><c>upstride train dcgan</c>: pictures in, the weights of a generator of such pictures out.</summary>
internal sealed class TrainDcganCommand : CommandWithExamples
{
    // Keeps the draws of the first weights apart from a run's other draws under the same seed.
    private const long GeneratorStream = 5, DiscriminatorStream = 6;

    private readonly Report _report;
    private static readonly RunSettings _defaults = new() { PointEvery = 500 };

    private readonly RunOptions _run = new(_defaults);
    private readonly Option<string> _images = new("--images")
        { Description = "A folder of pictures, or an idx file of them (.idx, -ubyte, .gz).", HelpName = "path", Required = true };
    private readonly Option<int> _holdOut = RunOptions.Number("--hold-out", "count",
        "How many of the last pictures are not trained on, for a later comparison.", 0);
    private readonly Option<int> _size = RunOptions.Number("--size", "pixels", "Rows and columns: 28, 32 or 64.", 32);
    private readonly Option<bool> _color = new("--color")
        { Description = "Three channels instead of grey.", Arity = ArgumentArity.Zero };
    private readonly Option<int> _features = RunOptions.Number("--features", "count",
        "Channels of the generator's last hidden layer; 128 in the paper.", 32);
    private readonly Option<int> _latent = RunOptions.Number("--latent", "count", "Random numbers that a picture is made from.", 100);
    private readonly Option<UpsamplingKind?> _upsampling = CommandOptions.Choice("--upsampling",
        "How the generator doubles the size; default transposed.", ("transposed", UpsamplingKind.Transposed),
        ("resize-conv", UpsamplingKind.ResizeConvolution), ("pixel-shuffle", UpsamplingKind.PixelShuffle),
        ("zoh", UpsamplingKind.ZeroOrderHold));

    // A checkpoint, from which --resume goes on.
    public override bool SavesWhenCancelled => true;

    public TrainDcganCommand(Report report) : base(
        "dcgan",
        "Trains a DCGAN to make pictures like those given, by Adam with the paper's settings. A grid of samples is written at each point "
            + "of "
            + "the curves, a checkpoint every minute and at Ctrl-C, and --resume goes on from there.",
        new Example("train dcgan --images digits.gz --size 28 --features 4 --minutes 0.05 -o digits.safetensors",
            "On handwritten digits; give it 30 minutes instead to learn well."),
        new Example("train dcgan --images photos --size 32 --color --features 4 --batch 4 --steps 6 --upsampling resize-conv -o "
            + "faces.safetensors",
            "On your own pictures, each one's middle square; without checkerboards; the same bits each time."))
    {
        _report = report;
        foreach (Option option in (Option[])[_images, _holdOut, _size, _color, _features, _latent, _upsampling, .. _run.All]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        RunSettings settings = _run.Read(parsed, _defaults);
        (RunFiles files, bool resumes) = _run.Files(parsed);
        var sizes = new DcganSettings(parsed.GetValue(_size), parsed.GetValue(_color) ? 3 : 1, parsed.GetValue(_features),
            parsed.GetValue(_latent), parsed.GetValue(_upsampling) ?? UpsamplingKind.Transposed).Checked();
        string path = parsed.GetValue(_images)!;
        PictureSet? pictures = null;
        _report.WithProgress("pictures", progress => pictures = CommandException.OnFile("images",
            () => PictureSet.Read(path, sizes.Size, sizes.Channels, progress, cancellation)));
        int held = parsed.GetValue(_holdOut);
        if (held < 0 || held >= pictures!.Count)
            throw CommandException.BadInput("holdOut", $"holdOut = {held}, and must be 0 .. {pictures!.Count - 1}: '{path}' holds "
                + $"{Count.Of(pictures.Count, "picture")}");
        PictureSet trained = pictures.Slice(0, pictures.Count - held);
        var generator = new DcganGenerator<float>(sizes, RandomSource.For(settings.Seed, GeneratorStream));
        var discriminator = new DcganDiscriminator<float>(sizes, RandomSource.For(settings.Seed, DiscriminatorStream));
        using var trainer = new DcganTrainer(generator, discriminator, trained, settings);
        return new TrainingCommand(_report).Run(trainer, files, resumes,
            $"{Count.Of(generator.Parameters().Sum(static parameter => parameter.Length), "weight")} and "
            + $"{Count.Of(discriminator.Parameters().Sum(static parameter => parameter.Length), "weight")}; "
            + $"{Count.Of(trained.Count, "picture")}, {held} held out", cancellation);
    }
}
