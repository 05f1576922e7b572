using Upstride.Geometry;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>A method for one size, chosen once and used for any number of pictures.</summary>
/// <param name="Name">The method's word; of an ONNX model, onnx.</param>
/// <param name="Size">How large pictures become.</param>
/// <param name="Pictures">Makes them.</param>
internal sealed record Upscaler(string Name, TargetSize Size, IPictureUpscaler Pictures) : IDisposable
{
    private const string OnnxExtension = ".onnx";
    private const double DefaultScale = 2;

    /// <summary>Chooses.</summary>
    /// <param name="method">The method that is asked for; null for the network, where there are weights.</param>
    /// <param name="size">How large; null for a file's own scale, or twice as large.</param>
    /// <param name="model">A file of weights to take instead of the library's own, which implies the network; or an ONNX model.</param>
    /// <param name="settings">How the network works.</param>
    public static Upscaler Choose(UpscaleMethod? method, TargetSize? size, string? model, PictureSettings settings)
    {
        if (model is not null && model.EndsWith(OnnxExtension, StringComparison.OrdinalIgnoreCase))
            return OfOnnx(method, size, model, settings);
        UpscaleMethod chosen = method ?? (model is null && FsrcnnWeights.Scales.IsEmpty ? UpscaleMethod.Bicubic : UpscaleMethod.Fsrcnn);
        string name = UpscaleMethods.NameOf(chosen);
        if (chosen == UpscaleMethod.Fsrcnn)
            return model is null ? OfWeights(name, size ?? TargetSize.ByFactor(DefaultScale), settings)
                : OfFile(name, size, model, settings);
        if (model is not null) throw CommandException.BadInput("model", $"--model is for the method fsrcnn: leave out --method {name}");
        if (settings.SelfEnsemble)
            throw CommandException.BadInput(
                "selfEnsemble",
                $"--self-ensemble is for the method fsrcnn, and the method is {name}: it gives the same turned and mirrored");
        TargetSize target = size ?? TargetSize.ByFactor(DefaultScale);
        return new(name, target, chosen switch
        {
            UpscaleMethod.Nearest => new ResizeUpscaler(ResizeMethod.PyTorchNearest, target),
            UpscaleMethod.Bilinear => new ResizeUpscaler(ResizeMethod.PyTorchLinear(), target),
            UpscaleMethod.Bicubic => new ResizeUpscaler(ResizeMethod.MatlabBicubic, target),
            _ => new ClassicUpscaler(chosen, target),
        });
    }

    public void Dispose() => (Pictures as IDisposable)?.Dispose();

    private static Upscaler OfWeights(string name, TargetSize size, PictureSettings settings) => FsrcnnWeights.Scales.IsEmpty
        ? throw CommandException.BadInput(
            "method", "no weights of fsrcnn are in this build: name a file of them with --model, or another method")
        : new(name, size, PictureUpscaler.ForSize(size, settings));

    // One of the usual scales must be the file's own: most likely the wrong file is named. Any other size is made by its scale and a
    // resize.
    private static Upscaler OfFile(string name, TargetSize? size, string model, PictureSettings settings)
    {
        FsrcnnNetwork network = LumaUpscalers.Read("model", model, size?.Factor is 2 or 3 or 4 ? (int)size.Value.Factor : null);
        TargetSize target = size ?? TargetSize.ByFactor(network.Settings.Scale);
        return new(name, target, new PictureUpscaler([PlaneNetwork.Of(network)], target, settings));
    }

    private static Upscaler OfOnnx(UpscaleMethod? method, TargetSize? size, string model, PictureSettings settings)
    {
        if (method is { } named)
            throw CommandException.BadInput("method", $"{model} is the method itself: leave out --method {UpscaleMethods.NameOf(named)}");
        if (settings.SelfEnsemble)
            throw CommandException.BadInput("selfEnsemble", "--self-ensemble is for the method fsrcnn: leave it out with an ONNX model");
        TargetSize target = size ?? TargetSize.ByFactor(DefaultScale);
        if (target.Factor is not { } factor || Math.Truncate(factor) != factor)
            throw CommandException.BadInput(
                "scale", "an ONNX model enlarges by its own whole scale: give that as --scale, without --width and --height");
        return CommandException.OnFile("model", () => new Upscaler(
            "onnx", target, new OnnxUpscaler(OnnxModel.Load(model), (int)factor,
                OnnxSessionSettings.Default with { Compute = new() { Threads = settings.Bands.Threads } })));
    }
}
