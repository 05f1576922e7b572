using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Upstride.Cli.Commands.Upscale;
using Upstride.Cli.Commands.Videos;
using Upstride.Cli.Reports;
using Upstride.Imaging;
using Upstride.Models.Inference;

namespace Upstride.Cli.Commands.Shards;

/// <summary><c>upstride plan</c>: what each shard of <c>upscale</c> would do.</summary>
internal sealed class PlanCommand : CommandWithExamples
{
    private const int ProbeSide = 192;

    private readonly Report _report;
    private readonly UpscaleOptions _options = new();
    private readonly VideoOptions _videoOptions = new();
    private readonly Argument<string[]> _inputs = new("picture")
    {
        Description = "What upscale would be given: folders, pictures, patterns, one picture or one video.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> _output = CommandOptions.File("--output", "What upscale would be given; nothing is written.",
        required: true, "-o");
    private readonly Option<int> _shards = new("--shards") { Description = "How many shards.", HelpName = "count", Required = true };
    private readonly Option<double?> _rate = new("--rate")
    {
        Description =
            "Pixels of the pictures a second, by which time is counted; default what this machine takes for a small picture, from "
            + "reading a PNG to writing one, without the files; of a video, for a small frame, without ffmpeg's part.",
        HelpName = "pixels",
    };

    public PlanCommand(Report report) : base(
        "plan",
        "Tells what each shard of 'upstride upscale --shard' would do: pictures, pixels, the expected seconds and memory. It takes the options "
            + "of upscale, reads the pictures' heads and writes nothing.",
        new Example("plan photos --shards 4 -o larger", "Four shards of a folder of pictures."),
        new Example("plan photos/0.png --shards 4 --rate 2e6 -o larger.png --json", "Four bands of one picture, by a rate that is known."))
    {
        _report = report;
        Add(_inputs);
        foreach (Option option in (Option[])[_output, _shards, _rate]) Add(option);
        _options.AddTo(this);
        _videoOptions.AddTo(this);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string[] inputs = parsed.GetValue(_inputs)!;
        string output = parsed.GetValue(_output)!;
        int count = parsed.GetValue(_shards);
        if (count is < 1 or > Shard.MaxCount)
            throw CommandException.BadInput("shards", $"1 <= shards <= {Shard.MaxCount} must hold: {count}");
        if (parsed.GetValue(_rate) is { } told && !(told > 0 && double.IsFinite(told)))
            throw CommandException.BadInput("rate", $"rate > 0 must hold: {told}");
        bool isVideo = _options.IsVideo(parsed, inputs, output);
        PlanReport plan = isVideo ? OfVideo(parsed, inputs, output, count, cancellation)
            : OfFiles(parsed, inputs, output, count, cancellation);
        if (_report.Json) _report.Write(plan, ShardReports.Readable.PlanReport);
        else Tell(plan, isVideo ? "frames" : ShardedUpscale.IsOnePicture(inputs) ? "bands" : "pictures", isVideo ? "frame" : "picture");
        return ExitCode.Done;
    }

    private PlanReport OfVideo(ParseResult parsed, string[] inputs, string output, int count, CancellationToken cancellation)
    {
        if (inputs is not [var source])
            throw CommandException.BadInput("picture", $"one video is made larger at a time, and there are {inputs.Length} files");
        ShardedUpscale.ThrowIfStream(inputs, output);
        using Upscaler upscaler = _options.Choose(parsed);
        var memory = new ShardMemory(upscaler, _options.PictureSettingsOf(parsed), _options.Files(parsed).Reading);
        return new VideoPlan(upscaler, _videoOptions.Read(parsed, source, output, "")).Of(
            memory, count, parsed.GetValue(_rate), cancellation);
    }

    private PlanReport OfFiles(ParseResult parsed, string[] inputs, string output, int count, CancellationToken cancellation)
    {
        (IReadOnlyList<PictureFile> files, string? passedOver) = PictureFiles.Find(inputs, output, _options.Naming(parsed));
        if (passedOver is not null) _report.Note(passedOver);
        using Upscaler upscaler = _options.Choose(parsed);
        PictureStreamSettings settings = _options.Files(parsed);
        double rate = parsed.GetValue(_rate) ?? Measure(upscaler, settings, cancellation);
        return ShardedUpscale.IsOnePicture(inputs)
            ? OfBands(files[0], upscaler, _options.PictureSettingsOf(parsed), settings, count, rate, cancellation)
            : OfPictures(parsed, files, output, upscaler, settings, count, rate, cancellation);
    }

