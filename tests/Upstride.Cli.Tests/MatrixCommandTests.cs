using System.Text.Json;
using Upstride.Files;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class MatrixCommandTests
{
    [Fact]
    public void A_3x3_convolution_of_4x4_is_a_4x16_matrix()
    {
        string text = Tool.RunLine("matrix --input 4x4 --kernel 3").Text();
        Assert.Equal(
            """
            C, 4x16: the convolution takes 4x4 to 2x2
            w00 w01 w02   0 w10 w11 w12   0 w20 w21 w22   0   0   0   0   0
              0 w00 w01 w02   0 w10 w11 w12   0 w20 w21 w22   0   0   0   0
              0   0   0   0 w00 w01 w02   0 w10 w11 w12   0 w20 w21 w22   0
              0   0   0   0   0 w00 w01 w02   0 w10 w11 w12   0 w20 w21 w22
            """,
            string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Take(5)));
        Assert.Contains("C transposed, 16x4: the transposed convolution takes 2x2 to 4x4", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_transpose_is_the_matrix_turned()
    {
        JsonElement json = Tool.RunLine("matrix --input 7x5 --kernel 3x2 --stride 2x1 --padding 1+0x0 --dilation 2x1 --json").Json();
        string[][] names = json.GetProperty("names").Deserialize<string[][]>()!;
        string[][] transposed = json.GetProperty("transposedNames").Deserialize<string[][]>()!;
        Assert.Equal([7, 5], json.GetProperty("input").Deserialize<int[]>()!);
        Assert.Equal([2, 4], json.GetProperty("output").Deserialize<int[]>()!);
        Assert.Equal((8, 35), (names.Length, names[0].Length));
        Assert.Equal((35, 8), (transposed.Length, transposed[0].Length));
        for (int row = 0; row < 8; row++)
            for (int column = 0; column < 35; column++)
                Assert.Equal(names[row][column], transposed[column][row]);
        Assert.Equal(json.GetProperty("entries").GetInt32(), names.Sum(row => row.Count(cell => cell != "0")));

        // Row 0 stands at padded row 0: taps 1 and 2 read rows 1 and 3, tap 0 reads the padding.
        Assert.Equal("w10", names[0][1 * 5]);
        Assert.Equal("w21", names[0][3 * 5 + 1]);
        Assert.DoesNotContain("w00", names[0]);
    }

    [Fact]
    public void Numbers_of_a_file_stand_in_the_matrix()
    {
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("w.npy"), new([3], new[] { 0.1f, -2f, 3f }));
        ToolResult result = Tool.Run("matrix", "--input", "5", "--kernel", "3", "--weight", folder.File("w.npy"), "--json");
        double[][] numbers = result.Json().GetProperty("numbers").Deserialize<double[][]>()!;
        Assert.Equal([[0.1, -2, 3, 0, 0], [0, 0.1, -2, 3, 0], [0, 0, 0.1, -2, 3]], numbers);
        Assert.Equal(JsonValueKind.Null, result.Json().GetProperty("names").ValueKind);
        Assert.Contains(
            "0.1  -2   3   0   0\n  0 0.1  -2   3   0\n",
            Tool.Run("matrix", "--input", "5", "--kernel", "3", "--weight", folder.File("w.npy")).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_shape_are_refused_with_both_shapes()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("w.npy");
        NpyFile.Write(path, new([2], new[] { 0.1, -2 }));
        ToolResult result = Tool.Run("matrix", "--input", "5", "--kernel", "3", "--weight", path);
        Assert.Equal((2, $"upstride: --weight: '{path}' holds float64 [2], and the kernel is [3]: both must be equal\n"), (result.Code, result.Error.ReplaceLineEndings("\n")));
    }

    [Theory]
    [InlineData("matrix --input 2 --kernel 3", "kernel", "the kernel's extent (kernel - 1)*dilation + 1 = (3 - 1)*1 + 1 = 3 is longer than the padded input, 2 + 0 + 0 = 2: pad more or use a smaller kernel")]
    [InlineData("matrix --kernel 3", "input", "--input is needed: Sizes of the convolution's input: 4x4, or 5 for one axis.")]
    [InlineData("matrix --input 5 --kernel 3x3", "kernel", "kernel has 2 values, 3x3, for 1 spatial axes: give one value, or 1")]
    [InlineData("matrix --input 5 --kernel 3 --padding 1x1", "padding", "padding has 2 values, 1x1, for 1 spatial axes: give one value, or 1")]
    [InlineData("matrix --input 5y --kernel 3", "input", "--input: '5y' is not whole numbers joined by x, as 2 or 2x1")]
    [InlineData("matrix --input 1000 --kernel 3x", "kernel", "--kernel: '3x' is not whole numbers joined by x, as 2 or 2x1")]
    [InlineData("matrix --input 2000 --kernel 3", "input", "the matrix has 1998 * 2000 = 3996000 places, more than the 1000000 that are printed: use a smaller input")]
    public void Bad_arguments_name_the_parameter_and_the_rule(string line, string parameter, string message)
    {
        JsonElement error = Tool.RunLine(line + " --json").Json(code: 2).GetProperty("error");
        Assert.Equal((parameter, message), (error.GetProperty("parameter").GetString(), error.GetProperty("message").GetString()));
        ToolResult forPeople = Tool.RunLine(line);
        Assert.Equal((2, ""), (forPeople.Code, forPeople.Output));
        Assert.StartsWith(message.StartsWith("--", StringComparison.Ordinal) ? $"upstride: {message}" : $"upstride: --{parameter}: {message}", forPeople.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_weight_file_is_file_trouble()
    {
        ToolResult result = Tool.RunLine("matrix --input 5 --kernel 3 --weight /nowhere/w.npy --json");
        JsonElement error = result.Json(code: 3).GetProperty("error");
        Assert.Equal("weight", error.GetProperty("parameter").GetString());
        Assert.Contains("/nowhere/w.npy", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
