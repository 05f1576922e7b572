using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Operators;

namespace Upstride.Cli.Commands.Upscale;

/// <summary>Enlarges a picture without a network, one channel after another.</summary>
internal static class ClassicUpscaler
{
    // What a byte's full value is in the unit range that pictures are computed in.
    private const float ByteScale = 255;

    private delegate void PlaneOperator(ReadOnlySpan<float> plane, Span<float> destination);

    /// <summary>A picture <paramref name="scale"/> times as wide and high, with the channels and the sample type of <paramref name="image"/>.</summary>
    /// <param name="image">Any picture; alpha is enlarged like a colour.</param>
    /// <param name="method">How.</param>
    /// <param name="scale">How much larger.</param>
    /// <param name="progress">Told the fraction done after each channel.</param>
    /// <param name="cancellation">Asked before each channel.</param>
    /// <exception cref="GeometryException">The output is more than an array holds.</exception>
    public static ImageBuffer Upscale(ImageBuffer image, UpscaleMethod method, int scale, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        // Every method multiplies both sizes by the scale; the geometry of all channels together refuses what no array holds.
        var sizes = ResizeGeometry.ByScale([1, image.Channels, image.Height, image.Width], [scale], ResizeMethod.PyTorchNearest);
        (int height, int width) = ((int)sizes.OutputShape[2], (int)sizes.OutputShape[3]);
        PlaneOperator run = Prepare(image, method, scale);
        int length = image.Height * image.Width, largerLength = height * width;
        float[] planes = image.ToPlanes();
        float[] larger = new float[sizes.OutputLength];
        for (int channel = 0; channel < image.Channels; channel++)
        {
            cancellation.ThrowIfCancellationRequested();
            run(planes.AsSpan(channel * length, length), larger.AsSpan(channel * largerLength, largerLength));
            progress?.Report((channel + 1.0) / image.Channels);
        }
        cancellation.ThrowIfCancellationRequested();
        return ImageBuffer.FromPlanes(larger, width, height, image.Channels, image.SampleType);
    }

    private static PlaneOperator Prepare(ImageBuffer image, UpscaleMethod method, int scale) => method switch
    {
        UpscaleMethod.Nearest => ByResize(image, ResizeMethod.PyTorchNearest, scale),
        UpscaleMethod.Bilinear => ByResize(image, ResizeMethod.PyTorchLinear(), scale),
        UpscaleMethod.Bicubic => ByImresize(image, scale),
        UpscaleMethod.BedOfNails => ByBedOfNails(image, scale),
        UpscaleMethod.Transposed => ByTransposedConvolution(image, scale),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "not one of the methods"),
    };

    private static PlaneOperator ByResize(ImageBuffer image, ResizeMethod method, int scale)
    {
        var geometry = ResizeGeometry.ByScale([1, 1, image.Height, image.Width], [scale], method);
        return ResizePlan<float>.Create(geometry).Run;
    }

    private static PlaneOperator ByBedOfNails(ImageBuffer image, int scale)
    {
        var geometry = BedOfNailsGeometry.Create([1, 1, image.Height, image.Width], scale);
        return (plane, destination) => BedOfNails.Forward(plane, geometry, destination);
    }

    // One channel after another through the same weights is the depthwise transposed convolution.
    private static PlaneOperator ByTransposedConvolution(ImageBuffer image, int scale)
    {
        // FCN pads so that the output is exactly the scale times the input, cropping as much at both ends: SAME.
        int taps = BilinearKernel.Taps(scale);
        var geometry = ConvTransposeGeometry.Onnx([1, 1, image.Height, image.Width], [1, 1, taps, taps], OnnxAutoPad.SameUpper, strides: scale);
        float[] weight = new float[taps * taps];
        BilinearKernel.Fill([taps, taps], weight);
        return (plane, destination) => ConvTranspose.Forward(geometry, plane, weight, default, destination);
    }

    private static PlaneOperator ByImresize(ImageBuffer image, int scale)
    {
        var geometry = ResizeGeometry.MatlabBicubic([1, image.Height, image.Width], scale);
        if (image.SampleType != SampleType.UInt8)
            return (plane, destination) => Imresize.Bicubic(plane, geometry, ImresizeRounding.None, destination);

        // MATLAB rounds images of class uint8 to whole values after each axis.
        return (plane, destination) =>
        {
            float[] bytes = new float[plane.Length];
            TensorPrimitives.Multiply(plane, ByteScale, bytes);
            TensorPrimitives.Round(bytes, bytes);
            Imresize.Bicubic(bytes, geometry, ImresizeRounding.Byte, destination);
            TensorPrimitives.Divide(destination, ByteScale, destination);
        };
    }
}
