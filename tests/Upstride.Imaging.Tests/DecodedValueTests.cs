namespace Upstride.Imaging.Tests;

/// <summary>Pictures that other programs made are decoded to the values that those programs give.</summary>
public sealed class DecodedValueTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    private static string Scene => Path.Combine(SharedData.Checkout, "samples", "scene.png");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The inverse transforms round otherwise, by one level, and a level of Cb is 1.77 levels of blue. Interpolated colour differences are
    // found from rounded and clipped colours: where samples are repeated instead of interpolated, the mean is 0.5 and more and the greatest
    // 14 and more.
    [Theory]
    [InlineData("1x1", 3, 0.06)]
    [InlineData("2x1", 8, 0.45)]
    [InlineData("2x2", 9, 0.45)]
    [InlineData("1x2", 8, 0.45)]
    [InlineData("2x2 -progressive", 9, 0.45)]
    [InlineData("1x1 -progressive", 3, 0.06)]
    [InlineData("1x1 -restart 2", 3, 0.06)]
    [InlineData("1x1 -progressive -restart 3", 4, 0.06)]
    [InlineData("2x2 -progressive -restart 1", 9, 0.45)]
    [InlineData("2x1 -progressive -restart 5B", 8, 0.45)]
    [InlineData("1x2 -progressive -restart 2", 8, 0.45)]
    [InlineData("1x1 -rgb -progressive -restart 2", 2, 0.05)]
    [InlineData("1x1 -grayscale -progressive -restart 1", 1, 0.05)]
    [InlineData("1x1 -rgb", 2, 0.05)]
    [InlineData("1x1 -grayscale", 1, 0.05)]
    public void JPEG_as_libjpeg_decodes_it(string options, int greatest, double mean)
    {
        string cjpeg = OtherPrograms.Require("libjpeg-turbo-progs", "cjpeg"), djpeg = OtherPrograms.Require("libjpeg-turbo-progs", "djpeg");
        foreach ((int width, int height) in new[] { (480, 324), (37, 21), (16, 16), (1, 1), (7, 200) })
        {
            ImageFile.Write(At("a.ppm"), Scenery(width, height));
            OtherPrograms.Run(cjpeg, ["-quality", "92", "-outfile", At("a.jpg"), .. $"-sample {options}".Split(' '), At("a.ppm")]);
            OtherPrograms.Run(djpeg, "-pnm", "-outfile", At("b.ppm"), At("a.jpg"));
            ImageBuffer ours = ReadOurselves("a.jpg"), theirs = ImageFile.Read(At("b.ppm"));
            Assert.Equal(theirs.Format, ours.Format);
            (int most, double average) = OtherPrograms.Difference(theirs.Bytes, ours.Bytes);
            Assert.True(most <= greatest && average <= mean, $"{width}x{height}: greatest {most}, mean {average:F3}");
        }
    }

    [Fact]
    public void Inks_of_a_JPEG_as_ImageMagick_makes_them_colours()
    {
        foreach (string space in new[] { "CMYK" })
        {
            OtherPrograms.Run(OtherPrograms.ImageMagick, Scene, "-colorspace", space, "-quality", "95", At("a.jpg"));
            ImageBuffer ours = ImageFile.Read(At("a.jpg"));
            Assert.Equal(new(480, 324, 3, SampleType.UInt8), ours.Format);
            (_, double average) = OtherPrograms.Difference(OtherPrograms.Decode(At("a.jpg"), ours, "-colorspace", "sRGB"), ours.Bytes);
            Assert.InRange(average, 0, 0.6);
        }
    }

    [Fact]
    public void Inks_of_a_progressive_JPEG_with_restart_marks_as_without()
    {
        string jpegtran = OtherPrograms.Require("libjpeg-turbo-progs", "jpegtran");
        OtherPrograms.Run(OtherPrograms.ImageMagick, Scene, "-colorspace", "CMYK", "-quality", "95", At("a.jpg"));
        OtherPrograms.Run(jpegtran, "-progressive", "-restart", "2", "-copy", "all", "-outfile", At("b.jpg"), At("a.jpg"));
        ImageBuffer plain = ReadOurselves("a.jpg"), marked = ReadOurselves("b.jpg");
        Assert.Equal(plain.Format, marked.Format);
        (int most, double average) = OtherPrograms.Difference(plain.Bytes, marked.Bytes);
        Assert.Equal((0, 0), (most, average)); // the same coefficients by the same decoder
    }

    [Theory]
    [InlineData("-q 80", 3, 0)]
    [InlineData("-lossless", 3, 0)]
    [InlineData("-lossless -exact", 4, 0)]
    [InlineData("-q 80 -alpha_q 60", 4, 0)]
    [InlineData("-near_lossless 40", 3, 0)]
    public void WebP_as_libwebp_decodes_it(string options, int channels, int greatest)
    {
        string cwebp = OtherPrograms.Require("webp", "cwebp"), dwebp = OtherPrograms.Require("webp", "dwebp");
        ImageBuffer scene = Scenery(211, 97);
        ImageFile.Write(At("a.png"), channels == 4 ? WithAlpha(scene) : scene);
        OtherPrograms.Run(cwebp, ["-quiet", .. options.Split(' '), At("a.png"), "-o", At("a.webp")]);
        OtherPrograms.Run(dwebp, "-quiet", At("a.webp"), "-o", At("b.png"));
        ImageBuffer ours = ImageFile.Read(At("a.webp")), theirs = ImageFile.Read(At("b.png"));
        Assert.Equal(theirs.Format, ours.Format);
        (int most, double average) = OtherPrograms.Difference(theirs.Bytes, ours.Bytes);
        Assert.True(most <= greatest, $"greatest {most}, mean {average:F3}");
    }

    [Theory]
    [InlineData("a.tif", "-compress none", 3, SampleType.UInt8)]
    [InlineData("a.tif", "-compress lzw -define tiff:predictor=2", 3, SampleType.UInt8)]
    [InlineData("a.tif", "-compress zip -depth 16 -evaluate multiply 0.777", 3, SampleType.UInt16)]
    [InlineData("a.tif", "-compress rle", 3, SampleType.UInt8)]
    [InlineData("a.tif", "-endian MSB -depth 16 -evaluate multiply 0.777", 3, SampleType.UInt16)]
    [InlineData("a.tif", "-colorspace gray", 1, SampleType.UInt8)]
    [InlineData("a.tif", "-colorspace gray -depth 16 -evaluate multiply 0.777", 1, SampleType.UInt16)]
    [InlineData("a.tif", "-type palette", 3, SampleType.UInt8)]
    [InlineData("a.tif", "-monochrome -compress group4", 1, SampleType.UInt8)]
    [InlineData("a.tif", "-monochrome -compress fax", 1, SampleType.UInt8)]
    [InlineData("a.tif", "-alpha set -channel A -evaluate set 40% +channel -compress zip", 4, SampleType.UInt8)]
    [InlineData("a.tif", "-alpha set -channel A -evaluate set 40% +channel -depth 16", 4, SampleType.UInt16)]
    [InlineData("a.tif", "-interlace plane -compress none", 3, SampleType.UInt8)]
    [InlineData("a.tif", "-interlace plane -compress lzw", 3, SampleType.UInt8)]
    [InlineData("a.tif", "-define tiff:tile-geometry=32x16 -interlace plane -compress zip -depth 16 -evaluate multiply 0.777", 3,
        SampleType.UInt16)]
    [InlineData("a.tif", "-define tiff:tile-geometry=16x16 -interlace plane -endian MSB -depth 16 -alpha set -channel A -evaluate set 40% "
        + "+channel", 4, SampleType.UInt16)]
    [InlineData("a.gif", "-colors 200", 3, SampleType.UInt8)]
    [InlineData("a.bmp", "", 3, SampleType.UInt8)]
    [InlineData("a.bmp", "-alpha set -channel A -evaluate set 40% +channel", 4, SampleType.UInt8)]
    [InlineData("a.bmp", "-type palette", 3, SampleType.UInt8)]
    public void Lossless_files_as_ImageMagick_decodes_them(string name, string options, int channels, SampleType type)
    {
        ImageFile.Write(At("source.png"), Scenery(83, 41));
        OtherPrograms.Run(OtherPrograms.ImageMagick, [At("source.png"), .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            At(name)]);
        ImageBuffer ours = ReadOurselves(name);
        Assert.Equal(new(83, 41, channels, type), ours.Format);
        byte[] theirs = OtherPrograms.Decode(At(name), ours);
        if (name == "a.tif" && options.Contains("palette", StringComparison.Ordinal))
        {
            // A TIFF's palette has 16 bits, which go to 8 by rounding or by cutting.
            Assert.InRange(OtherPrograms.Difference(theirs, ours.Bytes).Greatest, 0, 1);
            return;
        }
        Pictures.AssertSame(theirs, ours.Bytes, ours, $"{name} {options}");
    }

    // What tiffcp makes of a file holds the same samples in another layout.
    [Theory]
    [InlineData("", "-t -w 16 -l 16 -c none")]
    [InlineData("", "-t -w 32 -l 16 -c lzw:2")]
    [InlineData("", "-t -w 256 -l 256 -c zip")]
    [InlineData("", "-t -w 32 -l 48 -c packbits -B")]
    [InlineData("", "-8 -t -w 32 -l 48 -c zip")]
    [InlineData("", "-8 -r 5 -c lzw")]
    [InlineData("", "-p separate -c lzw -r 7")]
    [InlineData("", "-p separate -c zip:2 -r 7")]
    [InlineData("", "-p separate -t -w 16 -l 32 -c zip:2")]
    [InlineData("", "-p separate -t -w 16 -l 32 -c none")]
    [InlineData("-depth 16 -evaluate multiply 0.777", "-t -w 32 -l 16 -c zip:2")]
    [InlineData("-colorspace gray -depth 16 -evaluate multiply 0.777", "-t -w 32 -l 16 -c zip -B")]
    [InlineData("-colorspace gray", "-t -w 16 -l 16 -c lzw")]
    [InlineData("-type palette", "-t -w 48 -l 16 -c lzw")]
    [InlineData("-monochrome -compress group4", "-t -w 32 -l 16 -c g4")]
    [InlineData("-monochrome", "-t -w 32 -l 16 -c none")]
    [InlineData("-alpha set -channel A -evaluate set 40% +channel", "-t -w 32 -l 16 -c zip")]
    [InlineData("-alpha set -channel A -evaluate set 40% +channel", "-p separate -c zip -r 9")]
    public void TIFF_in_tiles_and_planes_as_in_strips(string options, string layout)
    {
        string tiffcp = OtherPrograms.Require("libtiff-tools", "tiffcp");
        ImageFile.Write(At("source.png"), Scenery(83, 41));
        OtherPrograms.Run(OtherPrograms.ImageMagick, [At("source.png"), .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            At("strips.tif")]);
        OtherPrograms.Run(tiffcp, [.. layout.Split(' '), At("strips.tif"), At("a.tif")]);
        ImageBuffer ours = ReadOurselves("a.tif"), strips = ReadOurselves("strips.tif");
        Assert.Equal(strips.Format, ours.Format);
        Pictures.AssertSame(strips.Bytes, ours.Bytes, ours, $"{options}, {layout}");
        if (options.Contains("palette", StringComparison.Ordinal)) return; // its 16 bits go to 8 by rounding or by cutting
        Pictures.AssertSame(OtherPrograms.Decode(At("a.tif"), ours), ours.Bytes, ours, $"{options}, {layout}");
    }

    [Theory]
    [InlineData("-t -w 64 -l 48")]
    [InlineData("-r 16")]
    public void TIFF_of_JPEG_tiles_as_libtiff_decodes_them(string layout)
    {
        string tiffcp = OtherPrograms.Require("libtiff-tools", "tiffcp");
        ImageFile.Write(At("source.png"), Scenery(203, 141));
        OtherPrograms.Run(OtherPrograms.ImageMagick, At("source.png"), At("strips.tif"));
        OtherPrograms.Run(tiffcp, [.. layout.Split(' '), "-c", "jpeg:r:95", At("strips.tif"), At("a.tif")]);
        ImageBuffer ours = ReadOurselves("a.tif");
        (_, double average) = OtherPrograms.Difference(OtherPrograms.Decode(At("a.tif"), ours), ours.Bytes);
        Assert.InRange(average, 0, 0.9); // samples of colour differences are repeated and not interpolated
    }

    [Fact]
    public void Associated_alpha_of_planes_becomes_straight()
    {
        string tiffcp = OtherPrograms.Require("libtiff-tools", "tiffcp");
        ImageFile.Write(At("source.png"), WithAlpha(Scenery(31, 17)));
        OtherPrograms.Run(OtherPrograms.ImageMagick, At("source.png"), "-define", "tiff:alpha=associated", At("strips.tif"));
        OtherPrograms.Run(tiffcp, "-p", "separate", "-c", "zip", At("strips.tif"), At("a.tif"));
        ImageBuffer ours = ReadOurselves("a.tif");
        (int most, _) = OtherPrograms.Difference(OtherPrograms.Decode(At("a.tif"), ours), ours.Bytes);
        Assert.InRange(most, 0, 1); // the quotient of two bytes, rounded
    }

    [Theory]
    [InlineData("-pix_fmt bgr24", "a.tga", 3, SampleType.UInt8)]
    [InlineData("-pix_fmt bgr24 -rle 0", "a.tga", 3, SampleType.UInt8)]
    [InlineData("-pix_fmt gray", "a.tga", 1, SampleType.UInt8)]
    [InlineData("-pix_fmt rgb24", "a.tif", 3, SampleType.UInt8)]
    [InlineData("-pix_fmt rgb48le -compression_algo deflate", "a.tif", 3, SampleType.UInt16)]
    [InlineData("-pix_fmt gray16le -compression_algo lzw", "a.tif", 1, SampleType.UInt16)]
    [InlineData("-pix_fmt bgra", "a.tga", 4, SampleType.UInt8)]
    [InlineData("-pix_fmt rgba64be", "a.png", 4, SampleType.UInt16)]
    [InlineData("-pix_fmt bgr24", "a.bmp", 3, SampleType.UInt8)]
    [InlineData("-pix_fmt rgb48be", "a.ppm", 3, SampleType.UInt16)]
    public void Lossless_files_as_ffmpeg_decodes_them(string options, string name, int channels, SampleType type)
    {
        string ffmpeg = FfmpegProgram.Require();
        ImageFile.Write(At("source.png"), Scenery(83, 41).Convert(SampleType.UInt16));
        FfmpegProgram.Run(ffmpeg, ["-v", "error", "-y", "-i", At("source.png"), .. options.Split(' '), At(name)]);
        ImageBuffer ours = ImageFile.Read(At(name));
        Assert.Equal(new(83, 41, channels, type), ours.Format);
        Pictures.AssertSame(FfmpegProgram.Decode([(At(name), FfmpegProgram.PixelFormat(ours))])[0], ours.Bytes, ours, $"{name} {options}");
    }

    [Fact]
    public void Associated_alpha_of_a_TIFF_becomes_straight()
    {
        ImageFile.Write(At("source.png"), WithAlpha(Scenery(31, 17)));
        OtherPrograms.Run(OtherPrograms.ImageMagick, At("source.png"), "-define", "tiff:alpha=associated", At("a.tif"));
        ImageBuffer ours = ImageFile.Read(At("a.tif"));
        (int most, _) = OtherPrograms.Difference(OtherPrograms.Decode(At("a.tif"), ours), ours.Bytes);
        Assert.InRange(most, 0, 1); // the quotient of two bytes, rounded
    }

    [Fact]
    public void Photographs_of_the_training_set_are_near_ffmpegs()
    {
        FfmpegProgram.Require();
        string[] files = [.. Directory.GetFiles(SharedData.Path("images", "bsds500"), "*.jpg", SearchOption.AllDirectories).Order(
            StringComparer.Ordinal).Where(static (_, i) => i % 20 == 0)];
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            ImageBuffer ours = ImageFile.Read(file);

            // Neither its transform nor its interpolation are libjpeg's, so that only the mean says something.
            (_, double average) = OtherPrograms.Difference(FfmpegProgram.Decode([(file, FfmpegProgram.PixelFormat(ours))])[0], ours.Bytes);
            Assert.True(average < 2.5, $"{file}: mean {average:F3}");
        }
    }

    [Fact]
    public void A_JPEGs_chroma_is_interpolated_and_not_repeated()
    {
        // Red beside green, whose colour differences are stored for two by two pixels: repeated, columns would come in equal pairs.
        var image = new ImageBuffer(32, 32, 3);
        for (int i = 0; i < 32 * 32; i++) image.Bytes[3 * i + (i % 32 < 15 ? 0 : 1)] = 200;
        ImageBuffer back = ImageFile.Decode(ImageFile.Encode(image, ImageFileFormat.Jpeg,
            new() { Quality = 100, Subsampling = JpegSubsampling.Quarter }));
        byte[] red = [.. Enumerable.Range(10, 10).Select(x => back.Row(16)[3 * x])];
        Assert.NotEqual(red[2], red[3]);
        Assert.NotEqual(red[4], red[5]);
    }

    private ImageBuffer ReadOurselves(string name) => ImageFile.Read(At(name), new() { AllowFfmpeg = false });

    private static ImageBuffer Scenery(int width, int height)
    {
        ImageBuffer scene = ImageFile.Read(Scene);
        return scene.Crop(Math.Min(150, scene.Width - width), Math.Min(120, scene.Height - height), width, height);
    }

    private static ImageBuffer WithAlpha(ImageBuffer image)
    {
        var result = new ImageBuffer(image.Width, image.Height, 4);
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            image.Bytes.Slice(3 * i, 3).CopyTo(result.Bytes[(4 * i)..]);
            result.Bytes[4 * i + 3] = (byte)(i * 7);
        }
        return result;
    }

    private string At(string name) => Path.Combine(_folder, name);
}
