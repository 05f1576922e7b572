using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>A method for one size, chosen once and used for any number of pictures.</summary>
/// <param name="Name">The method's word; of the tool's own networks, the quality's; of an ONNX model, onnx.</param>
/// <param name="Size">How large pictures become.</param>
/// <param name="Pictures">Makes them.</param>
/// <param name="Compressed">Makes those from JPEG files; null where they are as others.</param>
internal sealed record Upscaler(string Name, TargetSize Size, IPictureUpscaler Pictures, IPictureUpscaler? Compressed = null) : IDisposable
{
    private const string OnnxExtension = ".onnx";
    private const double DefaultScale = 2;

    // A JPEG file of a higher quality shows nothing of its compression.
    private const int MinCleanQuality = 96;

    /// <summary>Chooses.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="settings">How the network works.</param>
    public static Upscaler Choose(UpscaleRequest request, PictureSettings settings)
    {
        (UpscaleMethod? method, TargetSize? size, string? model) = (request.Method, request.Size, request.Model);
        if (model is not null && model.EndsWith(OnnxExtension, StringComparison.OrdinalIgnoreCase))
            return OfOnnx(method, size, model, settings, request.Onnx ?? new());
        if (request.Onnx is not null)
            throw CommandException.BadInput("model",
                "--model-range, --model-layout, --model-channels and --cache are for an ONNX model: name one with "
                + "--model");
        UpscaleMethod chosen = method ?? (model is null && UpscalingWeights.Scales.IsEmpty ? UpscaleMethod.Bicubic : UpscaleMethod.Network);
        string name = UpscaleMethods.NameOf(chosen);
        bool isNetwork = chosen is UpscaleMethod.Network or UpscaleMethod.Fsrcnn;
        if ((model is not null || chosen != UpscaleMethod.Network) && (request.Quality is not null || request.Degradation is not null))
            throw CommandException.BadInput(
                request.Quality is not null ? "quality" : "degradation",
                "--quality and --degradation choose among the tool's own networks: leave out --model, and every --method but network");
        if (isNetwork && model is not null) return OfFile(size, model, settings);
        if (isNetwork)
            return OfWeights(request with { Quality = chosen == UpscaleMethod.Fsrcnn ? UpscalingQuality.Fast : request.Quality }, settings);
        if (model is not null) throw CommandException.BadInput("model", $"--model is for the method network: leave out --method {name}");
        if (settings.SelfEnsemble)
            throw CommandException.BadInput(
                "selfEnsemble",
                $"--self-ensemble is for the method network, and the method is {name}: it gives the same turned and mirrored");
        TargetSize target = size ?? TargetSize.ByFactor(DefaultScale);
        return new(name, target, chosen switch
        {
            UpscaleMethod.Nearest => new ResizeUpscaler(ResizeMethod.PyTorchNearest, target),
            UpscaleMethod.Bilinear => new ResizeUpscaler(ResizeMethod.PyTorchLinear(), target),
            UpscaleMethod.Bicubic => new ResizeUpscaler(ResizeMethod.MatlabBicubic, target),
            _ => new ClassicUpscaler(chosen, target),
        });
    }

    /// <summary>What makes a file's pictures, with its name and, where the file was the reason, the reason.</summary>
    /// <param name="reader">The open file.</param>
    public (IPictureUpscaler Pictures, string Name) For(ImageReader reader) =>
        Compressed is not null && reader.JpegQuality is < MinCleanQuality and var quality
            ? (Compressed, $"{Name} for JPEG of quality {quality}")
            : (Pictures, Name);

    /// <summary>What makes a video's colour differences larger: the method where it is a resize, else bicubic interpolation.</summary>
    /// <param name="size">How large they become.</param>
    public IPictureUpscaler OfDifferences(TargetSize size) => new ResizeUpscaler(
        Name == UpscaleMethods.NameOf(UpscaleMethod.Nearest) ? ResizeMethod.PyTorchNearest
        : Name == UpscaleMethods.NameOf(UpscaleMethod.Bilinear) ? ResizeMethod.PyTorchLinear() : ResizeMethod.MatlabBicubic, size);

