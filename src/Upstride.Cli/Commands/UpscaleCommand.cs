using System.CommandLine;
using Upstride.Cli.Output;
using Upstride.Cli.Upscaling;
using Upstride.Imaging;

namespace Upstride.Cli.Commands;

/// <summary><c>upstride upscale</c>: a picture in, a larger picture out.</summary>
internal sealed class UpscaleCommand : TeachingCommand
{
    private readonly Report _report;
    private readonly Argument<string> _input = new("picture")
    {
        Description = "PNG, BMP, PPM, PGM or PFM; other formats are read by ffmpeg where it is installed.",
    };

    private readonly Option<int?> _scale = CommandOptions.Choice("--scale", "How much larger.", ("2", 2), ("3", 3), ("4", 4));
    private readonly Option<UpscaleMethod?> _method = CommandOptions.Choice(
        "--method",
        "How; bicubic where not given. bicubic is MATLAB's imresize; transposed is a transposed convolution with FCN's bilinear weights, which fades to black at the border because zeros surround the picture.",
        ("nearest", UpscaleMethod.Nearest), ("bilinear", UpscaleMethod.Bilinear), ("bicubic", UpscaleMethod.Bicubic),
        ("bed-of-nails", UpscaleMethod.BedOfNails), ("transposed", UpscaleMethod.Transposed));

    private readonly Option<long> _maxPixels = new("--max-pixels")
    {
        Description = "Refuse a picture of more pixels before anything is allocated for it.",
        HelpName = "count",
        DefaultValueFactory = static _ => ImageReadSettings.DefaultMaxPixels,
    };

    private readonly Option<string?> _output = CommandOptions.File("--output", "The picture to write; its extension names the format.", required: true, "-o");

    public UpscaleCommand(Report report) : base(
        "upscale",
        "Enlarges a picture by 2, 3 or 4. Grey, grey with alpha, RGB and RGBA stay what they are, in 8 and in 16 bits; alpha is enlarged like a colour.",
        new Example("upscale photo.png --scale 2 -o larger.png", "Twice as wide and high, by bicubic interpolation as MATLAB's imresize computes it."),
        new Example("upscale photo.png --scale 3 --method transposed -o larger.png", "By a transposed convolution of 5x5 taps and stride 3 with bilinear weights, as FCN upsamples."))
    {
        _report = report;
        Add(_input);
        foreach (Option option in (Option[])[_scale, _method, _output, _maxPixels]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetValue(_input)!;
        string target = parsed.GetValue(_output)!;
        int scale = parsed.Require(_scale)!.Value;
        UpscaleMethod method = parsed.GetValue(_method) ?? UpscaleMethod.Bicubic;
        var limits = new ImageReadSettings { MaxPixels = parsed.GetValue(_maxPixels) };
        CommandException.OnFile("output", () => ImageFile.ThrowIfNotWritable(target));
        ImageBuffer image = CommandException.OnFile("picture", () => ImageFile.Read(path, limits, cancellation));
        ImageBuffer? larger = null;
        _report.WithProgress($"upscale {Path.GetFileName(path)}", progress => larger = ImageUpscaler.Upscale(image, method, scale, progress, cancellation));
        CommandException.OnFile("output", () => ImageFile.Write(target, larger!, cancellationToken: cancellation));
        if (_report.Json)
            _report.Write(new UpscaleReport(target, larger!.Width, larger.Height, larger.Channels, larger.SampleType.ToString()), JsonReports.Readable.UpscaleReport);
        else
            _report.Line($"{image.Width}x{image.Height} -> {larger!.Width}x{larger.Height} in {target}");
        return ExitCode.Done;
    }
}
