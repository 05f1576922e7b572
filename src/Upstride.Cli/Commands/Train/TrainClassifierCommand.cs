using System.CommandLine;
using Upstride.Cli.Reports;
using Upstride.Learning.Randomness;
using Upstride.Models.Classification;
using Upstride.Models.Data;
using Upstride.Models.Generation;
using Upstride.Models.Runs;

namespace Upstride.Cli.Commands.Train;

/// <summary><c>upstride train classifier</c>: small pictures and their classes in, the weights of a classifier out.</summary>
internal sealed class TrainClassifierCommand : CommandWithExamples
{
    // Keeps the draw of the first weights apart from a run's other draws under the same seed.
    private const long WeightsStream = 3;

    private static readonly RunSettings _defaults = new() { LearningRate = 2e-3, PointEvery = 250 };

    private readonly Report _report;
    private readonly RunOptions _run = new(_defaults);
    private readonly Option<string> _images = new("--images")
        { Description = "An idx file of grey pictures.", HelpName = "file", Required = true };
    private readonly Option<string> _labels = new("--labels")
        { Description = "An idx file with the class of each.", HelpName = "file", Required = true };
    private readonly Option<int> _holdOut = RunOptions.Number("--hold-out", "count",
        "How many of the last pictures are not trained on, and judge the curves.", 2000);
    private readonly Option<int> _size = RunOptions.Number("--size", "pixels",
        "Rows and columns; smaller pictures get a black border all round.", 32);

    // A checkpoint, from which --resume goes on.
    public override bool SavesWhenCancelled => true;

    public TrainClassifierCommand(Report report) : base(
        "classifier",
        "Trains a small classifier of pictures, by whose features 'upstride evaluate --generation' judges a generator. A checkpoint is "
            + "written "
            + "every minute and at Ctrl-C, and --resume goes on from there.",
        new Example("train classifier --images digits.gz --labels digit-labels.gz --hold-out 8 --minutes 0.05 -o classifier.safetensors",
            "Handwritten digits; 3 minutes are enough to know 99 of 100."),
        new Example("train classifier --images digits.gz --labels digit-labels.gz --hold-out 8 --size 28 --batch 8 --steps 3 -o "
            + "c.safetensors",
            "The same bits each time."))
    {
        _report = report;
        foreach (Option option in (Option[])[_images, _labels, _holdOut, _size, .. _run.All]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        RunSettings settings = _run.Read(parsed, _defaults);
        (RunFiles files, bool resumes) = _run.Files(parsed);
        int size = parsed.GetValue(_size);
        string path = parsed.GetValue(_images)!, labelPath = parsed.GetValue(_labels)!;
        PictureSet pictures = CommandException.OnFile("images", () => PictureSet.Read(path, size, 1, null, cancellation));
        byte[] labels = CommandException.OnFile("labels", () => IdxFile.Read(labelPath, axes: 1)).Values;
        if (labels.Length != pictures.Count)
            throw CommandException.BadInput("labels",
                $"'{labelPath}' holds {labels.Length} labels and '{path}' {Count.Of(pictures.Count, "picture")}: both must be equal");
        int held = parsed.GetValue(_holdOut), trained = pictures.Count - held;
        if (held < 1 || trained < 1)
            throw CommandException.BadInput("holdOut", $"holdOut = {held}, and must be 1 .. {pictures.Count - 1}: '{path}' holds "
                + $"{Count.Of(pictures.Count, "picture")}");
        var classifier = new PictureClassifier<float>(new(size, 1, Math.Max(2, labels.Max() + 1)),
            RandomSource.For(settings.Seed, WeightsStream));
        using var trainer = new ClassifierTrainer(classifier, pictures.Slice(0, trained), labels[..trained], pictures.Slice(trained, held),
            labels[trained..], settings);
        return new TrainingCommand(_report).Run(trainer, files, resumes,
            $"{Count.Of(classifier.Parameters().Sum(static parameter => parameter.Length), "weight")}; {Count.Of(trained, "picture")}, "
            + $"{held} held out", cancellation);
    }
}
