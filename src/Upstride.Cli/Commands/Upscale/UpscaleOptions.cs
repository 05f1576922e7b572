using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Upstride.Cli.Commands.OnnxModels;
using Upstride.Cli.Commands.Videos;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>The options that say how pictures are made larger and how their files are written.</summary>
internal sealed class UpscaleOptions
{
    private const string SourceFormat = "source";

    private readonly Option<double?> _scale = new("--scale", "-s")
    {
        Description =
            "How much larger; fractions too. 2 where no size is given. Beyond the network's own scales 2, 3 and 4 pictures go through it "
            + "more than once, and are resized to the size that is told.",
        HelpName = "factor",
        CustomParser = static result => Number(result),
    };

    private readonly Option<int?> _width = new("--width") { Description =
        "The larger picture's width instead of a scale; the height is in proportion, where it is not told.", HelpName = "pixels" };
    private readonly Option<int?> _height = new("--height") { Description = "The larger picture's height.", HelpName = "pixels" };
    private readonly Option<UpscaleMethod?> _method = CommandOptions.Choice(
        "--method",
        "The method; default network, or bicubic where there are no weights. network is a learned network for luma, with bicubic "
            + "colours and alpha, and fsrcnn the fast one of them; bicubic is MATLAB's imresize; transposed is a transposed "
            + "convolution with FCN's bilinear weights, which fades to black at the border because zeros surround the picture.",
        UpscaleMethods.All);

    private readonly Option<string?> _model = CommandOptions.File(
        "--model",
        "Weights of a network, a .safetensors file, instead of the tool's own; or an ONNX model, .onnx, that makes a "
        + "larger picture of one of 1 channel (luma), 3 (colours) or 4 (and alpha). A picture goes through in tiles with the bits of the "
        + "whole, or whole where an operator looks at all of it; which of both, and why, is said before.");
    private readonly Option<OnnxValueRange?> _modelRange = CommandOptions.Choice(
        "--model-range", "What an ONNX model takes for black and white; default what a probe shows.",
        ("0..1", OnnxValueRange.ZeroToOne), ("0..255", OnnxValueRange.ZeroTo255), ("-1..1", OnnxValueRange.MinusOneToOne));
    private readonly Option<Layout?> _modelLayout = CommandOptions.Choice(
        "--model-layout", "Where an ONNX model has its channels; default what its input's sizes show.",
        ("nchw", Layout.ChannelsFirst), ("nhwc", Layout.ChannelsLast));
    private readonly Option<int?> _modelChannels = new("--model-channels")
    {
        Description = "Channels of an ONNX model that leaves them open: 1, 3 or 4.", HelpName = "count",
    };
    private readonly Option<string?> _cache = ModelOptions.Cache();
    private readonly Option<bool> _selfEnsemble = Flag("--self-ensemble",
        "With a network, the mean of eight results, for the picture turned by quarters and mirrored: somewhat better, eight times the work.");
    private readonly Option<string> _tile = new("--tile")
    {
        Description =
            "With a network, rows and columns that go through the network at a time, or auto. The result is the same; only time and memory "
            + "differ.",
        HelpName = "auto|size",
        DefaultValueFactory = static _ => CommandOptions.Auto,
    };

    private readonly Option<int> _threads = new("--threads")
    {
        Description = "Threads for the network; the result is the same for any number.",
        HelpName = "count",
        DefaultValueFactory = static _ => Environment.ProcessorCount,
    };

    private readonly Option<long> _maxPixels = new("--max-pixels")
    {
        Description = "Refuse a picture of more pixels before anything is allocated for it.",
        HelpName = "count",
        DefaultValueFactory = static _ => ImageReadSettings.DefaultMaxPixels,
    };

    private readonly Option<string?> _format = new("--format")
    {
        Description =
            "The format of the files in a folder, or of standard output: default png (.pfm stays), any other by its extension, "
            + "or source for each picture's own.",
        HelpName = "extension",
    };

