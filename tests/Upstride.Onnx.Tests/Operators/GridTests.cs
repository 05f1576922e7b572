namespace Upstride.Onnx.Tests.Operators;

/// <summary>Reading a picture at places that are data, against ONNX Runtime.</summary>
public class GridTests
{
    private const float Bound = 1e-5f;

    public static TheoryData<string, string, int> Ways
    {
        get
        {
            var ways = new TheoryData<string, string, int>();
            foreach (string mode in (string[])["nearest", "linear", "cubic"])
                foreach (string padding in (string[])["zeros", "border", "reflection"])
                    foreach (int align in (int[])[0, 1])
                        ways.Add(mode, padding, align);
            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_picture_is_read_at_a_grid(string mode, string padding, int align)
    {
        var random = new Random(1);
        foreach ((int opset, bool deep) in ((int, bool)[])[(16, false), (20, false), (20, true)])
        {
            if (deep && mode == "cubic") continue;
            for (int round = 0; round < 4; round++)
            {
                nint[] shape = [random.Next(1, 3), random.Next(1, 4), random.Next(2, 7), random.Next(2, 7)], grid =
                    [shape[0], random.Next(1, 6), random.Next(1, 6), 2];
                if (deep) (shape, grid) = ([.. shape, random.Next(2, 5)], [.. grid[..3], random.Next(1, 4), 3]);
                string word = opset < 20 && mode != "nearest" ? "bi" + mode : mode;
                OneNode.SameAsRuntime("GridSample", opset, [Values.Random(round, shape), Wide(random, grid)], 1, Bound,
                    ("mode", word), ("padding_mode", padding), ("align_corners", align));
            }
        }
    }

    [Fact]
    public void One_axis_and_a_single_pixel_are_read()
    {
        OnnxTensor line = OnnxTensor.Create([1f, 2, 4], 1, 1, 3), places = OnnxTensor.Create([-1f, 0, 0.5f, 1, 3], 1, 5, 1);
        Assert.Equal([1f, 2, 3, 4, 0],
            OneNode.Run("GridSample", 20, [line, places], ("align_corners", 1)).Floats.ToArray());
        Assert.Equal([1f, 2, 3, 4, 1],
            OneNode.Run("GridSample", 20, [line, places], ("align_corners", 1), ("padding_mode", "reflection")).Floats.ToArray());
        OnnxTensor pixel = OnnxTensor.Create([5f], 1, 1, 1, 1), far = OnnxTensor.Create([1e30f, float.NegativeInfinity], 1, 1, 1, 2);
        Assert.Equal([5f], OneNode.Run("GridSample", 16, [pixel, far], ("mode", "nearest"), ("padding_mode", "border")).Floats.ToArray());
        Assert.Equal([0f], OneNode.Run("GridSample", 16, [pixel, far], ("mode", "nearest")).Floats.ToArray());
        OnnxTensor none = OnnxTensor.Create([float.NaN, 0], 1, 1, 1, 2);
        Assert.Equal([float.NaN], OneNode.Run("GridSample", 16, [pixel, none], ("padding_mode", "border")).Floats.ToArray());
    }

    [Fact]
    public void Grids_that_do_not_fit_are_refused()
    {
        Assert.Equal("node 'node-y0' (GridSample): the grid is float32 [2, 3, 3, 2], and must have 4 axes, the first of length 1 and the "
            + "last 2, for input 0, float32 [1, 1, 4, 4]",
            OneNode.Refusal("GridSample", 20, [Values.Random(1, 1, 1, 4, 4), Values.Random(1, 2, 3, 3, 2)]));
        Assert.Equal("node 'node-y0' (GridSample): input 0 is float32 [1, 1, 0, 4], and there is no pixel to read",
            OneNode.Refusal("GridSample", 20, [Values.Random(1, 1, 1, 0, 4), Values.Random(1, 1, 3, 3, 2)]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_map_makes_a_grid(int align)
    {
        var random = new Random(2);
        for (int round = 0; round < 10; round++)
        {
            int n = random.Next(1, 4);
            long[] size = [n, 3, random.Next(2, 6), random.Next(2, 6)];
            OneNode.SameAsRuntime("AffineGrid", 20, [Values.Random(round, n, 2, 3), OneNode.Longs(size)], 1, Bound,
                ("align_corners", align));
            OneNode.SameAsRuntime("AffineGrid", 20, [Values.Random(round, n, 3, 4), OneNode.Longs([.. size, 4])], 1, Bound,
                ("align_corners", align));
        }
    }

    [Fact]
    public void The_map_that_moves_nothing_gives_the_picture_back()
    {
        OnnxTensor picture = Values.Random(3, 1, 2, 5, 7), map = OnnxTensor.Create([1f, 0, 0, 0, 1, 0], 1, 2, 3);
        OnnxTensor grid = OneNode.Run("AffineGrid", 20, [map, OneNode.Longs(1, 2, 5, 7)]);
        OneNode.Near(picture, OneNode.Run("GridSample", 20, [picture, grid]), 1e-6f, "unmoved");
    }

    [Fact]
    public void Maps_that_do_not_fit_are_refused()
    {
        Assert.Equal("node 'node-y0' (AffineGrid): the maps are float32 [1, 2, 3], and must be [1, 3, 4] for a size of 5 numbers",
            OneNode.Refusal("AffineGrid", 20, [Values.Random(1, 1, 2, 3), OneNode.Longs(1, 1, 2, 2, 2)]));
        Assert.Contains("elements", OneNode.Refusal("AffineGrid", 20,
            [Values.Random(1, 1, 2, 3), OneNode.Longs(1, 1, 1L << 31, 1L << 31)]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(2, 1, false)]
    [InlineData(1, 2, true)]
    [InlineData(2, 4, true)]
    public void A_deformed_convolution_reads_moved_taps(int group, int offsetGroup, bool masked)
    {
        var random = new Random(4);
        for (int round = 0; round < 6; round++)
        {
            (int batch, int height, int width) = (random.Next(1, 3), random.Next(5, 9), random.Next(5, 9));
            (int kernelY, int kernelX, int stride, int dilation) = (random.Next(1, 4), random.Next(1, 4), random.Next(1, 3),
                random.Next(1, 3));
            int pad = random.Next(0, 2), outputY = 1 + ((height + (2 * pad) - (dilation * (kernelY - 1)) - 1) / stride),
                outputX = 1 + ((width + (2 * pad) - (dilation * (kernelX - 1)) - 1) / stride);
            OneNode.SameAsRuntime("DeformConv", 19,
                [Values.Random(round, batch, 4, height, width), Values.Random(1, 6, 4 / group, kernelY, kernelX),
                Wide(random, batch, 2 * offsetGroup * kernelY * kernelX, outputY, outputX), Values.Random(2, 6),
                masked ? Values.Random(3, batch, offsetGroup * kernelY * kernelX, outputY, outputX) : null], 1, Bound,
                ("group", group), ("offset_group", offsetGroup), ("strides", (long[])[stride, stride]),
                ("dilations", (long[])[dilation, dilation]), ("pads", (long[])[pad, pad, pad, pad]),
                ("kernel_shape", (long[])[kernelY, kernelX]));
        }
    }

    [Fact]
    public void Offsets_that_do_not_fit_are_refused() =>
        Assert.Equal("node 'node-y0' (DeformConv): the offsets are float32 [1, 8, 2, 3], and must be [1, 8, 2, 2]",
            OneNode.Refusal("DeformConv", 19,
                [Values.Random(1, 1, 1, 3, 3), Values.Random(1, 1, 1, 2, 2), Values.Random(1, 1, 8, 2, 3)]));

    // From -2 to 2: half of it outside.
    private static OnnxTensor Wide(Random random, params nint[] shape) =>
        OnnxTensor.Create([.. Enumerable.Range(0, OneNode.Count(shape)).Select(_ => (random.NextSingle() * 4) - 2)], shape);
}
