using System.Numerics.Tensors;

namespace Upstride.Imaging;

/// <summary>Structural similarity: 1 for equal planes, less the more their local means, contrasts and structures differ.</summary>
/// <remarks>Source: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to structural similarity", 2004,
/// and the authors' ssim_index: a Gaussian window of 11x11 with sigma 1.5, K1 = 0.01, K2 = 0.03, L = 255, the mean over every position
/// where the window lies within the plane; no down-sampling before.</remarks>
public static class Ssim
{
    /// <summary>Rows and columns of the window.</summary>
    public const int Window = 11;

    private const double Sigma = 1.5;

    // The Gaussian of two axes is the product of two Gaussians, and so is its sum: normalized for one axis, it is for both.
    private static readonly double[] s_gaussian = Gaussian();

    /// <summary>The mean similarity of two planes [height, width] of values.</summary>
    /// <param name="plane">Values.</param>
    /// <param name="reference">Others, equally many.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="peak">The largest value possible: 1 for planes in [0, 1].</param>
    /// <exception cref="ArgumentException">Other numbers of values, or the window does not fit.</exception>
    public static double Plane(ReadOnlySpan<float> plane, ReadOnlySpan<float> reference, int width, int height, double peak = 1)
    {
        if (plane.Length != (long)width * height || reference.Length != plane.Length)
        {
            throw new ArgumentException(
                $"both planes must have width * height values: {width} * {height} = {(long)width * height}, given {plane.Length} and "
                    + $"{reference.Length}", nameof(plane));
        }
        if (Math.Min(width, height) < Window)
            throw new ArgumentException($"width and height must be at least the window's {Window}: {width} x {height}", nameof(plane));

        double c1 = 0.01 * peak * 0.01 * peak, c2 = 0.03 * peak * 0.03 * peak;
        ReadOnlySpan<float> x = plane, y = reference;
        double[] meanX = Filter(x, x, squared: false, width, height), meanY = Filter(y, y, squared: false, width, height);
        double[] squareX = Filter(x, x, squared: true, width, height), squareY = Filter(y, y, squared: true, width, height);
        double[] product = Filter(x, y, squared: true, width, height);
        double sum = 0;
        for (int i = 0; i < product.Length; i++)
        {
            double mx = meanX[i], my = meanY[i];
            double varianceX = squareX[i] - mx * mx, varianceY = squareY[i] - my * my, covariance = product[i] - mx * my;
            sum += (2 * mx * my + c1) * (2 * covariance + c2) / ((mx * mx + my * my + c1) * (varianceX + varianceY + c2));
        }
        return sum / product.Length;
    }

    // The window's mean of a, or of the products of a and b, at every position where the window fits.
    private static double[] Filter(ReadOnlySpan<float> a, ReadOnlySpan<float> b, bool squared, int width, int height)
    {
        int columns = width - Window + 1, rows = height - Window + 1;
        var across = new double[height * columns];
        for (int row = 0; row < height; row++)
            for (int column = 0; column < columns; column++)
            {
                double sum = 0;
                for (int tap = 0, i = row * width + column; tap < Window; tap++, i++)
                    sum += s_gaussian[tap] * (squared ? (double)a[i] * b[i] : a[i]);
                across[row * columns + column] = sum;
            }

        var means = new double[rows * columns];
        for (int row = 0; row < rows; row++)
            for (int tap = 0; tap < Window; tap++)
                TensorPrimitives.MultiplyAdd(
                    across.AsSpan((row + tap) * columns, columns), s_gaussian[tap], means.AsSpan(row * columns, columns),
                        means.AsSpan(row * columns, columns));
        return means;
    }

    private static double[] Gaussian()
    {
        double[] taps = [.. Enumerable.Range(0, Window).Select(static tap =>
            Math.Exp(-Math.Pow(tap - Window / 2, 2) / (2 * Sigma * Sigma)))];
        double sum = taps.Sum();
        return [.. taps.Select(tap => tap / sum)];
    }
}
