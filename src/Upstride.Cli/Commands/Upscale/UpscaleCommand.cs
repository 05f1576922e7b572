using System.CommandLine;
using System.Globalization;
using Upstride.Cli.Commands.Shards;
using Upstride.Cli.Commands.Videos;
using Upstride.Cli.Reports;
using Upstride.Imaging;

namespace Upstride.Cli.Commands.Upscale;

/// <summary><c>upstride upscale</c>: pictures in, larger pictures out.</summary>
internal sealed class UpscaleCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly UpscaleOptions _options = new();
    private readonly VideoOptions _videoOptions = new();
    private readonly ShardedUpscale _sharded;
    private readonly Argument<string[]> _inputs = new("picture")
    {
        Description =
            "Pictures, folders of pictures, or patterns like 'photos/*.png', or one video; - is standard input. PNG, JPEG, WebP, GIF, "
            + "TIFF, BMP, TGA, PPM, PGM, PBM or PFM; other formats are read by ffmpeg where it is installed. What follows -- is a picture, "
            + "whatever it begins with.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _output = CommandOptions.File(
        "--output",
            "The picture to write; its extension names the format, - is standard output. For several pictures, a folder, which is made "
            + "where it is missing.", required: true, "-o");

    private readonly Option<string?> _truth = CommandOptions.File(
        "--truth", "The large picture as it should be: the PSNR against it is printed, with bicubic's.");
    private readonly Option<bool> _skipExisting = UpscaleOptions.Flag(
        "--skip-existing", "Leave pictures alone whose larger one is there already.");
    private readonly Option<bool> _failFast = UpscaleOptions.Flag(
        "--fail-fast", "End at the first picture that fails; without it the others are made, and the end lists those that failed.");

    public UpscaleCommand(Report report) : base(
        "upscale",
        "Enlarges pictures and videos to any size. Grey, grey with alpha, RGB and RGBA stay what they are, in 8 and in 16 bits, and so do "
            + "animations, orientation, colour profile, EXIF and XMP where the format can hold them. With a network a PNG of any size goes "
            + "through row by row in little memory.",
        new Example("upscale photo.png --scale 3 -o larger.png", "Three times as wide and high, by the tool's own network."),
        new Example("upscale photo.png --width 640 -o larger.jpg --quality 95", "To 640 pixels' width, as a JPEG file."),
        new Example("upscale photo.png --scale 2 --quality fast -o larger.png", "By the smallest of the tool's networks."),
        new Example("upscale photo.png --scale 2 --method bicubic -o larger.png",
            "By bicubic interpolation as MATLAB's imresize computes it."),
        new Example("upscale photo.png --scale 3 --model model.onnx -o larger.png",
            "By any ONNX model that makes pictures three times as wide and high."),
        new Example("upscale photo.png --scale 3 --method transposed -o larger.png",
            "By a transposed convolution of 5x5 taps and stride 3 with bilinear weights, as FCN upsamples."),
        new Example("upscale clip.y4m --scale 2 -o larger.y4m",
            "A video; by ffmpeg, where it is installed, clip.mp4 and others as well, with sound, subtitles and times."))
    {
        _report = report;
        Add(_inputs);
        Add(_output);
        _options.AddTo(this);
        _sharded = new(report, _options);
        foreach (Option option in (Option[])[_skipExisting, _failFast, _truth, _sharded.Option]) Add(option);
        _videoOptions.AddTo(this);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string output = parsed.GetValue(_output)!;
        string? truth = parsed.GetValue(_truth);
        if (_options.IsVideo(parsed, parsed.GetValue(_inputs)!, output)) return RunVideo(parsed, output, cancellation);
        if (_videoOptions.Given(parsed) is { } given)
            throw CommandException.BadInput(
                Failure.ParameterOf(given), $"{given} is for videos ({string.Join(' ', VideoNames.Extensions)}): leave it out");
        if (_sharded.IsAskedFor(parsed))
        {
            if (truth is not null || parsed.GetValue(_skipExisting) || parsed.GetValue(_failFast))
                throw CommandException.BadInput(
                    "shard", "a shard knows by itself what is there, and goes on after failures: leave out --truth, --skip-existing and "
                    + "--fail-fast");
            return _sharded.Run(parsed, parsed.GetValue(_inputs)!, output, cancellation);
        }
        (IReadOnlyList<PictureFile> files, string? passedOver) = PictureFiles.Find(
            parsed.GetValue(_inputs)!, output, _options.Naming(parsed));
        bool one = files is [{ } only] && string.Equals(only.Target, output, StringComparison.Ordinal);
        if (truth is not null && files.Count > 1)
            throw CommandException.BadInput(
                "truth", $"--truth belongs to one picture, and there are {files.Count}: give them one at a time");
        if (output == PictureFiles.Standard && (_report.Json || truth is not null))
            throw CommandException.BadInput(
                "output", "standard output takes the picture, and not figures as well: name a file, or leave out --json and --truth");
        if (one && output != PictureFiles.Standard) CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(output));
        using Upscaler upscaler = _options.Choose(parsed);
        var run = new UpscaleRun(upscaler, _options.Files(parsed), TellWay);
        var batch = new PictureBatch<UpscaleReport>(files, one, parsed.GetValue(_failFast) || one)
            { SkipsExisting = parsed.GetValue(_skipExisting) };
        if (passedOver is not null) _report.Note(passedOver);
        _report.WithProgress(files.Count == 1 ? $"upscale {files[0].Name}" : $"upscale {files.Count} pictures", progress => batch.Run(
            _report, (file, part) => run.Run(file, truth, part, cancellation), (file, made) => Tell(_report, file, made), progress,
            cancellation));
        if (_report.Json && one && batch.Made is [{ } report]) _report.Write(report, JsonReports.Readable.UpscaleReport);
        else if (_report.Json) _report.Write(new(batch.Made, batch.Skipped, batch.Failures), JsonReports.Readable.UpscaledPicturesReport);
        else batch.Summarize(_report);
        return batch.Failures.Count > 0 ? ExitCode.No : ExitCode.Done;
    }

    private int RunVideo(ParseResult parsed, string output, CancellationToken cancellation)
    {
        string[] inputs = parsed.GetValue(_inputs)!;
        if (inputs is not [var source])
            throw CommandException.BadInput("picture", $"one video is made larger at a time, and there are {inputs.Length} files");
        foreach (Option option in (Option[])[_truth, _skipExisting, _failFast])
            if (parsed.GetResult(option) is { Implicit: false })
                throw CommandException.BadInput(Failure.ParameterOf(option.Name), $"{option.Name} is for pictures: leave it out");
        if (output != PictureFiles.Standard && (!VideoNames.IsVideo(output) || Directory.Exists(output)))
            throw CommandException.BadInput(
                "output", $"{output}: a video needs a file that ends in one of {string.Join(' ', VideoNames.Extensions)}");
        if (output == PictureFiles.Standard && _report.Json)
            throw CommandException.BadInput("output", "standard output takes the video, and not figures as well: leave out --json");
        if (source != PictureFiles.Standard && Path.GetFullPath(source) == Path.GetFullPath(output))
            throw CommandException.BadInput("output", $"{output} would be replaced by the larger video: name another file");
        if (_sharded.IsAskedFor(parsed)) return _sharded.RunVideo(parsed, _videoOptions.Read(parsed, source, output, ""), cancellation);
        using Upscaler upscaler = _options.Choose(parsed);
        ShardIdentity method = ShardIdentity.Of(
            upscaler.Name, parsed, _options.ModelOf(parsed), ShardFingerprint.Of(upscaler, cancellation), cancellation)
            with { Settings = "" };
        string identity = source == PictureFiles.Standard ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"{method} {Path.GetFullPath(source)} "
            + $"{(File.Exists(source) ? new FileInfo(source).Length : 0)} {File.GetLastWriteTimeUtc(source).Ticks}");
        VideoReport? made = null;
        var run = new VideoRun(_videoOptions.Read(parsed, source, output, identity), upscaler);
        string name = PictureFile.Shown(source == PictureFiles.Standard ? "standard input" : Path.GetFileName(source));
        try
        {
            _report.WithProgress($"upscale {name}", progress => made = run.Run(progress, cancellation));
        }
        catch (OperationCanceledException) when (Directory.Exists(VideoSegments.FolderOf(output)))
        {
            _report.Note($"{PictureFile.Shown(VideoSegments.FolderOf(output))} holds what is made: the same command with --resume goes on");
            throw;
        }
        if (_report.Json)
        {
            _report.Write(made!, JsonReports.Readable.VideoReport);
            return ExitCode.Done;
        }
        string line = string.Create(
            CultureInfo.InvariantCulture, $"{name}: {made!.Width}x{made.Height}, {made.Frames} frames by {made.Method}");
        if (output == PictureFiles.Standard) _report.Note(line);
        else _report.Line(string.Create(CultureInfo.InvariantCulture, $"{line} in {PictureFile.Shown(output)}, {made.Seconds:0.00} s"));
        if (made.NotKept.Length > 0) _report.Note($"{name}: not kept: {string.Join(", ", made.NotKept)}");
        return ExitCode.Done;
    }

    // Before the picture goes through; standard output is the picture's where it is told to be.
    private void TellWay(PictureFile file, string way)
    {
        string text = $"{file.Name}: {way}";
        if (file.Target == PictureFiles.Standard) _report.Note(text);
        else if (!_report.Json) _report.Line(text);
    }

    private static void Tell(Report report, PictureFile file, UpscaleReport made)
    {
        string frames = made.Frames > 1 ? $", {made.Frames} frames" : "";
        string line =
            string.Create(CultureInfo.InvariantCulture,
            $"{file.Name}: {made.Width}x{made.Height}{frames} by {made.Method} in {PictureFile.Shown(made.File)}, "
            + $"{made.Seconds:0.00} s");
        if (file.Target == PictureFiles.Standard)
        {
            report.Note($"{file.Name}: {made.Width}x{made.Height}{frames} by {made.Method}");
        }
        else
        {
            report.Line(line);
        }
        if (made.NotKept.Length > 0) report.Note($"{file.Name}: not kept: {string.Join(", ", made.NotKept)}");
        if (made.PsnrOfBicubic is { } bicubic)
            report.Line(string.Create(
                CultureInfo.InvariantCulture, $"PSNR of luma {Decibel(made.Psnr)}, of bicubic {bicubic:0.00} dB"));
    }

    private static string Decibel(double? value) => value is { } db ? string.Create(CultureInfo.InvariantCulture, $"{db:0.00} dB")
        : "infinite";
}
