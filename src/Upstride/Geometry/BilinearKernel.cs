using System.Numerics;

namespace Upstride.Geometry;

/// <summary>The weights by which a transposed convolution interpolates bilinearly: a tent along each axis, as FCN initializes its upsampling layers.</summary>
/// <remarks>Source: Long, Shelhamer and Darrell, "Fully Convolutional Networks for Semantic Segmentation", 2015.</remarks>
public static class BilinearKernel
{
    /// <summary>Taps along an axis for an integer scale: 2 scale, one less where the scale is odd, so that the tent has a middle tap.</summary>
    public static int Taps(int scale) => 2 * scale - scale % 2;

    /// <summary>The tent along one axis, [taps]: 1 in the middle, falling to 0 within the scale that these taps belong to.</summary>
    /// <param name="taps">At least 1.</param>
    public static double[] Tent(int taps)
    {
        int scale = (taps + 1) / 2;
        double centre = (taps - 1) / 2.0;
        return [.. Enumerable.Range(0, taps).Select(tap => 1 - Math.Abs(tap - centre) / scale)];
    }

    /// <summary>The product of the tents of all axes.</summary>
    /// <param name="kernel">The taps of each axis, at least 1.</param>
    /// <param name="destination">[kernel...], row-major.</param>
    public static void Fill<T>(ReadOnlySpan<nint> kernel, Span<T> destination) where T : INumberBase<T>
    {
        double[] product = [1];
        foreach (nint taps in kernel)
        {
            double[] tent = Tent((int)taps);
            product = [.. product.SelectMany(outer => tent.Select(inner => outer * inner))];
        }
        for (int i = 0; i < product.Length; i++) destination[i] = T.CreateTruncating(product[i]);
    }
}
