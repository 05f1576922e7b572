namespace Upstride.Imaging;

/// <summary>Peak signal-to-noise ratio, 10 log10(peak^2 / mean squared error), in dB; equal pictures give positive infinity.</summary>
/// <remarks>Super-resolution papers (since Dong et al., SRCNN, 2014) judge the luma of MATLAB's rgb2ycbcr, rounded to 8 bits,
/// with as many pixels shaved off each side as the scale.</remarks>
public static class Psnr
{
    /// <summary>Over the luma of two pictures; of grey pictures, over their samples. 8-bit luma is rounded to whole numbers,
    /// 16-bit and float luma is not. Alpha is not looked at.</summary>
    /// <param name="image">A picture.</param>
    /// <param name="reference">Another, of the same size and sample type, both grey or both in colour.</param>
    /// <param name="border">Pixels left out along each side.</param>
    public static double Luma(ImageBuffer image, ImageBuffer reference, int border)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(reference);
        bool gray = image.Channels <= 2;
        if (image.Width != reference.Width || image.Height != reference.Height || image.SampleType != reference.SampleType
            || gray != reference.Channels <= 2)
            throw new ArgumentException($"both pictures must have the same size, channels and sample type: {Describe(image)} and "
                + $"{Describe(reference)}",
                nameof(reference));
        CheckBorder(image.Width, image.Height, border);
        double sum = 0;
        for (int y = border; y < image.Height - border; y++)
        {
            ReadOnlySpan<byte> row = image.Row(y), referenceRow = reference.Row(y);
            for (int x = border; x < image.Width - border; x++)
            {
                double difference = PixelLuma(row, x, image) - PixelLuma(referenceRow, x, reference);
                sum += difference * difference;
            }
        }
        return Decibel(sum, image.Width, image.Height, border, image.SampleType == SampleType.UInt8 ? 255 : 1);
    }

    /// <summary>Over one plane [height, width] of values.</summary>
    /// <param name="plane">Values.</param>
    /// <param name="reference">Others, equally many.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="border">Values left out along each side.</param>
    /// <param name="peak">The largest value possible: 1 for planes in [0, 1].</param>
    public static double Plane(ReadOnlySpan<float> plane, ReadOnlySpan<float> reference, int width, int height, int border, double peak = 1)
    {
        if (plane.Length != (long)width * height || reference.Length != plane.Length)
            throw new ArgumentException(
                $"both planes must have width * height values: {width} * {height} = {(long)width * height}, given {plane.Length} and "
                + $"{reference.Length}", nameof(plane));
        CheckBorder(width, height, border);
        double sum = 0;
        for (int y = border; y < height - border; y++)
            for (int i = y * width + border; i < (y + 1) * width - border; i++)
            {
                double difference = (double)plane[i] - reference[i];
                sum += difference * difference;
            }
        return Decibel(sum, width, height, border, peak);
    }

    private static double PixelLuma(ReadOnlySpan<byte> row, int x, ImageBuffer image)
    {
        int i = x * image.Channels;
        bool gray = image.Channels <= 2;
        switch (image.SampleType)
        {
            case SampleType.UInt8:
                return gray ? row[i] : YCbCr.Luma(row[i], row[i + 1], row[i + 2]);
            case SampleType.UInt16:
                ReadOnlySpan<ushort> words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(row);
                return gray ? words[i] / 65535.0 : YCbCr.Luma(words[i] / 65535.0, words[i + 1] / 65535.0, words[i + 2] / 65535.0);
            default:
                ReadOnlySpan<float> floats = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(row);
                return gray ? floats[i] : YCbCr.Luma((double)floats[i], floats[i + 1], floats[i + 2]);
        }
    }

    private static double Decibel(double sum, int width, int height, int border, double peak)
    {
        double count = (double)(width - 2 * border) * (height - 2 * border);
        return 10 * Math.Log10(peak * peak / (sum / count));
    }

    private static void CheckBorder(int width, int height, int border)
    {
        if (border < 0 || 2L * border >= Math.Min(width, height))
            throw new ArgumentOutOfRangeException(nameof(border), border,
                $"0 <= 2 * border < min(width, height) must hold: 2 * {border} = {2L * border}, min({width}, {height}) = "
                + $"{Math.Min(width, height)}");
    }

    private static string Describe(ImageBuffer image) => $"{image.Width} x {image.Height}, {image.Channels} channels, {image.SampleType}";
}
