using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Models.Inference;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>Enlarges a picture by one operator over each channel: a bed of nails, or a transposed convolution with bilinear weights, which
/// weighs colours by alpha. The picture is held whole.</summary>
/// <param name="method">One of these two.</param>
/// <param name="size">How large the result is.</param>
internal sealed class ClassicUpscaler(UpscaleMethod method, TargetSize size) : IPictureUpscaler
{
    private delegate void PlaneOperator(ReadOnlySpan<float> plane, Span<float> destination);

    private bool MixesPixels => method == UpscaleMethod.Transposed;

    public PictureFormat FormatOf(PictureFormat format)
    {
        (int width, int height) = size.Of(format.Width, format.Height);
        var result = format with { Width = width, Height = height };

        // The geometry of all channels together refuses what no array holds.
        _ = ResizeGeometry.ToSize([1, format.Channels, format.Height, format.Width], PerAxis.Create([height, width]),
            ResizeMethod.PyTorchNearest);
        return result;
    }

    // Which algorithm makes a transposed convolution, and so the order of its sums, depends on the picture's size.
    public int? RowReachOf(PictureFormat format) => MixesPixels ? null : 0;

    public void Upscale(PictureFormat format, RowSource source, RowTarget target, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var image = new ImageBuffer(format);
        for (int row = 0; row < image.Height; row++) source(image.Row(row));
        ImageBuffer larger = Upscale(image, progress, cancellationToken);
        for (int row = 0; row < larger.Height; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            target(larger.Row(row));
        }
    }

    /// <summary>A picture with the channels and the sample type of <paramref name="image"/>.</summary>
    /// <param name="image">Any picture.</param>
    /// <param name="progress">Told the fraction done after each channel.</param>
    /// <param name="cancellation">Asked before each channel.</param>
    /// <exception cref="GeometryException">The output is more than an array holds.</exception>
    public ImageBuffer Upscale(ImageBuffer image, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        PictureFormat result = FormatOf(image.Format);
        int length = image.Height * image.Width, largerLength = result.Height * result.Width;
        float[] planes = image.ToPlanes();

        // Opaque pictures come out to the bits of their colours alone.
        bool isWeighted = image.HasAlpha && MixesPixels && planes.AsSpan(^length..).ContainsAnyExcept(1f);
        if (isWeighted) Alpha.Multiply(planes, length);
        PlaneOperator run = MixesPixels ? ByTransposedConvolution(image.Format, WholeFactor()) : ByBedOfNails(image.Format, WholeFactor());
        float[] larger = new float[(long)image.Channels * largerLength];
        for (int channel = 0; channel < image.Channels; channel++)
        {
            cancellation.ThrowIfCancellationRequested();
            run(planes.AsSpan(channel * length, length), larger.AsSpan(channel * largerLength, largerLength));
            progress?.Report((channel + 1.0) / image.Channels);
        }
        cancellation.ThrowIfCancellationRequested();
        if (isWeighted)
        {
            Alpha.Limit(larger.AsSpan(^largerLength..));
            Alpha.Divide(larger, largerLength);
        }
        return ImageBuffer.FromPlanes(larger, result.Width, result.Height, image.Channels, image.SampleType).With(image.Metadata);
    }

    private int WholeFactor() => size.Factor is { } factor && Math.Truncate(factor) == factor && factor is >= 1 and <= int.MaxValue
        ? (int)factor
        : throw CommandException.BadInput(
            "scale",
            $"{UpscaleMethods.NameOf(method)} needs a whole scale: {(size.Factor is { } told ? $"{told}" : "a size in pixels is "
            + "given")}; other methods take any size");

    private static PlaneOperator ByBedOfNails(PictureFormat format, int scale)
    {
        var geometry = BedOfNailsGeometry.Create([1, 1, format.Height, format.Width], scale);
        return (plane, destination) => BedOfNails.Forward(plane, geometry, destination);
    }

    // One channel after another through the same weights is the depthwise transposed convolution.
    private static PlaneOperator ByTransposedConvolution(PictureFormat format, int scale)
    {
        // FCN pads so that the output is exactly the scale times the input, cropping as much at both ends: SAME.
        int taps = BilinearKernel.Taps(scale);
        var geometry = ConvTransposeGeometry.Onnx([1, 1, format.Height, format.Width], [1, 1, taps, taps], OnnxAutoPad.SameUpper,
            strides: scale);
        float[] weight = new float[taps * taps];
        BilinearKernel.Fill([taps, taps], weight);
        return (plane, destination) => ConvTranspose.Forward(geometry, plane, weight, default, destination);
    }
}
