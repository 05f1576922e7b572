using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Models.Inference;

/// <summary>Layers whose weights are known beforehand.</summary>
internal static class PlaneLayers
{
    // Keys' parameter, as in MATLAB's bicubic imresize.
    private const double Cubic = -0.5;

    /// <summary>What the pixel to the right and the one below are more than the pixel itself: exactly zero for a constant.</summary>
    public static PlaneLayer Differences() => PlaneLayer.Convolution(1, 2, 3, [0, 0, 0, 0, -1, 1, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0]);

    /// <summary>Every pixel becomes a square.</summary>
    public static PlaneLayer Nearest(int scale) =>
        PlaneLayer.Upsampling(1, 1, scale, scale, 0, [.. Enumerable.Repeat(1f, scale * scale)]);

    /// <summary>Bilinear interpolation to twice the size, a 4x4 transposed convolution that crops one at each end: the weights of each
    /// phase sum to one exactly.</summary>
    public static PlaneLayer Bilinear()
    {
        float[] taps = [0.25f, 0.75f, 0.75f, 0.25f];
        return PlaneLayer.Upsampling(1, 1, taps.Length, 2, 1, [.. taps.SelectMany(row => taps.Select(column => row * column))]);
    }

    /// <summary>What <see cref="Bicubic"/> crops at the beginning of each axis.</summary>
    public static int BicubicPadding(int scale) => (BicubicKernel(scale) - scale) / 2;

    /// <summary>
    /// Bicubic interpolation as a transposed convolution: its kernel is the cubic, stretched by the scale. The weights of each phase sum to
    /// one.
    /// </summary>
    public static PlaneLayer Bicubic(int scale)
    {
        int kernel = BicubicKernel(scale);
        double[] taps = [.. Enumerable.Range(0, kernel).Select(tap => Keys((tap - (kernel - 1) / 2.0) / scale))];
        for (int phase = 0; phase < scale; phase++)
        {
            double sum = 0;
            for (int tap = phase; tap < kernel; tap += scale) sum += taps[tap];
            for (int tap = phase; tap < kernel; tap += scale) taps[tap] /= sum;
        }
        ImmutableArray<float> weight = [.. taps.SelectMany(row => taps.Select(column => (float)(row * column)))];
        return PlaneLayer.Upsampling(1, 1, kernel, scale, BicubicPadding(scale), weight.AsSpan());
    }

    // Four samples wide; of odd scales the outermost tap would be zero.
    private static int BicubicKernel(int scale) => 4 * scale - scale % 2;

    private static double Keys(double x)
    {
        x = Math.Abs(x);
        return x <= 1 ? ((Cubic + 2) * x - (Cubic + 3)) * x * x + 1
            : x < 2 ? ((Cubic * x - 5 * Cubic) * x + 8 * Cubic) * x - 4 * Cubic
            : 0;
    }
}
