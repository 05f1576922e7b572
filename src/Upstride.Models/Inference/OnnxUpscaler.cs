using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Onnx;
using Upstride.Operators;

namespace Upstride.Models.Inference;

/// <summary>
/// Enlarges pictures by an ONNX model of one input, [1, channels, height, width] in 0 to 1, and one output, scale times as high and wide. A
/// model of one channel makes the luma, and colour differences and alpha are MATLAB's bicubic imresize; a model of three makes the colours.
/// A picture is enlarged whole: one whose run would need more memory than the session's settings allow is refused.
/// </summary>
public sealed class OnnxUpscaler : IPictureUpscaler, IDisposable
{
    private const int Colors = 3;

    // How far a model looks is not known; few that enlarge look further.
    private const int AssumedReach = 32;

    private readonly OnnxSession _session;
    private readonly int _threads;

    /// <param name="model">The model; its input says how many channels it takes.</param>
    /// <param name="scale">How much larger its output is along each axis.</param>
    /// <param name="settings">Threads, and the memory that a run may take.</param>
    /// <exception cref="ArgumentException">A model of other inputs or outputs.</exception>
    public OnnxUpscaler(OnnxModel model, int scale, OnnxSessionSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        if (model.Inputs is not [{ ElementType: OnnxElementType.Float32,
            Dimensions: [{ Length: null or 1 }, { Length: 1 or Colors }, _, _] } input] || model.Outputs.Length != 1)
        {
            throw new ArgumentException(
                $"the model must have one input, float32 [1, 1 or 3, height, width], and one output, to enlarge pictures: it has "
                    + $"{string.Join(", ", model.Inputs)} and {string.Join(", ", model.Outputs)}", nameof(model));
        }
        (Scale, Channels) = (scale, (int)input.Dimensions!.Value[1].Length!.Value);
        settings ??= OnnxSessionSettings.Default;
        _threads = settings.Compute.Threads;
        _session = new(model, settings);
    }

    /// <summary>How much larger the result is along each axis.</summary>
    public int Scale { get; }

    /// <summary>What the model takes: 1, the luma, or 3, the colours.</summary>
    public int Channels { get; }

    /// <summary>A picture <see cref="Scale"/> times as wide and high, with the channels and the sample type of
    /// <paramref name="image"/>.</summary>
    /// <param name="image">Any picture; one of greys goes through a model of colours as three equal ones, whose results' mean it
    /// becomes.</param>
    /// <param name="cancellationToken">Asked between two nodes of the model.</param>
    /// <exception cref="OnnxUnsupportedException">The run would need more memory than the settings allow.</exception>
    /// <exception cref="InvalidDataException">The model's output is of another size.</exception>
    /// <exception cref="ArgumentException">The model takes pictures of another size.</exception>
    public ImageBuffer Upscale(ImageBuffer image, CancellationToken cancellationToken = default) =>
        this.UpscaleBuffer(image, cancellationToken: cancellationToken);

    /// <inheritdoc/>
    public PictureFormat FormatOf(PictureFormat format)
    {
        (int width, int height) = TargetSize.ByFactor(Scale).Of(format.Width, format.Height);
        return format with { Width = width, Height = height };
    }

    /// <inheritdoc/>
    /// <exception cref="OnnxUnsupportedException">The run would need more memory than the settings allow.</exception>
    /// <exception cref="InvalidDataException">The model's output is of another size.</exception>
    public void Upscale(PictureFormat format, RowSource source, RowTarget target, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        var writer = new PictureWriter(FormatOf(format), _threads, target);
        IRowStage stage = Channels == 1
            ? new NetworkStage(new WholePlane(this, format.Width, format.Height, cancellationToken), Scale, format, _threads, writer,
                cancellationToken)
            : new ColorStage(this, format, writer, cancellationToken);
        if (format.HasAlpha) stage = new HiddenColorFill(format.Channels, format.Width, format.Height, AssumedReach, stage);
        using (stage) PictureUpscaler.Push(format, source, stage, progress, cancellationToken);
    }

    /// <summary>Releases the model's memory.</summary>
    public void Dispose() => _session.Dispose();

