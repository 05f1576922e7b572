using Upstride.Imaging;

namespace Upstride.Models.Inference;

/// <summary>Gives the next row of a picture, top to bottom.</summary>
/// <param name="destination">[width, channels] samples in the machine's byte order.</param>
public delegate void RowSource(Span<byte> destination);

/// <summary>Takes the next row of a picture, top to bottom.</summary>
/// <param name="row">[width, channels] samples in the machine's byte order.</param>
public delegate void RowTarget(ReadOnlySpan<byte> row);

/// <summary>How <see cref="PictureUpscaler"/> works.</summary>
public sealed record PictureSettings
{
    /// <summary>Whether the luma is the mean of the network's results for the eight ways to turn and mirror it: eight times the work.</summary>
    public bool SelfEnsemble { get; init; }

    /// <summary>How the network's work is divided; the result is the same whatever is chosen.</summary>
    public BandSettings Bands { get; init; } = new();
}

/// <summary>
/// Enlarges pictures of any size in a memory that does not grow with the height: rows come in, go through the network in bands, and rows
/// come out. The network makes the luma; the colour differences and alpha are MATLAB's bicubic imresize. Grey is luma as it is.
/// Colours are held to 0 to 1, which float samples need not be.
/// </summary>
/// <param name="network">Makes the luma, in units of the full value.</param>
/// <param name="settings">How.</param>
public sealed class PictureUpscaler(PlaneNetwork network, PictureSettings? settings = null)
{
    private readonly PictureSettings _settings = settings ?? new();

    /// <summary>How much larger the result is along each axis.</summary>
    public int Scale => network.Scale;

    /// <summary>A picture <see cref="Scale"/> times as wide and high, with the channels and the sample type of <paramref name="image"/>.</summary>
    /// <param name="image">Any picture.</param>
    /// <param name="progress">Told the fraction done after each band.</param>
    /// <param name="cancellationToken">Asked before each band.</param>
    public ImageBuffer Upscale(ImageBuffer image, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        var larger = new ImageBuffer(checked(Scale * image.Width), checked(Scale * image.Height), image.Channels, image.SampleType);
        int read = 0, written = 0;
        Upscale(
            image.Width, image.Height, image.Channels, image.SampleType,
            destination => image.Row(read++).CopyTo(destination), row => row.CopyTo(larger.Row(written++)), progress, cancellationToken);
        return larger;
    }

    /// <summary>Enlarges a picture row by row.</summary>
    /// <param name="width">Its columns.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.</param>
    /// <param name="sampleType">Of both pictures.</param>
    /// <param name="source">Called for each of the picture's rows.</param>
    /// <param name="target">Called for each of the larger picture's rows, <see cref="Scale"/> times as wide.</param>
    /// <param name="progress">Told the fraction done after each band.</param>
    /// <param name="cancellationToken">Asked before each band.</param>
    public void Upscale(
        int width, int height, int channels, SampleType sampleType, RowSource source, RowTarget target,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        using IRowUpscaler luma = _settings.SelfEnsemble
            ? new EnsembleUpscaler(network, width, height, _settings.Bands)
            : new BandUpscaler(network, width, height, _settings.Bands);
        Run(luma, Scale, width, height, channels, sampleType, source, target, _settings.Bands.Threads, progress, cancellationToken);
    }

    /// <summary>Enlarges a picture row by row, its luma by any way to do so.</summary>
    internal static void Run(
        IRowUpscaler luma, int scale, int width, int height, int channels, SampleType sampleType, RowSource source, RowTarget target, int threads,
        IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var reader = new PictureReader(width, channels, sampleType, source);
        BicubicRows? others = channels > 1 ? new(channels - 1, width, height, scale) : null;
        var writer = new PictureWriter(checked(scale * width), channels, sampleType, others, threads, target);
        float[] lumaRows = new float[(long)(luma.BandRows + BicubicRows.Reach) * width];
        int read = 0, taken = 0;
        while (luma.RowsDone < scale * height)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // The colours are read somewhat further than the luma is taken, so that those of every row that comes back are there.
            int count = Math.Min(luma.BandRows, height - taken);
            for (int wanted = Math.Min(height, taken + count + BicubicRows.Reach); read < wanted; read++)
                reader.Read(lumaRows.AsSpan((read - taken) * width, width), others is null ? default : others.Add());
            int first = luma.RowsDone;
            ReadOnlySpan<float> rows = luma.Next(lumaRows.AsSpan(0, count * width));
            taken += count;
            lumaRows.AsSpan(count * width, (read - taken) * width).CopyTo(lumaRows);
            writer.Write(first, rows);
            progress?.Report((double)luma.RowsDone / (scale * height));
        }
    }
}
