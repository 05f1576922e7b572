using System.Text.Json;

namespace Upstride.Cli.Tests;

public sealed class ShapeCommandTests
{
    [Fact]
    public void The_json_keys_are_stable()
    {
        JsonElement json = Tool.RunLine("shape --input 85x85 --kernel 9 --stride 3 --padding 4 --output-padding 2 --json").Json();
        Assert.Equal(
            ["framework", "input", "output", "full", "crop", "equivalentConvolution", "phases", "overlap"],
            json.EnumerateObject().Select(property => property.Name));
        Assert.Equal("pytorch", json.GetProperty("framework").GetString());
        Assert.Equal("[255,255]", json.GetProperty("output").GetRawText());
        Assert.Equal("[261,261]", json.GetProperty("full").GetRawText());
        Assert.Equal("[[4,2],[4,2]]", json.GetProperty("crop").GetRawText());
        JsonElement equivalent = json.GetProperty("equivalentConvolution");
        Assert.Equal(["input", "kernel", "dilation", "stride", "padding", "zerosBetween"],
            equivalent.EnumerateObject().Select(property => property.Name));
        Assert.Equal("[253,253]", equivalent.GetProperty("input").GetRawText());
        Assert.Equal("[9,9]", equivalent.GetProperty("kernel").GetRawText());
        Assert.Equal("[1,1]", equivalent.GetProperty("stride").GetRawText());
        Assert.Equal("[[4,6],[4,6]]", equivalent.GetProperty("padding").GetRawText());
        Assert.Equal("[2,2]", equivalent.GetProperty("zerosBetween").GetRawText());
        Assert.Equal("[[[0,3,6],[1,4,7],[2,5,8]],[[0,3,6],[1,4,7],[2,5,8]]]", json.GetProperty("phases").GetRawText());
        Assert.Equal("""{"even":true,"min":9,"max":9}""", json.GetProperty("overlap").GetRawText());
    }

    [Fact]
    public void Text_shows_the_equation_with_the_values_in_it()
    {
        string text = Tool.RunLine("shape --input 85x85 --kernel 9 --stride 3 --padding 4 --output-padding 2").Text();
        Assert.StartsWith("85x85 -> 255x255 (pytorch)", text, StringComparison.Ordinal);
        Assert.Contains("full = (input - 1)*stride + (kernel - 1)*dilation + 1 = (85 - 1)*3 + (9 - 1)*1 + 1 = 261", text,
            StringComparison.Ordinal);
        Assert.Contains("output = full - head - tail = 261 - 4 - 2 = 255", text, StringComparison.Ordinal);
        Assert.Contains("even overlap", text, StringComparison.Ordinal);
    }

    // The values of semantics that the frameworks' own documents and sources state.
    [Theory]
    [InlineData("--framework tensorflow --input 2 --kernel 3 --stride 2 --auto-pad same --output-shape 4", "[4]", "[[0,1]]")]
    [InlineData("--framework keras --input 4 --kernel 4 --stride 2 --auto-pad same", "[8]", "[[1,1]]")]
    [InlineData("--framework keras --input 4 --kernel 4 --stride 2 --auto-pad same --output-padding 0", "[6]", "[[2,2]]")]
    [InlineData("--framework keras --input 4 --kernel 4 --stride 2 --auto-pad same --output-padding 1", "[7]", "[[1,2]]")]
    [InlineData("--framework onnx --input 3 --kernel 3 --stride 2 --auto-pad same-lower", "[6]", "[[1,0]]")]
    [InlineData("--framework onnx --input 3 --kernel 3 --stride 2 --auto-pad SAME_UPPER", "[6]", "[[0,1]]")]
    [InlineData("--framework onnx --input 3x3 --kernel 3 --stride 3x2 --output-shape 10x8", "[10,8]", "[[0,-1],[0,-1]]")]
    [InlineData("--framework jax --input 128 --kernel 4 --stride 4 --auto-pad valid", "[512]", "[[0,0]]")]
    [InlineData("--framework jax --input 128 --kernel 4 --stride 4 --padding 0", "[506]", "[[3,3]]")]
    [InlineData("--framework onnx --input 3x4 --kernel 4 --stride 2 --padding 1+2x0", "[5,10]", "[[1,2],[0,0]]")]
    [InlineData("--framework tensorflow --input 3 --kernel 4 --stride 2 --padding 1+2", "[5]", "[[1,2]]")]
    [InlineData("--framework jax --input 3 --kernel 4 --stride 2 --padding 1+2", "[5]", "[[2,1]]")]
    [InlineData("--input 5 --kernel 2 --dilation 3 --output-padding 2", "[10]", "[[0,-2]]")]
    [InlineData("--input 4x4x4 --kernel 2 --stride 2 --output-shape 9x8x9", "[9,8,9]", "[[0,-1],[0,0],[0,-1]]")]
    public void Each_framework_reads_the_words_its_own_way(string words, string output, string crop)
    {
        JsonElement json = Tool.RunLine($"shape {words} --json").Json();
        Assert.Equal((output, crop), (json.GetProperty("output").GetRawText(), json.GetProperty("crop").GetRawText()));
    }

