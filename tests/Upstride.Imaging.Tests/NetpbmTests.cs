using System.Text;

namespace Upstride.Imaging.Tests;

public class NetpbmTests
{
    private static byte[] File(string head, params byte[] data) => [.. Encoding.ASCII.GetBytes(head), .. data];

    [Theory]
    [InlineData("P1\n3 2\n1 0 1\n010", new byte[] { 0, 255, 0, 255, 0, 255 })]
    [InlineData("P1 # a comment\n# another\r\n3\t2 101010", new byte[] { 0, 255, 0, 255, 0, 255 })]
    [InlineData("P2\n2 2\n# largest\n3\n0 1\n2 3\n", new byte[] { 0, 85, 170, 255 })]
    [InlineData("P2 2 1 255 7 200", new byte[] { 7, 200 })]
    [InlineData("P3 1 1 255 1 2 3", new byte[] { 1, 2, 3 })]
    [InlineData("P3 1 1 100 0 50 100", new byte[] { 0, 128, 255 })]
    public void Reads_text(string text, byte[] samples)
    {
        ImageBuffer image = Pictures.Read(File(text));
        Assert.Equal((text[1] == '3' ? 3 : 1, SampleType.UInt8), (image.Channels, image.SampleType));
        Assert.Equal(samples, image.Bytes.ToArray());
    }

    [Fact]
    public void Reads_binary()
    {
        Assert.Equal([255, 0, 255, 255, 255, 255, 255, 255, 0], Pictures.Read(File("P4\n9 1\n", 0x40, 0x80)).Bytes.ToArray());
        Assert.Equal([10, 35, 32], Pictures.Read(File("P5\n3 1\n255\n", 10, 35, 32)).Bytes.ToArray()); // '#' and ' ' are data there
        Assert.Equal([0, 64, 191, 255], Pictures.Read(File("P5 4 1 4 ", 0, 1, 3, 4)).Bytes.ToArray());
        Assert.Equal([1, 2, 3], Pictures.Read(File("P6 1 1 255\n", 1, 2, 3)).Bytes.ToArray());
        ImageBuffer deep = Pictures.Read(File("P6 1 1 65535\n", 1, 2, 3, 4, 255, 255));
        Assert.Equal([0x0102, 0x0304, 0xFFFF], deep.Samples<ushort>().ToArray());
        // 512 * 65535 / 1023 = 32799.53
        Assert.Equal([0, 32800, 65535], Pictures.Read(File("P5 3 1 1023\n", 0, 0, 2, 0, 3, 255)).Samples<ushort>().ToArray());
    }

    [Theory]
    [InlineData(".pgm", 1, SampleType.UInt8)]
    [InlineData(".pgm", 1, SampleType.UInt16)]
    [InlineData(".ppm", 3, SampleType.UInt8)]
    [InlineData(".ppm", 3, SampleType.UInt16)]
    [InlineData(".pnm", 1, SampleType.UInt16)]
    [InlineData(".pnm", 3, SampleType.UInt8)]
    public void What_is_written_is_read_again(string extension, int channels, SampleType type)
    {
        foreach (bool plain in new[] { false, true })
        {
            ImageBuffer image = Pictures.Random(29, 5, channels, type, 1);
            byte[] file = Pictures.Write(image, "a" + extension, new ImageWriteSettings { PlainText = plain });
            Assert.Equal($"P{(channels == 1 ? 2 : 3) + (plain ? 0 : 3)}", Encoding.ASCII.GetString(file, 0, 2));
            if (plain) Assert.All(Encoding.ASCII.GetString(file).Split('\n'), line => Assert.True(line.Length <= 70, line));
            Pictures.AssertSame(image, Pictures.Read(file), extension);
        }
    }

    [Fact]
    public void Black_and_white_is_written_and_read_again()
    {
        for (int width = 1; width <= 80; width += 11)
            foreach (bool plain in new[] { false, true })
            {
                ImageBuffer image = Pictures.Random(width, 3, 1, SampleType.UInt8, width);
                foreach (ref byte sample in image.Bytes) sample = sample < 128 ? (byte)0 : (byte)255;
                byte[] file = Pictures.Write(image, "a.pbm", new ImageWriteSettings { PlainText = plain });
                Assert.Equal(plain ? "P1" : "P4", Encoding.ASCII.GetString(file, 0, 2));
                Pictures.AssertSame(image, Pictures.Read(file), $"width {width}");
            }
    }

