using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Onnx;

namespace Upstride.Models.Inference;

/// <summary>
/// Enlarges pictures by an ONNX model of one input and one output, a picture each. Its scale, its layout and what it takes for white are
/// found from it. A model of one channel makes the luma, and colour differences and alpha are MATLAB's bicubic imresize; one of three makes
/// the colours, and one of four alpha as well. A picture goes through in tiles, row by row in bounded memory and with the bits of the
/// whole picture, where every operator of the model looks at a part of the picture alone; else whole, as long as the memory allows it.
/// </summary>
/// <remarks>One upscaler may be used by several threads; they take turns.</remarks>
public sealed class OnnxUpscaler : IPictureUpscaler, IDisposable
{
    private readonly OnnxPictureModel _model;
    private readonly TargetSize _size;
    private readonly int _threads;
    private readonly Lazy<OnnxValueRange> _range;
    private readonly Lock _lock = new();
    private ((int Width, int Height) Size, OnnxFit Fit)? _last;

    /// <param name="model">The model.</param>
    /// <param name="size">How large the result is; null for the model's own scale. A size that is another is made by a bicubic resize of
    /// what the model makes; a whole factor must be the model's.</param>
    /// <param name="settings">How the model is given pictures.</param>
    /// <exception cref="ArgumentException">A model of other inputs or outputs, or of another scale.</exception>
    /// <exception cref="OnnxFormatException">The model breaks a rule of the format.</exception>
    /// <exception cref="OnnxUnsupportedException">The model has what is not supported.</exception>
    public OnnxUpscaler(OnnxModel model, TargetSize? size = null, OnnxUpscalerSettings? settings = null)
    {
        settings ??= new();
        _model = new(model, settings.Pictures);
        _threads = settings.Pictures.Session.Compute.Threads;
        if (_model.Channels is not (1 or 3 or 4))
            throw new ArgumentException($"the model takes {_model.Channels} channels, and must take 1, the luma, 3, the colours, or 4, "
                + $"colours and alpha, to enlarge pictures: it has {string.Join(", ", model.Inputs)}", nameof(model));
        if (_model.Scale is not { } scale || scale.Channels != _model.Channels)
            throw new ArgumentException($"the model must make a picture of {_model.Channels} channels, a whole number of times as large, "
                + $"to enlarge pictures: it has {string.Join(", ", model.Inputs)} and {string.Join(", ", model.Outputs)}"
                + (_model.Scale is { } made ? $", of {made.Channels} channels" : ""), nameof(model));
        if (size?.Factor is { } told && Math.Truncate(told) == told && told != scale.Factor && told is > 1 and <= 4)
            throw new ArgumentException($"scale = {told}, and the model's is {scale.Factor}: choose the scale that the model has",
                nameof(size));
        _size = size ?? TargetSize.ByFactor(scale.Factor);
        _range = new(() => settings.Range ?? OnnxProbe.RangeOf(_model));
    }

    /// <summary>How much larger the model's output is along each axis.</summary>
    public int Scale => _model.Scale!.Value.Factor;

    /// <summary>How large results are.</summary>
    public TargetSize Size => _size;

    /// <summary>What the model takes: 1, the luma, 3, the colours, or 4, colours and alpha.</summary>
    public int Channels => _model.Channels;

    /// <summary>What the model takes for black and white: as it was told, or found by a probe when it is first asked for.</summary>
    public OnnxValueRange Range => _range.Value;

    /// <summary>Where the model has its channels.</summary>
    public Layout Layout => _model.Layout;

    /// <summary>A picture of the <see cref="Size"/>, with the channels and the sample type of <paramref name="image"/>.</summary>
    /// <param name="image">Any picture; one of greys goes through a model of colours as three equal ones, whose results' mean it
    /// becomes.</param>
    /// <param name="cancellationToken">Asked between tiles, and between two nodes of the model.</param>
    /// <exception cref="OnnxUnsupportedException">The picture is refused; the message says why.</exception>
    public ImageBuffer Upscale(ImageBuffer image, CancellationToken cancellationToken = default) =>
        this.UpscaleBuffer(image, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public PictureFormat FormatOf(PictureFormat format)
    {
        (int width, int height) = _size.Of(format.Width, format.Height);
        return format with { Width = width, Height = height };
    }

    /// <summary>How a picture goes through the model, in words: tiled or whole, why, and in how much memory.</summary>
    /// <param name="format">The picture's form.</param>
    /// <exception cref="OnnxUnsupportedException">The picture is refused; the message says why.</exception>
    public string? Describe(PictureFormat format)
    {
        lock (_lock)
        {
            OnnxFit fit = FitOf(format);
            return $"{fit.Plan}; {(Channels == 1 ? "luma" : Channels == 3 ? "colours" : "colours and alpha")} in "
                + $"{OnnxValueRanges.TextOf(Range)}, scale {Scale}";
        }
    }

    // Bytes that the model takes for a picture, weights and workspace with the rows that it holds; null where the picture is refused.
    internal long? BytesOf(PictureFormat format)
    {
        lock (_lock)
        {
            try
            {
                return FitOf(format).Plan.Bytes;
            }
            catch (OnnxUnsupportedException)
            {
                return null;
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="OnnxUnsupportedException">The picture is refused; the message says why.</exception>
    public void Upscale(PictureFormat format, RowSource source, RowTarget target, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        lock (_lock)
        {
            OnnxFit fit = FitOf(format);
            (int Width, int Height) made = (Scale * format.Width, Scale * format.Height);
            PictureFormat result = FormatOf(format);
            IRowStage stage = new PictureWriter(result, _threads, target);
            if (made != (result.Width, result.Height)) stage = new ResizeStage(format.Channels, made, (result.Width, result.Height), stage);
            using var bridge = new OnnxRowBridge(_model, fit, Range, format, source, _threads, stage, cancellationToken);
            fit.Plan.Run(bridge.Read, bridge.Write, progress, cancellationToken);
        }
    }

    /// <summary>Releases the model's memory.</summary>
    public void Dispose()
    {
        _last?.Fit.Dispose();
        _last = null;
    }

    private OnnxFit FitOf(PictureFormat format)
    {
        if (_last is var (size, fit) && size == (format.Width, format.Height)) return fit;
        _last?.Fit.Dispose();
        _last = null;
        OnnxFit found = OnnxFit.Of(_model, format.Width, format.Height);
        if (found.Plan.Mode == OnnxPictureMode.Refused) throw new OnnxUnsupportedException(found.Plan.Reason);
        _last = ((format.Width, format.Height), found);
        return found;
    }
}
