using System.CommandLine;
using System.Text;
using Upstride.Cli.Reports;
using Upstride.Explain.Computing;
using Upstride.Explain.Diagnosis;
using Upstride.Explain.Figures;
using Upstride.Explain.Rendering;
using Upstride.Explain.Teaching;
using Upstride.Files;
using Upstride.Geometry;
using Upstride.Onnx.Checkerboards;

namespace Upstride.Cli.Commands.Explain;

/// <summary><c>upstride check</c>: whether settings, weights, a model or a picture have a checkerboard, and what helps.</summary>
internal sealed class CheckCommand : CommandWithExamples
{
    private readonly Report _report;
    private readonly Argument<string?> _file =
        new("file") { Description = "An ONNX model, or weights as .safetensors.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<PerAxis> _kernel = CommandOptions.Kernel();
    private readonly Option<PerAxis> _stride = CommandOptions.Stride();
    private readonly Option<PerAxis> _dilation = CommandOptions.Dilation();
    private readonly Option<PerAxis> _input = CommandOptions.PerAxis(
        "--input", "sizes", "Sizes of the input, for the settings that keep the output's size; default two axes.");
    private readonly Option<PerAxis> _output = CommandOptions.PerAxis(
        "--size", "sizes", "Sizes of the output that the settings are to keep; default input*stride.");
    private readonly Option<string?> _weight = new("--weight", "-w")
    {
        Description = "One kernel's weights: index, random:7, numbers joined by commas, or a .npy file; equal ones are assumed where not "
            + "given.",
        HelpName = "values",
    };
    private readonly Option<int> _groups = CommandOptions.Groups();
    private readonly Option<string?> _layer =
        new("--layer") { Description = "The one layer of the file that is checked, by its name.", HelpName = "name" };
    private readonly Option<string?> _direction = CheckFiles.Direction();
    private readonly Option<string?> _picture =
        CommandOptions.File("--picture", "A picture whose spectrum is looked at, at the multiples of 1/stride.");
    private readonly Option<double?> _threshold = new("--threshold")
    {
        Description = "The highest pattern allowed, in decibels against the mean (for a picture, against the power around): above it the "
            + "command "
            + "ends with 1.",
        HelpName = "dB",
    };
    private readonly Option<string?> _fix = new("--fix")
    {
        Description = "Writes the model with this cure: equalize, zoh, icnr, bilinear.",
        HelpName = string.Join('|', Cures.Names),
    };
    private readonly Option<int> _order = new("--order")
    {
        Description = "Order of the zero-order hold; default 1.",
        HelpName = "count",
        DefaultValueFactory = static _ => 1,
    };
    private readonly Option<string?> _fixed = CommandOptions.File("--output", "The cured model to write.", required: false, "-o");
    private readonly Option<string?> _svg =
        CommandOptions.File("--svg", "A figure to write: overlap and gains, or the picture's spectrum.");
    private const string Tensors = ".safetensors";

    private readonly Option<Language?> _language = LanguageOption.Create();

    public CheckCommand(Report report) : base(
        "check",
        "Finds checkerboards and says what helps: the overlap of settings, the gain of every phase of weights (a flat input stays flat "
            + "exactly when they agree), the spectrum of a picture; ends with 1 above --threshold, so that it guards a build.",
        new Example("check --kernel 3 --stride 2", "Uneven overlap: with equal weights a flat input gets a pattern of -6.3 dB."),
        new Example("check --kernel 4 --stride 2 --weight index", "Even overlap, and yet -12.3 dB: the weights decide."),
        new Example("check model.onnx --threshold 0",
            "Every transposed convolution of a model, every strided convolution's backward pass, and chains of them."),
        new Example("check model.onnx --fix equalize -o fixed.onnx", "The nearest weights whose phases all have one gain."))
    {
        _report = report;
        Add(_file);
        foreach (Option option in (Option[])[_kernel, _stride, _dilation, _input, _output, _weight, _groups, _layer, _direction, _picture,
            _threshold, _fix, _order, _fixed, _svg, _language]) Add(option);
        SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(_threshold) is { } threshold && double.IsNaN(threshold)) throw CommandException.BadInput(
            "threshold", "--threshold is no number");
        string? file = parsed.GetValue(_file), picture = parsed.GetValue(_picture), fix = parsed.GetValue(_fix);
        if (file is not null && picture is not null) throw CommandException.BadInput(
            "picture", "a file and --picture exclude each other: check one at a time");
        bool isTensors = file?.EndsWith(Tensors, StringComparison.OrdinalIgnoreCase) == true;
        if (fix is not null && !isTensors && file?.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) != true)
            throw CommandException.BadInput("fix", "--fix changes an ONNX model or a .safetensors file: name one");
        if (fix is null != (parsed.GetValue(_fixed) is null)) throw CommandException.BadInput(
            "fix", "--fix and --output belong together: the cured file is written to --output");
        if (picture is not null) return Picture(parsed, picture, cancellation);
        if (file is null) return Settings(parsed, cancellation);
        if (isTensors)
        {
            UpsamplingLayer[] layers = ReadTensors(parsed, file, cancellation);
            return fix is not null ? FixTensors(parsed, file, layers, fix, cancellation)
                : Write(parsed, [.. layers.Select(LayerDiagnosis.Of)], [], [], [], cancellation);
        }
        if (fix is not null) return Fix(parsed, file, fix, cancellation);
        OnnxCheckerboard model = CommandException.OnFile("file", () => OnnxCheckerboard.Load(file));
        OnnxUpsampling[] found =
            [.. model.Layers.Where(
            layer => parsed.GetValue(_layer) is not { } name || string.Equals(layer.Node, name, StringComparison.Ordinal))];
        if (found.Length == 0 && parsed.GetValue(_layer) is { } missing)
            throw CommandException.BadInput(
                "layer", $"'{file}' has no upsampling '{missing}': it has "
                    + $"{(model.Layers.IsEmpty ? "none" : string.Join(", ", model.Layers.Select(static layer => layer.Node)))}");
        return Write(parsed, [.. found.Select(static layer => layer.Diagnosis)], [.. model.Chains.Select(ChainReport.Of)], [], [],
            cancellation);
    }

    private UpsamplingLayer[] ReadTensors(ParseResult parsed, string file, CancellationToken cancellation) => CheckFiles.Safetensors(
        file, parsed.GetValue(_layer), parsed.Require(_stride), parsed.GetValue(_dilation), parsed.GetValue(_groups),
            parsed.Require(_direction)!, cancellation);

    private int Settings(ParseResult parsed, CancellationToken cancellation)
    {
        PerAxis kernel = parsed.Require(_kernel), input = parsed.GetValue(_input);
        int axes = !input.Values.IsEmpty ? input.Values.Length : Math.Max(2, kernel.Values.Length);
        if (input.Values.IsEmpty && kernel.Values.Length == 1 && parsed.GetValue(_stride).Values.Length > 1) axes =
            parsed.GetValue(_stride).Values.Length;
        int[] taps = [.. kernel.Expand(axes, "kernel")];
        UpsamplingLayer layer;
        if (parsed.GetValue(_weight) is { } text)
        {
            ValueSource values = ValueFiles.Read("weight", text, ValueSource.Ones, cancellation);
            layer = UpsamplingLayer.Create(
                "weight", [1, 1, .. taps], values.Fill("weight", [1, 1], taps).AsSpan(), parsed.GetValue(_stride),
                parsed.GetValue(_dilation));
        }
        else
        {
            layer = UpsamplingLayer.Equal("settings", taps, parsed.GetValue(_stride), parsed.GetValue(_dilation));
        }
        return Write(parsed, [LayerDiagnosis.Of(layer)], [], [.. Cures.Names.Select(name => CureReport.Of(name, layer))],
            EvenSettings(parsed, layer, input), cancellation);
    }

    // Of the first axis: the settings are listed axis by axis elsewhere.
    private SettingsReport[] EvenSettings(ParseResult parsed, UpsamplingLayer layer, PerAxis input)
    {
        if (input.Values.IsEmpty) return [];
        int size = input.Values[0], wanted = parsed.GetValue(_output).Values is { IsEmpty: false } output ? output[0]
            : size * layer.Stride[0];
        ConvTransposeAxis full = ConvTransposeAxis.Create(size, layer.Kernel[0], layer.Stride[0], layer.Dilation[0]);
        return [.. Cures.EvenSettings(full.WithCrop(0, (long)full.Full - wanted)).Select(SettingsReport.Of)];
    }

    private int Write(ParseResult parsed, LayerDiagnosis[] layers, ChainReport[] chains, CureReport[] cures, SettingsReport[] settings,
        CancellationToken cancellation)
    {
        Language language = LanguageOption.Read(parsed, _language);
        double? threshold = parsed.GetValue(_threshold), worst = layers.Select(static layer => layer.PatternDb).Append(null).Max();
        bool passed = !(worst > threshold);
        if (parsed.GetValue(_svg) is { } svg)
        {
            if (layers is not [var one]) throw CommandException.BadInput(
                "svg", $"--svg draws one layer, and there are {layers.Length}: name one with --layer");
            WriteSvg(svg, DiagnosisFigure.Of(one, language), cancellation);
        }
        if (_report.Json)
            _report.Write(new CheckReport([.. layers.Select(LayerReport.Of)], chains, cures, settings, worst, threshold, passed),
                JsonReports.Readable.CheckReport);
        else
            CheckText.Write(_report, Texts.Of(language), layers, chains, cures, settings, worst, threshold);
        return passed ? ExitCode.Done : ExitCode.No;
    }

    private int Fix(ParseResult parsed, string file, string cure, CancellationToken cancellation)
    {
        OnnxCheckerboard model = CommandException.OnFile("file", () => OnnxCheckerboard.Load(file));
        OnnxCure made = CommandException.OnFile("fix", () => model.Fix(cure, parsed.GetValue(_order), parsed.GetValue(_layer)));
        string output = parsed.GetValue(_fixed)!;
        using var written = new MemoryStream();
        made.Save(written);
        written.Position = 0;
        double? worst = OnnxCheckerboard.Load(written).Layers.Select(static layer => layer.Diagnosis.PatternDb).Append(null).Max(),
            threshold = parsed.GetValue(_threshold);
        CommandException.OnFile("output", () => made.Save(output, cancellation));
        return Fixed(output, [.. made.Changes.Select(static change => new NodeCureReport(change.Node, CureReport.Of(change.Cure)))],
            worst, threshold);
    }

    private int FixTensors(ParseResult parsed, string file, UpsamplingLayer[] layers, string cure, CancellationToken cancellation)
    {
        if (!string.Equals(parsed.Require(_direction), CheckFiles.Transposed, StringComparison.Ordinal)) throw CommandException.BadInput(
            "fix", "--fix changes the weights of transposed convolutions, and --direction says convolution: its forward pass has no "
                + "pattern");
        string output = parsed.GetValue(_fixed)!;
        Cure[] made = CheckFiles.Fix(
            file, output, layers, cure, parsed.GetValue(_order), parsed.GetValue(_layer) is not null, cancellation);
        double? worst = ReadTensors(parsed, output, cancellation)
            .Select(static layer => LayerDiagnosis.Of(layer).PatternDb).Append(null).Max();
        return Fixed(output, [.. made.Select(static one => new NodeCureReport(one.Layer.Name, CureReport.Of(one)))],
            worst, parsed.GetValue(_threshold));
    }

    private int Fixed(string output, NodeCureReport[] changes, double? worst, double? threshold)
    {
        bool passed = !(worst > threshold);
        if (_report.Json) _report.Write(new FixReport(output, changes, worst, threshold, passed), JsonReports.Readable.FixReport);
        else CheckText.Write(_report, output, changes, worst, threshold);
        return passed ? ExitCode.Done : ExitCode.No;
    }

    private int Picture(ParseResult parsed, string path, CancellationToken cancellation)
    {
        int stride = parsed.Require(_stride).Values is [var one] ? one
            : throw CommandException.BadInput(
            "stride", "--stride has more than one number, and a picture is looked at with one: check each alone");
        (float[] luma, int height, int width) = CheckFiles.Luma(path, cancellation);
        PictureSpectrum spectrum = PictureSpectrum.Of(luma, height, width, stride);
        if (parsed.GetValue(_svg) is { } svg) WriteSvg(
            svg, DiagnosisFigure.Of(spectrum, LanguageOption.Read(parsed, _language)), cancellation);
        double? threshold = parsed.GetValue(_threshold);
        bool passed = !(spectrum.WorstDb > threshold);
        if (_report.Json)
        {
            _report.Write(
                new PictureCheckReport(
                    path, stride, spectrum.Window,
                        [.. spectrum.Peaks.Select(static peak => new PeakReport([peak.Row, peak.Column], peak.Decibels))],
                        [.. spectrum.Azimuthal],
                    spectrum.WorstDb, threshold, passed),
                JsonReports.Readable.PictureCheckReport);
        }
        else
        {
            CheckText.Write(_report, path, spectrum, threshold);
        }
        return passed ? ExitCode.Done : ExitCode.No;
    }

    private static void WriteSvg(string path, Figure figure, CancellationToken cancellation) =>
        CommandException.OnFile("svg", () => WholeFile.Write(
            path, stream => stream.Write(Encoding.UTF8.GetBytes(SvgRenderer.Render(figure))), cancellation));
}
