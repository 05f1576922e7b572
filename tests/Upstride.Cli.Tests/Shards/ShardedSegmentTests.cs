using System.Text.Json;
using Upstride.Imaging;
using Upstride.Testing;

namespace Upstride.Cli.Tests.Shards;

/// <summary>Folders of pictures that <c>segment</c> takes, by one process and by shards.</summary>
public sealed class ShardedSegmentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ShardedSegmentTests()
    {
        Decoders.WriteStreets(_folder);
        Directory.CreateDirectory(File("photos/deep"));
        for (int i = 2; i < 5; i++)
            ImageFile.Write(File($"photos/deep/{i}.png"), UpscaleCommandTests.Noise(20 + 7 * i, 30, 3, SampleType.UInt8, seed: i));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData()]
    [InlineData("--overlay")]
    public void Shards_make_the_files_of_one_process(params string[] options)
    {
        string[] line = ["segment", File("photos"), "-r", "--model", File("streets.safetensors"), .. options];
        string whole = Tool.Run([.. line, "-o", File("whole")]).Text();
        Assert.Contains("2.png: 34x30 in ", whole, StringComparison.Ordinal);
        for (int shard = 3; shard >= 1; shard--) Tool.Run([.. line, "-o", File("out"), "--shard", $"{shard}/3"]).Text();
        ShardProcessTests.AssertSameFiles(File("whole"), File("out"));
        Assert.Equal($"3 shards, 5 pictures whole in {File("out")}", Tool.Run("join", File("out")).Text().Trim());
        JsonElement again = Tool.Run([.. line, "-o", File("out"), "--shard", "1/3", "--json"]).Json();
        Assert.Equal(0, again.GetProperty("made").GetInt32());
        ImageBuffer made = ImageFile.Read(File("out/deep/3.png"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(options.Length == 0 ? 1 : 3, made.Channels);
    }

    [Fact]
    public void A_folder_goes_on_after_a_bad_picture_and_tells_it()
    {
        System.IO.File.WriteAllText(File("photos/bad.png"), "no picture");
        string[] line = ["segment", File("photos"), "-r", "--model", File("streets.safetensors"), "-o", File("out")];
        JsonElement json = Tool.Run([.. line, "--json"]).Json(1);
        Assert.Equal((5, 1), (json.GetProperty("pictures").GetArrayLength(), json.GetProperty("failures").GetArrayLength()));
        Assert.Contains($"1 of 6 failed:\n  {File("photos/bad.png")}", Tool.Run(line).Output.ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run([.. line, "--shard", "1/1"]).Code);
        Assert.Equal(1, Tool.Run("join", File("out")).Code);
    }

    [Fact]
    public void Other_weights_are_not_joined_and_one_picture_has_no_shards()
    {
        string[] line = ["segment", File("photos"), "-r", "-o", File("out")];
        Tool.Run([.. line, "--model", File("streets.safetensors"), "--shard", "1/2"]).Text();
        System.IO.File.Copy(File("streets.safetensors"), File("moved.safetensors"));
        Tool.Run([.. line, "--model", File("moved.safetensors"), "--shard", "2/2"]).Text();
        Tool.Run("join", File("out")).Text();
        using (FileStream weights = System.IO.File.OpenWrite(File("moved.safetensors")))
        {
            weights.Seek(-4, SeekOrigin.End);
            weights.Write([0, 0, 0, 0]);
        }
        Tool.Run([.. line, "--model", File("moved.safetensors"), "--shard", "2/2"]).Text();
        Assert.Contains("do not belong together: weights ", Tool.Run("join", File("out")).Error, StringComparison.Ordinal);
        ToolResult one = Tool.Run(
            "segment", File("photo.png"), "--model", File("streets.safetensors"), "-o", File("m.png"), "--shard", "1/2");
        Assert.Equal(42, one.Code);
        Assert.Contains("one picture is segmented whole", one.Error, StringComparison.Ordinal);
        Assert.Equal(75, Tool.Run([.. line, "--model", File("none.safetensors"), "--shard", "1/2"]).Code);
    }

    private string File(string name) => _folder.File(name);
}
