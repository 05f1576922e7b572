using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Upstride.Cli.Reports;
using Upstride.Models.Classification;
using Upstride.Models.Generation;

namespace Upstride.Cli.Commands.Generate;

/// <summary><c>upstride evaluate --generation</c>: a generator judged by what a classifier finds in its pictures.</summary>
internal sealed class GenerationEvaluationMode
{
    private readonly Option<string?> _model = CommandOptions.File("--generation",
        "Judge this generator instead, a .safetensors file, by a classifier and the pictures it was trained on, --images.");
    private readonly Option<string?> _classifier = CommandOptions.File("--classifier",
        "With --generation: a .safetensors file that 'upstride train classifier' made, of the same size.");
    private readonly Option<int> _holdOut = new("--hold-out")
        { Description = "With --generation: how many of the last pictures were not trained on.", HelpName = "count",
        DefaultValueFactory = static _ => 2000 };
    private readonly Option<int> _samples = new("--samples")
        { Description = "With --generation: how many pictures are made.", HelpName = "count", DefaultValueFactory = static _ => 10_000 };
    private readonly Option<long> _seed = new("--seed")
        { Description = "With --generation: decides them.", HelpName = "number", DefaultValueFactory = static _ => 1 };

    /// <summary>Its options.</summary>
    public IEnumerable<Option> Options => [_model, _classifier, _holdOut, _samples, _seed];

    /// <summary>Whether it is asked for.</summary>
    public bool IsAskedFor(ParseResult parsed) => parsed.GetValue(_model) is not null;

    /// <summary>Judges, and answers.</summary>
    public int Run(ParseResult parsed, string images, Report report, CancellationToken cancellation)
    {
        string classifierPath = parsed.GetValue(_classifier)
            ?? throw CommandException.BadInput("classifier",
                "--classifier is needed with --generation: what 'upstride train classifier' made");
        string model = parsed.GetValue(_model)!;
        DcganGenerator<float> generator = GenerationOptions.ReadGenerator("generation", model);
        PictureClassifier<float> classifier = GenerationOptions.Read("classifier", () => ClassifierFile.Read(classifierPath));
        DcganSettings sizes = generator.Settings;
        if ((classifier.Settings.Size, classifier.Settings.Channels) != (sizes.Size, sizes.Channels))
            throw CommandException.BadInput("classifier",
                $"'{classifierPath}' is a {classifier.Settings}, and '{model}' a {sizes}: the sizes "
                + $"must be equal");
        PictureSet pictures = CommandException.OnFile("images", () =>
            PictureSet.Read(images, sizes.Size, sizes.Channels, null, cancellation));
        int held = parsed.GetValue(_holdOut), samples = parsed.GetValue(_samples);
        if (held < 2 || held > pictures.Count - 2)
            throw CommandException.BadInput("holdOut", $"holdOut = {held}, and must be 2 .. {pictures.Count - 2}: '{images}' holds "
                + $"{Count.Of(pictures.Count, "picture")}");
        if (samples < 2) throw CommandException.BadInput("samples", $"samples = {samples}, and must be at least 2");
        GenerationQuality? quality = null;
        report.WithProgress("evaluate", progress =>
        {
            using var sampler = new DcganSampler(generator);
            float[] made = sampler.Make(parsed.GetValue(_seed), 0, samples, null, cancellation);
            quality = GenerationEvaluation.Judge(made, pictures.Slice(0, pictures.Count - held),
                pictures.Slice(pictures.Count - held, held),
                classifier, progress, cancellation);
        });
        var answer = new GenerationReport(model, sizes.ToString(), samples, quality!);
        if (report.Json) report.Write(answer, JsonReports.Readable.GenerationReport);
        else report.Write(Table(answer));
        return ExitCode.Done;
    }

    private static Table Table(GenerationReport report)
    {
        GenerationQuality quality = report.Quality;
        var table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn(new TableColumn("samples").RightAligned())
            .AddColumn(new TableColumn("real").RightAligned());
        table.AddRow("least share of a class", Text(quality.ClassShares.Min(), "P1"), "");
        table.AddRow("greatest share of a class", Text(quality.ClassShares.Max(), "P1"), "");
        table.AddRow("mean top probability", Text(quality.MeanTopProbability, "F3"), Text(quality.MeanTopProbabilityOfReal, "F3"));
        table.AddRow("Fréchet distance to those held out", Text(quality.FrechetDistance, "F2"), Text(quality.FrechetDistanceOfReal, "F2"));
        table.AddRow("Fréchet distance of two halves", "", Text(quality.FrechetDistanceOfHalves, "F2"));
        table.AddRow("least distance to one trained on", Text(quality.NearestOfSamples.Least, "F2"),
            Text(quality.NearestOfReal.Least, "F2"));
        table.AddRow("median distance to the nearest", Text(quality.NearestOfSamples.Median, "F2"),
            Text(quality.NearestOfReal.Median, "F2"));
        return table;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
