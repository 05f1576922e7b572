using System.Text.Json;
using Upstride.Imaging;
using Upstride.Testing;

namespace Upstride.Cli.Tests.Shards;

/// <summary>Folders of pictures that an ONNX model runs on, by one process and by shards.</summary>
public sealed class ShardedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ShardedRunTests()
    {
        NetworkCommandTests.Doubler().Save(File("model.onnx"));
        Directory.CreateDirectory(File("photos/deep"));
        for (int i = 0; i < 5; i++)
            ImageFile.Write(File(i < 3 ? $"photos/{i}.png" : $"photos/deep/{i}.png"),
                UpscaleCommandTests.Noise(9 + i, 12, 3, SampleType.UInt8, seed: i));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData()]
    [InlineData("--format", "npy")]
    public void Shards_make_the_files_of_one_process(params string[] options)
    {
        string[] line = ["run", File("model.onnx"), "-i", File("photos"), "-r", .. options];
        Assert.Contains("deep", Tool.Run([.. line, "-o", File("whole")]).Text(), StringComparison.Ordinal);
        for (int shard = 2; shard >= 1; shard--) Tool.Run([.. line, "-o", File("out"), "--shard", $"{shard}/2"]).Text();
        ShardProcessTests.AssertSameFiles(File("whole"), File("out"));
        Assert.Equal($"2 shards, 5 pictures whole in {File("out")}", Tool.Run("join", File("out")).Text().Trim());
        string extension = options.Length == 0 ? ".png" : ".npy";
        Tool.Run("run", File("model.onnx"), "-i", File("photos/deep/4.png"), "-o", File("one" + extension)).Text();
        Assert.Equal(System.IO.File.ReadAllBytes(File("one" + extension)), System.IO.File.ReadAllBytes(File("out/deep/4" + extension)));
    }

    [Fact]
    public void Shards_of_two_tunings_are_not_joined()
    {
        string[] line = ["run", File("model.onnx"), "-i", File("photos"), "-r", "-o", File("out")];
        System.IO.File.WriteAllText(File("a.tuning"), "upstride tuning 1\nforward v256 float n1 ci1 co1 i7 k3 : column\n");
        Tool.Run([.. line, "--shard", "1/2", "--tuning", File("a.tuning")]).Text();
        Tool.Run([.. line, "--shard", "2/2"]).Text();
        ToolResult joined = Tool.Run("join", File("out"));
        Assert.NotEqual(0, joined.Code);
        Assert.Contains("tuning", joined.Error + joined.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_picture_is_told_and_the_others_are_made()
    {
        System.IO.File.WriteAllText(File("photos/bad.png"), "no picture");
        string[] line = ["run", File("model.onnx"), "-i", File("photos"), "-o", File("out")];
        JsonElement json = Tool.Run([.. line, "--json"]).Json(1);
        Assert.Equal((3, 1), (json.GetProperty("pictures").GetArrayLength(), json.GetProperty("failures").GetArrayLength()));
        Assert.Equal(0, Tool.Run([.. line, "--shard", "1/1"]).Code);
        Assert.Equal(1, Tool.Run("join", File("out")).Code);
    }

    [Fact]
    public void What_goes_with_a_folder_is_refused_without_one()
    {
        Refused(42, "go with a folder of pictures", "-i", File("photos/0.png"), "-o", File("y.png"), "--shard", "1/2");
        Refused(2, "go with a folder of pictures", "-i", File("photos/0.png"), "-o", File("y.png"), "--format", "npy");
        Refused(2, "--format", "-i", File("photos"), "-o", File("y"), "--format", "heic");
        System.IO.File.WriteAllText(File("y"), "");
        Refused(2, "it is a file", "-i", File("photos"), "-o", File("y"));
    }

    private void Refused(int code, string words, params string[] options)
    {
        ToolResult result = Tool.Run(["run", File("model.onnx"), .. options]);
        Assert.Equal(code, result.Code);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    private string File(string name) => _folder.File(name);
}
