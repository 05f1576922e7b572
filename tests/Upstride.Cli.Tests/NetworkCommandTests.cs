using System.Text.Json;
using Google.Protobuf;
using Upstride.Files;
using Upstride.Imaging;
using Upstride.Onnx;
using Upstride.Onnx.Format;
using Upstride.Onnx.Tests;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class NetworkCommandTests
{
    /// <summary>A model of one channel that is twice as large, by a transposed convolution of 2x2 ones.</summary>
    internal static ModelBuilder Doubler() =>
        new ModelBuilder().Input("x", "1", "1", "height", "width").Floats("w", [1, 1, 2, 2], 1, 1, 1, 1)
        .Node("ConvTranspose", "x w", "y", ("strides", new long[] { 2, 2 })).Output("y");

    /// <summary>Writes a case in the layout of ONNX's tests: the doubler on one element.</summary>
    internal static void WriteCase(string folder, float expected)
    {
        string set = Directory.CreateDirectory(Path.Combine(folder, "test_data_set_0")).FullName;
        Doubler().Save(Path.Combine(folder, "model.onnx"));
        Write("input_0.pb", [1, 1, 1, 1], 3);
        Write("output_0.pb", [1, 1, 2, 2], 3, 3, 3, expected);

        void Write(string name, long[] shape, params float[] elements)
        {
            var tensor = new TensorProto { DataType = (int)OnnxElementType.Float32 };
            tensor.Dims.AddRange(shape);
            tensor.FloatData.AddRange(elements);
            File.WriteAllBytes(Path.Combine(set, name), tensor.ToByteArray());
        }
    }

    [Fact]
    public void Run_takes_arrays_by_name_and_writes_arrays()
    {
        using var folder = new TemporaryFolder();
        Doubler().Save(folder.File("m.onnx"));
        NpyFile.Write(folder.File("x.npy"), new([1, 1, 1, 2], new float[] { 1, 2 }));
        ToolResult result =
            Tool.Run("run", folder.File("m.onnx"), "--input", "x=" + folder.File("x.npy"), "--output", "y=" + folder.File("y.npy"));
        Assert.Equal($"y: float32 [1, 1, 2, 4] in {folder.File("y.npy")}\n", result.Text().ReplaceLineEndings("\n"));
        NpyArray y = NpyFile.Read(folder.File("y.npy"), TestContext.Current.CancellationToken);
        Assert.Equal([1, 1, 2, 4], y.Shape);
        Assert.Equal(new float[] { 1, 1, 2, 2, 1, 1, 2, 2 }, y.Elements);
    }

    [Fact]
    public void Run_answers_in_json_and_takes_integers()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("a", OnnxElementType.Int32, "n").Input("b", OnnxElementType.Int32, "n").Node("Add", "a b", "s")
            .Output("s", OnnxElementType.Int32).Save(folder.File("m.onnx"));
        NpyFile.Write(folder.File("a.npy"), new([2], new long[] { 1, int.MaxValue }));
        NpyFile.Write(folder.File("b.npy"), new([2], new int[] { 5, 1 }));
        JsonElement json =
            Tool.Run("run", folder.File("m.onnx"), "-i", "a=" + folder.File("a.npy"), "-i", "b=" + folder.File("b.npy"), "-o",
            folder.File("s.npy"), "--json").Json();
        JsonElement output = Assert.Single(json.GetProperty("outputs").EnumerateArray());
        Assert.Equal(("s", "int32", 2),
            (output.GetProperty("name").GetString(), output.GetProperty("type").GetString(), output.GetProperty("shape")[0].GetInt32()));
        Assert.Equal(new[] { 6, int.MinValue }, NpyFile.Read(folder.File("s.npy"), TestContext.Current.CancellationToken).Elements);
    }

    [Theory]
    [InlineData("nchw", new[] { "1", "144", "256", "3" }, "--layout nhwc says that the channels stand last")]
    [InlineData("nhwc", new[] { "1", "3", "144", "256" }, "leave out --layout nhwc, for the channels stand first")]
    public void Channels_that_stand_elsewhere_are_told_apart_from_others(string layout, string[] lengths, string advice)
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", lengths).Output("y").Node("Identity", "x", "y").Save(folder.File("m.onnx"));
        ImageFile.Write(folder.File("photo.png"), ImageBuffer.FromPlanes(new float[60], 5, 4, 3));
        ToolResult refused = Tool.Run("run", folder.File("m.onnx"), "--input", folder.File("photo.png"), "--layout", layout, "--output",
            folder.File("y.npy"));
        Assert.Equal(2, refused.Code);
        Assert.Contains($"the picture has 3 channels, and the model needs x: float32 [{string.Join(", ", lengths)}]: {advice}",
            refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nchw", "0..255")]
    [InlineData("nchw", "-1..1")]
    [InlineData("nhwc", "0..1")]
    public void Run_takes_a_picture_and_writes_one(string layout, string range)
    {
        using var folder = new TemporaryFolder();
        string[] lengths = layout == "nchw" ? ["1", "3", "h", "w"] : ["1", "h", "w", "3"];
        new ModelBuilder().Input("x", lengths).Node("Identity", "x", "y").Output("y").Save(folder.File("m.onnx"));
        ImageBuffer photo = UpscaleCommandTests.Noise(5, 4, 3, SampleType.UInt8, seed: 1);
        ImageFile.Write(folder.File("photo.png"), photo);
        Tool.Run("run", folder.File("m.onnx"), "--input", folder.File("photo.png"), "--layout", layout, "--range", range, "--output",
            folder.File("y.png")).Text();
        Assert.Equal(photo.Bytes.ToArray(),
            ImageFile.Read(folder.File("y.png"), cancellationToken: TestContext.Current.CancellationToken).Bytes.ToArray());

        Tool.Run("run", folder.File("m.onnx"), "--input", folder.File("photo.png"), "--layout", layout, "--range", range, "--output",
            folder.File("y.npy")).Text();
        NpyArray y = NpyFile.Read(folder.File("y.npy"), TestContext.Current.CancellationToken);
        Assert.Equal(layout == "nchw" ? [1, 3, 4, 5] : [1, 4, 5, 3], y.Shape);
        (float low, float high) = range switch { "0..255" => (0f, 255f), "-1..1" => (-1f, 1f), _ => (0f, 1f) };
        // The second pixel's green: 3 channels after each other in the picture.
        float green = low + ((high - low) * (photo.Samples<byte>()[4] / 255f));
        Assert.Equal(green, ((float[])y.Elements)[layout == "nchw" ? 20 + 1 : 3 + 1], 255 * 1e-6f);
    }

    [Fact]
    public void Run_normalises_each_channel()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "1", "3", "h", "w").Node("Identity", "x", "y").Output("y").Save(folder.File("m.onnx"));
        ImageFile.Write(folder.File("photo.png"), ImageBuffer.FromPlanes([1, 1, 1], 1, 1, 3),
            cancellationToken: TestContext.Current.CancellationToken);
        Tool.Run("run", folder.File("m.onnx"), "--input", folder.File("photo.png"), "--mean", "0.5,0.25,0", "--std", "0.5,0.25,2",
            "--output", folder.File("y.npy")).Text();
        Assert.Equal(new float[] { 1, 3, 0.5f }, NpyFile.Read(folder.File("y.npy"), TestContext.Current.CancellationToken).Elements);
    }

    [Fact]
    public void Run_makes_colour_grey_where_the_model_has_one_channel()
    {
        using var folder = new TemporaryFolder();
        Doubler().Save(folder.File("m.onnx"));
        ImageFile.Write(folder.File("photo.png"), ImageBuffer.FromPlanes([1, 1, 1], 1, 1, 3),
            cancellationToken: TestContext.Current.CancellationToken);
        Tool.Run("run", folder.File("m.onnx"), "--input", folder.File("photo.png"), "--output", folder.File("y.npy")).Text();
        Assert.All((float[])NpyFile.Read(folder.File("y.npy"), TestContext.Current.CancellationToken).Elements,
            static value => Assert.Equal(235 / 255f, value, 1e-6f));
    }

    [Theory]
    [InlineData(2, "shape",
        "input 'x' is float32 [1, 2, 1, 2], and the model needs float32 [1, 1, height, width]: axis 1 has length 2, and must have 1")]
    [InlineData(2, "name", "'z=a.npy' names none of a, b: give name=value")]
    [InlineData(2, "garbage", "is not a valid ONNX file")]
    [InlineData(3, "missing", "none.onnx")]
    [InlineData(2, "range", "--range: '5' is not two numbers joined by '..', the smaller first, as 0..255")]
    [InlineData(2, "type", "holds int64 [1, 1, 1, 2], and the model needs x: float32 [1, 1, height, width]: convert it with astype")]
    public void Run_says_what_is_wrong(int code, string fault, string message)
    {
        using var folder = new TemporaryFolder();
        Doubler().Save(folder.File("m.onnx"));
        new ModelBuilder().Input("a", "n").Input("b", "n").Node("Add", "a b", "y").Output("y").Save(folder.File("two.onnx"));
        File.WriteAllBytes(folder.File("garbage.onnx"), [1, 2, 3, 4]);
        NpyFile.Write(folder.File("x.npy"), new([1, 2, 1, 2], new float[4]));
        NpyFile.Write(folder.File("i.npy"), new([1, 1, 1, 2], new long[2]));
        ToolResult result = fault switch
        {
            "name" => Tool.Run("run", folder.File("two.onnx"), "-i", "z=a.npy", "-o", folder.File("y.npy")),
            "garbage" => Tool.Run("run", folder.File("garbage.onnx"), "-i", "x.npy", "-o", folder.File("y.npy")),
            "missing" => Tool.Run("run", folder.File("none.onnx"), "-i", "x.npy", "-o", folder.File("y.npy")),
            "range" => Tool.Run("run", folder.File("m.onnx"), "-i", "x.npy", "--range", "5", "-o", folder.File("y.npy")),
            "type" => Tool.Run("run", folder.File("m.onnx"), "-i", folder.File("i.npy"), "-o", folder.File("y.npy")),
            _ => Tool.Run("run", folder.File("m.onnx"), "-i", folder.File("x.npy"), "-o", folder.File("y.npy")),
        };
        Assert.Equal(code, result.Code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("y.npy")));
    }

    [Fact]
    public void Inspect_shows_the_model_and_its_plan()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "n", "1", "h", "w").Random("w", 1, 1, 1, 3, 3)
            .Node("ConvTranspose", "x w", "t", ("strides", new long[] { 2, 2 })).Node("Relu", "t", "y").Output("y")
            .Save(folder.File("m.onnx"));
        string text = Tool.Run("inspect", folder.File("m.onnx")).Text();
        Assert.Equal(
            "opset 17, 9 parameters\ninput   x: float32 [n, 1, h, w]\noutput  y: float32 of any shape\noperators: ConvTranspose 1, Relu 1\n", text.ReplaceLineEndings("\n"));

        string planned = Tool.Run("inspect", folder.File("m.onnx"), "--shapes", "x=1x1x8x8", "--measure", "1").Text();
        Assert.Contains("ConvTranspose + Relu", planned, StringComparison.Ordinal);
        Assert.Contains("prone to checkerboards: node 'node-t' (ConvTranspose), 1 to 4 products on each output", planned,
            StringComparison.Ordinal);

        JsonElement json = Tool.Run("inspect", folder.File("m.onnx"), "--shapes", "1x1x8x8", "--json").Json();
        Assert.Equal(17, json.GetProperty("opset").GetInt32());
        Assert.Equal(1, json.GetProperty("operators").GetProperty("Relu").GetInt32());
        JsonElement step = Assert.Single(json.GetProperty("plan").GetProperty("steps").EnumerateArray());
        Assert.False(step.GetProperty("evenOverlap").GetBoolean());
        Assert.Equal(17 * 17 * sizeof(float), json.GetProperty("plan").GetProperty("resultBytes").GetInt64());
        Assert.Equal(2 * 64 * 9, step.GetProperty("flops").GetInt64());
    }

    [Fact]
    public void Inspect_says_in_which_stage_a_node_stands()
    {
        using var folder = new TemporaryFolder();
        new ModelBuilder().Input("x", "n").Node("Relu", "x", "r").Node("NonZero", "r", "places").Node("Gather", "r places", "y").Output("y")
            .Save(folder.File("m.onnx"));
        string text = Tool.Run("inspect", folder.File("m.onnx"), "--shapes", "5000", "--measure", "2").Text();
        Assert.Contains("size known as it runs", text, StringComparison.Ordinal);
        Assert.Contains("each stage is planned for the sizes that the one before gives, here on zeros", text, StringComparison.Ordinal);
        JsonElement plan = Tool.Run("inspect", folder.File("m.onnx"), "--shapes", "5000", "--json").Json().GetProperty("plan");
        Assert.Equal([1, 1, 2], plan.GetProperty("steps").EnumerateArray().Select(static step => step.GetProperty("stage").GetInt32()));
    }

    [Fact]
    public void Inspect_asks_for_open_sizes()
    {
        using var folder = new TemporaryFolder();
        Doubler().Save(folder.File("m.onnx"));
        ToolResult result = Tool.Run("inspect", folder.File("m.onnx"), "--measure", "1");
        Assert.Equal(2, result.Code);
        Assert.Contains("the model leaves sizes open: x: float32 [1, 1, height, width]; give --shapes for each", result.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_says_pass_or_fail_with_the_worst_element()
    {
        using var folder = new TemporaryFolder();
        WriteCase(folder.File("good"), 3.002f);
        WriteCase(folder.File("bad"), 3.5f);
        Assert.Equal("pass  good  worst 0.002\n1 passed, 0 failed\n",
            Tool.Run("verify", folder.File("good")).Text().ReplaceLineEndings("\n"));

        ToolResult both = Tool.Run("verify", folder.Path);
        Assert.Equal(1, both.Code);
        Assert.Equal(
            """
            FAIL  bad  worst 0.5
                  test_data_set_0, output 'y': 1 of 4 elements differ; the worst is [0, 0, 1, 1]: 3, and should be 3.5; the first [0, 0, 1, 1]: 3, and should be 3.5
            pass  good  worst 0.002
            1 passed, 1 failed

            """.ReplaceLineEndings("\n"),
            both.Output.ReplaceLineEndings("\n"));

        JsonElement json = Tool.Run("verify", folder.File("good"), folder.File("bad"), "--json").Json(code: 1);
        Assert.Equal((1, 1), (json.GetProperty("passed").GetInt32(), json.GetProperty("failed").GetInt32()));
        JsonElement[] cases = [.. json.GetProperty("cases").EnumerateArray()];
        Assert.Equal(("good", true, ""),
            (cases[0].GetProperty("name").GetString(), cases[0].GetProperty("passed").GetBoolean(),
            cases[0].GetProperty("message").GetString()));
        Assert.Equal(0.5, cases[1].GetProperty("worst").GetDouble());
        Assert.Equal(1, Tool.Run("verify", folder.File("good"), "--relative", "1e-5").Code);
        Assert.Equal(0, Tool.Run("verify", folder.File("bad"), "--absolute", "0.6").Code);
    }

    [Fact]
    public void Verify_says_what_is_no_case()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(3, Tool.Run("verify", folder.File("none")).Code);
        Directory.CreateDirectory(folder.File("empty"));
        ToolResult empty = Tool.Run("verify", folder.File("empty"));
        Assert.Equal(2, empty.Code);
        Assert.Contains("holds no model.onnx, and neither does a folder beneath it", empty.Error, StringComparison.Ordinal);
        Directory.CreateDirectory(folder.File("broken"));
        File.WriteAllBytes(folder.File("broken/model.onnx"), [9, 9, 9]);
        ToolResult broken = Tool.Run("verify", folder.File("broken"));
        Assert.Equal(1, broken.Code);
        Assert.Contains("is not a valid ONNX file", broken.Output, StringComparison.Ordinal);
    }
}
