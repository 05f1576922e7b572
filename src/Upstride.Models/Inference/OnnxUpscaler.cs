using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Onnx;
using Upstride.Operators;

namespace Upstride.Models.Inference;

/// <summary>
/// Enlarges pictures by an ONNX model of one input, [1, channels, height, width] in 0 to 1, and one output, scale times as high and wide. A
/// model of one channel makes the luma, and colour differences and alpha are MATLAB's bicubic imresize; a model of three makes the colours. A
/// picture is enlarged whole: one whose run would need more memory than the session's settings allow is refused.
/// </summary>
public sealed class OnnxUpscaler : IDisposable
{
    private const int Colors = 3;

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
        if (model.Inputs is not [{ ElementType: OnnxElementType.Float32, Dimensions: [{ Length: null or 1 }, { Length: 1 or Colors }, _, _] } input] || model.Outputs.Length != 1)
        {
            throw new ArgumentException(
                $"the model must have one input, float32 [1, 1 or 3, height, width], and one output, to enlarge pictures: it has {string.Join(", ", model.Inputs)} and {string.Join(", ", model.Outputs)}", nameof(model));
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

    /// <summary>A picture <see cref="Scale"/> times as wide and high, with the channels and the sample type of <paramref name="image"/>.</summary>
    /// <param name="image">Any picture; one of greys goes through a model of colours as three equal ones, whose results' mean it becomes.</param>
    /// <param name="cancellationToken">Asked between two nodes of the model.</param>
    /// <exception cref="OnnxUnsupportedException">The run would need more memory than the settings allow.</exception>
    /// <exception cref="InvalidDataException">The model's output is of another size.</exception>
    /// <exception cref="ArgumentException">The model takes pictures of another size.</exception>
    public ImageBuffer Upscale(ImageBuffer image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Channels == 1 ? ByLuma(image, cancellationToken) : ByColors(image, cancellationToken);
    }

    /// <summary>Lets go of the model's memory.</summary>
    public void Dispose() => _session.Dispose();

    private ImageBuffer ByLuma(ImageBuffer image, CancellationToken cancellationToken)
    {
        var larger = new ImageBuffer(checked(Scale * image.Width), checked(Scale * image.Height), image.Channels, image.SampleType);
        int read = 0, written = 0;
        using var luma = new WholePlane(this, image.Width, image.Height, cancellationToken);
        PictureUpscaler.Run(
            luma, Scale, image.Width, image.Height, image.Channels, image.SampleType,
            destination => image.Row(read++).CopyTo(destination), row => row.CopyTo(larger.Row(written++)), _threads, progress: null, cancellationToken);
        return larger;
    }

    private ImageBuffer ByColors(ImageBuffer image, CancellationToken cancellationToken)
    {
        int pixels = image.Width * image.Height, colors = image.HasAlpha ? image.Channels - 1 : image.Channels;
        float[] planes = image.ToPlanes();
        var input = new float[(long)Colors * pixels];
        for (int color = 0; color < Colors; color++) planes.AsSpan(Math.Min(color, colors - 1) * pixels, pixels).CopyTo(input.AsSpan(color * pixels));
        ReadOnlySpan<float> output = Run(input, image.Width, image.Height, cancellationToken);
        int larger = output.Length / Colors;
        var result = new float[(long)image.Channels * larger];
        output[..(colors * larger)].CopyTo(result);
        if (colors == 1)
        {
            Span<float> grey = result.AsSpan(0, larger);
            for (int color = 1; color < Colors; color++) TensorPrimitives.Add(grey, output.Slice(color * larger, larger), grey);
            TensorPrimitives.Divide(grey, Colors, grey);
        }
        if (image.HasAlpha)
            Imresize.Bicubic(planes.AsSpan(colors * pixels, pixels), ResizeGeometry.MatlabBicubic([1, image.Height, image.Width], Scale), ImresizeRounding.None, result.AsSpan(colors * larger, larger));
        return ImageBuffer.FromPlanes(result, Scale * image.Width, Scale * image.Height, image.Channels, image.SampleType);
    }

    private ReadOnlySpan<float> Run(ReadOnlySpan<float> planes, int width, int height, CancellationToken cancellationToken)
    {
        OnnxTensor input = OnnxTensor.Create(planes, 1, Channels, height, width);
        OnnxTensor output = _session.Run(new Dictionary<string, OnnxTensor>(StringComparer.Ordinal) { [_session.Inputs[0].Name] = input }, cancellationToken)[_session.Outputs[0].Name];
        nint[] wanted = [1, Channels, checked((nint)Scale * height), checked((nint)Scale * width)];
        return output.ElementType == OnnxElementType.Float32 && output.Shape.AsSpan().SequenceEqual(wanted)
            ? output.Floats
            : throw new InvalidDataException($"the model makes {output} of {input}, and for scale {Scale} it must be float32 [{string.Join(", ", wanted)}]: choose the scale that the model has");
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

        public void Dispose()
        {
        }
    }
}
