using System.Text.Json;
using System.Xml.Linq;
using Upstride.Explain.Computing;
using Upstride.Files;
using Upstride.Imaging;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class ExplainCommandTests
{
    private const string WorkedExample = "--input 3x3 --kernel 3 --stride 2 --padding 1 --output-padding 1";

    [Fact]
    public void Without_options_it_teaches_the_worked_example()
    {
        string[] lines = Tool.Run("explain", "--language", "en").Text().TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 35, 50);
        Assert.All(lines, static line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains(lines, static line => line.Contains("5*6 + 6*4 = 54", StringComparison.Ordinal));
        Assert.Contains("转置卷积", Tool.Run("explain", "--language", "zh").Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scatter", "2 products land here: y[2,3] = x[1,1]*w[1,2] + x[1,2]*w[1,0] = 5*6 + 6*4 = 54")]
    [InlineData("gather", "[2,3]: rows 2..4, columns 3..5; 2 of 9 products are without a zero: 5*6 + 6*4 = 54")]
    [InlineData("matrix", "Row 15 = 2*6 + 3: 0 0 0 0 6 4 0 0 0 times x is 54")]
    [InlineData("phases", "[2,3] belongs to phase 1 0: 5*6 + 6*4 = 54")]
    [InlineData("convolution", "2 edges end here: y[2,3] = x[1,1]*w[1,2] + x[1,2]*w[1,0] = 5*6 + 6*4 = 54")]
    public void Each_view_follows_the_pinned_element(string view, string line)
    {
        string text = Tool.RunLine($"explain {WorkedExample} --view {view} --at 2x3 --language en").Text();
        Assert.Contains(line, text, StringComparison.Ordinal);
        Assert.Contains(line, Tool.RunLine($"explain {WorkedExample} --at 2x3 --language en").Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_every_sum_the_phases_and_the_equivalent_convolution()
    {
        JsonElement json = Tool.RunLine($"explain {WorkedExample} --json").Json();
        Assert.Equal("pytorch", json.GetProperty("framework").GetString());
        double[] output = [.. json.GetProperty("output").GetProperty("values").EnumerateArray().Select(static value => value.GetDouble())];
        Assert.Equal([1, 1, 6, 6], json.GetProperty("output").GetProperty("shape").EnumerateArray()
            .Select(static value => value.GetInt32()));
        JsonElement[] sums = [.. json.GetProperty("at").EnumerateArray()];
        Assert.Equal(36, sums.Length);
        for (int i = 0; i < 36; i++)
        {
            Assert.Equal([i / 6, i % 6], sums[i].GetProperty("position").EnumerateArray().Select(static value => value.GetInt32()));
            Assert.Equal(output[i], sums[i].GetProperty("sum").GetDouble());
            Assert.Equal(output[i], sums[i].GetProperty("terms").EnumerateArray()
                .Sum(static term => term.GetProperty("inputValue").GetDouble() * term.GetProperty("weightValue").GetDouble()));
        }
        Assert.Equal(4, json.GetProperty("phases").GetArrayLength());
        Assert.Equal("[1,0]", json.GetProperty("phases")[2].GetProperty("taps")[0].GetRawText().Replace(" ", "", StringComparison.Ordinal)
            .Replace("\n", "", StringComparison.Ordinal));
        JsonElement shape = Tool.RunLine($"shape {WorkedExample} --json").Json();
        Assert.Equal(Plain(shape.GetProperty("equivalentConvolution")), Plain(json.GetProperty("equivalentConvolution")));
        JsonElement one = Assert.Single(Tool.RunLine($"explain {WorkedExample} --at 2x3 --json").Json().GetProperty("at").EnumerateArray());
        Assert.Equal(54, one.GetProperty("sum").GetDouble());

        static string Plain(JsonElement element) => string.Concat(element.GetRawText().Where(static one => !char.IsWhiteSpace(one)));
    }

    [Fact]
    public void Values_come_from_the_grammar_and_from_npy_files()
    {
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("x.npy"), new([1, 1, 3], new float[] { 1, 2, 3 }));
        string[] arguments = ["explain", "--input", "3", "--kernel", "3", "--stride", "2", "--values", folder.File("x.npy"),
            "--weight=1,10,100", "--bias=7", "--json"];
        Assert.Equal([8, 17, 109, 27, 210, 37, 307], Tool.Run(arguments).Json().GetProperty("output").GetProperty("values")
            .EnumerateArray().Select(static value => value.GetInt32()));
        ToolResult wrong = Tool.RunLine("explain --input 3 --kernel 3 --values 1,2");
        Assert.Equal((2, "upstride: --input: input has 2 values, and its shape [1, 3] needs 3: give 3\n"),
            (wrong.Code, wrong.Error.ReplaceLineEndings("\n")));
        ToolResult unknown = Tool.RunLine("explain --input 3 --kernel 3 --values many");
        Assert.Contains(
            "'many' is no source of values: index, ones, bilinear, random:7, impulse:1,1, symbols, or numbers joined by commas, or a "
                + ".npy file", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_are_written_as_svg_html_png_and_gif()
    {
        using var folder = new TemporaryFolder();
        string[] Sizes(params string[] more) => ["explain", .. WorkedExample.Split(' '), "--language", "en", .. more];
        Assert.Equal(folder.File("a.svg") + "\n", Tool.Run(Sizes("--svg", folder.File("a.svg"), "--animate")).Text()
            .ReplaceLineEndings("\n"));
        Assert.Contains("@keyframes", XDocument.Load(folder.File("a.svg")).Root!.Elements()
            .First(static one => one.Name.LocalName == "style").Value, StringComparison.Ordinal);
        Tool.Run(Sizes("--html", folder.File("a.html"), "--view", "all")).Text();
        string html = File.ReadAllText(folder.File("a.html"));
        Assert.Equal(5, html.Split("<svg").Length - 1);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Tool.Run(Sizes("--frames", folder.File("frames"))).Text();
        string[] frames = Directory.GetFiles(folder.File("frames"));
        Assert.Equal(10, frames.Length);
        ImageBuffer frame = ImageFile.Read(frames[0]);
        Tool.Run(Sizes("--gif", folder.File("a.gif"))).Text();
        byte[] gif = File.ReadAllBytes(folder.File("a.gif"));
        Assert.Equal("GIF89a"u8.ToArray(), gif[..6]);
        Assert.Equal(frame.Width, gif[6] | gif[7] << 8);
        Assert.Equal(0x3B, gif[^1]);
        Assert.Equal(2, Tool.Run(Sizes("--svg", folder.File("b.svg"), "--view", "all")).Code);
        Assert.False(File.Exists(folder.File("b.svg")));
    }

    [Theory]
    [InlineData("explain --method bilinear --input 3x3 --at 2x3 --language en", "y[2,3] =")]
    [InlineData("explain --method max-unpool --input 4x4 --language en", "No transposed convolution equals it")]
    [InlineData("explain --method resize-convolution --input 3x3 --weight ones --language en", "All values agree.")]
    [InlineData("explain --convolution --input 8 --kernel 3 --stride 2 --framework tensorflow --language en",
        "VALID: ceil((W - F + 1)/S) = ceil((8 - 3 + 1)/2) = 3; the last 1 of the padded input is dropped")]
    [InlineData("explain --convolution --input 8 --kernel 3 --stride 2 --auto-pad same --framework tensorflow --language en",
        "SAME: ceil(W/S) = ceil(8/2) = 4, padded by 0 and 1")]
    [InlineData("explain --compare --input 3x3 --kernel 3 --stride 2 --auto-pad same --framework tensorflow --language en",
        "pytorch p 1 op 1: the same size, and 34 of 36 values differ")]
    [InlineData("explain --learn --language en", "After 24 steps of gradient descent")]
    [InlineData("explain --code pytorch", "y = torch.nn.functional.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1)")]
    [InlineData("explain --input i --kernel 9 --stride 4 --padding 4 --output-padding 3", "i -> 4i (pytorch)")]
    public void Other_figures(string line, string said)
    {
        Assert.Contains(said, Tool.RunLine(line).Text(), StringComparison.Ordinal);
        Tool.RunLine(line + " --json").Json();
    }

    [Theory]
    [InlineData("explain --input 40x40 --kernel 3 --view matrix", "more than the 1000000 that are shown")]
    [InlineData("explain --input 16x16 --kernel 3 --view matrix --svg x.svg", "more than the 20000 that are drawn in a file")]
    [InlineData("explain --input 3 --kernel 3 --at 9", "--at 9 on axis 0, and there are 0 .. 4")]
    [InlineData("explain --input 3 --kernel 3 --view sideways",
        "'sideways' must be one of scatter, gather, matrix, phases, convolution, all")]
    [InlineData("explain --learn --compare", "--compare and --learn exclude each other")]
    [InlineData("explain --animate", "--animate asks for --svg or --html too")]
    [InlineData("explain --code caffe", "'caffe' must be one of pytorch, tensorflow, keras, jax, onnx, upstride")]
    public void What_is_refused_says_why(string line, string reason)
    {
        ToolResult result = Tool.RunLine(line);
        Assert.Equal(2, result.Code);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Numerals_keep_three_digits()
    {
        Assert.Equal(["0", "-7", "0.123", "12.3", "123", "0.00123", "1E-5", "1.5E20"],
            ((double[])[0, -7, 0.1234, 12.34, 123.46, 0.001234, 0.00001, 1.5e20]).Select(Numeral.Of));
    }
}
