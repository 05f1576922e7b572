using Upstride.Files;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class ApplyConvolutionTests
{
    public static TheoryData<string> Algorithms => ["auto", "scatter", "matrix", "zero-insertion", "column", "phases"];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Transposed_convolution_is_the_definition_by_every_algorithm(string algorithm)
    {
        var problem = new Problem
            { Input = [5, 4], Kernel = [3, 2], Stride = [2, 3], Dilation = [2, 1], Head = [1, 2], Tail = [2, -1], Groups = 2,
            InputPerGroup = 2, OutputPerGroup = 3, Batch = 2 };
        float[] x = Integers(problem.InputLength, seed: 1), w = Integers(problem.WeightLength, seed: 2), b = Integers(6, seed: 3);
        float[] expected = problem.Transposed(x, w, b);
        string[] options =
            ["--stride", "2x3", "--dilation", "2x1", "--padding", "1+2x2+1", "--output-padding", "0x2", "--groups", "2", "--algorithm",
            algorithm];
        Assert.Equal(expected, (float[])Run("conv-transpose2d", options, [2, 4, 5, 4], x, [4, 3, 3, 2], w, b).Elements);

        double[] wide = [.. expected.Select(value => (double)value)];
        NpyArray output = Run("conv-transpose2d", options, [2, 4, 5, 4], Wide(x), [4, 3, 3, 2], Wide(w), Wide(b));
        Assert.Equal([2, 6, .. problem.Output], output.Shape);
        Assert.Equal(wide, (double[])output.Elements);
    }

    [Fact]
    public void Channels_may_come_last()
    {
        var problem = new Problem
            { Input = [3, 4], Kernel = [3, 3], Stride = [2, 2], Dilation = [1, 1], Head = [1, 1], Tail = [0, 0], Groups = 1,
            InputPerGroup = 3, OutputPerGroup = 2, Batch = 2 };
        float[] x = Integers(problem.InputLength, seed: 4), w = Integers(problem.WeightLength, seed: 5);
        float[] expected = ChannelsLast(problem.Transposed(x, w, []), 2, 2, problem.Output);
        NpyArray output = Run(
            "conv-transpose2d", ["--stride", "2", "--padding", "1", "--output-padding", "1", "--layout", "nhwc"],
            [2, 3, 4, 3], ChannelsLast(x, 2, 3, problem.Input), [3, 2, 3, 3], w, null);
        Assert.Equal([2, 6, 8, 2], output.Shape);
        Assert.Equal(expected, (float[])output.Elements);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Convolution_is_the_adjoint_over_one_two_and_three_axes(int axes)
    {
        // Integers, so that <conv(y), x> = <y, conv-transpose(x)> holds exactly.
        var problem = new Problem
        {
            Input = [.. Enumerable.Repeat(3, axes)], Kernel = [.. Enumerable.Repeat(3, axes)], Stride = [.. Enumerable.Repeat(2, axes)],
                Dilation = [.. Enumerable.Repeat(1, axes)],
            Head = [.. Enumerable.Repeat(1, axes)], Tail = [.. Enumerable.Repeat(1, axes)], Groups = 1, InputPerGroup = 2,
                OutputPerGroup = 3, Batch = 1,
        };
        int[] weight = [2, 3, .. problem.Kernel];
        double[] x = Wide(Integers(problem.InputLength, seed: 6)), w = Wide(Integers(problem.WeightLength, seed: 7)),
            y = Wide(Integers(problem.OutputLength, seed: 8));
        string[] options = ["--stride", "2", "--padding", "1"];
        NpyArray up = Run($"conv-transpose{axes}d", options, [1, 2, .. problem.Input], x, weight, w, null);
        NpyArray down = Run($"conv{axes}d", options, [1, 3, .. problem.Output], y, weight, w, null);
        Assert.Equal([1, 2, .. problem.Input], down.Shape);
        Assert.Equal(Dot((double[])down.Elements, x), Dot(y, (double[])up.Elements));
        Assert.NotEqual(0, Dot(y, (double[])up.Elements));
    }

    [Theory]
    [InlineData("nchw")]
    [InlineData("nhwc")]
    public void Resize_convolution_is_the_enlargement_and_then_the_convolution(string layout)
    {
        // Integers, so that the order of the sums does not matter. [1, 2, 3, 4] and its enlargement by 2x3.
        float[] x = Integers(24, seed: 20), w = Integers(2 * 3 * 9, seed: 21), b = Integers(3, seed: 22), large = new float[2 * 6 * 12];
        for (int i = 0; i < large.Length; i++) large[i] = x[(i / 72 * 3 + i / 12 % 6 / 2) * 4 + i % 12 / 3];
        float[] expected = (float[])Run("conv2d", ["--padding", "1"], [1, 2, 6, 12], large, [3, 2, 3, 3], w, b).Elements;

        bool last = layout == "nhwc";
        NpyArray output = Run(
            "resize-conv", ["--scale", "2x3", "--padding", "1", "--layout", layout],
            last ? [1, 3, 4, 2] : [1, 2, 3, 4], last ? ChannelsLast(x, 1, 2, [3, 4]) : x, [3, 2, 3, 3], w, b);
        Assert.Equal(last ? [1, 6, 12, 3] : [1, 3, 6, 12], output.Shape);
        Assert.Equal(last ? ChannelsLast(expected, 1, 3, [6, 12]) : expected, (float[])output.Elements);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Resize_convolution_takes_one_and_three_axes(int axes)
    {
        // Weights of one tap leave the enlargement alone.
        int[] kernel = [.. Enumerable.Repeat(1, axes)], input = [1, 1, .. Enumerable.Repeat(2, axes - 1), 3];
        float[] x = Integers(3 << (axes - 1), seed: 23);
        NpyArray output = Run("resize-conv", ["--scale", "2"], input, x, [1, 1, .. kernel], [1f], null);
        Assert.Equal([1, 1, .. Enumerable.Repeat(4, axes - 1), 6], output.Shape);
        float[] y = (float[])output.Elements;
        Assert.All(Enumerable.Range(0, y.Length), i =>
        {
            int column = i % 6, row = i / 6 % 4, slice = i / 24;
            Assert.Equal(x[(axes == 3 ? (slice / 2 * 2 + row / 2) * 3 : 0) + column / 2], y[i]);
        });
    }

    [Fact]
    public void Output_shape_chooses_the_output_padding()
    {
        float[] x = Integers(4, seed: 9), w = Integers(3, seed: 10);
        NpyArray by = Run("conv-transpose1d", ["--stride", "2", "--padding", "1", "--output-shape", "8"], [1, 1, 4], x, [1, 1, 3], w, null);
        Assert.Equal([1, 1, 8], by.Shape);
        Assert.Equal(Run("conv-transpose1d", ["--stride", "2", "--padding", "1", "--output-padding", "1"], [1, 1, 4], x, [1, 1, 3], w,
            null).Elements, by.Elements);
    }

    [Fact]
    public void Json_names_the_algorithm()
    {
        using var folder = Files([1, 1, 4], Integers(4, 1), [1, 1, 3], Integers(3, 2), null);
        var json = Tool.Run("apply", "conv-transpose1d", "--input", folder.File("x.npy"), "--weight", folder.File("w.npy"), "--algorithm",
            "scatter", "-o", folder.File("y.npy"), "--json").Json();
        Assert.Equal(("scatter", "[1,1,6]"), (json.GetProperty("algorithm").GetString(), json.GetProperty("output").GetRawText()));
    }

    [Theory]
    [InlineData("conv-transpose1d", "--algorithm fourier", "algorithm",
        "--algorithm: 'fourier' must be one of auto, winograd, phases, taps, planes, rows, strips, point, windows, column, "
        + "zero-insertion, matrix, scatter")]
    [InlineData("conv-transpose2d", "", "input", "the input has 3 axes, and conv-transpose2d takes 2 + 2: batch, channels and 2 in space")]
    [InlineData("conv-transpose1d", "--output-padding 1", "outputPadding",
        "outputPadding = 1 must be less than max(stride, dilation) = max(1, 1) = 1: use 0 .. 0, or a larger stride")]
    [InlineData("conv-transpose1d", "--padding 1+2 --output-shape 4", "outputShape",
        "--output-shape asks for the same padding at both ends: leave it out, or give one number for each axis")]
    [InlineData("conv-transpose1d", "--groups 2", "groups", null)]
    [InlineData("conv1d", "--stride 0", "stride", null)]
    [InlineData("conv1d", "--groups 0", "groups", null)]
    public void Bad_arguments_are_refused_by_the_library_s_rule(string command, string options, string parameter, string? message)
    {
        using var folder = Files([1, 1, 4], Integers(4, 1), [1, 1, 3], Integers(3, 2), null);
        var error = Tool.Run(["apply", command, "--input", folder.File("x.npy"), "--weight", folder.File("w.npy"), "-o",
            folder.File("y.npy"), "--json", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
            .Json(code: 2).GetProperty("error");
        Assert.Equal(parameter, error.GetProperty("parameter").GetString());
        if (message is not null) Assert.Equal(message, error.GetProperty("message").GetString());
        Assert.False(File.Exists(folder.File("y.npy")));
    }

    [Fact]
    public void Weights_of_another_element_type_are_refused()
    {
        using var folder = Files([1, 1, 4], Integers(4, 1), [1, 1, 3], Wide(Integers(3, 2)), null);
        ToolResult result =
            Tool.Run("apply", "conv1d", "--input", folder.File("x.npy"), "--weight", folder.File("w.npy"), "-o", folder.File("y.npy"));
        Assert.Equal((2,
            $"upstride: --weight: '{folder.File("w.npy")}' holds float64 [1, 1, 3], and float32 is needed, as the input is: convert it "
            + $"with astype"), (result.Code, result.Error.Trim()));
    }

    [Fact]
    public void An_empty_batch_gives_an_empty_batch()
    {
        NpyArray output = Run<float>("conv-transpose2d", ["--stride", "2"], [0, 2, 3, 3], [], [2, 1, 2, 2], Integers(8, 1), null);
        Assert.Equal([0, 1, 6, 6], output.Shape);
        Assert.Empty(output.Elements);
    }

    private static NpyArray Run<T>(string command, string[] options, int[] shape, T[] input, int[] weightShape, T[] weight, T[]? bias)
    {
        using var folder = Files(shape, input, weightShape, weight, bias);
        string[] biasOption = bias is null ? [] : ["--bias", folder.File("b.npy")];
        Tool.Run(["apply", command, "--input", folder.File("x.npy"), "--weight", folder.File("w.npy"), .. biasOption, .. options, "-o",
            folder.File("y.npy")]).Text();
        return NpyFile.Read(folder.File("y.npy"));
    }

    private static TemporaryFolder Files(int[] shape, Array input, int[] weightShape, Array weight, Array? bias)
    {
        var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("x.npy"), new(shape, input));
        NpyFile.Write(folder.File("w.npy"), new(weightShape, weight));
        if (bias is not null) NpyFile.Write(folder.File("b.npy"), new([bias.Length], bias));
        return folder;
    }

    private static float[] Integers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-4, 5))];
    }

    private static double[] Wide(float[] values) => [.. values.Select(value => (double)value)];

    private static double Dot(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum();

    private static float[] ChannelsLast(float[] values, int batch, int channels, int[] space)
    {
        int plane = space.Aggregate(1, (product, length) => product * length);
        return [.. from n in Enumerable.Range(0, batch) from i in Enumerable.Range(0, plane) from c in Enumerable.Range(0,
            channels) select values[(n * channels + c) * plane + i]];
    }

    /// <summary>
    /// The definition, y[o] = b + the sum over i, t with i s + t d = o + head of x[i] w[t], in nested loops over any number of axes.
    /// </summary>
    private sealed record Problem
    {
        public required int[] Input { get; init; }

        public required int[] Kernel { get; init; }

        public required int[] Stride { get; init; }

        public required int[] Dilation { get; init; }

        public required int[] Head { get; init; }

        public required int[] Tail { get; init; }

        public required int Groups { get; init; }

        public required int InputPerGroup { get; init; }

        public required int OutputPerGroup { get; init; }

        public required int Batch { get; init; }

        public int[] Output => [.. Input.Select((n, a) => (n - 1) * Stride[a] + (Kernel[a] - 1) * Dilation[a] + 1 - Head[a] - Tail[a])];

        public int InputLength => Batch * Groups * InputPerGroup * Product(Input);

        public int OutputLength => Batch * Groups * OutputPerGroup * Product(Output);

        public int WeightLength => Groups * InputPerGroup * OutputPerGroup * Product(Kernel);

        public float[] Transposed(float[] x, float[] w, float[] bias)
        {
            var y = new float[OutputLength];
            int inputPlane = Product(Input), outputPlane = Product(Output), taps = Product(Kernel);
            for (int i = 0; i < y.Length && bias.Length > 0; i++) y[i] = bias[i / outputPlane % bias.Length];
            for (int n = 0; n < Batch; n++)
                for (int g = 0; g < Groups; g++)
                    for (int ci = 0; ci < InputPerGroup; ci++)
                        for (int co = 0; co < OutputPerGroup; co++)
                            for (int i = 0; i < inputPlane; i++)
                                for (int t = 0; t < taps; t++)
                                    if (Place(i, t) is { } o)
                                    {
                                        int input = (n * Groups + g) * InputPerGroup + ci, output = (n * Groups + g) * OutputPerGroup + co;
                                        y[output * outputPlane + o] += x[input * inputPlane + i]
                                            * w[((g * InputPerGroup + ci) * OutputPerGroup + co) * taps + t];
                                    }
            return y;
        }

        private int? Place(int i, int t)
        {
            int place = 0, scale = 1;
            for (int a = Input.Length - 1; a >= 0; a--)
            {
                int o = i % Input[a] * Stride[a] + t % Kernel[a] * Dilation[a] - Head[a];
                if (o < 0 || o >= Output[a]) return null;
                place += o * scale;
                scale *= Output[a];
                i /= Input[a];
                t /= Kernel[a];
            }
            return place;
        }

        private static int Product(int[] lengths) => lengths.Aggregate(1, (product, length) => product * length);
    }
}
