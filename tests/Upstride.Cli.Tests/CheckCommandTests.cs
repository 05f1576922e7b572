using System.Text.Json;
using Upstride.Imaging;
using Upstride.Learning.Saving;
using Upstride.Onnx.Tests;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class CheckCommandTests
{
    [Fact]
    public void Settings_without_weights_assume_equal_ones()
    {
        JsonElement json = Tool.RunLine("check --kernel 3 --stride 2 --json").Json();
        JsonElement layer = Assert.Single(json.GetProperty("layers").EnumerateArray());
        Assert.True(layer.GetProperty("assumed").GetBoolean());
        Assert.False(layer.GetProperty("flat").GetBoolean());
        Assert.Equal(
            (1, 4, false), (layer.GetProperty("overlap").GetProperty("min").GetInt32(), layer.GetProperty("overlap").GetProperty("max")
            .GetInt32(), layer.GetProperty("overlap").GetProperty("even").GetBoolean()));
        Assert.Equal(-6.3, layer.GetProperty("patternDb").GetDouble(), 0.05);
        Assert.Equal(-6.3, json.GetProperty("worstDb").GetDouble(), 0.05);
        Assert.True(json.GetProperty("passed").GetBoolean());
        Assert.Equal(4, json.GetProperty("cures").GetArrayLength());

        JsonElement flat = Assert.Single(Tool.RunLine("check --kernel 4 --stride 2 --json").Json().GetProperty("layers").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, flat.GetProperty("patternDb").ValueKind);
        Assert.True(flat.GetProperty("flat").GetBoolean());
    }

    [Theory]
    [InlineData("-6", 0)]
    [InlineData("-6.5", 1)]
    public void The_threshold_decides_the_exit_code(string threshold, int code)
    {
        ToolResult result = Tool.RunLine($"check --kernel 3 --stride 2 --threshold={threshold} --json");
        Assert.Equal(code == 0, result.Json(code).GetProperty("passed").GetBoolean());
        Assert.Contains(code == 0 ? "within the threshold" : "above the threshold",
            Tool.RunLine($"check --kernel 3 --stride 2 --threshold={threshold}").Output, StringComparison.Ordinal);
        Assert.Equal(0, Tool.RunLine($"check --kernel 4 --stride 2 --threshold={threshold}").Code);
    }

    [Fact]
    public void A_model_is_checked_and_cured()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "1", "1", "5", "5").Floats("w", [1, 1, 3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9)
            .Node("ConvTranspose", "x w", "y", ("strides", new long[] { 2, 2 })).Output("y").Save(folder.File("m.onnx"));
        JsonElement layer = Assert.Single(Tool.Run("check", folder.File("m.onnx"), "--json").Json().GetProperty("layers").EnumerateArray());
        Assert.Equal("node-y", layer.GetProperty("name").GetString());
        Assert.Equal([20.0, 10, 10, 5], layer.GetProperty("worstPair").GetProperty("gains").EnumerateArray()
            .Select(static gain => gain.GetDouble()));
        Assert.Equal(1, Tool.Run("check", folder.File("m.onnx"), "--threshold=-20").Code);
        foreach (string cure in (string[])["equalize", "zoh", "bilinear"])
        {
            JsonElement fixedModel = Tool.Run("check", folder.File("m.onnx"), "--fix", cure, "-o", folder.File("f.onnx"),
                "--threshold=-20", "--json").Json();
            JsonElement change = Assert.Single(fixedModel.GetProperty("changes").EnumerateArray()).GetProperty("cure");
            Assert.Equal(-6.3, change.GetProperty("beforeDb").GetDouble(), 0.05);
            Assert.Equal(JsonValueKind.Null, change.GetProperty("afterDb").ValueKind);
            Assert.True(Tool.Run("check", folder.File("f.onnx"), "--json").Json().GetProperty("layers")[0].GetProperty("flat")
                .GetBoolean());
        }
        ToolResult refused = Tool.Run("check", folder.File("m.onnx"), "--fix", "icnr", "-o", folder.File("g.onnx"));
        Assert.Equal(2, refused.Code);
        Assert.False(File.Exists(folder.File("g.onnx")));
        Assert.Equal(3, Tool.Run("check", folder.File("missing.onnx")).Code);
        File.WriteAllText(folder.File("bad.onnx"), "nothing");
        Assert.Equal(2, Tool.Run("check", folder.File("bad.onnx")).Code);
    }

    [Fact]
    public void Weights_of_a_file_ask_for_stride_and_direction()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Add<float>("up.weight", [1, 1, 3, 3], new float[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 });
        writer.Write(folder.File("w.safetensors"), TestContext.Current.CancellationToken);
        Assert.Contains("--stride is needed", Tool.Run("check", folder.File("w.safetensors")).Error, StringComparison.Ordinal);
        Assert.Contains("--direction is needed", Tool.Run("check", folder.File("w.safetensors"), "--stride", "2").Error,
            StringComparison.Ordinal);
        JsonElement layer =
            Assert.Single(Tool.Run("check", folder.File("w.safetensors"), "--stride", "2", "--direction", "convolution", "--json").Json()
            .GetProperty("layers").EnumerateArray());
        Assert.Equal("backward", layer.GetProperty("pass").GetString());
        Assert.Equal(-6.3, layer.GetProperty("patternDb").GetDouble(), 0.05);
        Assert.Contains("has no tensor 'x': it has up.weight",
            Tool.Run("check", folder.File("w.safetensors"), "--layer", "x", "--stride", "2", "--direction", "transposed").Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_a_file_are_cured_and_all_else_is_kept()
    {
        using var folder = new TemporaryFolder();
        var writer = new SafetensorsWriter();
        writer.Metadata.Add("made by", "a test");
        writer.Add<float>("flat.weight", [1, 1, 4, 4], Enumerable.Repeat(1f, 16).ToArray());
        writer.Add<float>("up.weight", [1, 2, 4, 4], Enumerable.Range(1, 32).Select(static value => (float)value).ToArray());
        writer.Add("up.steps", SafetensorsType.I64, [2], new byte[16]);
        string source = folder.File("w.safetensors"), cured = folder.File("cured.safetensors");
        writer.Write(source, TestContext.Current.CancellationToken);
        string[] line = ["check", source, "--stride", "2", "--direction", "transposed", "--fix", "equalize", "-o", cured, "--json"];
        JsonElement report = Tool.Run(line).Json();
        JsonElement change = Assert.Single(report.GetProperty("changes").EnumerateArray());
        Assert.Equal("up.weight", change.GetProperty("node").GetString());
        Assert.True(change.GetProperty("cure").GetProperty("beforeDb").GetDouble() > -20);

        // Rounding to single precision leaves a pattern of its own size.
        JsonElement worst = report.GetProperty("worstDb");
        Assert.True(worst.ValueKind == JsonValueKind.Null || worst.GetDouble() < -120);
        using SafetensorsReader before = SafetensorsReader.Open(source), after = SafetensorsReader.Open(cured);
        Assert.Equal(before.Metadata, after.Metadata);
        Assert.Equal(before.Tensors, after.Tensors, static (one, other) => one!.Name == other!.Name && one.Type == other.Type
            && one.Shape.SequenceEqual(other.Shape));
        foreach (string kept in (string[])["flat.weight", "up.steps"])
            Assert.Equal(before.ReadBytes(kept, TestContext.Current.CancellationToken),
                after.ReadBytes(kept, TestContext.Current.CancellationToken));
        Assert.NotEqual(before.ReadBytes("up.weight", TestContext.Current.CancellationToken),
            after.ReadBytes("up.weight", TestContext.Current.CancellationToken));

        Assert.Contains("--direction says convolution", Tool.Run("check", source, "--stride", "2", "--direction", "convolution", "--fix",
            "equalize", "-o", folder.File("no.safetensors")).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("no.safetensors")));
    }

    [Fact]
    public void A_pictures_pattern_is_found()
    {
        using var folder = new TemporaryFolder();
        ImageBuffer clean = UpscaleCommandTests.Noise(96, 80, 3, SampleType.UInt8, seed: 3),
            patterned = UpscaleCommandTests.Noise(96, 80, 3, SampleType.UInt8, seed: 3);
        for (int y = 0; y < 80; y++)
            for (int x = 0; x < 96 * 3; x++)
                if ((x / 3 + y) % 2 == 0) patterned.Row(y)[x] = (byte)Math.Min(255, patterned.Row(y)[x] + 60);
        ImageFile.Write(folder.File("clean.png"), clean);
        ImageFile.Write(folder.File("patterned.png"), patterned);
        Assert.Equal(0, Tool.Run("check", "--picture", folder.File("clean.png"), "--stride", "2", "--threshold=12").Code);
        JsonElement json = Tool.Run("check", "--picture", folder.File("patterned.png"), "--stride", "2", "--threshold=12", "--svg",
            folder.File("s.svg"), "--json").Json(1);
        JsonElement peak = json.GetProperty("peaks").EnumerateArray().MaxBy(static one => one.GetProperty("db").GetDouble());
        Assert.Equal([1, 1], peak.GetProperty("frequency").EnumerateArray().Select(static one => one.GetInt32()));
        Assert.Contains("<svg", File.ReadAllText(folder.File("s.svg")), StringComparison.Ordinal);
    }
}