    public void Dispose() => (Pictures as IDisposable)?.Dispose();

    private static Upscaler OfWeights(UpscaleRequest request, PictureSettings settings)
    {
        if (UpscalingWeights.Scales.IsEmpty)
            throw CommandException.BadInput(
                "method", "no weights of networks are in this build: name a file of them with --model, or another method");
        UpscalingQuality quality = request.Quality ?? UpscalingQuality.Balanced;
        TargetSize size = request.Size ?? TargetSize.ByFactor(DefaultScale);
        PictureSettings clean = settings with { Quality = quality }, compressed = clean with { IsCompressed = true };
        bool hasCompressed = ScalesForCompressed(size, quality).Any(UpscalingWeights.HasCompressed);
        if (request.Degradation == UpscaleDegradation.Jpeg && !hasCompressed)
            throw CommandException.BadInput("degradation", "there are no weights for pictures from JPEG files for this scale");
        string name = request.Method == UpscaleMethod.Fsrcnn
            ? UpscaleMethods.NameOf(UpscaleMethod.Fsrcnn) : UpscaleQualities.NameOf(quality);
        if (request.Degradation == UpscaleDegradation.Jpeg) return new(name, size, PictureUpscaler.ForSize(size, compressed));
        bool isByFile = hasCompressed && request.Degradation != UpscaleDegradation.None && request.Method != UpscaleMethod.Fsrcnn;
        return new(name, size, PictureUpscaler.ForSize(size, clean), isByFile ? PictureUpscaler.ForSize(size, compressed) : null);
    }

    // Which networks a picture from a JPEG file goes through; where the size is told in pixels, each picture decides.
    private static IReadOnlyList<int> ScalesForCompressed(TargetSize size, UpscalingQuality quality)
    {
        IReadOnlyList<int> scales = UpscalingWeights.ScalesOf(quality, isCompressed: true);
        return size.Factor is { } factor and < 1e6
            ? UpscaleSteps.Choose(scales, (1, 1), ((int)Math.Ceiling(factor), (int)Math.Ceiling(factor))) : scales;
    }

    // One of the usual scales must be the file's own: most likely the wrong file is named. Any other size is made by its scale and a
    // resize.
    private static Upscaler OfFile(TargetSize? size, string model, PictureSettings settings)
    {
        UpscalingNetwork network = LumaUpscalers.Read("model", model, size?.Factor is 2 or 3 or 4 ? (int)size.Value.Factor : null);
        TargetSize target = size ?? TargetSize.ByFactor(network.Scale);
        return new(network.Architecture, target, new PictureUpscaler(network.Scales.Select(network.ToPlaneNetwork), target, settings));
    }

    private static Upscaler OfOnnx(UpscaleMethod? method, TargetSize? size, string model, PictureSettings settings,
        OnnxUpscalerSettings onnx)
    {
        if (method is { } named)
            throw CommandException.BadInput("method", $"{model} is the method itself: leave out --method {UpscaleMethods.NameOf(named)}");
        if (settings.SelfEnsemble)
            throw CommandException.BadInput("selfEnsemble", "--self-ensemble is for the method network: leave it out with an ONNX model");
        return CommandException.OnFile("model", () =>
        {
            var upscaler = new OnnxUpscaler(OnnxModel.Load(model), size, onnx with
            {
                Pictures = onnx.Pictures with
                {
                    Session = onnx.Pictures.Session with
                    {
                        Compute = new ComputeSettings { Threads = settings.Bands.Threads }.WithLines(),
                    },
                    Tile = settings.Bands.BandRows,
                },
            });
            return new Upscaler("onnx", upscaler.Size, upscaler);
        });
    }
}