    private readonly Option<string> _suffix = new("--suffix") { Description =
        "Follows each picture's name in a folder: -x2 makes photo-x2.png.", HelpName = "text", DefaultValueFactory = static _ => "" };
    private readonly Option<bool> _recursive = Flag("--recursive", "Search the folders in folders too; the output has the same tree.",
        "-r");
    private readonly Option<bool> _overwrite = Flag("--overwrite", "Let a picture be replaced by its larger one.");
    private readonly Option<bool> _strip = Flag("--strip", "Leave out the metadata: colour profile, EXIF, XMP, density.");
    private readonly Option<string[]> _quality = new("--quality")
    {
        Description =
            "Of the network: fast, balanced, which is the default, or best, which takes eight times as long. A number, 1 to 100, is the "
            + "quality of JPEG and lossy WebP. Both may be given, each after a --quality of its own.",
        HelpName = "fast|balanced|best|number",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<UpscaleDegradation?> _degradation = CommandOptions.Choice(
        "--degradation",
        "What the pictures went through: auto, which is the default, takes networks for compressed pictures, where there are some, for "
            + "JPEG files whose quantisation tables are of a quality below 96; none and jpeg say it for all.",
        ("auto", UpscaleDegradation.Auto), ("none", UpscaleDegradation.None), ("jpeg", UpscaleDegradation.Jpeg));

    private readonly Option<JpegSubsampling?> _subsampling = CommandOptions.Choice(
        "--subsampling", "How finely JPEG stores colours: for every pixel (444), or for every two by two (420). Default 444.",
        ("444", JpegSubsampling.None), ("420", JpegSubsampling.Quarter));

    private readonly Option<bool> _lossless = Flag("--lossless", "Let WebP keep every sample exactly.");

    /// <summary>Adds every option to <paramref name="command"/>.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[
            _scale, _width, _height, _method, _model, _modelRange, _modelLayout, _modelChannels, _cache, _degradation, _selfEnsemble,
                _format, _suffix, _recursive, _overwrite, _strip,
                _quality, _subsampling, _lossless, _tile, _threads, _maxPixels])
            command.Add(option);
    }

    /// <summary>The method for the size that was told.</summary>
    public Upscaler Choose(ParseResult parsed) => Upscaler.Choose(
        new(parsed.GetValue(_method), SizeOf(parsed), parsed.GetValue(_model), QualitiesOf(parsed).OfNetwork,
            parsed.GetValue(_degradation), OnnxOf(parsed)),
        PictureSettingsOf(parsed));

    private OnnxUpscalerSettings? OnnxOf(ParseResult parsed)
    {
        (OnnxValueRange? range, Layout? layout, int? channels, string? cache) =
            (parsed.GetValue(_modelRange), parsed.GetValue(_modelLayout), parsed.GetValue(_modelChannels), parsed.GetValue(_cache));
        return range is null && layout is null && channels is null && cache is null ? null : new()
        {
            Range = range,
            Pictures = new() { Layout = layout, Channels = channels, Session = new() { CachePath = cache } },
        };
    }

    /// <summary>The file of the model; null for the tool's own weights.</summary>
    public string? ModelOf(ParseResult parsed) => parsed.GetValue(_model);

    /// <summary>Whether a video is asked for: by the name of the source or the output, or by --format y4m.</summary>
    public bool IsVideo(ParseResult parsed, IReadOnlyList<string> inputs, string output) =>
        VideoNames.IsVideo(output) || (inputs.Any(VideoNames.IsVideo) && inputs.All(static input => !Directory.Exists(input)))
        || (output == PictureFiles.Standard && parsed.GetValue(_format) is { } format && VideoNames.IsY4m("." + format.TrimStart('.')));

    /// <summary>How targets are named.</summary>
    public PictureNaming Naming(ParseResult parsed)
    {
        string suffix = parsed.GetValue(_suffix)!;
        if (suffix.AsSpan().ContainsAny('/', '\\', '\0'))
            throw CommandException.BadInput("suffix", $"'{suffix}' must be a part of a file's name, without / and \\");
        string? format = parsed.GetValue(_format);
        string? extension = format is null ? null : string.Equals(format, SourceFormat, StringComparison.OrdinalIgnoreCase) ? "" : "."
            + format.TrimStart('.').ToLowerInvariant();
        if (extension is { Length: > 0 }) CommandException.OnFile("format", () => _ = ImageFile.FormatOf(extension));
        return new(extension, suffix, parsed.GetValue(_recursive), parsed.GetValue(_overwrite));
    }

    /// <summary>What reading may cost, and how files are written.</summary>
    public PictureStreamSettings Files(ParseResult parsed)
    {
        int quality = QualitiesOf(parsed).OfFile ?? new ImageWriteSettings().Quality;
        PictureNaming naming = Naming(parsed);
        return new()
        {
            FileFormat = naming.Format is { Length: > 0 } told ? ImageFile.FormatOf(told) : naming.Format is "" ? null
                : ImageFileFormat.Png,
            Reading = new() { MaxPixels = parsed.GetValue(_maxPixels) },
            Writing = new()
            {
                Quality = quality, Subsampling = parsed.GetValue(_subsampling) ?? JpegSubsampling.None,
                    Lossless = parsed.GetValue(_lossless), StripMetadata = parsed.GetValue(_strip),
            },
        };
    }

    // A word is of the network, a number of the file.
    private (UpscalingQuality? OfNetwork, int? OfFile) QualitiesOf(ParseResult parsed)
    {
        (UpscalingQuality? OfNetwork, int? OfFile) qualities = (null, null);
        foreach (string text in parsed.GetValue(_quality) ?? [])
        {
            if (UpscaleQualities.Find(text) is { } quality)
                qualities.OfNetwork = qualities.OfNetwork is null ? quality : throw Twice("the network's");
            else if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
                throw CommandException.BadInput("quality", $"--quality: '{text}' is neither fast, balanced or best nor a number");
            else if (number is < 1 or > 100) throw CommandException.BadInput("quality", $"1 <= quality <= 100 must hold: {number}");
            else qualities.OfFile = qualities.OfFile is null ? number : throw Twice("the file's");
        }
        return qualities;

        static CommandException Twice(string whose) =>
            CommandException.BadInput("quality", $"{whose} quality is given twice: give it once");
    }

    private TargetSize? SizeOf(ParseResult parsed)
    {
        (double? scale, int? width, int? height) = (parsed.GetValue(_scale), parsed.GetValue(_width), parsed.GetValue(_height));
        if (scale is not null && (width ?? height) is not null)
            throw CommandException.BadInput(
                "scale", "--scale says how large the picture becomes, and so do --width and --height: give one of them");
        return scale is { } factor ? TargetSize.ByFactor(factor) : (width ?? height) is null ? null : TargetSize.InPixels(width, height);
    }

    /// <summary>How the network works.</summary>
    public PictureSettings PictureSettingsOf(ParseResult parsed)
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

    internal static Option<bool> Flag(string name, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    private static double? Number(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0
            && double.IsFinite(value)) return value;
        result.AddError($"--scale: '{text}' must be a number above 0, as 2 or 1.5");
        return null;
    }
}
