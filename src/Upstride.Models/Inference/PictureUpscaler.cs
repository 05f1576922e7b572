using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Upscaling;

namespace Upstride.Models.Inference;

/// <summary>How <see cref="PictureUpscaler"/> works.</summary>
public sealed record PictureSettings
{
    /// <summary>Whether the luma is the mean of the network's results for the eight ways to turn and mirror it: eight times the
    /// work.</summary>
    public bool SelfEnsemble { get; init; }

    /// <summary>Which of the library's networks make the luma; a network that is given stays.</summary>
    public UpscalingQuality Quality { get; init; } = UpscalingQuality.Balanced;

    /// <summary>Whether pictures are from JPEG files: networks that are trained for such make the luma, where there are some.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>How the network's work is divided; the result is the same whatever is chosen.</summary>
    public BandSettings Bands { get; init; } = new();
}

/// <summary>
/// Enlarges pictures of any size in a memory that does not grow with the height: rows come in, go through the network in bands, and rows
/// come out. The network makes the luma; the colour differences and alpha are MATLAB's bicubic imresize. Grey is luma as it is. A size that
/// is no product of networks' scales is made by the next larger one and an antialiased bicubic resize. What alpha hides has no part in what
/// is seen. Colours are limited to 0 to 1, which float samples need not be.
/// </summary>
/// <remarks>One upscaler may be used by several threads at once. A picture of more than a million columns is held, and goes through in
/// parts of its columns.</remarks>
/// <example>
/// <code><![CDATA[
/// var network = PlaneNetwork.Of(FsrcnnWeights.Find(scale: 3)!); // or FsrcnnFile.Read("x3.safetensors")
/// ImageBuffer larger = new PictureUpscaler(network).Upscale(picture);
/// ]]></code>
/// </example>
public sealed class PictureUpscaler : IPictureUpscaler
{
    // The rows of a picture this wide take about 500 bytes a column between the network's layers.
    private const int MaxColumns = 1 << 20;
    private const int PartColumns = 1 << 17;

    private readonly Dictionary<int, PlaneNetwork> _networks;
    private readonly TargetSize _size;
    private readonly PictureSettings _settings;

    /// <summary>Enlarges by a network's scale.</summary>
    /// <param name="network">Makes the luma, in units of the full value.</param>
    /// <param name="settings">How.</param>
    public PictureUpscaler(PlaneNetwork network, PictureSettings? settings = null)
        : this([network], TargetSize.ByFactor(network?.Scale ?? 1), settings) { }

    /// <summary>Enlarges to a size.</summary>
    /// <param name="networks">Make the luma, in units of the full value; each has a scale of its own, above 1.</param>
    /// <param name="size">How large the result is.</param>
    /// <param name="settings">How.</param>
    /// <exception cref="ArgumentException">No network, two of one scale, or one that does not enlarge.</exception>
    public PictureUpscaler(IEnumerable<PlaneNetwork> networks, TargetSize size, PictureSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(networks);
        _networks = [];
        foreach (PlaneNetwork network in networks)
        {
            ArgumentNullException.ThrowIfNull(network, nameof(networks));
            if (!_networks.TryAdd(network.Scale, network))
                throw new ArgumentException($"each network must have a scale of its own: two have {network.Scale}", nameof(networks));
        }
        if (_networks.Count == 0) throw new ArgumentException("at least one network must be given", nameof(networks));
        (_size, _settings) = (size, settings ?? new());
        if (_size.Factor is null && _size == default) throw new ArgumentException("a size must be told", nameof(size));
    }

    /// <summary>How much larger the result is along each axis; null where its size is told in pixels.</summary>
    public double? Scale => _size.Factor;

    /// <summary>An upscaler with the library's own weights.</summary>
    /// <param name="scale">How much larger: any positive number; 2, 3, 4 and 8 and their products need no further resize.</param>
    /// <param name="settings">How.</param>
    /// <exception cref="InvalidOperationException">No weights are in this build.</exception>
    /// <example>
    /// <code>
    /// ImageBuffer larger = PictureUpscaler.ForScale(2).Upscale(ImageFile.Read("photo.jpg"));
    /// </code>
    /// </example>
    public static PictureUpscaler ForScale(double scale, PictureSettings? settings = null) => ForSize(TargetSize.ByFactor(scale), settings);

    /// <summary>An upscaler with the library's own weights.</summary>
    /// <param name="size">How large the result is.</param>
    /// <param name="settings">How.</param>
    /// <exception cref="InvalidOperationException">No weights are in this build.</exception>
    public static PictureUpscaler ForSize(TargetSize size, PictureSettings? settings = null)
    {
        settings ??= new();
        if (UpscalingWeights.Scales.IsEmpty)
            throw new InvalidOperationException("no weights are in this build: train some, and give the network");
        if (settings.Quality == UpscalingQuality.Best) settings = settings with { SelfEnsemble = true };
        return new(
            UpscalingWeights.ScalesOf(settings.Quality, settings.IsCompressed).Select(scale =>
                UpscalingWeights.Find(settings.Quality, scale, settings.IsCompressed)!.ToPlaneNetwork()),
            size, settings);
    }

