using Upstride.Cli.Commands;
using Upstride.Imaging;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;

namespace Upstride.Cli.Upscaling;

/// <summary>A method for one scale, chosen once and used for any number of pictures.</summary>
internal sealed class Upscaler
{
    private readonly PictureUpscaler? _network;

    private Upscaler(UpscaleMethod method, int scale, PictureUpscaler? network)
    {
        (Method, Scale, _network) = (method, scale, network);
    }

    public UpscaleMethod Method { get; }

    public int Scale { get; }

    /// <summary>Whether rows can go through as they come, so that no picture need be held.</summary>
    public bool Streams => _network is not null;

    /// <summary>The method that is taken where none is named: the network where there are weights for the scale.</summary>
    public static UpscaleMethod DefaultMethod(int scale) => FsrcnnWeights.Scales.Contains(scale) ? UpscaleMethod.Fsrcnn : UpscaleMethod.Bicubic;

    /// <summary>Chooses.</summary>
    /// <param name="method">The method that is asked for; null for the default.</param>
    /// <param name="scale">How much larger.</param>
    /// <param name="model">A file of weights to take instead of the library's own; implies the network.</param>
    /// <param name="settings">How the network works.</param>
    public static Upscaler Choose(UpscaleMethod? method, int scale, string? model, PictureSettings settings)
    {
        UpscaleMethod chosen = method ?? (model is null ? DefaultMethod(scale) : UpscaleMethod.Fsrcnn);
        if (chosen == UpscaleMethod.Fsrcnn)
        {
            FsrcnnNetwork network = model is null
                ? FsrcnnWeights.Find(scale) ?? throw CommandException.BadInput("method", $"there are no weights of fsrcnn for scale {scale}{(FsrcnnWeights.Scales.IsEmpty ? "" : $", only for {string.Join(", ", FsrcnnWeights.Scales)}")}: name a file of them with --model, or another method")
                : LumaMethod.Read("model", model, scale);
            return new(chosen, scale, new(PlaneNetwork.Of(network), settings));
        }
        if (model is not null) throw CommandException.BadInput("model", $"--model is for the method fsrcnn: leave out --method {UpscaleMethods.NameOf(chosen)}");
        if (settings.SelfEnsemble) throw CommandException.BadInput("selfEnsemble", $"--self-ensemble is for the method fsrcnn, and the method is {UpscaleMethods.NameOf(chosen)}: it gives the same turned and mirrored");
        return new(chosen, scale, null);
    }

    /// <summary>Enlarges a picture that is held.</summary>
    public ImageBuffer Upscale(ImageBuffer image, IProgress<double> progress, CancellationToken cancellation) => _network is null
        ? ImageUpscaler.Upscale(image, Method, Scale, progress, cancellation)
        : _network.Upscale(image, progress, cancellation);

    /// <summary>Enlarges the rows of one PNG, as <paramref name="source"/> reads them, into another.</summary>
    public void Upscale(PngReader reader, RowSource source, PngWriter writer, IProgress<double> progress, CancellationToken cancellation) =>
        _network!.Upscale(reader.Width, reader.Height, reader.Channels, reader.SampleType, source, writer.WriteRow, progress, cancellation);
}
