using Upstride.Imaging;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Onnx;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>A method for one scale, chosen once and used for any number of pictures.</summary>
internal sealed class Upscaler : IDisposable
{
    private const string OnnxExtension = ".onnx";

    private readonly UpscaleMethod _method;
    private readonly PictureUpscaler? _network;
    private readonly OnnxUpscaler? _model;

    private Upscaler(string name, int scale, UpscaleMethod method = default, PictureUpscaler? network = null, OnnxUpscaler? model = null) =>
        (Name, Scale, _method, _network, _model) = (name, scale, method, network, model);

    /// <summary>The method's word; of an ONNX model, onnx.</summary>
    public string Name { get; }

    public int Scale { get; }

    /// <summary>Whether rows can go through as they come, so that no picture need be held.</summary>
    public bool Streams => _network is not null;

    /// <summary>The method that is taken where none is named: the network where there are weights for the scale.</summary>
    public static UpscaleMethod DefaultMethod(int scale) => FsrcnnWeights.Scales.Contains(scale) ? UpscaleMethod.Fsrcnn : UpscaleMethod.Bicubic;

    /// <summary>Chooses.</summary>
    /// <param name="method">The method that is asked for; null for the default.</param>
    /// <param name="scale">How much larger.</param>
    /// <param name="model">A file of weights to take instead of the library's own, which implies the network; or an ONNX model.</param>
    /// <param name="settings">How the network works.</param>
    public static Upscaler Choose(UpscaleMethod? method, int scale, string? model, PictureSettings settings)
    {
        if (model is not null && model.EndsWith(OnnxExtension, StringComparison.OrdinalIgnoreCase)) return OfOnnx(method, scale, model, settings);
        UpscaleMethod chosen = method ?? (model is null ? DefaultMethod(scale) : UpscaleMethod.Fsrcnn);
        string name = UpscaleMethods.NameOf(chosen);
        if (chosen == UpscaleMethod.Fsrcnn)
        {
            FsrcnnNetwork network = model is null
                ? FsrcnnWeights.Find(scale) ?? throw CommandException.BadInput("method", $"there are no weights of fsrcnn for scale {scale}{(FsrcnnWeights.Scales.IsEmpty ? "" : $", only for {string.Join(", ", FsrcnnWeights.Scales)}")}: name a file of them with --model, or another method")
                : LumaUpscalers.Read("model", model, scale);
            return new(name, scale, chosen, network: new(PlaneNetwork.Of(network), settings));
        }
        if (model is not null) throw CommandException.BadInput("model", $"--model is for the method fsrcnn: leave out --method {name}");
        if (settings.SelfEnsemble) throw CommandException.BadInput("selfEnsemble", $"--self-ensemble is for the method fsrcnn, and the method is {name}: it gives the same turned and mirrored");
        return new(name, scale, chosen);
    }

    /// <summary>Enlarges a picture that is held.</summary>
    public ImageBuffer Upscale(ImageBuffer image, IProgress<double> progress, CancellationToken cancellation) =>
        _model is not null ? _model.Upscale(image, cancellation)
        : _network is not null ? _network.Upscale(image, progress, cancellation)
        : ClassicUpscaler.Upscale(image, _method, Scale, progress, cancellation);

    /// <summary>Enlarges the rows of one PNG, as <paramref name="source"/> reads them, into another.</summary>
    public void Upscale(PngReader reader, RowSource source, PngWriter writer, IProgress<double> progress, CancellationToken cancellation) =>
        _network!.Upscale(reader.Width, reader.Height, reader.Channels, reader.SampleType, source, writer.WriteRow, progress, cancellation);

    public void Dispose() => _model?.Dispose();

    private static Upscaler OfOnnx(UpscaleMethod? method, int scale, string model, PictureSettings settings)
    {
        if (method is { } named) throw CommandException.BadInput("method", $"{model} is the method itself: leave out --method {UpscaleMethods.NameOf(named)}");
        if (settings.SelfEnsemble) throw CommandException.BadInput("selfEnsemble", "--self-ensemble is for the method fsrcnn: leave it out with an ONNX model");
        return CommandException.OnFile("model", () => new Upscaler(
            "onnx", scale, model: new(OnnxModel.Load(model), scale, OnnxSessionSettings.Default with { Compute = new() { Threads = settings.Bands.Threads } })));
    }
}
