using System.Globalization;
using System.Text.Json;
using Upstride.Imaging;
using Upstride.Learning.Randomness;
using Upstride.Models.Fsrcnn;
using Upstride.Models.Inference;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>The command with a network whose weights come from a seed.</summary>
public sealed class UpscaleNetworkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<int, SampleType, int> Forms => new(
        from channels in (int[])[1, 2, 3, 4]
        from type in (SampleType[])[SampleType.UInt8, SampleType.UInt16]
        select (channels, type, 2 + channels % 3));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_PNG_goes_through_row_by_row_with_the_pixels_of_the_whole(int channels, SampleType type, int scale)
    {
        ImageBuffer image = UpscaleCommandTests.Noise(43, 57, channels, type, seed: 4);
        ImageFile.Write(File("x.png"), image);
        ImageBuffer expected = new PictureUpscaler(Network(scale)).Upscale(image);
        foreach (string[] options in (string[][])[[], ["--tile", "7"], ["--tile", "auto", "--threads", "3"]])
        {
            Upscale(scale, ["x.png", "-o", File("y.png"), .. options]).Text();
            AssertSame(expected, ImageFile.Read(File("y.png")));
        }
    }

    [Fact]
    public void Other_formats_give_the_same_pixels()
    {
        ImageBuffer image = UpscaleCommandTests.Noise(20, 17, 3, SampleType.UInt8, seed: 4);
        ImageBuffer expected = new PictureUpscaler(Network(3)).Upscale(image);
        ImageFile.Write(File("x.bmp"), image);
        ImageFile.Write(File("x.png"), image);
        Upscale(3, "x.bmp", "-o", File("a.png")).Text();
        Upscale(3, "x.png", "-o", File("b.ppm")).Text();
        AssertSame(expected, ImageFile.Read(File("a.png")));
        AssertSame(expected, ImageFile.Read(File("b.ppm")));
    }

    [Fact]
    public void A_palette_becomes_colours()
    {
        (byte Red, byte Green, byte Blue)[] palette = [(10, 20, 30), (200, 100, 50), (0, 255, 0), (255, 255, 255)];
        byte[] indices = [.. Enumerable.Range(0, 12 * 9).Select(static i => (byte)(i * 7 % 4))];
        System.IO.File.WriteAllBytes(File("x.png"), PalettePng.Write(12, 9, palette, indices));
        var image = new ImageBuffer(12, 9, 3);
        for (int i = 0; i < indices.Length; i++)
            (image.Bytes[3 * i], image.Bytes[3 * i + 1], image.Bytes[3 * i + 2]) = palette[indices[i]];
        Upscale(2, "x.png", "-o", File("y.png")).Text();
        AssertSame(new PictureUpscaler(Network(2)).Upscale(image), ImageFile.Read(File("y.png")));
    }

    [Fact]
    public void Self_ensemble_is_the_librarys()
    {
        ImageBuffer image = UpscaleCommandTests.Noise(25, 31, 3, SampleType.UInt8, seed: 4);
        ImageFile.Write(File("x.png"), image);
        Upscale(2, "x.png", "-o", File("y.png"), "--self-ensemble", "--tile", "9").Text();
        AssertSame(new PictureUpscaler(Network(2), new() { SelfEnsemble = true }).Upscale(image), ImageFile.Read(File("y.png")));
    }

    [Fact]
    public void The_truth_gives_the_PSNR_and_bicubics()
    {
        ImageBuffer truth = UpscaleCommandTests.Noise(41, 31, 3, SampleType.UInt8, seed: 4),
            image = UpscaleCommandTests.Noise(20, 15, 3, SampleType.UInt8, seed: 5);
        ImageFile.Write(File("truth.png"), truth);
        ImageFile.Write(File("x.png"), image);
        JsonElement json = Upscale(2, "x.png", "-o", File("y.png"), "--truth", File("truth.png"), "--json").Json();
        Tool.Run("upscale", File("x.png"), "--scale", "2", "--method", "bicubic", "-o", File("bicubic.png")).Text();
        double own = Psnr.Luma(ImageFile.Read(File("y.png")), truth.Crop(0, 0, 40, 30), 2),
            bicubic = Psnr.Luma(ImageFile.Read(File("bicubic.png")), truth.Crop(0, 0, 40, 30), 2);
        Assert.Equal(own, json.GetProperty("psnr").GetDouble(), 1e-4);
        Assert.Equal(bicubic, json.GetProperty("psnrOfBicubic").GetDouble(), 1e-4);
        Assert.Equal("fsrcnn", json.GetProperty("method").GetString());
        Assert.True(json.GetProperty("seconds").GetDouble() > 0);

        string[] lines = Upscale(2, "x.png", "-o", File("y.png"), "--truth", File("truth.png")).Text().ReplaceLineEndings("\n").Split('\n');
        Assert.StartsWith($"x.png: 40x30 by fsrcnn in {File("y.png")}, ", lines[0], StringComparison.Ordinal);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"PSNR of luma {own:0.00} dB, of bicubic {bicubic:0.00} dB"), lines[1]);

        ImageFile.Write(File("small.png"), UpscaleCommandTests.Noise(39, 30, 3, SampleType.UInt8, seed: 4));
        Fails(2, "truth",
            "the truth must be as large as the result, or larger by less than the scale: 39x30, and the result is 40x30 at scale 2",
            Upscale(2, "x.png", "-o", File("y.png"), "--truth", File("small.png"), "--json"));
    }

    [Fact]
    public void Folders_and_patterns_go_to_a_folder_and_what_is_there_is_skipped()
    {
        Directory.CreateDirectory(File("in"));
        foreach (string name in (string[])["b1.png", "a.bmp", "b2.png"])
            ImageFile.Write(File($"in/{name}"), UpscaleCommandTests.Noise(6, 5, 3, SampleType.UInt8, seed: name.Length));
        System.IO.File.WriteAllText(File("in/notes.txt"), "no picture");
        ImageFile.Write(File("in/.hidden.png"), UpscaleCommandTests.Noise(6, 5, 3, SampleType.UInt8, seed: 1));

        JsonElement json = Upscale(2, "in/b*.png", "-o", File("out"), "--json").Json();
        Assert.Equal([File("out/b1.png"), File("out/b2.png")], json.GetProperty("pictures").EnumerateArray().Select(
            static picture => picture.GetProperty("file").GetString()));
        byte[] first = System.IO.File.ReadAllBytes(File("out/b1.png"));
        System.IO.File.WriteAllText(File("out/b2.png"), "mine");

        string text = Upscale(2, "in", "-o", File("out"), "--skip-existing").Text();
        Assert.StartsWith($"a.bmp: 12x10 by fsrcnn in {File("out/a.png")}, ", text, StringComparison.Ordinal);
        Assert.EndsWith("2 skipped, there already\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal("mine", System.IO.File.ReadAllText(File("out/b2.png")));
        Assert.Equal(1, Upscale(2, "in/b1.png", "-o", File("out"), "--skip-existing", "--json").Json().GetProperty("skipped").GetInt32());

        // Without the option all are made anew; several arguments, one picture named twice.
        Upscale(2, "in", File("in/b1.png"), "-o", File("out")).Text();
        Assert.Equal(first, System.IO.File.ReadAllBytes(File("out/b1.png")));
        Assert.Equal(["a.png", "b1.png", "b2.png"], Directory.GetFiles(File("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_cannot_be_meant_is_refused_and_leaves_no_file()
    {
        Directory.CreateDirectory(File("in"));
        Directory.CreateDirectory(File("empty"));
        ImageFile.Write(File("in/x.png"), UpscaleCommandTests.Noise(6, 5, 3, SampleType.UInt8, seed: 1));
        ImageFile.Write(File("in/x.bmp"), UpscaleCommandTests.Noise(6, 5, 3, SampleType.UInt8, seed: 1));
        string y = File("y.png");
        Fails(2, "output", $"{File("in/x.png")} would be replaced by the larger picture: name another folder, or give --overwrite",
            Upscale(2, "in/*.png", "-o", File("in"), "--json"));
        Fails(2, "output",
            $"{File("in/x.bmp")}: it is a file, and a picture that a folder or a pattern names needs a folder: "
            + "name one, which is made where it is missing",
            Upscale(2, "in/*.png", "-o", File("in/x.bmp"), "--json"));
        Fails(3, "picture", $"{File("in/z*.png")}: no file has such a name", Upscale(2, "in/z*.png", "-o", File("out"), "--json"));
        Fails(3, "picture",
            $"{File("empty")}: there is no picture in it (a file that ends in .png .apng .jpg .jpeg .webp .gif .tif .tiff .bmp .tga "
            + ".pbm .pgm .ppm .pnm .pfm .jp2 .avif .jxl)",
            Upscale(2, "empty", "-o", File("out"), "--json"));
        Fails(2, "picture", $"{File("*/x.png")}: * and ? may be in the file's name, not in the folder's",
            Upscale(2, "*/x.png", "-o", File("out"), "--json"));
        Fails(2, "truth", "--truth belongs to one picture, and there are 2: give them one at a time",
            Upscale(2, "in/x.png", File("model-2"), "-o", File("out"), "--truth", y, "--json"));
        Fails(2, "tile", "--tile: '0' is neither auto nor a number from 1 on", Upscale(2, "in/x.png", "-o", y, "--tile", "0", "--json"));
        Fails(2, "threads", "threads >= 1 must hold: 0", Upscale(2, "in/x.png", "-o", y, "--threads", "0", "--json"));
        Fails(2, "model", "--model is for the method network: leave out --method nearest",
            Upscale(2, "in/x.png", "-o", y, "--method", "nearest", "--json"));
        Fails(2, "selfEnsemble",
            "--self-ensemble is for the method network, and the method is nearest: it gives the same turned and mirrored",
            Tool.Run("upscale", File("in/x.png"), "--scale", "2", "--method", "nearest", "--self-ensemble", "-o", y, "--json"));
        Fails(3, "model", null, Tool.Run("upscale", File("in/x.png"), "--scale", "2", "--model", File("none.safetensors"), "-o", y,
            "--json"));
        Fails(2, "model", null, Tool.Run("upscale", File("in/x.png"), "--scale", "2", "--model", File("in/x.png"), "-o", y, "--json"));
        Upscale(3, "in/x.png", "-o", y);
        System.IO.File.Delete(y);
        Fails(2, "model", null, Tool.Run("upscale", File("in/x.png"), "--scale", "2", "--model", File("model-3.safetensors"), "-o", y,
            "--json"));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.png"));
        Assert.False(Directory.Exists(File("out")) && Directory.GetFiles(File("out")).Length > 0);
    }

    [Fact]
    public void A_picture_that_ends_early_leaves_no_file()
    {
        ImageFile.Write(File("whole.png"), UpscaleCommandTests.Noise(90, 90, 3, SampleType.UInt8, seed: 1));
        System.IO.File.WriteAllBytes(File("x.png"), System.IO.File.ReadAllBytes(File("whole.png"))[..12_000]);
        Fails(2, "picture", null, Upscale(2, "x.png", "-o", File("y.png"), "--tile", "8", "--json"));
        Fails(2, "picture", null, Upscale(2, "whole.png", "-o", File("y.png"), "--max-pixels", "8099", "--json"));
        Assert.Equal(["model-2.safetensors", "whole.png", "x.png"], Directory.GetFileSystemEntries(_folder.Path).Select(
            Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Cancelling_under_way_ends_with_130_and_leaves_no_file()
    {
        ImageFile.Write(File("x.png"), UpscaleCommandTests.Noise(1500, 3000, 3, SampleType.UInt8, seed: 1),
            new() { Compression = System.IO.Compression.CompressionLevel.Fastest });
        string model = Model(4);
        using var cancellation = new CancellationTokenSource();
        Task<ToolResult> running = Task.Run(() => Tool.Run(cancellation.Token, "upscale", File("x.png"), "--scale", "4", "--model", model,
            "-o", File("y.png"), "--self-ensemble"));

        // Under way: the temporary file is there.
        while (!running.IsCompleted && Directory.GetFiles(_folder.Path, ".*").Length == 0) await Task.Delay(5);
        await cancellation.CancelAsync();
        ToolResult result = await running;
        Assert.Equal((130, "upstride: cancelled"), (result.Code, result.Error.Trim()));
        Assert.Equal(["model-4.safetensors", "x.png"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(
            StringComparer.Ordinal));
    }

    private static PlaneNetwork Network(int scale) => PlaneNetwork.Of(Trained(scale));

    private static FsrcnnNetwork Trained(int scale) => new(new(scale, 8, 4, 1), new RandomSource(7));

    private static void Fails(int code, string parameter, string? message, ToolResult result)
    {
        JsonElement error = result.Json(code).GetProperty("error");
        Assert.Equal(parameter, error.GetProperty("parameter").GetString());
        if (message is not null) Assert.Equal(message, error.GetProperty("message").GetString());
    }

    private static void AssertSame(ImageBuffer expected, ImageBuffer actual)
    {
        Assert.Equal((expected.Width, expected.Height, expected.Channels, expected.SampleType),
            (actual.Width, actual.Height, actual.Channels, actual.SampleType));
        Assert.Equal(expected.Bytes.ToArray(), actual.Bytes.ToArray());
    }

    private string File(string name) => _folder.File(name);

    private string Model(int scale)
    {
        string path = File($"model-{scale}.safetensors");
        if (!System.IO.File.Exists(path)) FsrcnnFile.Write(path, Trained(scale));
        return path;
    }

    private ToolResult Upscale(int scale, string input, params string[] options) =>
        Tool.Run(["upscale", File(input), "--scale", $"{scale}", "--model", Model(scale), .. options]);

    private ToolResult Upscale(int scale, string[] arguments) => Upscale(scale, arguments[0], arguments[1..]);
}
