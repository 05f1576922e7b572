using System.Numerics.Tensors;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>What MATLAB's imresize does to the values after each axis.</summary>
public enum ImresizeRounding
{
    /// <summary>Nothing: an image of class single or double.</summary>
    None,

    /// <summary>Rounded to whole numbers, halves away from zero, and limited to 0 .. 255: an image of class uint8.</summary>
    Byte,
}

/// <summary>
/// MATLAB's <c>imresize(image, ..., 'bicubic')</c>, by which super-resolution is evaluated: Keys' cubic with a = -0.5, widened by
/// 1/scale where the image shrinks, the border's pixels repeated beyond it, all in double precision, the axis that shrinks most first
/// and rows first where both do alike.
/// </summary>
public static class Imresize
{
    /// <summary>Resizes by one scale to <c>ceil(scale*height)</c> by <c>ceil(scale*width)</c>.</summary>
    /// <param name="image">[channels, height, width] in any range of values; of any strides.</param>
    /// <param name="scale">Above 1 enlarges.</param>
    /// <param name="rounding">The class of MATLAB's image: whether values are rounded to bytes after each axis.</param>
    /// <returns>[channels, ceil(scale*height), ceil(scale*width)].</returns>
    /// <exception cref="GeometryException">A scale that is not positive and finite, or a rank other than 3.</exception>
    public static Tensor<float> Bicubic(in ReadOnlyTensorSpan<float> image, double scale,
        ImresizeRounding rounding = ImresizeRounding.None) =>
        Bicubic(image, ResizeGeometry.MatlabBicubic(image.Lengths, scale), rounding);

    /// <summary>Resizes to <paramref name="height"/> by <paramref name="width"/>, the scale of each axis being output/input.</summary>
    /// <param name="image">[channels, height, width] in any range of values; of any strides.</param>
    /// <param name="height">Rows of the output.</param>
    /// <param name="width">Columns of the output.</param>
    /// <param name="rounding">The class of MATLAB's image: whether values are rounded to bytes after each axis.</param>
    /// <returns>[channels, <paramref name="height"/>, <paramref name="width"/>].</returns>
    /// <exception cref="GeometryException">A size below one, or a rank other than 3.</exception>
    public static Tensor<float> Bicubic(in ReadOnlyTensorSpan<float> image, int height, int width,
        ImresizeRounding rounding = ImresizeRounding.None) =>
        Bicubic(image, ResizeGeometry.MatlabBicubic(image.Lengths, height, width), rounding);

    /// <summary>
    /// Resizes planes in row-major order; <see cref="ResizeGeometry.MatlabBicubic(ReadOnlySpan{nint}, double)"/> gives the geometry.
    /// </summary>
    /// <param name="image">The image, <see cref="ResizeGeometry.InputShape"/>.</param>
    /// <param name="geometry">The sizes and the method.</param>
    /// <param name="rounding">The class of MATLAB's image: whether values are rounded to bytes after each axis.</param>
    /// <param name="destination">The resized image, <see cref="ResizeGeometry.OutputShape"/>.</param>
    /// <exception cref="GeometryException">A length that is not the shape's.</exception>
    /// <exception cref="ArgumentException">Destination and image share memory.</exception>
    public static void Bicubic(ReadOnlySpan<float> image, ResizeGeometry geometry, ImresizeRounding rounding, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        if (ShapeReading.NoneOf(nameof(rounding), rounding) is { } error) throw new GeometryException(error);
        Require.Length(image.Length, geometry.InputShape.AsSpan(), nameof(image));
        Require.Length(destination.Length, geometry.OutputShape.AsSpan(), nameof(destination));
        Require.Disjoint<float, float>(image, destination, nameof(image));
        var wide = new double[image.Length];
        var resized = new double[destination.Length];
        TensorPrimitives.ConvertTruncating<float, double>(image, wide);
        ResizePlan<double>.Create(geometry).Forward(wide, resized, rounding == ImresizeRounding.Byte ? RoundToByte : null);
        TensorPrimitives.ConvertTruncating<double, float>(resized, destination);
    }

    private static Tensor<float> Bicubic(in ReadOnlyTensorSpan<float> image, ResizeGeometry geometry, ImresizeRounding rounding)
    {
        Tensor<float> output = TensorMemory.Create<float>(geometry.OutputShape.AsSpan(), out Span<float> elements);
        Bicubic(TensorMemory.Contiguous(image), geometry, rounding, elements);
        return output;
    }

    /// <summary>Rounds to whole numbers, halves away from zero, and limits to 0 .. 255.</summary>
    internal static void RoundToByte(Span<double> values)
    {
        TensorPrimitives.Round(values, MidpointRounding.AwayFromZero, values);
        TensorPrimitives.Clamp(values, 0, 255, values);
    }
}
