using System.CommandLine;
using System.Globalization;
using Upstride.Cli.Reports;
using Upstride.Imaging;
using Upstride.Models.Inference;

namespace Upstride.Cli.Commands.Upscale;

/// <summary><c>upstride upscale</c>: pictures in, larger pictures out.</summary>
internal sealed class UpscaleCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly Argument<string[]> _inputs = new("picture")
    {
        Description = "Pictures, folders of pictures, or patterns like 'photos/*.png'. PNG, BMP, PPM, PGM or PFM; other formats are read by ffmpeg where it is installed.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<int?> _scale = CommandOptions.Choice("--scale", "How much larger.", ("2", 2), ("3", 3), ("4", 4));
    private readonly Option<UpscaleMethod?> _method = CommandOptions.Choice(
        "--method",
        "How; where not given fsrcnn, or bicubic where there are no weights for the scale. fsrcnn is a learned network for luma, with bicubic colours and alpha; bicubic is MATLAB's imresize; transposed is a transposed convolution with FCN's bilinear weights, which fades to black at the border because zeros surround the picture.",
        UpscaleMethods.All);

    private readonly Option<string?> _model = CommandOptions.File("--model", "Weights for fsrcnn, a .safetensors file, instead of the tool's own; or an ONNX model, .onnx, of one input of 1 channel (luma) or 3 (colours) in 0 to 1 and one output that is larger by the scale. A picture goes through such a model whole.");
    private readonly Option<bool> _selfEnsemble = new("--self-ensemble")
    {
        Description = "With fsrcnn, the mean of eight results, for the picture turned by quarters and mirrored: somewhat better, eight times the work.",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<string> _tile = new("--tile")
    {
        Description = "With fsrcnn, rows and columns that go through the network at a time, or auto. The result is the same; only time and memory differ.",
        HelpName = "auto|size",
        DefaultValueFactory = static _ => CommandOptions.Auto,
    };

    private readonly Option<int> _threads = new("--threads")
    {
        Description = "Threads for fsrcnn; the result is the same for any number.",
        HelpName = "count",
        DefaultValueFactory = static _ => Environment.ProcessorCount,
    };

    private readonly Option<string?> _truth = CommandOptions.File("--truth", "The large picture as it should be: the PSNR against it is printed, with bicubic's.");
    private readonly Option<bool> _skipExisting = new("--skip-existing")
    {
        Description = "Leave pictures alone whose larger one is there already.",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<long> _maxPixels = new("--max-pixels")
    {
        Description = "Refuse a picture of more pixels before anything is allocated for it.",
        HelpName = "count",
        DefaultValueFactory = static _ => ImageReadSettings.DefaultMaxPixels,
    };

    private readonly Option<string?> _output = CommandOptions.File(
        "--output", "The picture to write; its extension names the format. For several pictures, a folder, which is made where it is missing.", required: true, "-o");

    public UpscaleCommand(Report report) : base(
        "upscale",
        "Enlarges pictures by 2, 3 or 4. Grey, grey with alpha, RGB and RGBA stay what they are, in 8 and in 16 bits. With fsrcnn a PNG of any size goes through row by row in little memory.",
        new Example("upscale photo.png --scale 3 -o larger.png", "Three times as wide and high, by the tool's own network where it has one for the scale."),
        new Example("upscale photo.png --scale 2 --method bicubic -o larger.png", "By bicubic interpolation as MATLAB's imresize computes it."),
        new Example("upscale photo.png --scale 3 --model model.onnx -o larger.png", "By any ONNX model that makes pictures three times as wide and high."),
        new Example("upscale photo.png --scale 3 --method transposed -o larger.png", "By a transposed convolution of 5x5 taps and stride 3 with bilinear weights, as FCN upsamples."))
    {
        _report = report;
        Add(_inputs);
        foreach (Option option in (Option[])[_scale, _method, _output, _skipExisting, _model, _selfEnsemble, _truth, _tile, _threads, _maxPixels]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string output = parsed.GetValue(_output)!;
        string? truth = parsed.GetValue(_truth);
        int scale = parsed.Require(_scale)!.Value;
        IReadOnlyList<PictureFile> files = PictureFiles.Find(parsed.GetValue(_inputs)!, output);
        bool one = files is [{ } only] && string.Equals(only.Target, output, StringComparison.Ordinal);
        if (truth is not null && files.Count > 1) throw CommandException.BadInput("truth", $"--truth belongs to one picture, and there are {files.Count}: give them one at a time");
        if (one) CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(output));
        using var upscaler = Upscaler.Choose(parsed.GetValue(_method), scale, parsed.GetValue(_model), SettingsOf(parsed));
        var run = new UpscaleRun(upscaler, new() { MaxPixels = parsed.GetValue(_maxPixels) });
        if (!one) CommandException.OnFile("output", () => Directory.CreateDirectory(output));

        var made = new List<UpscaleReport>();
        bool skips = parsed.GetValue(_skipExisting);
        _report.WithProgress(files.Count == 1 ? $"upscale {Path.GetFileName(files[0].Source)}" : $"upscale {files.Count} pictures", progress =>
        {
            for (int i = 0; i < files.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (skips && File.Exists(files[i].Target)) continue;
                made.Add(run.Run(files[i], truth, new Part(progress, i, files.Count), cancellation));
                if (!_report.Json) Tell(files[i], made[^1]);
            }
        });
        int skipped = files.Count - made.Count;
        if (!_report.Json && skipped > 0) _report.Line($"{skipped} skipped, there already");
        if (_report.Json && one && made is [{ } report]) _report.Write(report, JsonReports.Readable.UpscaleReport);
        else if (_report.Json) _report.Write(new(made, skipped), JsonReports.Readable.UpscaledPicturesReport);
        return ExitCode.Done;
    }

    private PictureSettings SettingsOf(ParseResult parsed)
    {
        int threads = parsed.GetValue(_threads);
        if (threads < 1) throw CommandException.BadInput("threads", $"threads >= 1 must hold: {threads}");
        string tile = parsed.GetValue(_tile)!;
        var bands = new BandSettings { Threads = threads };
        if (!string.Equals(tile, CommandOptions.Auto, StringComparison.Ordinal))
        {
            if (!int.TryParse(tile, NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size < 1)
                throw CommandException.BadInput("tile", $"--tile: '{tile}' is neither {CommandOptions.Auto} nor a number from 1 on");
            bands = bands with { BandRows = size, StripeColumns = size };
        }
        return new() { SelfEnsemble = parsed.GetValue(_selfEnsemble), Bands = bands };
    }

    private void Tell(PictureFile file, UpscaleReport report)
    {
        _report.Line(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file.Source)}: {report.Width}x{report.Height} by {report.Method} in {report.File}, {report.Seconds:0.00} s"));
        if (report.PsnrOfBicubic is { } bicubic)
            _report.Line(string.Create(CultureInfo.InvariantCulture, $"PSNR of luma {Decibel(report.Psnr)}, of bicubic {bicubic:0.00} dB"));
    }

    private static string Decibel(double? value) => value is { } db ? string.Create(CultureInfo.InvariantCulture, $"{db:0.00} dB") : "infinite";

    // One picture's share of the whole.
    private sealed class Part(IProgress<double> whole, int index, int count) : IProgress<double>
    {
        public void Report(double value) => whole.Report((index + value) / count);
    }
}
