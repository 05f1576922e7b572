using System.Text.Json;
using System.Text.RegularExpressions;
using Upstride.Imaging;
using Upstride.Testing;

namespace Upstride.Cli.Tests.Shards;

/// <summary><c>upscale --shard</c>, <c>join</c> and <c>plan</c>: what the shards make together is what one process makes.</summary>
public sealed class ShardedUpscaleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shards_of_folders_make_the_files_of_one_process()
    {
        WritePictures(11);
        Tool.Run("upscale", File("in"), "-r", "-o", File("whole")).Text();
        var lines = new List<string>();
        for (int shard = 1; shard <= 4; shard++) lines.Add(Shard(shard, 4).Text());
        Assert.StartsWith("shard 1 of 4, from --shard 1/4\n", lines[0].ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.All(lines, static line => Assert.Contains("made, 0 there already, 0 failed, 0 to be tried again", line,
            StringComparison.Ordinal));
        AssertSameFiles();
        Assert.Equal($"4 shards, 11 pictures whole in {File("out")}", Tool.Run("join", File("out")).Text().Trim());
    }

    [Fact]
    public void What_is_there_is_recognised_and_what_is_damaged_is_made_again()
    {
        WritePictures(6);
        Tool.Run("upscale", File("in"), "-r", "-o", File("whole")).Text();
        Shard(1, 1).Text();
        JsonElement json = Shard(1, 1, "--json").Json();
        Assert.Equal((0, 6), (json.GetProperty("made").GetInt32(), json.GetProperty("recognised").GetInt32()));

        // One file is another, of the same length; one is gone; one source has changed.
        byte[] bytes = System.IO.File.ReadAllBytes(File("out/0.png"));
        bytes[^20] ^= 1;
        System.IO.File.WriteAllBytes(File("out/0.png"), bytes);
        System.IO.File.Delete(File("out/2.png"));
        ImageFile.Write(File("in/3.png"), UpscaleCommandTests.Noise(18, 24, 3, SampleType.UInt8, seed: 99));
        Assert.Equal(2, Tool.Run("join", File("out")).Code);
        Assert.Contains("0.png: it is not as shard 1 of 1 wrote it", Tool.Run("join", File("out")).Error, StringComparison.Ordinal);
        Tool.Run("upscale", File("in"), "-r", "-o", File("whole")).Text();
        json = Shard(1, 1, "--json").Json();
        Assert.Equal((3, 3), (json.GetProperty("made").GetInt32(), json.GetProperty("recognised").GetInt32()));
        AssertSameFiles();

        // Other settings know nothing of these.
        Assert.Equal(6, Tool.Run("upscale", File("in"), "-r", "-o", File("out"), "--shard", "1/1", "--method", "nearest", "--json").Json()
            .GetProperty("made").GetInt32());
    }

    [Fact]
    public void Bad_pictures_stand_in_the_manifest_and_the_report()
    {
        WritePictures(5);
        System.IO.File.WriteAllText(File("in/bad.png"), "no picture");
        ToolResult result = Shard(1, 1);
        Assert.Equal(0, result.Code);
        Assert.EndsWith($"5 made, 0 there already, 1 failed, 0 to be tried again\n  {File("in/bad.png")}\n",
            result.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("bad.png: it is n", result.Error, StringComparison.Ordinal);
        ToolResult join = Tool.Run("join", File("out"));
        Assert.Equal(1, join.Code);
        Assert.Contains($"1 failed:\n  {File("in/bad.png")}: ", join.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);

        // Where every picture is bad nothing can be done; a shard without pictures has nothing to do.
        Directory.Delete(File("in"), recursive: true);
        Directory.CreateDirectory(File("in"));
        System.IO.File.WriteAllText(File("in/bad.png"), "no picture");
        Assert.Equal((42, 0), (Shard(1, 2).Code, Shard(2, 2).Code));
    }

    [Fact]
    public void What_may_pass_next_time_ends_with_75_and_what_cannot_with_42()
    {
        Assert.Equal(75, Shard(1, 2).Code);
        WritePictures(3);
        Assert.Equal(42, Tool.Run("upscale", File("in"), "-o", File("out"), "--shard", "9").Code);
        Assert.Equal(42, Tool.Run("upscale", File("in"), "-o", File("out"), "--shard", "3/2").Code);
        Assert.Equal(42, Tool.Run("upscale", File("in"), "-o", File("out"), "--shard", "1/2", "--scale", "x").Code);
        Assert.Equal(42, Tool.Run("upscale", File("in"), "-o", "-", "--shard", "1/2").Code);
        Assert.Equal(42, Tool.Run("upscale", File("in"), "-o", File("out"), "--shard", "1/2", "--fail-fast").Code);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Equal(75, Tool.Run(cancelled.Token, "upscale", File("in"), "-o", File("out"), "--shard", "1/2").Code);

        // A folder in the place of a larger picture is the file system's trouble.
        Directory.CreateDirectory(File("out/0.png"));
        ToolResult result = Shard(1, 1);
        Assert.Equal(75, result.Code);
        Assert.Contains("2 made, 0 there already, 0 failed, 1 to be tried again", result.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 shards are not finished: 1", Tool.Run("join", File("out")).Error, StringComparison.Ordinal);
        Directory.Delete(File("out/0.png"));
        Assert.Contains("1 made, 2 there already, 0 failed, 0 to be tried again", Shard(1, 1).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_file_system_ends_with_75_and_room_makes_it_whole()
    {
        Directory.CreateDirectory(File("out"));
        using var small = new SmallFileSystem(File("out"), "32k");
        WritePictures(9);
        Tool.Run("upscale", File("in"), "-r", "-o", File("whole")).Text();
        ToolResult result = Shard(1, 1);
        Assert.True(result.Code == 75, $"{result.Code}: {result.Output}{result.Error}");
        Assert.NotEqual(0, Tool.Run("join", File("out")).Code);
        small.Resize("8m");
        Assert.Contains("0 failed, 0 to be tried again", Shard(1, 1).Text(), StringComparison.Ordinal);
        AssertSameFiles();
        Tool.Run("join", File("out")).Text();
    }

    [Theory]
    [InlineData("network", "2", 3, ".png")]
    [InlineData("fsrcnn", "2", 3, ".png")]
    [InlineData("fsrcnn", "4", 4, ".png")]
    [InlineData("fsrcnn", "3", 3, ".jpg")]
    [InlineData("bicubic", "3", 3, ".tif")]
    [InlineData("nearest", "2", 1, ".bmp")]
    [InlineData("bed-of-nails", "2", 2, ".png")]
    public void Bands_of_one_picture_are_joined_to_the_file_of_one_process(string method, string scale, int channels, string extension)
    {
        ImageFile.Write(File("big.png"), UpscaleCommandTests.Noise(33, 61, channels, SampleType.UInt8, seed: 5) is var image
            ? image.With(new ImageMetadata { Density = new PixelDensity(300, 300) }) : null!);
        string[] how = ["--method", method, "--scale", scale, "--max-pixels", "100000"];
        Tool.Run(["upscale", File("big.png"), "-o", File("whole" + extension), .. how]).Text();
        string larger = File("larger" + extension);
        foreach (int shard in (int[])[3, 1, 5, 2, 4])
            Assert.Contains($"shard {shard} of 5", Tool.Run(["upscale", File("big.png"), "-o", larger, "--shard", $"{shard}/5",
                .. how]).Text(),
                StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(larger));
        Assert.Equal(1, Tool.Run(["upscale", File("big.png"), "-o", larger, "--shard", "2/5", .. how, "--json"]).Json()
            .GetProperty("recognised").GetInt32());
        Assert.Equal($"5 shards, 1 picture whole in {larger}", Tool.Run("join", larger).Text().Trim());
        Assert.Equal(System.IO.File.ReadAllBytes(File("whole" + extension)), System.IO.File.ReadAllBytes(larger));
    }

    [Fact]
    public void Join_refuses_what_does_not_belong_together()
    {
        ImageFile.Write(File("big.png"), UpscaleCommandTests.Noise(20, 30, 3, SampleType.UInt8, seed: 5));
        string Join(params string[] options)
        {
            ToolResult result = Tool.Run(["join", File("y.png"), .. options]);
            Assert.NotEqual(0, result.Code);
            Assert.False(System.IO.File.Exists(File("y.png")));
            return result.Error;
        }
        void Band(string shard, params string[] options) =>
            Tool.Run(["upscale", File("big.png"), "-o", File("y.png"), "--shard", shard, .. options]).Text();

        Assert.Contains("no shard has been made", Join(), StringComparison.Ordinal);
        Band("1/2");
        Assert.Contains("1 of 2 shards are not finished: 2; make them", Join(), StringComparison.Ordinal);
        Band("2/2", "--self-ensemble");
        Assert.Contains("do not belong together: settings '' and settings '--self-ensemble'", Join(), StringComparison.Ordinal);
        Band("2/2", "--method", "bicubic");
        Assert.Contains("method balanced and method bicubic", Join(), StringComparison.Ordinal);
        Band("2/2");
        string manifest = File("y.png.shards/00002-of-00002.json"), text = System.IO.File.ReadAllText(manifest);
        foreach ((string name, string other, string words) in ((string, string, string)[])[
            ("version", "\"another\"", "and version another"), ("vectorBits", "64", "and vectors of 64 bits"),
            ("fingerprint", "\"00\"", "and results 00 for the same small picture"),
            ("model", "\"00\"", "weights of the program and weights 00"),
            ("plan", "\"00\"", "other pictures in the folder, or another picture"), ("of", "3", "it is not the manifest of the shard")])
        {
            System.IO.File.WriteAllText(manifest, Regex.Replace(text, $"\"{name}\": [^,\n]*", $"\"{name}\": {other}"));
            Assert.Contains(words, Join(), StringComparison.Ordinal);
        }
        System.IO.File.WriteAllText(manifest, text[..^40]);
        Assert.Contains("it is no manifest of a shard: remove it", Join(), StringComparison.Ordinal);
        System.IO.File.WriteAllText(manifest, text);

        byte[] rows = System.IO.File.ReadAllBytes(File("y.png.shards/00002-of-00002.rows"));
        rows[^1] ^= 1;
        System.IO.File.WriteAllBytes(File("y.png.shards/00002-of-00002.rows"), rows);
        Assert.Contains("00002-of-00002.rows: it is not as its shard wrote it", Join(), StringComparison.Ordinal);
        Band("2/2");
        System.IO.File.Move(File("big.png"), File("moved.png"));
        Assert.Contains("say with --source where it is", Join(), StringComparison.Ordinal);
        ImageFile.Write(File("other.png"), UpscaleCommandTests.Noise(20, 30, 3, SampleType.UInt8, seed: 6));
        Assert.Contains("it is not the picture that the shards were made of", Join("--source", File("other.png")),
            StringComparison.Ordinal);
        Tool.Run("join", File("y.png"), "--source", File("moved.png")).Text();
    }

    [Theory]
    [InlineData("--method transposed", "transposed makes a picture of")]
    [InlineData("--scale 2.5", "balanced makes a picture of")]
    [InlineData("--width 50", "balanced makes a picture of")]
    [InlineData("", "a picture of 30 rows has at most as many bands: 31")]
    public void A_picture_that_has_no_bands_is_refused_with_the_reason(string options, string words)
    {
        ImageFile.Write(File("big.png"), UpscaleCommandTests.Noise(20, 30, 3, SampleType.UInt8, seed: 5));
        ToolResult result = Tool.Run(["upscale", File("big.png"), "-o", File("y.png"), "--shard", options.Length == 0 ? "1/31" : "1/2",
            .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(42, result.Code);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_tells_what_the_shards_make()
    {
        WritePictures(9);
        JsonElement plan = Tool.Run("plan", File("in"), "-r", "-o", File("out"), "--shards", "3", "--rate", "1000", "--json").Json();
        Assert.False(Directory.Exists(File("out")));
        JsonElement[] shards = [.. plan.GetProperty("shards").EnumerateArray()];
        for (int number = 1; number <= 3; number++)
        {
            JsonElement made = Shard(number, 3, "--json").Json();
            Assert.Equal(shards[number - 1].GetProperty("pictures").GetInt32(), made.GetProperty("made").GetInt32());
            Assert.Equal(shards[number - 1].GetProperty("pixels").GetInt64() / 1000.0,
                shards[number - 1].GetProperty("seconds").GetDouble(), 3);
        }
        Assert.Equal(9, plan.GetProperty("pictures").GetInt32());
        Assert.Equal(shards.Sum(static shard => shard.GetProperty("pixels").GetInt64()), plan.GetProperty("pixels").GetInt64());
        using JsonDocument manifest = JsonDocument.Parse(System.IO.File.ReadAllText(File("out/.shards/00001-of-00003.json")));
        Assert.Equal(plan.GetProperty("plan").GetString(), manifest.RootElement.GetProperty("plan").GetString());

        // Without a rate the machine is asked for it.
        Assert.Contains("megapixels a second; a shard takes at most about", Tool.Run("plan", File("in"), "-o", File("out"), "--shards", "2",
            "--method", "nearest").Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_of_bands_counts_the_rows_around_them()
    {
        ImageFile.Write(File("big.png"), UpscaleCommandTests.Noise(10, 100, 3, SampleType.UInt8, seed: 5));
        JsonElement plan = Tool.Run("plan", File("big.png"), "-o", File("y.png"), "--shards", "4", "--method", "bicubic", "--rate", "1",
            "--json")
            .Json();
        Assert.Equal([270L, 290L, 290L, 270L], plan.GetProperty("shards").EnumerateArray().Select(static shard =>
            shard.GetProperty("pixels").GetInt64()));
    }

    private ToolResult Shard(int number, int count, params string[] options) =>
        Tool.Run(["upscale", File("in"), "-r", "-o", File("out"), "--shard", $"{number}/{count}", .. options]);

    // Some lie in a folder of the folder.
    private void WritePictures(int count)
    {
        Directory.CreateDirectory(File("in/deep"));
        for (int i = 0; i < count; i++)
            ImageFile.Write(File(i % 3 == 1 ? $"in/deep/{i}.png" : $"in/{i}.png"),
                UpscaleCommandTests.Noise(9 + 3 * i, 30 - 2 * i, i % 2 == 0 ? 3 : 1, SampleType.UInt8, seed: i));
    }

    private void AssertSameFiles() => ShardProcessTests.AssertSameFiles(File("whole"), File("out"));

    private string File(string name) => _folder.File(name);
}
