using Upstride.Imaging;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Models.Upscaling;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class UpscaleCommandTests
{
    public static TheoryData<int, SampleType> Forms => new(
        from channels in (int[])[1, 2, 3, 4]
        from type in (SampleType[])[SampleType.UInt8, SampleType.UInt16]
        select (channels, type));

    [Theory]
    [MemberData(nameof(Forms))]
    public void Nearest_keeps_channels_and_depth_and_repeats_every_pixel(int channels, SampleType type)
    {
        ImageBuffer image = Noise(7, 5, channels, type, seed: channels);
        ImageBuffer larger = Upscale(image, "--scale", "3", "--method", "nearest");
        Assert.Equal((21, 15, channels, type), (larger.Width, larger.Height, larger.Channels, larger.SampleType));
        for (int y = 0; y < larger.Height; y++)
            for (int x = 0; x < larger.Width; x++)
                for (int c = 0; c < channels; c++)
                    Assert.Equal(Sample(image, x / 3, y / 3, c), Sample(larger, x, y, c));
    }

    [Theory]
    [InlineData(2, SampleType.UInt8)]
    [InlineData(3, SampleType.UInt16)]
    [InlineData(4, SampleType.UInt8)]
    public void Bilinear_lies_on_the_lines_between_the_centres(int scale, SampleType type)
    {
        ImageBuffer image = Noise(6, 4, 3, type, seed: 11);
        ImageBuffer larger = Upscale(image, "--scale", $"{scale}", "--method", "bilinear");
        for (int y = 0; y < larger.Height; y++)
            for (int x = 0; x < larger.Width; x++)
                for (int c = 0; c < 3; c++)
                    AssertNearest(Bilinear(image, (x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, c), Sample(larger, x, y, c), type);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Bed_of_nails_leaves_zeros_between(int channels, SampleType type)
    {
        ImageBuffer image = Noise(5, 4, channels, type, seed: 7);
        ImageBuffer larger = Upscale(image, "--scale", "2", "--method", "bed-of-nails");
        for (int y = 0; y < larger.Height; y++)
            for (int x = 0; x < larger.Width; x++)
                for (int c = 0; c < channels; c++)
                    Assert.Equal(x % 2 == 0 && y % 2 == 0 ? Sample(image, x / 2, y / 2, c) : 0, Sample(larger, x, y, c));
    }

    // The transposed convolution's tap t of input i lands on o = scale i + t - crop, where crop = (taps - scale)/2 and the tent's middle
    // is (taps - 1)/2: its weight 1 - |t - (taps - 1)/2|/scale is 1 - |(o + 1/2)/scale - 1/2 - i|, bilinear's weight of sample i at o's
    // half-pixel position, for odd and even scales alike. At the border bilinear repeats the edge and the tent meets zeros: the outputs
    // whose position lies between the first and the last centre agree, that is all but floor(scale/2) at each end.
    [Theory]
    [InlineData(2, SampleType.UInt16)]
    [InlineData(3, SampleType.UInt16)]
    [InlineData(4, SampleType.UInt16)]
    public void Transposed_equals_bilinear_away_from_the_border_and_fades_at_it(int scale, SampleType type)
    {
        ImageBuffer image = Noise(7, 6, 3, type, seed: scale);
        ImageBuffer transposed = Upscale(image, "--scale", $"{scale}", "--method", "transposed");
        int border = scale / 2;
        Assert.Equal((7 * scale, 6 * scale), (transposed.Width, transposed.Height));
        for (int y = border; y < transposed.Height - border; y++)
            for (int x = border; x < transposed.Width - border; x++)
                for (int c = 0; c < 3; c++)
                    AssertNearest(Bilinear(image, (x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, c), Sample(transposed, x, y, c), type);

        // The first output lies crop/scale before the first centre and keeps that much less of it, on both axes.
        double kept = 1 - (scale - 1) / (2.0 * scale);
        for (int c = 0; c < 3; c++) AssertNearest(kept * kept * Sample(image, 0, 0, c), Sample(transposed, 0, 0, c), type);
    }

    [Fact]
    public void Butterfly_by_three_is_the_right_picture()
    {
        string file = SharedData.Path("images", "set5", "butterfly.png");
        ImageBuffer image = ImageFile.Read(file);
        using var folder = new TemporaryFolder();
        Tool.Run("upscale", file, "--scale", "3", "--method", "transposed", "-o", folder.File("b.png")).Text();
        ImageBuffer larger = ImageFile.Read(folder.File("b.png"));
        Assert.Equal((3 * image.Width, 3 * image.Height, image.Channels, image.SampleType),
            (larger.Width, larger.Height, larger.Channels, larger.SampleType));

        // In ninths, so that all is exact: tent 1 2 3 2 1 each way, the full output cropped by one. A ninth is never half a level.
        int width = larger.Width, channels = image.Channels;
        var ninths = new int[larger.Height * width * channels];
        int[] tent = [1, 2, 3, 2, 1];
        for (int y = 0; y < image.Height; y++)
            for (int x = 0; x < image.Width; x++)
                for (int c = 0; c < channels; c++)
                    for (int i = 0; i < 5; i++)
                        for (int j = 0; j < 5; j++)
                            if (3 * y + i is var row && row >= 1 && row <= larger.Height && 3 * x + j is var column && column >= 1
                                && column <= width)
                                ninths[((row - 1) * width + column - 1) * channels + c] += tent[i] * tent[j] * Sample(image, x, y, c);
        byte[] expected = [.. ninths.Select(sum => (byte)((2 * sum + 9) / 18))];
        Assert.Equal(expected, larger.Bytes.ToArray());
    }

    [Fact]
    public void Float_pictures_stay_float()
    {
        using var folder = new TemporaryFolder();
        ImageFile.Write(folder.File("x.pfm"), ImageBuffer.FromPlanes([-2f, 0.5f, 3e10f, 1e-10f], 2, 2, 1, SampleType.Float32));
        Tool.Run("upscale", folder.File("x.pfm"), "--scale", "2", "--method", "nearest", "-o", folder.File("y.pfm")).Text();
        Assert.Equal(
            [-2f, -2f, 0.5f, 0.5f, -2f, -2f, 0.5f, 0.5f, 3e10f, 3e10f, 1e-10f, 1e-10f, 3e10f, 3e10f, 1e-10f, 1e-10f],
            ImageFile.Read(folder.File("y.pfm")).ToPlanes());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Where_no_method_is_named_it_is_the_network_if_there_are_weights_else_bicubic(int scale)
    {
        ImageBuffer image = Noise(9, 8, 3, SampleType.UInt8, seed: 5);
        string method = FsrcnnWeights.Scales.Contains(scale) ? "network" : "bicubic";
        Assert.Equal(Upscale(image, "--scale", $"{scale}", "--method", method).Bytes.ToArray(),
            Upscale(image, "--scale", $"{scale}").Bytes.ToArray());
    }

    [Theory]
    [InlineData("fast")]
    [InlineData("balanced")]
    [InlineData("best")]
    public void A_quality_is_the_librarys(string word)
    {
        using var folder = new TemporaryFolder();
        ImageBuffer image = Noise(9, 8, 3, SampleType.UInt8, seed: 5);
        ImageFile.Write(folder.File("x.png"), image);
        var settings = new PictureSettings { Quality = Enum.Parse<UpscalingQuality>(word, ignoreCase: true) };
        string text = Tool.Run("upscale", folder.File("x.png"), "--scale", "2", "--quality", word, "-o", folder.File("y.png")).Text();
        Assert.StartsWith($"x.png: 18x16 by {word} in ", text, StringComparison.Ordinal);
        Assert.Equal(PictureUpscaler.ForScale(2, settings).Upscale(image).Bytes.ToArray(),
            ImageFile.Read(folder.File("y.png")).Bytes.ToArray());
        if (word == "fast")
            Assert.Equal(Upscale(image, "--scale", "2", "--method", "fsrcnn").Bytes.ToArray(),
                ImageFile.Read(folder.File("y.png")).Bytes.ToArray());
    }

    [Fact]
    public void The_networks_quality_and_the_files_are_told_apart()
    {
        using var folder = new TemporaryFolder();
        ImageFile.Write(folder.File("x.png"), Noise(9, 8, 3, SampleType.UInt8, seed: 5));
        Tool.Run("upscale", folder.File("x.png"), "--quality", "fast", "--quality", "30", "-o", folder.File("y.jpg")).Text();
        using (ImageReader reader = ImageReader.Open(folder.File("y.jpg"))) Assert.InRange(reader.JpegQuality!.Value, 29, 31);
        Fails(2, "quality", "upscale", folder.File("x.png"), "--quality", "30", "--quality", "40", "-o", folder.File("z.jpg"));
        Fails(2, "quality", "upscale", folder.File("x.png"), "--quality", "good", "-o", folder.File("z.jpg"));
        Fails(2, "quality", "upscale", folder.File("x.png"), "--quality", "fast", "--method", "bicubic", "-o", folder.File("z.png"));
        Fails(2, "degradation", "upscale", folder.File("x.png"), "--degradation", "none", "--method", "nearest", "-o",
            folder.File("z.png"));
    }

    // Where there are weights for compressed pictures, the file's tables choose them; a clean picture never is taken for one.
    [Fact]
    public void What_a_file_went_through_chooses_the_network()
    {
        using var folder = new TemporaryFolder();
        ImageBuffer image = Noise(16, 8, 3, SampleType.UInt8, seed: 5);
        ImageFile.Write(folder.File("x.png"), image);
        ImageFile.Write(folder.File("x.jpg"), image, new() { Quality = 60 });
        bool has = UpscalingWeights.HasCompressed(2);
        Assert.StartsWith("x.png: 32x16 by balanced in ", Run("x.png"), StringComparison.Ordinal);
        Assert.StartsWith(has ? "x.jpg: 32x16 by balanced for JPEG of quality 60 in " : "x.jpg: 32x16 by balanced in ", Run("x.jpg"),
            StringComparison.Ordinal);
        Assert.StartsWith("x.jpg: 32x16 by balanced in ", Run("x.jpg", "--degradation", "none"), StringComparison.Ordinal);
        ImageBuffer decoded = ImageFile.Read(folder.File("x.jpg"));
        Assert.Equal(PictureUpscaler.ForScale(2).Upscale(decoded).Bytes.ToArray(),
            ImageFile.Read(folder.File("y.png")).Bytes.ToArray());
        if (!has)
        {
            Fails(2, "degradation", "upscale", folder.File("x.png"), "--degradation", "jpeg", "-o", folder.File("z.png"));
            return;
        }
        Run("x.png", "--degradation", "jpeg");
        Assert.Equal(PictureUpscaler.ForScale(2, new() { IsCompressed = true }).Upscale(image).Bytes.ToArray(),
            ImageFile.Read(folder.File("y.png")).Bytes.ToArray());

        string Run(string file, params string[] options) =>
            Tool.Run(["upscale", folder.File(file), "-o", folder.File("y.png"), .. options]).Text();
    }

    [Fact]
    public void Json_tells_what_was_written()
    {
        using var folder = new TemporaryFolder();
        ImageFile.Write(folder.File("x.png"), Noise(4, 3, 4, SampleType.UInt16, seed: 1));
        var json = Tool.Run("upscale", folder.File("x.png"), "--scale", "2", "-o", folder.File("y.png"), "--json").Json();
        Assert.Equal((8, 6, 4, "UInt16"), (json.GetProperty("width").GetInt32(), json.GetProperty("height").GetInt32(),
            json.GetProperty("channels").GetInt32(), json.GetProperty("sampleType").GetString()));
    }

    [Fact]
    public void Failures_have_their_exit_codes_and_leave_no_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("text.png"), "this is no picture");
        File.WriteAllBytes(folder.File("cut.png"), [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]);
        ImageFile.Write(folder.File("x.png"), Noise(4, 3, 2, SampleType.UInt8, seed: 1));
        string y = folder.File("y.png");


        Fails(3, "picture", "upscale", folder.File("missing.png"), "--scale", "2", "-o", y);
        Fails(2, "picture", "upscale", folder.File("cut.png"), "--scale", "2", "-o", y);
        Fails(2, "picture", "upscale", folder.File("x.png"), "--scale", "2", "--max-pixels", "11", "-o", y);
        Fails(2, "scale", "upscale", folder.File("x.png"), "--scale", "0", "-o", y);
        Fails(2, "scale", "upscale", folder.File("x.png"), "--scale", "large", "-o", y);
        Fails(2, "scale", "upscale", folder.File("x.png"), "--scale", "2", "--width", "9", "-o", y);
        Fails(2, "scale", "upscale", folder.File("x.png"), "--scale", "1.5", "--method", "transposed", "-o", y);
        Fails(2, "scale", "upscale", folder.File("x.png"), "--scale", "1e9", "-o", y);
        Fails(2, "width", "upscale", folder.File("x.png"), "--width", "0", "-o", y);
        Fails(2, "quality", "upscale", folder.File("x.png"), "--quality", "101", "-o", y);
        Fails(2, "format", "upscale", folder.File("x.png"), "--format", "xyz", "-o", folder.Path);
        Fails(2, "suffix", "upscale", folder.File("x.png"), "--suffix", "a/b", "-o", folder.Path);
        Fails(2, null, "upscale", folder.File("x.png"), "--selfensemble", "-o", y);
        Fails(2, "output", "upscale", folder.File("x.png"), "-o", folder.File("x.png"));
        Fails(2, "method", "upscale", folder.File("x.png"), "--scale", "2", "--method", "magic", "-o", y);
        Fails(3, "output", "upscale", folder.File("x.png"), "--scale", "2", "-o", folder.File("no/y.png"));
        Fails(2, "output", "upscale", folder.File("x.png"), "--scale", "2", "-o", folder.File("y.xyz"));

        // The name to write is judged before anything is read.
        Fails(2, "output", "upscale", folder.File("missing.png"), "--scale", "2", "-o", folder.File("y.xyz"));
        Fails(3, "output", "upscale", folder.File("missing.png"), "--scale", "2", "-o", folder.File("no/y.png"));
        Assert.Equal(["cut.png", "text.png", "x.png"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_cancelled_upscale_ends_with_130_and_leaves_no_file()
    {
        using var folder = new TemporaryFolder();
        ImageFile.Write(folder.File("x.png"), Noise(4, 3, 2, SampleType.UInt8, seed: 1));
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        ToolResult result = Tool.Run(cancellation.Token, "upscale", folder.File("x.png"), "--scale", "2", "-o", folder.File("y.png"));
        Assert.Equal((130, "", "upstride: cancelled"), (result.Code, result.Output, result.Error.Trim()));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    internal static ImageBuffer Upscale(ImageBuffer image, params string[] options)
    {
        using var folder = new TemporaryFolder();
        ImageFile.Write(folder.File("x.png"), image);
        Tool.Run(["upscale", folder.File("x.png"), .. options, "-o", folder.File("y.png")]).Text();
        return ImageFile.Read(folder.File("y.png"));
    }

    internal static ImageBuffer Noise(int width, int height, int channels, SampleType type, int seed)
    {
        var image = new ImageBuffer(width, height, channels, type);
        new Random(seed).NextBytes(image.Bytes);
        return image;
    }

    internal static int Sample(ImageBuffer image, int x, int y, int channel)
    {
        int place = (y * image.Width + x) * image.Channels + channel;
        return image.SampleType == SampleType.UInt8 ? image.Samples<byte>()[place] : image.Samples<ushort>()[place];
    }

    /// <summary>The level nearest to the exact value; the float bound allows for the other level at a tie.</summary>
    internal static void AssertNearest(double exact, int level, SampleType type)
    {
        double full = type == SampleType.UInt8 ? 255 : 65535;

        // Scaling in and out and two axes of two products each: fewer than 16 roundings of values up to full.
        double bound = 16 * full * Math.Pow(2, -24);
        Assert.InRange(level - Math.Clamp(exact, 0, full), -0.5 - bound, 0.5 + bound);
    }

    private static void Fails(int code, string? parameter, params string[] arguments)
    {
        var error = Tool.Run([.. arguments, "--json"]).Json(code).GetProperty("error");
        Assert.Equal(parameter, error.GetProperty("parameter").GetString());
        Assert.Equal(code, Tool.Run(arguments).Code);
    }

    private static double Bilinear(ImageBuffer image, double x, double y, int channel)
    {
        (int x0, int y0) = ((int)Math.Floor(x), (int)Math.Floor(y));
        double At(int column, int row) => Sample(image, Math.Clamp(column, 0, image.Width - 1), Math.Clamp(row, 0, image.Height - 1),
            channel);
        double Row(int row) => At(x0, row) * (1 - (x - x0)) + At(x0 + 1, row) * (x - x0);
        return Row(y0) * (1 - (y - y0)) + Row(y0 + 1) * (y - y0);
    }
}
