namespace Upstride.Imaging.Tests;

public class ColorTests
{
    // The corners of the colour cube as MATLAB's rgb2ycbcr gives them for uint8 (also ITU-R BT.601's colour bars at 100 %).
    [Theory]
    [InlineData(0, 0, 0, 16, 128, 128)]
    [InlineData(255, 255, 255, 235, 128, 128)]
    [InlineData(255, 0, 0, 81, 90, 240)]
    [InlineData(0, 255, 0, 145, 54, 34)]
    [InlineData(0, 0, 255, 41, 240, 110)]
    [InlineData(255, 255, 0, 210, 16, 146)]
    [InlineData(0, 255, 255, 170, 166, 16)]
    [InlineData(255, 0, 255, 106, 202, 222)]
    [InlineData(128, 128, 128, 126, 128, 128)]
    public void Bytes_become_the_known_luma_and_chroma(byte r, byte g, byte b, byte y, byte cb, byte cr)
    {
        byte[] result = new byte[3];
        YCbCr.FromRgb([r, g, b], result);
        Assert.Equal([y, cb, cr], result);
        Assert.Equal(y, YCbCr.Luma(r, g, b));
    }

    [Theory]
    [InlineData(16, 128, 128, 0, 0, 0)]
    [InlineData(235, 128, 128, 255, 255, 255)]
    [InlineData(81, 90, 240, 254, 0, 0)] // 254.4: rounding to 8 bits on the way lost a little
    [InlineData(0, 0, 0, 0, 136, 0)] // 135.58
    [InlineData(255, 255, 255, 255, 125, 255)]
    [InlineData(126, 128, 128, 128, 128, 128)]
    public void Bytes_come_back_rounded_and_clipped(byte y, byte cb, byte cr, byte r, byte g, byte b)
    {
        byte[] result = new byte[3];
        YCbCr.ToRgb([y, cb, cr], result);
        Assert.Equal([r, g, b], result);
    }

    [Fact]
    public void Bytes_are_the_rounded_definition_everywhere()
    {
        // In exact decimal arithmetic; halves away from zero.
        byte[] result = new byte[3];
        for (int r = 0; r < 256; r += 3)
            for (int g = 0; g < 256; g += 5)
                for (int b = 0; b < 256; b += 7)
                {
                    YCbCr.FromRgb([(byte)r, (byte)g, (byte)b], result);
                    decimal[] exact = [16 + (65.481m * r + 128.553m * g + 24.966m * b) / 255, 128
                        + (-37.797m * r - 74.203m * g + 112m * b) / 255, 128 + (112m * r - 93.786m * g - 18.214m * b) / 255];
                    for (int c = 0; c < 3; c++)
                        if (result[c] != Math.Round(exact[c], MidpointRounding.AwayFromZero))
                            Assert.Fail($"channel {c} of ({r}, {g}, {b}) is {result[c]}, exactly {exact[c]}");
                }
    }

    [Fact]
    public void Floats_go_there_and_back()
    {
        const int n = 1000;
        var random = new Random(4);
        float[] rgb = [.. Enumerable.Range(0, 3 * n).Select(_ => random.NextSingle())];
        float[] ycbcr = new float[3 * n], back = new float[3 * n];
        YCbCr.FromRgb(rgb, ycbcr);
        YCbCr.ToRgb(ycbcr, back);
        // Each of three numbers below 1 is rounded once to float (2^-25); the largest row sum of the inverse is
        // 255 / 219 + 255 / 224 * 1.772 = 3.18; then one more rounding.
        for (int i = 0; i < back.Length; i++) Assert.Equal(rgb[i], back[i], 3.18 * Math.Pow(2, -25) + Math.Pow(2, -25));
        for (int i = 0; i < n; i++)
            Assert.Equal((16 + 65.481 * rgb[i] + 128.553 * rgb[n + i] + 24.966 * rgb[2 * n + i]) / 255, ycbcr[i], Math.Pow(2, -25));
        YCbCr.FromRgb(rgb, rgb); // in place
        Assert.Equal(ycbcr, rgb);
    }

    [Fact]
    public void Floats_are_clipped_on_the_way_back()
    {
        float[] rgb = new float[3];
        YCbCr.ToRgb([1f, 1f, 1f], rgb);
        Assert.Equal([1f, rgb[1], 1f], rgb);
        YCbCr.ToRgb([0f, 0.5f, 0.5f], rgb);
        Assert.Equal([0f, 0f, 0f], rgb);
    }

    [Fact]
    public void Lengths_are_checked()
    {
        Assert.StartsWith("three values a pixel are needed: 4 is not a multiple of 3",
            Assert.Throws<ArgumentException>(() => YCbCr.FromRgb(new float[4], new float[4])).Message, StringComparison.Ordinal);
        Assert.StartsWith("source and destination must be equally long: 3 and 6",
            Assert.Throws<ArgumentException>(() => YCbCr.ToRgb(new byte[3], new byte[6])).Message, StringComparison.Ordinal);
    }
}
