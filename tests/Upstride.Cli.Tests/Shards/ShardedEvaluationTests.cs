using System.Text.Json;
using System.Text.Json.Nodes;
using Upstride.Imaging;
using Upstride.Testing;

namespace Upstride.Cli.Tests.Shards;

/// <summary>Shards of <c>evaluate</c>: what is joined is the report of one process.</summary>
public sealed class ShardedEvaluationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("bicubic", "2")]
    [InlineData("fsrcnn", "3")]
    public void The_joined_report_of_a_method_is_that_of_one_process(string method, string scale)
    {
        WritePhotos(7);
        string[] line = ["evaluate", "--images", File("photos"), "--scale", scale, "--method", method];
        foreach (int shard in (int[])[2, 3, 1])
        {
            ToolResult result = Tool.Run([.. line, "--shard", $"{shard}/3", "-o", File("figures")]);
            Assert.StartsWith($"shard {shard} of 3, from --shard {shard}/3", result.Text(), StringComparison.Ordinal);
            Assert.Contains(" made, 0 there already, 0 failed, 0 to be tried again", result.Output, StringComparison.Ordinal);
        }
        Assert.Equal(Tool.Run(line).Text(), Tool.Run("join", File("figures")).Text());
        Assert.Equal(Tool.Run([.. line, "--json"]).Text(), Tool.Run("join", File("figures"), "--json").Text());
    }

    [Fact]
    public void A_picture_that_equals_its_enlargement_is_joined_as_such()
    {
        Directory.CreateDirectory(File("photos"));
        ImageFile.Write(File("photos/flat.png"), new ImageBuffer(40, 40, 1));
        string[] line = ["evaluate", "--images", File("photos"), "--scale", "2", "--method", "bicubic"];
        Tool.Run([.. line, "--shard", "1/1", "-o", File("figures")]).Text();
        Assert.Contains("equal", Tool.Run("join", File("figures")).Text(), StringComparison.Ordinal);
        Assert.Equal(Tool.Run([.. line, "--json"]).Text(), Tool.Run("join", File("figures"), "--json").Text());
    }

    [Fact]
    public void The_joined_report_of_a_segmentation_is_that_of_one_process_but_for_its_time()
    {
        Decoders.WriteStreets(_folder);
        for (int i = 2; i < 6; i++)
        {
            ImageFile.Write(File($"photos/{i}.png"), UpscaleCommandTests.Noise(24 + 8 * i, 36, 3, SampleType.UInt8, seed: i));
            var labels = new ImageBuffer(24 + 8 * i, 36, 1);
            for (int pixel = 0; pixel < labels.Bytes.Length; pixel++) labels.Bytes[pixel] = (byte)(pixel % 3 == 0 ? 255 : pixel / 7 % 2);
            ImageFile.Write(File($"classes/{i}.png"), labels);
        }
        string[] line =
            ["evaluate", "--segmentation", File("streets.safetensors"), "--images", File("photos"), "--labels", File("classes")];
        for (int shard = 1; shard <= 4; shard++) Tool.Run([.. line, "--shard", $"{shard}/4", "-o", File("figures")]).Text();
        Assert.Equal(Tool.Run(line).Text(), Tool.Run("join", File("figures")).Text());
        JsonNode whole = JsonNode.Parse(Tool.Run([.. line, "--json"]).Text())!,
            joined = JsonNode.Parse(Tool.Run("join", File("figures"), "--json").Text())!;
        Assert.True(joined["secondsPerPicture"]!.GetValue<double>() > 0);
        joined["secondsPerPicture"] = whole["secondsPerPicture"]!.DeepClone();
        Assert.Equal(whole.ToJsonString(), joined.ToJsonString());

        // Other classes of one picture are judged again, and the others are known.
        Assert.Equal(6, Shard(line, "--json").GetProperty("made").GetInt32());
        JsonElement again = Shard(line, "--json");
        Assert.Equal((0, 6), (again.GetProperty("made").GetInt32(), again.GetProperty("recognised").GetInt32()));
        ImageFile.Write(File("classes/0.png"), new ImageBuffer(40, 36, 1));
        again = Shard(line, "--json");
        Assert.Equal((1, 5), (again.GetProperty("made").GetInt32(), again.GetProperty("recognised").GetInt32()));
    }

    [Fact]
    public void Bad_pictures_do_not_count_and_are_told()
    {
        WritePhotos(3);
        string[] line = ["evaluate", "--images", File("photos"), "--scale", "2", "--method", "bicubic"];
        string good = Tool.Run(line).Text();
        System.IO.File.WriteAllText(File("photos/bad.png"), "no picture");
        ImageFile.Write(File("photos/small.png"), new ImageBuffer(6, 6, 1));
        for (int shard = 1; shard <= 2; shard++) Assert.Equal(0, Tool.Run([.. line, "--shard", $"{shard}/2", "-o", File("figures")]).Code);
        ToolResult join = Tool.Run("join", File("figures"));
        Assert.Equal(1, join.Code);
        Assert.StartsWith(good.TrimEnd(), join.Output, StringComparison.Ordinal);
        Assert.Contains("2 pictures could not be judged:", join.Output, StringComparison.Ordinal);
        Assert.Contains("small.png: to be judged, width and height must be at least", join.Output, StringComparison.Ordinal);
        Assert.Equal(2, Tool.Run("join", File("figures"), "--json").Json(1).GetProperty("failures").GetArrayLength());
    }

    [Fact]
    public void What_has_no_shards_is_hopeless_and_says_why()
    {
        WritePhotos(2);
        Decoders.WriteGenerator(File("g.safetensors"));
        string[] line = ["evaluate", "--images", File("photos")];
        Hopeless("leave out --shard, or --generation", [.. line, "--generation", File("g.safetensors"), "--shard", "1/2", "-o", "f"]);
        Hopeless("--output is needed", [.. line, "--scale", "2", "--shard", "1/2"]);
        Hopeless("--scale is needed", [.. line, "--shard", "1/2", "-o", File("f")]);
        ToolResult whole = Tool.Run([.. line, "--scale", "2", "-o", File("f")]);
        Assert.Equal(2, whole.Code);
        Assert.Contains("--output is the folder for the figures of a shard: give --shard", whole.Error, StringComparison.Ordinal);
        Tool.Run([.. line, "--scale", "2", "--method", "bicubic", "--shard", "1/2", "-o", File("f")]).Text();
        Tool.Run([.. line, "--scale", "3", "--method", "bicubic", "--shard", "2/2", "-o", File("f")]).Text();
        Assert.Contains("settings '--scale 2' and settings '--scale 3'", Tool.Run("join", File("f")).Error, StringComparison.Ordinal);
        Assert.Equal(75, Tool.Run("evaluate", "--images", File("none"), "--scale", "2", "--shard", "1/2", "-o", File("f")).Code);
    }

    private static void Hopeless(string words, string[] line)
    {
        ToolResult result = Tool.Run(line);
        Assert.Equal(42, result.Code);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    private JsonElement Shard(string[] line, params string[] more) =>
        Tool.Run([.. line, "--shard", "1/1", "-o", File("alone"), .. more]).Json();

    private void WritePhotos(int count)
    {
        Directory.CreateDirectory(File("photos"));
        for (int i = 0; i < count; i++)
            ImageFile.Write(File($"photos/{i}.png"), UpscaleCommandTests.Noise(32 + 5 * i, 60 - 3 * i, 3, SampleType.UInt8, seed: i));
    }

    private string File(string name) => _folder.File(name);
}
