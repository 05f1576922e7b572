using System.Numerics;

namespace Upstride.Geometry;

/// <summary>
/// The weights by which a transposed convolution interpolates bilinearly: a tent along each axis, as FCN initializes its upsampling layers.
/// </summary>
/// <remarks>Source: Long, Shelhamer and Darrell, "Fully Convolutional Networks for Semantic Segmentation", 2015.</remarks>
public static class BilinearKernel
{
    /// <summary>
    /// Taps along an axis for an integer scale: 2 scale, one less where the scale is odd, so that the tent has a middle tap.
    /// </summary>
    /// <exception cref="GeometryException">A scale below 1, or one whose kernel no array holds.</exception>
    public static int Taps(int scale)
    {
        if (ConvTransposeAxis.AtLeastOne(nameof(scale), scale) is { } error) throw new GeometryException(error);
        long taps = 2L * scale - scale % 2;
        return taps <= Array.MaxLength
            ? (int)taps
            : throw new GeometryException(new(nameof(scale),
            $"taps = 2*scale - scale % 2 = 2*{scale} - {scale % 2} = {taps}, more than an array's {Array.MaxLength}: use a smaller scale"));
    }

    /// <summary>The tent along one axis, [taps]: 1 in the middle, falling to 0 within the scale that these taps belong to.</summary>
    /// <param name="taps">At least 1.</param>
    /// <exception cref="GeometryException">Fewer taps than 1, or more than an array holds.</exception>
    public static double[] Tent(int taps)
    {
        if ((ConvTransposeAxis.AtLeastOne(nameof(taps), taps) ?? ConvTransposeGeometry.TooLarge(nameof(taps), "tent", [taps])) is { } error)
            throw new GeometryException(error);
        int scale = (taps + 1) / 2;
        double centre = (taps - 1) / 2.0;
        return [.. Arrays.Range(0, taps).Select(tap => 1 - Math.Abs(tap - centre) / scale)];
    }

    /// <summary>The product of the tents of all axes.</summary>
    /// <param name="kernel">The taps of each axis, at least 1.</param>
    /// <param name="destination">[kernel...], row-major.</param>
    /// <exception cref="GeometryException">Fewer taps than 1, or a destination of another length.</exception>
    public static void Fill<T>(ReadOnlySpan<nint> kernel, Span<T> destination) where T : INumberBase<T>
    {
        UInt128 needed = 1;
        foreach (nint taps in kernel)
        {
            if (ConvTransposeAxis.AtLeastOne(nameof(kernel), taps) is { } error) throw new GeometryException(error);
            needed *= (UInt128)taps;
        }
        if (kernel.IsEmpty || needed != (UInt128)destination.Length)
            throw new GeometryException(new(nameof(destination),
                $"destination holds {destination.Length} elements, and kernel {ShapeReading.Text(kernel)} needs "
                + $"{(kernel.IsEmpty ? "at least one axis" : needed)}"));
        double[] product = [1];
        foreach (nint taps in kernel)
        {
            double[] tent = Tent((int)taps);
            product = [.. product.SelectMany(outer => tent.Select(inner => outer * inner))];
        }
        for (int i = 0; i < product.Length; i++) destination[i] = T.CreateTruncating(product[i]);
    }
}