    private ReadOnlySpan<float> Run(ReadOnlySpan<float> planes, int width, int height, CancellationToken cancellationToken)
    {
        OnnxTensor input = OnnxTensor.Create(planes, 1, Channels, height, width);
        OnnxTensor output = _session.Run(new Dictionary<string, OnnxTensor>(StringComparer.Ordinal) { [_session.Inputs[0].Name] = input },
            cancellationToken)[_session.Outputs[0].Name];
        nint[] wanted = [1, Channels, checked((nint)Scale * height), checked((nint)Scale * width)];
        return output.ElementType == OnnxElementType.Float32 && output.Shape.AsSpan().SequenceEqual(wanted)
            ? output.Floats
            : throw new InvalidDataException(
                $"the model makes {output} of {input}, and for scale {Scale} it must be float32 [{string.Join(", "
                + "", wanted)}]: choose the scale that the model has");
    }

    /// <summary>The luma of a picture, all of whose rows come at once.</summary>
    private sealed class WholePlane(OnnxUpscaler upscaler, int width, int height, CancellationToken cancellationToken) : IRowUpscaler
    {
        public int BandRows => height;

        public int RowsDone { get; private set; }

        public ReadOnlySpan<float> Next(ReadOnlySpan<float> rows)
        {
            ReadOnlySpan<float> larger = upscaler.Run(rows, width, height, cancellationToken);
            RowsDone = upscaler.Scale * height;
            return larger;
        }

        public void Restart() => RowsDone = 0;

        public void Dispose()
        {
        }
    }

    /// <summary>The colours of a picture, all of whose rows are taken before the model runs; a grey one goes in as three equal colours, and
    /// becomes their results' mean.</summary>
    private sealed class ColorStage(OnnxUpscaler upscaler, PictureFormat format, IRowStage next, CancellationToken cancellationToken)
        : IRowStage
    {
        private readonly float[] _planes = new float[format.Pixels * format.Channels];
        private int _read;

        public void Push(float[] rows, int count)
        {
            int width = format.Width;
            for (int row = 0; row < count; row++, _read++)
                for (int plane = 0; plane < format.Channels; plane++)
                    rows.AsSpan((row * format.Channels + plane) * width, width).CopyTo(
                        _planes.AsSpan((plane * format.Height + _read) * width));
            if (_read == format.Height) Make();
        }

        public void Restart()
        {
            _read = 0;
            next.Restart();
        }

        public void Dispose() => next.Dispose();

        private void Make()
        {
            int pixels = (int)format.Pixels, colors = format.Colors, scale = upscaler.Scale;
            var input = new float[(long)Colors * pixels];
            for (int color = 0; color < Colors; color++)
                _planes.AsSpan(Math.Min(color, colors - 1) * pixels, pixels).CopyTo(input.AsSpan(color * pixels));
            float[] output = upscaler.Run(input, format.Width, format.Height, cancellationToken).ToArray();
            int length = output.Length / Colors, width = scale * format.Width;
            if (colors == 1)
            {
                Span<float> grey = output.AsSpan(0, length);
                for (int color = 1; color < Colors; color++) TensorPrimitives.Add(grey, output.AsSpan(color * length, length), grey);
                TensorPrimitives.Divide(grey, Colors, grey);
            }
            var alpha = new float[format.HasAlpha ? length : 0];
            if (format.HasAlpha)
            {
                Imresize.Bicubic(
                    _planes.AsSpan(colors * pixels, pixels), ResizeGeometry.MatlabBicubic([1, format.Height, format.Width], scale),
                        ImresizeRounding.None, alpha);
                Alpha.Limit(alpha);
            }
            var row = new float[format.Channels * width];
            for (int y = 0; y < length / width; y++)
            {
                for (int color = 0; color < colors; color++)
                    output.AsSpan(color * length + y * width, width).CopyTo(row.AsSpan(color * width));
                if (format.HasAlpha)
                {
                    alpha.AsSpan(y * width, width).CopyTo(row.AsSpan(colors * width));
                    Alpha.Multiply(row, width);
                }
                next.Push(row, 1);
            }
        }
    }
}