    [Fact]
    public void Grey_in_a_ppm_file_becomes_three_equal_colours()
    {
        ImageBuffer back = Pictures.Read(Pictures.Write(Pictures.Random(4, 1, 1, SampleType.UInt8, 5), "a.ppm"));
        ImageBuffer image = Pictures.Random(4, 1, 1, SampleType.UInt8, 5);
        Assert.Equal(image.Bytes.ToArray().SelectMany(sample => Enumerable.Repeat(sample, 3)), back.Bytes.ToArray());
    }

    [Theory]
    [InlineData("a.ppm", 4, SampleType.UInt8, "PPM has no alpha channel and the picture has one: write .png, or drop the channel first")]
    [InlineData("a.pgm", 3, SampleType.UInt8, "PGM holds grey pictures and this one is RGB: write .ppm")]
    [InlineData("a.pbm", 1, SampleType.UInt8, "PBM holds 8-bit pictures of black (0) and white (255) alone: write .pgm")]
    [InlineData("a.ppm", 3, SampleType.Float32, "PPM holds UInt8 and UInt16 samples, not Float32: convert the picture first")]
    [InlineData("a.pfm", 2, SampleType.UInt8, "PFM has no alpha channel and the picture has one: drop the channel first")]
    [InlineData("a.bmp", 3, SampleType.UInt16, "BMP holds UInt8 samples, not UInt16: convert the picture first")]
    public void What_a_format_cannot_hold_is_refused(string name, int channels, SampleType type, string message)
    {
        var e = Assert.Throws<ArgumentException>(() => Pictures.Write(Pictures.Random(3, 3, channels, type, 1), name));
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Floats_are_kept_in_both_byte_orders(int channels)
    {
        ImageBuffer image = Pictures.Random(7, 4, channels, SampleType.Float32, channels);
        image.Samples<float>()[0] = float.PositiveInfinity;
        byte[] little = Pictures.Write(image, "a.pfm"), big = Pictures.Write(image, "a.pfm", new ImageWriteSettings { BigEndian = true });
        Pictures.AssertSame(image, Pictures.Read(little), "little");
        Pictures.AssertSame(image, Pictures.Read(big), "big");
    }

    [Fact]
    public void The_bottom_row_of_a_pfm_file_comes_first()
    {
        byte[] one = [0x3F, 0x80, 0, 0], two = [0x40, 0, 0, 0];
        ImageBuffer image = Pictures.Read([.. Encoding.ASCII.GetBytes("Pf\n1 2\n2.5\n"), .. one, .. two]);
        Assert.Equal([2f, 1f], image.Samples<float>().ToArray());
        ImageBuffer swapped = Pictures.Read([.. Encoding.ASCII.GetBytes("Pf 1 2 -1\n"), .. one.Reverse(), .. two.Reverse()]);
        Assert.Equal([2f, 1f], swapped.Samples<float>().ToArray());
    }

    [Fact]
    public void Whole_numbers_are_scaled_to_one_in_a_pfm_file()
    {
        var image = new ImageBuffer(3, 1, 1);
        (image.Bytes[1], image.Bytes[2]) = (51, 255);
        Assert.Equal([0f, 0.2f, 1f], Pictures.Read(Pictures.Write(image, "a.pfm")).Samples<float>().ToArray());
    }

    [Fact]
    public void Ffmpeg_agrees_on_binary_files()
    {
        FfmpegProgram.Require();
        string folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;
        try
        {
            foreach ((string name, int channels, SampleType type) in new[] { ("a.pgm", 1, SampleType.UInt8),
                ("b.pgm", 1, SampleType.UInt16), ("a.ppm", 3, SampleType.UInt8), ("b.ppm", 3, SampleType.UInt16) })
            {
                ImageBuffer image = Pictures.Random(31, 9, channels, type, 2);
                string path = Path.Combine(folder, name);
                ImageFile.Write(path, image);
                Pictures.AssertSame(image.Bytes, FfmpegProgram.Decode([(path, FfmpegProgram.PixelFormat(image))])[0], image, name);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
