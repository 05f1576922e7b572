using Upstride.Files;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

public sealed class ApplyCommandTests
{
    [Fact]
    public void Bed_of_nails_in_both_layouts()
    {
        Assert.Equal([1f, 0, 2, 0, 0, 0, 0, 0], (float[])Apply("bed-of-nails --stride 2", [1, 1, 1, 2], [1f, 2]).Elements);
        NpyArray last = Apply("bed-of-nails --stride 1x2 --layout nhwc", [1, 1, 2, 2], [1f, 2, 3, 4]);
        Assert.Equal([1, 1, 4, 2], last.Shape);
        Assert.Equal([1f, 2, 0, 0, 3, 4, 0, 0], (float[])last.Elements);
    }

    [Fact]
    public void Float64_stays_float64()
    {
        NpyArray output = Apply("resize --size 4", [1, 1, 2], [0.0, 1]);
        Assert.Equal([0, 0.25, 0.75, 1], (double[])output.Elements);
    }

    [Theory]
    [InlineData("--size 4 --mode nearest", new[] { 0f, 0, 1, 1 })]
    [InlineData("--scale 2 --coordinates align-corners", new[] { 0f, 1f / 3, 2f / 3, 1 })]
    [InlineData("--scale 2 --coordinates asymmetric", new[] { 0f, 0.5f, 1, 1 })]
    [InlineData("--size 4 --mode nearest --nearest ceil", new[] { 0f, 1, 1, 1 })]
    [InlineData("--size 1 --mode area", new[] { 0.5f })]
    public void Resize_speaks_every_coordinate(string options, float[] expected)
    {
        float[] output = (float[])Apply($"resize {options}", [1, 1, 2], [0f, 1]).Elements;
        Assert.Equal(expected.Length, output.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], output[i], 1e-6f);
    }

    [Fact]
    public void Cubic_has_both_coefficients_and_matlab_its_own()
    {
        // Between samples 1 and 2 of 0 0 1 1 at the quarter: Keys' weights of the four neighbours.
        static double Keys(double a, double t) => Math.Abs(t) <= 1
            ? (a + 2) * Math.Pow(Math.Abs(t), 3) - (a + 3) * t * t + 1
            : a * Math.Pow(Math.Abs(t), 3) - 5 * a * t * t + 8 * a * Math.Abs(t) - 4 * a;
        double At(double a) => Keys(a, 0.75) + Keys(a, 1.75);
        Assert.Equal(At(-0.75), ((double[])Apply("resize --scale 2 --mode cubic", [1, 1, 4], [0.0, 0, 1, 1]).Elements)[3], 1e-12);
        Assert.Equal(At(-0.5),
            ((double[])Apply("resize --scale 2 --mode cubic --cubic-coefficient -0.5", [1, 1, 4], [0.0, 0, 1, 1]).Elements)[3], 1e-12);
        Assert.Equal(At(-0.5), ((double[])Apply("resize --scale 2 --matlab", [1, 1, 4], [0.0, 0, 1, 1]).Elements)[3], 1e-12);
    }

    [Fact]
    public void Pooling_and_unpooling_put_the_maxima_back()
    {
        using var folder = new TemporaryFolder();
        float[] x = [1, 5, 2, 0, 3, 4, 9, 8, 7, 0, 0, 0, 0, 0, 0, 6];
        NpyFile.Write(folder.File("x.npy"), new([1, 1, 4, 4], x));
        Tool.Run("apply", "max-pool", "--input", folder.File("x.npy"), "--kernel", "2", "--indices", folder.File("i.npy"), "-o",
            folder.File("y.npy")).Text();
        Assert.Equal([5f, 9, 7, 6], (float[])NpyFile.Read(folder.File("y.npy")).Elements);
        Assert.Equal([1L, 6, 8, 15], (long[])NpyFile.Read(folder.File("i.npy")).Elements);

        foreach (string size in (string[])["--kernel 2", "--output-shape 4x4"])
        {
            Tool.Run(["apply", "max-unpool", "--input", folder.File("y.npy"), "--indices", folder.File("i.npy"), .. size.Split(' '), "-o",
                folder.File("z.npy")]).Text();
            Assert.Equal([0f, 5, 0, 0, 0, 0, 9, 0, 7, 0, 0, 0, 0, 0, 0, 6], (float[])NpyFile.Read(folder.File("z.npy")).Elements);
        }

        NpyFile.Write(folder.File("i.npy"), new([1, 1, 2, 2], new[] { 1L, 6, -8, 15 }));
        ToolResult result =
            Tool.Run("apply", "max-unpool", "--input", folder.File("y.npy"), "--indices", folder.File("i.npy"), "--kernel", "2", "-o",
            folder.File("z.npy"));
        Assert.Equal((2, $"upstride: --indices: '{folder.File("i.npy")}' holds the index -8, and none may be negative or above 2147483647"),
            (result.Code, result.Error.Trim()));
    }

    [Fact]
    public void Overlapping_windows_and_a_last_one_that_does_not_fit()
    {
        Assert.Equal([2f, 4, 5], (float[])Apply("max-pool --kernel 3 --stride 2 --padding 1", [1, 1, 5], [1f, 2, 3, 4, 5]).Elements);
        Assert.Equal([2f, 4, 5], (float[])Apply("max-pool --kernel 2 --ceil", [1, 1, 5], [1f, 2, 3, 4, 5]).Elements);
    }

    [Fact]
    public void Pixel_shuffle_there_and_back_in_both_orders()
    {
        // Each pixel's four channels become its block, row by row.
        Assert.Equal([0.0, 2, 1, 3, 4, 6, 5, 7],
            (double[])Apply("pixel-shuffle --factor 2", [1, 4, 1, 2], [0.0, 1, 2, 3, 4, 5, 6, 7]).Elements);
        double[] x = [.. Enumerable.Range(0, 16).Select(value => (double)value)];
        foreach (string order in (string[])["crd", "dcr"])
        {
            NpyArray there = Apply($"pixel-shuffle --factor 2 --order {order}", [1, 8, 1, 2], x);
            Assert.Equal([1, 2, 2, 4], there.Shape);
            Assert.Equal(x,
                (double[])Apply($"pixel-shuffle --factor 2 --order {order} --inverse", [.. there.Shape],
                (double[])there.Elements).Elements);
        }
    }

    [Fact]
    public void Big_endian_fortran_input_is_the_same_input()
    {
        using var folder = new TemporaryFolder();
        byte[] header = [.. "{'descr': '>f4', 'fortran_order': True, 'shape': (1, 1, 2, 3), }\n"u8];
        IEnumerable<byte> elements = new[] { 1f, 4, 2, 5, 3, 6 }.SelectMany(value => BitConverter.GetBytes(value).Reverse());
        File.WriteAllBytes(folder.File("x.npy"), [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. elements]);
        Tool.Run("apply", "bed-of-nails", "--input", folder.File("x.npy"), "--stride", "1", "-o", folder.File("y.npy")).Text();
        Assert.Equal([1f, 2, 3, 4, 5, 6], (float[])NpyFile.Read(folder.File("y.npy")).Elements);
    }

    [Theory]
    [InlineData("resize", "size", "the output's size is needed once: give --size or --scale")]
    [InlineData("resize --size 2 --scale 2", "size", "the output's size is needed once: give --size or --scale")]
    [InlineData("resize --scale 2 --matlab --mode area", "matlab", "--matlab fixes mode, coordinates and coefficient: leave them out")]
    [InlineData("resize --scale 2y", "scale", "--scale: '2y' is not numbers joined by x, as 2 or 2x1.5")]
    [InlineData("bed-of-nails", "stride", "--stride is needed: Outputs for each input along each spatial axis: 2 or 2x3.")]
    [InlineData("pixel-shuffle --factor 2", "input",
        "channels % block = 1 % 2 = 1, and must be 0: choose a factor whose block divides the channels")]
    [InlineData("resize --size 2 --layout nwc", "layout", "--layout: 'nwc' must be one of nchw, nhwc")]
    public void Bad_arguments_leave_no_file(string words, string parameter, string message)
    {
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("x.npy"), new([1, 1, 2], new[] { 0f, 1 }));
        var error = Tool.Run(["apply", .. words.Split(' '), "--input", folder.File("x.npy"), "-o", folder.File("y.npy"), "--json"])
            .Json(code: 2).GetProperty("error");
        Assert.Equal((parameter, message), (error.GetProperty("parameter").GetString(), error.GetProperty("message").GetString()));
        Assert.False(File.Exists(folder.File("y.npy")));
    }

    [Fact]
    public void Integers_are_no_input_and_a_text_is_no_array()
    {
        using var folder = new TemporaryFolder();
        string x = folder.File("x.npy");
        NpyFile.Write(x, new([1, 1, 2], new[] { 0, 1 }));
        ToolResult integers = Tool.Run("apply", "bed-of-nails", "--input", x, "--stride", "2", "-o", folder.File("y.npy"));
        Assert.Equal((2, $"upstride: --input: '{x}' holds int32 [1, 1, 2], and float32 or float64 is needed: convert it with astype"),
            (integers.Code, integers.Error.Trim()));
        File.WriteAllText(x, "no array");
        ToolResult text = Tool.Run("apply", "bed-of-nails", "--input", x, "--stride", "2", "-o", folder.File("y.npy"));
        Assert.Equal((2, $"upstride: --input: '{x}' is not a usable .npy file: it does not begin with NumPy's mark \\x93NUMPY"),
            (text.Code, text.Error.Trim()));
        Assert.Equal(3,
            Tool.Run("apply", "bed-of-nails", "--input", folder.File("no.npy"), "--stride", "2", "-o", folder.File("y.npy")).Code);
    }

    [Fact]
    public void Json_tells_what_was_written()
    {
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("x.npy"), new([1, 1, 2], new[] { 0.0, 1 }));
        ToolResult result =
            Tool.Run("apply", "bed-of-nails", "--input", folder.File("x.npy"), "--stride", "2", "-o", folder.File("y.npy"), "--json");
        var json = result.Json();
        Assert.Equal(("float64", "[1,1,4]", folder.File("y.npy")),
            (json.GetProperty("type").GetString(), json.GetProperty("output").GetRawText(), json.GetProperty("file").GetString()));
    }

    internal static NpyArray Apply<T>(string words, int[] shape, T[] input)
    {
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("x.npy"), new(shape, input));
        Tool.Run(["apply", .. words.Split(' '), "--input", folder.File("x.npy"), "-o", folder.File("y.npy")]).Text();
        return NpyFile.Read(folder.File("y.npy"));
    }
}