    private PlanReport OfPictures(ParseResult parsed, IReadOnlyList<PictureFile> files, string output, Upscaler upscaler,
        PictureStreamSettings settings, int count, double rate, CancellationToken cancellation)
    {
        ShardPlan? plan = null;
        _report.WithProgress($"read the heads of {Count.Of(files.Count, "picture")}", progress =>
            plan = new(ShardPlan.Read(files, output, settings.Reading, progress, cancellation), count));
        int[] numbers = [.. Enumerable.Range(1, count).Select(number => plan!.Of(number).Length)];
        var memory = new ShardMemory(upscaler, _options.PictureSettingsOf(parsed), settings.Reading);
        long most = memory.OfLargest(plan!.Pictures, cancellation);
        return Report([.. plan.Loads], numbers, files.Count, rate, most, plan.Digest);
    }

    private static PlanReport OfBands(PictureFile file, Upscaler upscaler, PictureSettings pictureSettings, PictureStreamSettings settings,
        int count, double rate, CancellationToken cancellation)
    {
        using ImageReader reader = CommandException.OnFile("picture", () => ImageReader.Open(file.Source, settings.Reading, cancellation));
        var band = new ShardedBand(new Report(TextWriter.Null, TextWriter.Null, json: false), upscaler, settings,
            new("", "", "", null, 0, null));
        int reach = band.Check(reader, file.Target, count);
        (int width, int height) = (reader.Format.Width, reader.Format.Height);
        long[] pixels =
        [
            .. Enumerable.Range(1, count).Select(number =>
            {
                (int first, int rows) = ShardedBand.Rows(height, number, count);
                return (long)width * (Math.Min(first + rows + reach, height) - Math.Max(first - reach, 0));
            }),
        ];
        long memory = new ShardMemory(upscaler, pictureSettings, settings.Reading).OfBand(
            file, reader.Format, (int)(pixels.Max() / width));
        return Report(pixels, [.. Enumerable.Repeat(1, count)], 1, rate, memory, null);
    }

    private static PlanReport Report(long[] pixels, int[] pictures, int count, double rate, long memory, string? plan) => new(
        [.. pixels.Select((load, index) => new PlannedShardReport(index + 1, pictures[index], load, Math.Round(load / rate, 3)))],
        count, pixels.Sum(), Math.Round(rate), Math.Round(pixels.Max() * (double)pixels.Length / Math.Max(1, pixels.Sum()), 6), memory,
            plan);

    // The second time nothing is prepared for the first time any more.
    private static double Measure(Upscaler upscaler, PictureStreamSettings settings, CancellationToken cancellation)
    {
        var image = new ImageBuffer(ProbeSide, ProbeSide, 3, SampleType.UInt8);
        for (int y = 0; y < ProbeSide; y++)
        {
            Span<byte> row = image.Row(y);
            for (int i = 0; i < row.Length; i++)
                row[i] = (byte)(128 + 90 * Math.Sin(i * 0.05) * Math.Cos(y * 0.07) + (i * 7 + y * 13) % 11);
        }
        byte[] file = ImageFile.Encode(image, ImageFileFormat.Png);
        double seconds = ProbeTime.Of(() =>
        {
            using var source = new MemoryStream(file, writable: false);
            try
            {
                _ = upscaler.Pictures.Upscale(source, new MemoryStream(), settings with { FileFormat = ImageFileFormat.Png },
                    cancellationToken: cancellation);
            }
            catch (Exception fault) when (fault is ArgumentException or Onnx.OnnxUnsupportedException or InvalidDataException)
            {
                throw CommandException.BadInput(
                    "rate", $"the time cannot be found by a picture of {ProbeSide}x{ProbeSide}, which {upscaler.Name} does not take: give "
                    + $"--rate; {fault.Message}");
            }
        });
        return ProbeSide * ProbeSide / seconds;
    }

    private void Tell(PlanReport plan, string parts, string noun)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (string head in (string[])["shard", parts, "megapixels", "seconds"])
            table.AddColumn(new TableColumn(head).RightAligned());
        foreach (PlannedShardReport shard in plan.Shards)
            table.AddRow(Text(shard.Shard), Text(shard.Pictures), Text(shard.Pixels / 1e6, "0.###"), Text(shard.Seconds, "0.0"));
        _report.Write(table);
        _report.Line($"{Count.Of(plan.Pictures, noun)}, {ShardedUpscale.Megapixels(plan.Pixels)}; the largest shard has "
            + $"{Text(plan.Imbalance, "0.000")} times the mean");
        _report.Line($"at {Text(plan.PixelsPerSecond / 1e6, "0.###")} megapixels a second; a shard takes at most about "
            + $"{Text(plan.Memory / 1e6, "0")} MB of memory");
    }

    private static string Text(double value, string format = "0") => value.ToString(format, CultureInfo.InvariantCulture);
}
