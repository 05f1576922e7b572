namespace Upstride.Imaging.Tests;

public class PsnrTests
{
    private static ImageBuffer Gray(int width, int height, byte value)
    {
        var image = new ImageBuffer(width, height, 1);
        image.Bytes.Fill(value);
        return image;
    }

    [Fact]
    public void A_difference_of_one_everywhere_is_48_13_decibel()
    {
        Assert.Equal(20 * Math.Log10(255), Psnr.Luma(Gray(8, 5, 100), Gray(8, 5, 101), 0), 1e-12);
        Assert.Equal(20, Psnr.Plane([0.5f, 0.5f], [0.25f, 0.75f], 2, 1, 0, peak: 2.5), 1e-12);
        Assert.Equal(double.PositiveInfinity, Psnr.Luma(Gray(8, 5, 100), Gray(8, 5, 100), 2));
    }

    [Fact]
    public void The_border_does_not_count()
    {
        ImageBuffer a = Gray(9, 7, 50), b = Gray(9, 7, 50);
        for (int y = 0; y < 7; y++)
            for (int x = 0; x < 9; x++)
                if (x < 2 || x >= 7 || y < 2 || y >= 5) b.Bytes[y * 9 + x] = 255;
        b.Bytes[3 * 9 + 4] = 53; // the middle: 9 over 5 * 3 pixels
        Assert.Equal(10 * Math.Log10(255.0 * 255 * 15 / 9), Psnr.Luma(a, b, 2), 1e-12);
    }

    [Fact]
    public void Colour_is_judged_by_rounded_luma()
    {
        var a = new ImageBuffer(2, 1, 3);
        var b = new ImageBuffer(2, 1, 4); // alpha is not looked at
        b.Bytes[0] = 255; // red: luma 81 against 16
        b.Bytes[7] = 1;
        Assert.Equal(10 * Math.Log10(255.0 * 255 * 2 / (65 * 65)), Psnr.Luma(a, b, 0), 1e-12);
    }

    [Fact]
    public void Deep_pictures_are_judged_without_rounding()
    {
        var a = new ImageBuffer(1, 1, 3, SampleType.UInt16);
        var b = new ImageBuffer(1, 1, 3, SampleType.UInt16);
        b.Samples<ushort>()[1] = 1;
        Assert.Equal(-20 * Math.Log10(128.553 / 255 / 65535), Psnr.Luma(a, b, 0), 1e-9);
        // 1/65535 in float
        Assert.Equal(-20 * Math.Log10(128.553 / 255 / 65535), Psnr.Luma(a.Convert(SampleType.Float32), b.Convert(SampleType.Float32), 0),
        1e-4);
    }

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        Assert.Equal("both pictures must have the same size, channels and sample type: 2 x 2, 1 channels, UInt8 and 2 x 3, 1 channels, "
            + "UInt8 (Parameter 'reference')",
            Assert.Throws<ArgumentException>(() => Psnr.Luma(Gray(2, 2, 0), Gray(2, 3, 0), 0)).Message);
        Assert.StartsWith("0 <= 2 * border < min(width, height) must hold: 2 * 3 = 6, min(9, 6) = 6",
            Assert.Throws<ArgumentOutOfRangeException>(() => Psnr.Luma(Gray(9, 6, 0), Gray(9, 6, 1), 3)).Message, StringComparison.Ordinal);
        Assert.StartsWith("both planes must have width * height values: 2 * 2 = 4, given 4 and 5",
            Assert.Throws<ArgumentException>(() => Psnr.Plane(new float[4], new float[5], 2, 2, 0)).Message, StringComparison.Ordinal);
    }
}
