namespace Upstride.Imaging.Tests;

public class ImageBufferTests
{
    [Theory]
    [InlineData(SampleType.UInt8)]
    [InlineData(SampleType.UInt16)]
    [InlineData(SampleType.Float32)]
    public void Planes_go_there_and_back_exactly(SampleType type)
    {
        for (int channels = 1; channels <= 4; channels++)
        {
            ImageBuffer image = Pictures.Random(256, 257, channels, type, channels);
            Pictures.AssertSame(image, ImageBuffer.FromPlanes(image.ToPlanes(), 256, 257, channels, type), $"{channels} channels");
        }
    }

    [Fact]
    public void Every_sample_value_survives_the_planes()
    {
        var words = new ImageBuffer(256, 256, 1, SampleType.UInt16);
        for (int i = 0; i < 65536; i++) words.Samples<ushort>()[i] = (ushort)i;
        float[] planes = words.ToPlanes();
        for (int i = 0; i < 65536; i++) Assert.Equal(i / 65535f, planes[i]);
        Pictures.AssertSame(words, ImageBuffer.FromPlanes(planes, 256, 256, 1, SampleType.UInt16), "16 bits");
    }

    [Fact]
    public void Planes_are_channels_first()
    {
        var image = new ImageBuffer(2, 2, 3);
        for (int i = 0; i < 12; i++) image.Bytes[i] = (byte)(i * 20);
        Assert.Equal(new[] { 0, 60, 120, 180, 20, 80, 140, 200, 40, 100, 160, 220 }.Select(v => v / 255f), image.ToPlanes());
    }

    [Fact]
    public void Values_are_rounded_to_nearest_and_clipped()
    {
        // 0.5 / 255 in float is below one half after the product is rounded, or on it; the neighbours are clear.
        float[] values = [-1, -0f, 0.49f / 255, 0.51f / 255, 1.5f / 255 - 1e-6f, 254.51f / 255, 1, 2, float.NaN, float.PositiveInfinity,
            float.NegativeInfinity];
        Assert.Equal([0, 0, 0, 1, 1, 255, 255, 255, 0, 255, 0], ImageBuffer.FromPlanes(values, 11, 1, 1).Bytes.ToArray());
        Assert.Equal([0, 0, 0, 1, 65535, 65535, 0], ImageBuffer.FromPlanes(
            [-1, 0, 0.49f / 65535, 0.51f / 65535, 1, 1.5f, float.NaN], 7, 1, 1, SampleType.UInt16).Samples<ushort>().ToArray());
        Assert.Equal([-1, 7], ImageBuffer.FromPlanes([-1, 7], 2, 1, 1, SampleType.Float32).Samples<float>().ToArray());
        // Halves that float holds exactly go up: 0.5 * 255 = 127.5.
        Assert.Equal([128], ImageBuffer.FromPlanes([0.5f], 1, 1, 1).Bytes.ToArray());
    }

    [Fact]
    public void Converting_keeps_full_full()
    {
        ImageBuffer bytes = Pictures.Random(50, 20, 4, SampleType.UInt8, 1);
        ImageBuffer words = bytes.Convert(SampleType.UInt16), floats = bytes.Convert(SampleType.Float32);
        for (int i = 0; i < bytes.Bytes.Length; i++)
        {
            Assert.Equal(bytes.Bytes[i] * 257, words.Samples<ushort>()[i]);
            Assert.Equal(bytes.Bytes[i] / 255f, floats.Samples<float>()[i]);
        }
        Pictures.AssertSame(bytes, words.Convert(SampleType.UInt8), "from words");
        Pictures.AssertSame(bytes, floats.Convert(SampleType.UInt8), "from floats");
        Pictures.AssertSame(bytes, bytes.Convert(SampleType.UInt8), "same");
    }

    [Theory]
    [InlineData(SampleType.UInt8)]
    [InlineData(SampleType.UInt16)]
    [InlineData(SampleType.Float32)]
    public void A_crop_has_the_pixels_of_its_rectangle(SampleType type)
    {
        ImageBuffer image = Pictures.Random(9, 7, 3, type, 3), crop = image.Crop(2, 1, 6, 5);
        Assert.Equal((6, 5, 3, type), (crop.Width, crop.Height, crop.Channels, crop.SampleType));
        float[] whole = image.ToPlanes(), part = crop.ToPlanes();
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < 5; y++)
                for (int x = 0; x < 6; x++) Assert.Equal(whole[(c * 7 + y + 1) * 9 + x + 2], part[(c * 5 + y) * 6 + x]);
    }

    [Fact]
    public void Errors_quote_the_rule()
    {
        void Says<T>(string message, Action act) where T : Exception =>
            Assert.StartsWith(message, Assert.Throws<T>(act).Message, StringComparison.Ordinal);
        Says<ArgumentOutOfRangeException>("width >= 1 must hold: 0", () => _ = new ImageBuffer(0, 1, 1));
        Says<ArgumentOutOfRangeException>("height >= 1 must hold: -2", () => _ = new ImageBuffer(1, -2, 1));
        Says<ArgumentOutOfRangeException>("1 <= channels <= 4 must hold: 5", () => _ = new ImageBuffer(1, 1, 5));
        Says<ArgumentOutOfRangeException>("sample type 7 must be UInt8, UInt16 or Float32", () =>
            _ = new ImageBuffer(1, 1, 1, (SampleType)7));
        Says<ArgumentOutOfRangeException>(
            "width * height * channels * bytes per sample <= 2147483591 must hold: 2147483647 * 2147483647 * 4 * 4 = ", () =>
            _ = new ImageBuffer(int.MaxValue, int.MaxValue, 4, SampleType.Float32));
        var image = new ImageBuffer(3, 2, 1, SampleType.UInt16);
        Says<InvalidOperationException>("samples are stored as UInt16, not Byte: convert with Convert(SampleType) first", () =>
            image.Samples<byte>());
        Says<ArgumentOutOfRangeException>("0 <= y < height must hold: y = 2, height = 2", () => image.Row(2));
        Says<ArgumentOutOfRangeException>("0 <= x < x + width <= 3 must hold: x = 1, width = 3", () => image.Crop(1, 0, 3, 1));
        Says<ArgumentOutOfRangeException>("0 <= y < y + height <= 2 must hold: y = 2147483647, height = 2147483647", () =>
            image.Crop(0, int.MaxValue, 1, int.MaxValue));
        Says<ArgumentException>("channels * height * width elements are needed: 1 * 2 * 3 = 6, given 5", () =>
            image.CopyToPlanes(new float[5]));
        Says<ArgumentException>("channels * height * width elements are needed: 2 * 2 * 3 = 12, given 6", () =>
            ImageBuffer.FromPlanes(new float[6], 3, 2, 2));
    }
}
