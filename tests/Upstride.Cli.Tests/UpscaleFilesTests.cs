using System.Text.Json;
using Upstride.Imaging;

namespace Upstride.Cli.Tests;

/// <summary>Folders, names, formats and failures of <c>upscale</c>; the pixels are made by the quickest method.</summary>
public sealed class UpscaleFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_bad_file_is_told_and_the_others_go_on()
    {
        ToolResult result = Tool.Run("upscale", SharedData.Path("cases", "batch"), "-o", File("out"));
        Assert.Equal(1, result.Code);
        Assert.Equal(["a.png", "c.png"], Names("out"));
        Assert.Contains("b.png: truncated", result.Error, StringComparison.Ordinal);
        Assert.EndsWith($"1 of 3 failed:\n  {SharedData.Path("cases", "batch", "b.png")}\n", result.Output.ReplaceLineEndings("\n"),
            StringComparison.Ordinal);

        JsonElement json = Tool.Run("upscale", SharedData.Path("cases", "batch"), "-o", File("out"), "--json").Json(1);
        Assert.Equal(2, json.GetProperty("pictures").GetArrayLength());
        JsonElement failure = json.GetProperty("failures")[0];
        Assert.Equal((SharedData.Path("cases", "batch", "b.png"), "picture"),
            (failure.GetProperty("file").GetString(), failure.GetProperty("parameter").GetString()));

        Directory.Delete(File("out"), recursive: true);
        Assert.Equal(2, Tool.Run("upscale", SharedData.Path("cases", "batch"), "-o", File("out"), "--fail-fast").Code);
        Assert.Equal(["a.png"], Names("out"));
    }

    [Fact]
    public void Two_thousand_pictures_with_broken_ones_among_them()
    {
        Directory.CreateDirectory(File("in"));
        byte[] good = ImageFile.Encode(UpscaleCommandTests.Noise(3, 2, 3, SampleType.UInt8, 1), ImageFileFormat.Png);
        var broken = new List<string>();
        for (int i = 0; i < 2000; i++)
        {
            bool isBroken = i % 97 == 5;
            if (isBroken) broken.Add(File($"in/{i:0000}.png"));
            System.IO.File.WriteAllBytes(File($"in/{i:0000}.png"), isBroken ? good[..(10 + i % 50)] : good);
        }
        JsonElement json = Tool.Run("upscale", File("in"), "-o", File("out"), "--method", "nearest", "--json").Json(1);
        Assert.Equal(2000 - broken.Count, json.GetProperty("pictures").GetArrayLength());
        Assert.Equal(broken, json.GetProperty("failures").EnumerateArray().Select(
            static failure => failure.GetProperty("file").GetString()));
        Assert.Equal(2000 - broken.Count, Directory.GetFiles(File("out")).Length);

        // Again, what is there is left alone, and what failed is tried once more.
        json = Tool.Run("upscale", File("in"), "-o", File("out"), "--method", "nearest", "--skip-existing", "--json").Json(1);
        Assert.Equal((2000 - broken.Count, broken.Count), (json.GetProperty("skipped").GetInt32(),
            json.GetProperty("failures").GetArrayLength()));
    }

    [Fact]
    public void A_tree_is_kept_and_what_is_passed_over_is_said()
    {
        foreach (string name in (string[])["in/a.png", "in/b/c.jpg", "in/b/d/e.bmp", "in/.hidden/f.png"]) Write(name);
        System.IO.File.WriteAllText(File("in/notes.txt"), "no picture");
        ToolResult flat = Tool.Run("upscale", File("in"), "-o", File("flat"), "--method", "nearest");
        Assert.Equal((0, "passed over: 1 file not named as pictures (notes.txt) and 1 folder (--recursive searches them)"),
            (flat.Code, flat.Error.Trim()));
        Assert.Equal(["a.png"], Names("flat"));

        // The output may be in the folder itself; a second run does not take its pictures.
        for (int run = 0; run < 2; run++)
        {
            ToolResult deep = Tool.Run("upscale", File("in"), "-r", "-o", File("in/out"), "--method", "nearest");
            Assert.Equal((0, "passed over: 1 file not named as pictures (notes.txt)"), (deep.Code, deep.Error.Trim()));
            Assert.Equal(["a.png", "b/c.png", "b/d/e.png"], Names("in/out"));
        }
        Directory.CreateSymbolicLink(File("in/loop"), File("in"));
        Assert.Contains("1 folder behind links", Tool.Run("upscale", File("in"), "-r", "-o", File("out"), "--method", "nearest").Error,
            StringComparison.Ordinal);
        Assert.Contains("--recursive searches the folders in it", Tool.Run(
            "upscale", File("in/b/d"), File("in/.hidden"), "-o", File("x"), "--method", "nearest", "--scale", "1").Error
            + Tool.Run("upscale", Empty("only/folders/a"), "-o", File("y")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_sources_of_one_name_get_two()
    {
        foreach (string name in (string[])["in/x.bmp", "in/x.jpg", "in/x.png", "in/x.jpeg", "in/y.jpg"]) Write(name);
        Tool.Run("upscale", File("in"), "-o", File("out"), "--method", "nearest").Text();
        Assert.Equal(["x-bmp.png", "x-jpeg.png", "x-jpg.png", "x.png", "y.png"], Names("out"));
        Tool.Run("upscale", File("in"), "-o", File("jpeg"), "--method", "nearest", "--format", "jpg", "--suffix", "@2x").Text();
        Assert.Equal(["x-bmp@2x.jpg", "x-jpeg@2x.jpg", "x-png@2x.jpg", "x@2x.jpg", "y@2x.jpg"], Names("jpeg"));
        Tool.Run("upscale", File("in"), "-o", File("own"), "--method", "nearest", "--format", "source").Text();
        Assert.Equal(["x.bmp", "x.jpeg", "x.jpg", "x.png", "y.jpg"], Names("own"));
        Directory.CreateDirectory(File("other"));
        System.IO.File.Copy(File("in/x.png"), File("other/x.png"));
        Tool.Run("upscale", File("in/x.png"), File("other/x.png"), "-o", File("both"), "--method", "nearest").Text();
        Assert.Equal(["x-png.png", "x.png"], Names("both"));
    }

    [Fact]
    public void A_picture_is_replaced_only_where_that_is_meant()
    {
        Write("x.png");
        byte[] before = System.IO.File.ReadAllBytes(File("x.png"));
        ToolResult refused = Tool.Run("upscale", File("x.png"), "-o", File("x.png"), "--method", "nearest");
        Assert.Equal((2,
            $"upstride: --output: {File("x.png")} would be replaced by the larger picture: name another file, or give --overwrite"),
            (refused.Code, refused.Error.Trim()));
        Assert.Equal(before, System.IO.File.ReadAllBytes(File("x.png")));
        Assert.Equal(2, Tool.Run("upscale", File("."), "-o", _folder.Path, "--method", "nearest").Code);
        Tool.Run("upscale", File("x.png"), "-o", File("x.png"), "--method", "nearest", "--overwrite").Text();
        Assert.Equal(12, ImageFile.Read(File("x.png")).Width);
        Assert.Equal(["x.png"], Names("."));
    }

    [Fact]
    public void Odd_names_are_names()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs names that Windows does not have");
        string[] names = ["a b.png", "\u00fc\u4f60\U0001f600.png", "line\nbreak.png", "-dash.png", "--scale.png", "100%d.png",
            "quote'\".png", "star*.png"];
        foreach (string name in names) Write("in/" + name);
        ToolResult result = Tool.Run("upscale", File("in"), "-o", File("out"), "--method", "nearest");
        Assert.Equal(names.Order(StringComparer.Ordinal), Names("out"));
        Assert.Contains("line\\u000abreak.png: 12x8 by nearest", result.Text(), StringComparison.Ordinal);
        Assert.Equal(names.Length, result.Output.TrimEnd().Split('\n').Length);
        Tool.Run("upscale", File("in/star*.png"), "-o", File("star.png"), "--method", "nearest").Text();

        // What begins with a dash is an option, unless it follows --.
        string here = Environment.CurrentDirectory;
        ToolResult option = Tool.Run("upscale", "--selfensemble", File("in/a b.png"), "-o", File("y.png"));
        Assert.Equal(
            (2, "upstride: unknown option '--selfensemble': did you mean '--self-ensemble'?"),
                (option.Code, option.Error.Split('\n')[0].TrimEnd()));
        Assert.Equal(3, Tool.Run("upscale", "-o", File("y.png"), "--", "--selfensemble").Code);
        Assert.False(System.IO.File.Exists(File("y.png")) || Directory.Exists(File("y.png")));
        Assert.Equal(here, Environment.CurrentDirectory);
    }

    [Fact]
    public void Sizes_are_told_by_scale_width_or_height_and_are_two_where_none_is()
    {
        ImageFile.Write(File("x.png"), UpscaleCommandTests.Noise(10, 6, 3, SampleType.UInt8, 1));
        (string[] Options, int Width, int Height)[] cases =
        [
            ([], 20, 12), (["-s", "3"], 30, 18), (["--scale", "1.25"], 13, 8), (["--scale", "0.5"], 5, 3), (["--scale", "7"], 70, 42),
            (["--width", "25"], 25, 15), (["--height", "60"], 100, 60), (["--width", "11", "--height", "33"], 11, 33),
        ];
        foreach ((string[] options, int width, int height) in cases)
            foreach (string method in (string[])["fsrcnn", "bicubic", "bilinear", "nearest"])
            {
                JsonElement json = Tool.Run(["upscale", File("x.png"), "-o", File("y.png"), "--method", method, "--json",
                    .. options]).Json();
                Assert.Equal((width, height), (json.GetProperty("width").GetInt32(), json.GetProperty("height").GetInt32()));
                ImageBuffer made = ImageFile.Read(File("y.png"));
                Assert.Equal((width, height), (made.Width, made.Height));
            }
    }

    [Fact]
    public void What_cannot_be_kept_is_said_in_one_line_and_strip_leaves_all_out()
    {
        ImageBuffer image = UpscaleCommandTests.Noise(6, 4, 3, SampleType.UInt16, 1).With(
            new() { Density = PixelDensity.PerInch(300, 300), Xmp = [60, 62], Gamma = 1 });
        ImageFile.Write(File("x.png"), image);
        ToolResult result = Tool.Run("upscale", File("x.png"), "-o", File("y.webp"), "--method", "nearest");
        Assert.Equal((0, "x.png: not kept: 16 bits a sample (WebP has 8), the density, the gamma of 1"),
            (result.Code, result.Error.Trim()));
        Assert.Equal([60, 62], ImageFile.Read(File("y.webp")).Metadata.Xmp.ToArray());
        Tool.Run("upscale", File("x.png"), "-o", File("z.png"), "--method", "nearest", "--strip").Text();
        Assert.True(ImageFile.Read(File("z.png")).Metadata is { Density: null, Gamma: null, Xmp.IsEmpty: true });
        Assert.Equal(1, ImageFile.Read(File("x.png")).Metadata.Gamma);
    }

    [Theory]
    [InlineData("bilinear")]
    [InlineData("bicubic")]
    [InlineData("transposed")]
    [InlineData("fsrcnn")]
    [InlineData("nearest")]
    [InlineData("bed-of-nails")]
    public void No_method_shows_a_hidden_colour(string method)
    {
        // Red beside hidden green, opaque white beside hidden black, at the usual scales.
        foreach ((byte r, byte g, byte b, byte hidden) in new (byte, byte, byte, byte)[] { (255, 0, 0, 255), (255, 255, 255, 0) })
            foreach (int scale in (int[])[2, 3, 4])
            {
                var image = new ImageBuffer(24, 24, 4);
                for (int i = 0; i < 24 * 24; i++)
                    (image.Bytes[4 * i], image.Bytes[4 * i + 1], image.Bytes[4 * i + 2], image.Bytes[4 * i + 3]) = i % 24 < 12
                        ? (r, g, b, (byte)255) : ((byte)0, hidden, (byte)0, (byte)0);
                ImageBuffer larger = UpscaleCommandTests.Upscale(image, "--scale", $"{scale}", "--method", method);

                // The network is not exact, and at a picture's border less so: it has no fringe, which would be tens of levels.
                int tolerance = method == "fsrcnn" ? 24 : 0, seen = 0;
                for (int i = 0; i < larger.Width * larger.Height; i++)
                {
                    ReadOnlySpan<byte> pixel = larger.Bytes.Slice(4 * i, 4);
                    if (pixel[3] == 0) continue;
                    seen++;
                    Assert.InRange(Math.Abs(pixel[0] - r) + Math.Abs(pixel[1] - g) + Math.Abs(pixel[2] - b), 0, 3 * tolerance);
                }
                Assert.True(seen >= 12 * 24);
            }
    }

    [Fact]
    public void The_fringe_case_has_the_values_that_were_worked_out()
    {
        Tool.Run("upscale", SharedData.Path("cases", "fringe.png"), "--method", "bilinear", "-o", File("y.png")).Text();
        ImageBuffer larger = ImageFile.Read(File("y.png"));
        Assert.Equal("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFBFFFFFFF400000000000000000000000000000000000000000",
            Convert.ToHexString(larger.Row(0)));
    }

    private string File(string name) => _folder.File(name);

    private string Empty(string name)
    {
        Directory.CreateDirectory(File(name));
        return Path.GetDirectoryName(File(name))!;
    }

    private void Write(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File(name))!);
        System.IO.File.WriteAllBytes(File(name), ImageFile.Encode(UpscaleCommandTests.Noise(6, 4, 3, SampleType.UInt8, name.Length),
            ImageFile.FormatOf(name)));
    }

    private string[] Names(string folder) =>
        [.. Directory.GetFiles(File(folder), "*", SearchOption.AllDirectories).Select(
            file => Path.GetRelativePath(File(folder), file)).Order(StringComparer.Ordinal)];
}