    /// <summary>A picture of the size that is told, with the channels, the sample type and the metadata of
    /// <paramref name="image"/>.</summary>
    /// <param name="image">Any picture.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Asked before each band.</param>
    public ImageBuffer Upscale(ImageBuffer image, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        this.UpscaleBuffer(image, progress, cancellationToken);

    /// <inheritdoc/>
    public PictureFormat FormatOf(PictureFormat format)
    {
        (int width, int height) = _size.Of(format.Width, format.Height);
        return format with { Width = width, Height = height };
    }

    /// <inheritdoc/>
    public void Upscale(
        PictureFormat format, RowSource source, RowTarget target, IProgress<double>? progress = null,
            CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        PictureFormat result = FormatOf(format);
        int[] steps = UpscaleSteps.Choose(_networks.Keys, (format.Width, format.Height), (result.Width, result.Height));
        if (format.Width > MaxColumns && steps.Length > 0)
            UpscaleParts(format, result, steps, source, target, progress, cancellationToken);
        else Run(format, result, steps, source, target, progress, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Null where the size is told in pixels, or is no product of the networks' scales.</remarks>
    public int? RowReachOf(PictureFormat format)
    {
        if (_size.Factor is not { } factor) return null;
        PictureFormat result = FormatOf(format);
        int[] steps = UpscaleSteps.Choose(_networks.Keys, (format.Width, format.Height), (result.Width, result.Height));
        if (ProductOf(steps) != factor) return null;

        // Backwards: the rows that a later step looks at are made of fewer by an earlier one.
        int reach = 0;
        for (int i = steps.Length - 1; i >= 0; i--)
        {
            int network = _networks[steps[i]].Reach;
            reach = Integers.DivideUp(reach, steps[i])
                + (format.HasAlpha ? network + Math.Max(network, NetworkStage.Ahead) : Math.Max(network, NetworkStage.Ahead));
        }
        return reach;
    }

    private void Run(
        PictureFormat format, PictureFormat result, int[] steps, RowSource source, RowTarget target, IProgress<double>? progress,
            CancellationToken cancellationToken)
    {
        using IRowStage stage = CreateStages(format, result, steps, target, cancellationToken);
        Push(format, source, stage, progress, cancellationToken);
    }

    /// <summary>The way of a picture's rows: for each step the fill of what is hidden and a network, a resize where the size is another,
    /// samples.</summary>
    private IRowStage CreateStages(PictureFormat format, PictureFormat result, int[] steps, RowTarget target,
        CancellationToken cancellationToken)
    {
        IRowStage stage = new PictureWriter(result, _settings.Bands.Threads, target);
        int product = ProductOf(steps);
        (int Width, int Height) size = (checked(product * format.Width), checked(product * format.Height));
        if (size != (result.Width, result.Height)) stage = new ResizeStage(format.Channels, size, (result.Width, result.Height), stage);
        for (int i = steps.Length - 1; i >= 0; i--)
        {
            PlaneNetwork network = _networks[steps[i]];
            size = (size.Width / steps[i], size.Height / steps[i]);
            PictureFormat rows = format with { Width = size.Width, Height = size.Height };
            IRowUpscaler luma = network.CreateUpscaler(size.Width, size.Height, _settings);
            stage = new NetworkStage(luma, steps[i], rows, _settings.Bands.Threads, stage, cancellationToken);
            if (format.HasAlpha) stage = new HiddenColorFill(format.Channels, size.Width, size.Height, network.Reach, stage);
        }
        return stage;
    }

    private static int ProductOf(int[] steps)
    {
        int product = 1;
        foreach (int step in steps) product = checked(product * step);
        return product;
    }

    /// <summary>Takes all rows of a picture to a stage.</summary>
    internal static void Push(PictureFormat format, RowSource source, IRowStage stage, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        var reader = new PictureReader(format, source);
        var planes = new float[(long)format.Channels * format.Width];
        for (int row = 0; row < format.Height; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            reader.Read(planes);
            stage.Push(planes, 1);
            progress?.Report((row + 1.0) / format.Height);
        }
    }

    /// <summary>Takes parts of a picture's columns through the networks, each with the columns around it that it depends on. All parts are
    /// as wide, so that one set of stages serves them: at the right border a part begins further left than it must.</summary>
    private void UpscaleParts(
        PictureFormat format, PictureFormat result, int[] steps, RowSource source, RowTarget target, IProgress<double>? progress,
            CancellationToken cancellationToken)
    {
        var picture = new ImageBuffer(format);
        for (int row = 0; row < format.Height; row++) source(picture.Row(row));

        // Of every step what its network looks at, what a hidden colour is filled from, and the cubic's two samples; later ones count less.
        int product = ProductOf(steps), reach = steps.Sum(step => 2 * _networks[step].Reach + 2), pixel = format.RowBytes / format.Width;
        int width = Math.Min(PartColumns + 2 * reach, format.Width), left = 0, column = 0, end = 0, written = 0;
        var larger = new ImageBuffer(format with { Width = checked(product * format.Width), Height = checked(product * format.Height) });
        PictureFormat part = format with { Width = width }, largerPart = larger.Format with { Width = product * width };
        void Keep(ReadOnlySpan<byte> row) =>
            row.Slice((column - left) * product * pixel, (end - column) * product * pixel).CopyTo(
                larger.Row(written++)[(column * product * pixel)..]);
        using (IRowStage stages = CreateStages(part, largerPart, steps, Keep, cancellationToken))
        {
            for (; column < format.Width; column = end)
            {
                (end, left, written) = (Math.Min(column + PartColumns, format.Width), Math.Clamp(column - reach, 0, format.Width - width),
                    0);
                int read = 0;
                Push(part, row => picture.Row(read++).Slice(left * pixel, width * pixel).CopyTo(row), stages, progress: null,
                    cancellationToken);
                stages.Restart();
                progress?.Report((double)end / format.Width);
            }
        }
        int next = 0;
        if (larger.Format != result)
            Run(larger.Format, result, [], destination => larger.Row(next++).CopyTo(destination), target, progress: null,
                cancellationToken);
        for (; next < result.Height && larger.Format == result; next++) target(larger.Row(next));
    }
}