    [Fact]
    public void A_phase_without_taps_and_uneven_overlap_are_told()
    {
        JsonElement json = Tool.RunLine("shape --input 4 --kernel 2 --stride 3 --json").Json();
        Assert.Equal("[[[0],[1],[]]]", json.GetProperty("phases").GetRawText());
        Assert.Equal("""{"even":false,"min":0,"max":1}""", json.GetProperty("overlap").GetRawText());
    }

    [Fact]
    public void A_stride_of_a_billion_costs_nothing()
    {
        JsonElement json = Tool.RunLine("shape --input 2 --kernel 1 --stride 1000000000 --json").Json();
        Assert.Equal(("[1000000001]", "[null]"), (json.GetProperty("output").GetRawText(), json.GetProperty("phases").GetRawText()));
    }

    [Fact]
    public void Which_padding_takes_85_to_255()
    {
        JsonElement json = Tool.RunLine("shape --from 85 --to 255 --kernel 9 --stride 3 --json").Json();
        Assert.Equal(
            """[{"kernel":9,"stride":3,"padding":3,"outputPadding":0,"dilation":1},{"kernel":9,"stride":3,"padding":4,"outputPadding":2,"dilation":1}]""",
            json.GetProperty("settings").GetRawText());
        Assert.False(json.GetProperty("more").GetBoolean());
        Assert.Contains("│ 9      │ 3      │ 4       │ 2 ", Tool.RunLine("shape --from 85 --to 255 --kernel 9 --stride 3").Text(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_that_doubles_doubles_every_size()
    {
        JsonElement[] settings = [.. Tool.RunLine("shape --scale 2 --max-kernel 9 --json").Json().GetProperty("settings").EnumerateArray()];
        Assert.Contains(settings, one => Values(one) == (4, 2, 1, 0));
        Assert.Contains(settings, one => Values(one) == (3, 2, 1, 1));
        Assert.All(settings, one =>
        {
            (int kernel, int stride, int padding, int outputPadding) = Values(one);
            foreach (int size in (int[])[1, 2, 7])
                Assert.Equal(2 * size, (size - 1) * stride - 2 * padding + kernel - 1 + outputPadding + 1);
        });

        // Counted by hand over all kernels up to 9, paddings and output paddings 0 and 1.
        int expected = (from kernel in Enumerable.Range(1, 9)
                        from padding in Enumerable.Range(0, 9)
                        from outputPadding in Enumerable.Range(0, 2)
                        where kernel - 2 * padding + outputPadding == 2
                        select kernel).Count();
        Assert.Equal(expected, settings.Length);
    }

    [Fact]
    public void No_answer_is_exit_code_1()
    {
        ToolResult result = Tool.RunLine("shape --from 4 --to 400 --kernel 3 --stride 2 --json");
        Assert.Equal((1, """{"settings":[],"more":false}"""), (result.Code, result.Output.Trim()));
        Assert.Equal(1, Tool.RunLine("shape --from 4 --to 400 --kernel 3 --stride 2").Code);
    }

    [Fact]
    public void The_list_of_answers_has_an_end()
    {
        JsonElement json = Tool.RunLine("shape --from 1 --to 100 --max-kernel 100 --limit 3 --json").Json();
        Assert.Equal(3, json.GetProperty("settings").GetArrayLength());
        Assert.True(json.GetProperty("more").GetBoolean());
    }

    [Fact]
    public void A_search_is_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        ToolResult result = Tool.Run(cancellation.Token, "shape", "--from", "1", "--to", "20000000", "--kernel", "9");
        Assert.Equal((130, "upstride: cancelled"), (result.Code, result.Error.Trim()));
    }

    [Fact]
    public void Comparison_tells_where_values_differ_though_sizes_agree()
    {
        // PyTorch crops its padding of 2 at the start; ONNX shares the surplus of 14 - 12 between both ends.
        const string Line = "shape --input 4 --kernel 5 --stride 3 --padding 2 --output-shape 12 --compare";
        JsonElement json = Tool.RunLine(Line + " --json").Json();
        JsonElement[] frameworks = [.. json.GetProperty("frameworks").EnumerateArray()];
        Assert.Equal(["pytorch", "tensorflow", "keras", "onnx", "jax"], frameworks.Select(one => one.GetProperty("framework").GetString()));
        Assert.Equal("[[2,0]]", frameworks[0].GetProperty("shape").GetProperty("crop").GetRawText());
        Assert.Equal("[[1,1]]", frameworks[3].GetProperty("shape").GetProperty("crop").GetRawText());
        Assert.Equal("outputShape", frameworks[2].GetProperty("error").GetProperty("parameter").GetString());
        Assert.Equal(JsonValueKind.Null, frameworks[2].GetProperty("shape").ValueKind);
        Assert.Equal("""[["pytorch","onnx"],["tensorflow","onnx"]]""", json.GetProperty("sameSizeOtherValues").GetRawText());
        Assert.Contains("pytorch and onnx agree in size, but not in values: they crop at different places", Tool.RunLine(Line).Text(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--input 4 --kernel 3 --stride 3 --output-padding 3", "outputPadding",
        "outputPadding = 3 must be less than max(stride, dilation) = max(3, 1) = 3: use 0 .. 2, or a larger stride")]
    [InlineData("--input 4 --kernel 3 --padding 9", "padding",
        "(input - 1)*stride - 2*padding + dilation*(kernel - 1) + outputPadding + 1 = (4 - 1)*1 - 2*9 + 1*(3 - 1) + 0 + 1 = -12, and the "
            + "output must be positive: use a smaller padding or a larger kernel")]
    [InlineData("--kernel 3", "input",
        "--input is needed: Sizes of the input, outermost axis first: 85x85, or 100 for one axis; i for the equations in terms of i.")]
    [InlineData("--from 4", "to", "--from asks for --to too: the size after")]
    [InlineData("--to 4", "from", "--to asks for --from too: the size before")]
    [InlineData("--from 4 --to 8 --kernel 3x3", "kernel",
        "--kernel has more than one value, and the inverse questions are about one axis: ask for each axis alone")]
    [InlineData("--from 4 --to 8 --limit 0", "limit", "limit = 0, and must be 1 .. 2147483646")]
    [InlineData("--from 4 --to 8 --dilation 2", "dilation", "--dilation asks for --kernel and --stride too, or for --scale")]
    public void Errors_are_json_with_the_parameter_and_the_rule(string words, string parameter, string message)
    {
        JsonElement error = Tool.RunLine($"shape {words} --json").Json(code: 2).GetProperty("error");
        Assert.Equal((parameter, message), (error.GetProperty("parameter").GetString(), error.GetProperty("message").GetString()));
    }

    [Fact]
    public void An_unknown_framework_is_refused_with_the_known_ones()
    {
        JsonElement error = Tool.RunLine("shape --input 4 --kernel 3 --framework torch --json").Json(code: 2).GetProperty("error");
        Assert.Equal("framework", error.GetProperty("parameter").GetString());
        Assert.Equal("--framework: 'torch' must be one of pytorch, tensorflow, keras, onnx, jax", error.GetProperty("message").GetString());
    }

    private static (int Kernel, int Stride, int Padding, int OutputPadding) Values(JsonElement settings) => (
        settings.GetProperty("kernel").GetInt32(), settings.GetProperty("stride").GetInt32(),
        settings.GetProperty("padding").GetInt32(), settings.GetProperty("outputPadding").GetInt32());
}
