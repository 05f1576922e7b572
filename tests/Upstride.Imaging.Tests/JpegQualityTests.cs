namespace Upstride.Imaging.Tests;

/// <summary>How coarse a JPEG file's tables are is known from its head.</summary>
public sealed class JpegQualityTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Is_the_quality_that_a_file_was_written_with(int channels)
    {
        ImageBuffer image = Pictures.Smooth(20, 10, channels, SampleType.UInt8, 1);
        foreach (int quality in (int[])[10, 25, 30, 49, 50, 51, 60, 75, 80, 90, 95, 98])
        {
            using ImageReader reader = Open(ImageFile.Encode(image, ImageFileFormat.Jpeg, new() { Quality = quality }));
            Assert.InRange(reader.JpegQuality!.Value, quality - 1, quality + 1);
        }
    }

    [Fact]
    public void Is_unknown_of_other_formats_and_without_tables()
    {
        ImageBuffer image = Pictures.Smooth(20, 10, 3, SampleType.UInt8, 1);
        using (ImageReader png = Open(ImageFile.Encode(image, ImageFileFormat.Png))) Assert.Null(png.JpegQuality);

        // A table that is cut short is no table: what the decoder makes of it is another matter.
        byte[] file = ImageFile.Encode(image, ImageFileFormat.Jpeg, new() { Quality = 75 });
        int tables = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xDB]);
        file[tables + 4] |= 0x20;
        Exception? fault = Record.Exception(() =>
        {
            using ImageReader reader = Open(file);
            Assert.Null(reader.JpegQuality);
        });
        Assert.True(fault is null or ImageFormatException, $"{fault}");
    }

    private static ImageReader Open(byte[] file) => ImageReader.Open(new MemoryStream(file), "x");
}
