namespace Upstride.Imaging;

/// <summary>Luma and chroma as MATLAB's rgb2ycbcr and ycbcr2rgb compute them (ITU-R BT.601, studio range): with R, G, B in
/// [0, 1], Y = 16 + 65.481 R + 128.553 G + 24.966 B, Cb = 128 - 37.797 R - 74.203 G + 112 B,
/// Cr = 128 + 112 R - 93.786 G - 18.214 B, all three on the scale of 255.</summary>
/// <remarks>Float planes hold those numbers divided by 255: Y in [16, 235] / 255. Super-resolution is trained and judged on
/// this Y.</remarks>
public static class YCbCr
{
    // In thousandths, so that 8-bit results are exact: no half is rounded down because a sum in floating point fell short.
    private static readonly int[] thousandths = [65_481, 128_553, 24_966, -37_797, -74_203, 112_000, 112_000, -93_786, -18_214];
    private static readonly int[] offset = [16, 128, 128];
    private static readonly double[] inverse = Invert(thousandths);

    /// <summary>Planes [3, n] of R, G, B in [0, 1] to planes of Y, Cb, Cr.</summary>
    /// <param name="rgb">3 n values.</param>
    /// <param name="destination">3 n values; may be <paramref name="rgb"/> itself.</param>
    public static void FromRgb(ReadOnlySpan<float> rgb, Span<float> destination)
    {
        int n = CheckThirds(rgb.Length, destination.Length);
        for (int i = 0; i < n; i++)
        {
            double r = rgb[i], g = rgb[n + i], b = rgb[2 * n + i];
            for (int c = 0; c < 3; c++) destination[c * n + i] = (float)Forward(c, r, g, b);
        }
    }

    /// <summary>Planes [3, n] of Y, Cb, Cr to planes of R, G, B, clipped to [0, 1] as MATLAB does.</summary>
    /// <param name="ycbcr">3 n values.</param>
    /// <param name="destination">3 n values; may be <paramref name="ycbcr"/> itself.</param>
    public static void ToRgb(ReadOnlySpan<float> ycbcr, Span<float> destination)
    {
        int n = CheckThirds(ycbcr.Length, destination.Length);
        for (int i = 0; i < n; i++)
        {
            double y = 255.0 * ycbcr[i], cb = 255.0 * ycbcr[n + i], cr = 255.0 * ycbcr[2 * n + i];
            for (int c = 0; c < 3; c++) destination[c * n + i] = (float)Math.Clamp(Inverse(c, y, cb, cr), 0.0, 1.0);
        }
    }

    /// <summary>8-bit pixels [n, 3] of R, G, B to 8-bit pixels of Y, Cb, Cr, rounded to nearest.</summary>
    /// <param name="rgb">3 n samples.</param>
    /// <param name="destination">3 n samples; may be <paramref name="rgb"/> itself.</param>
    public static void FromRgb(ReadOnlySpan<byte> rgb, Span<byte> destination)
    {
        CheckThirds(rgb.Length, destination.Length);
        for (int i = 0; i < rgb.Length; i += 3)
        {
            (byte r, byte g, byte b) = (rgb[i], rgb[i + 1], rgb[i + 2]);
            for (int c = 0; c < 3; c++) destination[i + c] = Forward(c, r, g, b);
        }
    }

    /// <summary>8-bit pixels [n, 3] of Y, Cb, Cr to 8-bit pixels of R, G, B, rounded to nearest and clipped.</summary>
    /// <param name="ycbcr">3 n samples.</param>
    /// <param name="destination">3 n samples; may be <paramref name="ycbcr"/> itself.</param>
    public static void ToRgb(ReadOnlySpan<byte> ycbcr, Span<byte> destination)
    {
        CheckThirds(ycbcr.Length, destination.Length);
        for (int i = 0; i < ycbcr.Length; i += 3)
        {
            double y = ycbcr[i], cb = ycbcr[i + 1], cr = ycbcr[i + 2];
            for (int c = 0; c < 3; c++) destination[i + c] = Round(255 * Inverse(c, y, cb, cr));
        }
    }

    /// <summary>The luma of one 8-bit pixel, rounded to nearest: 16 to 235.</summary>
    public static byte Luma(byte red, byte green, byte blue) => Forward(0, red, green, blue);

    /// <summary>The luma of one pixel with red, green and blue in [0, 1]: 16/255 to 235/255, not rounded.</summary>
    public static double Luma(double red, double green, double blue) => Forward(0, red, green, blue);

    private static double Forward(int row, double r, double g, double b) =>
        (offset[row] + (thousandths[3 * row] * r + thousandths[3 * row + 1] * g + thousandths[3 * row + 2] * b) / 1000) / 255;

    // Nearest, halves up; no result leaves 16..240, so there is nothing to clip.
    private static byte Forward(int row, byte r, byte g, byte b)
    {
        const int unit = 255 * 1000;
        int sum = thousandths[3 * row] * r + thousandths[3 * row + 1] * g + thousandths[3 * row + 2] * b + offset[row] * unit;
        return (byte)((2 * sum + unit) / (2 * unit));
    }

    private static double Inverse(int row, double y, double cb, double cr) =>
        inverse[3 * row] * (y - offset[0]) + inverse[3 * row + 1] * (cb - offset[1]) + inverse[3 * row + 2] * (cr - offset[2]);

    // MATLAB rounds halves away from zero and clips.
    private static byte Round(double value) => (byte)Math.Round(Math.Clamp(value, 0, 255), MidpointRounding.AwayFromZero);

    // The adjugate over the determinant.
    private static double[] Invert(int[] scaled)
    {
        double[] m = Array.ConvertAll(scaled, value => value / 1000.0);
        double Cofactor(int row, int column)
        {
            int r1 = (row + 1) % 3, r2 = (row + 2) % 3, c1 = (column + 1) % 3, c2 = (column + 2) % 3;
            return m[3 * r1 + c1] * m[3 * r2 + c2] - m[3 * r1 + c2] * m[3 * r2 + c1];
        }
        double determinant = m[0] * Cofactor(0, 0) + m[1] * Cofactor(0, 1) + m[2] * Cofactor(0, 2);
        var result = new double[9];
        for (int i = 0; i < 9; i++) result[i] = Cofactor(i % 3, i / 3) / determinant;
        return result;
    }

    private static int CheckThirds(int length, int destinationLength)
    {
        if (length % 3 != 0)
            throw new ArgumentException($"three values a pixel are needed: {length} is not a multiple of 3", nameof(length));
        if (destinationLength != length)
            throw new ArgumentException($"source and destination must be equally long: {length} and {destinationLength}",
                nameof(destinationLength));
        return length / 3;
    }
}
