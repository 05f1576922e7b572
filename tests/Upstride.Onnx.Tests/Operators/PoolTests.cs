namespace Upstride.Onnx.Tests.Operators;

/// <summary>Pooling and unpooling against their definitions, on whole numbers.</summary>
public class PoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_window_gives_its_maximum_its_place_and_its_mean(int axes)
    {
        var random = new Random(axes);
        for (int round = 0; round < 80; round++)
        {
            Window window = Window.Random(random, axes);
            OnnxTensor x = OneNode.Whole(random, [2, 3, .. window.Size.Select(static s => (nint)s)]);
            nint[] shape = [2, 3, .. window.Output.Select(static o => (nint)o)];
            bool columns = random.Next(2) == 0, countsPadding = random.Next(2) == 0;
            float[] maxima = new float[OneNode.Count(shape)], means = new float[maxima.Length];
            long[] places = new long[maxima.Length];
            int index = 0;
            foreach (int[] place in OneNode.Places(shape))
            {
                (float best, float sum, int inside, int padded) = (float.NegativeInfinity, 0, 0, 0);
                foreach (int[] tap in OneNode.Places([.. window.Kernel.Select(static k => (nint)k)]))
                {
                    int[] at = [.. tap.Select((t, a) => place[a + 2] * window.Stride[a] - window.Head[a] + t * window.Dilation[a])];
                    if (at.Where((p, a) => p >= window.Size[a] + window.Tail[a]).Any()) continue;
                    padded++;
                    int from = OneNode.IndexOf(x.Shape, [place[0], place[1], .. at]);
                    if (from < 0) continue;
                    inside++;
                    sum += x.Floats[from];
                    if (x.Floats[from] <= best) continue;
                    best = x.Floats[from];
                    IEnumerable<int> order = Enumerable.Range(0, axes);
                    places[index] = (columns ? order.Reverse() : order)
                        .Aggregate((long)place[0] * 3 + place[1], (number, a) => number * window.Size[a] + at[a]);
                }
                (maxima[index], means[index++]) = (best, sum / (countsPadding ? padded : inside));
            }

            string what = $"round {round}, {window}";
            OneNode.Same(shape, maxima, OneNode.Run("MaxPool", 12, [x], window.Attributes), what);
            OnnxTensor[] both = OneNode.Run("MaxPool", 12, [x], 2, [.. window.Attributes, ("storage_order", columns ? 1 : 0)]);
            OneNode.Same(shape, maxima, both[0], what);
            Assert.Equal(places, both[1].Integers.ToArray());
            OneNode.Same(shape, means,
                OneNode.Run("AveragePool", 19, [x], [.. window.Attributes, ("count_include_pad", countsPadding ? 1 : 0)]), what);

            long[] bytes = [.. x.Floats.ToArray().Select(static value => (long)value)];
            OnnxTensor small =
                OneNode.Run("MaxPool", 12, [OnnxTensor.Create<long>(OnnxElementType.Int8, bytes, [.. x.Shape])], window.Attributes);
            Assert.Equal(OnnxElementType.Int8, small.ElementType);
            Assert.Equal(maxima.Select(static value => (long)value), small.Integers.ToArray());
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(3, 2, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(3, 3, 2)]
    [InlineData(1, 2, 1)]
    [InlineData(5, 4, 3)]
    public void Rows_of_every_length_are_pooled_to_the_end(int kernel, int stride, int dilation)
    {
        for (int width = (kernel - 1) * dilation + 1; width < 70; width++)
        {
            OnnxTensor x = Values.Random(width, 1, 2, 1, width);
            int output = (width - (kernel - 1) * dilation - 1) / stride + 1;
            float[] expected =
                [.. Enumerable.Range(0, 2 * output)
                .Select(i => Enumerable.Range(0, kernel).Max(t => x.Floats[i / output * width + i % output * stride + t * dilation]))];
            OneNode.Same([1, 2, 1, output], expected,
                OneNode.Run("MaxPool", 12, [x], ("kernel_shape", new long[] { 1, kernel }), ("strides", new long[] { 1, stride }),
                ("dilations", new long[] { 1, dilation })), $"width {width}");
        }
    }

    [Fact]
    public void Many_planes_on_many_threads_are_the_same_as_on_one()
    {
        OnnxTensor x = Values.Random(1, 3, 17, 80, 84);
        (string, object)[] overlapping =
            [("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })];
        (string, object)[] pairs = [("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })];
        foreach ((string name, (string, object)[] attributes) in new[] { ("MaxPool", overlapping), ("AveragePool", overlapping),
            ("MaxPool", pairs), ("AveragePool", pairs) })
        {
            ModelBuilder builder = new ModelBuilder().Input("x", "3", "17", "80", "84").Node(name, "x", "y", attributes).Output("y");
            using OnnxSession one = builder.Session(new() { Compute = new() { Threads = 1 } }),
                many = builder.Session(new() { Compute = new() { Threads = 7 } });
            Assert.Equal(Values.Run(one, ("x", x)).Floats.ToArray(), Values.Run(many, ("x", x)).Floats.ToArray());
        }
    }

    // Pairs are taken apart in vectors as wide as a row fills; a row of odd length leaves an element over.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    public void Pairs_of_every_width_are_pooled_in_every_plane(int head, int tail)
    {
        for (int width = 2; width < 70; width++)
        {
            OnnxTensor x = OneNode.Whole(new(width), 2, 3, 5, width);
            int rows = (5 + head + tail - 2) / 2 + 1, output = width / 2;
            (string, object)[] attributes =
                [("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { head, 0, tail, 0 })];
            float[][] windows =
            [
                .. from place in Enumerable.Range(0, 6 * rows * output)
                   let y = (2 * (place / output % rows)) - head
                   select (float[])[.. from j in (int[])[y, y + 1] where j is >= 0
                   and < 5 from i in (int[])[0,
                   1] select x.Floats[(((place / (rows * output) * 5) + j) * width) + (2 * (place % output)) + i]],
            ];
            OneNode.Same([2, 3, rows, output], [.. windows.Select(static window => window.Max())],
                OneNode.Run("MaxPool", 12, [x], attributes), $"width {width}");
            OneNode.Same([2, 3, rows, output], [.. windows.Select(static window => window.Sum() / window.Length)],
                OneNode.Run("AveragePool", 12, [x], attributes), $"width {width}");
        }
    }

    [Fact]
    public void Not_a_number_is_the_greatest_of_every_pair_it_is_in()
    {
        for (int width = 2; width <= 66; width += 4)
            for (int place = 0; place < 2 * width; place++)
            {
                float[] values = new float[2 * width];
                values[place] = float.NaN;
                ReadOnlySpan<float> pooled =
                    OneNode.Run("MaxPool", 12, [OnnxTensor.Create(values, 1, 1, 2, width)], ("kernel_shape", new long[] { 2, 2 }),
                    ("strides", new long[] { 2, 2 })).Floats;
                for (int o = 0; o < pooled.Length; o++) Assert.Equal(o == place % width / 2 ? float.NaN : 0, pooled[o]);
            }
    }

    [Fact]
    public void Infinities_and_not_a_number_come_through()
    {
        OnnxTensor x = OnnxTensor.Create([float.NegativeInfinity, float.NegativeInfinity, 1, float.NaN, 2, 3], 1, 1, 6);
        Assert.Equal([float.NegativeInfinity, 1, float.NaN, float.NaN, 3],
            OneNode.Run("MaxPool", 12, [x], ("kernel_shape", new long[] { 2 })).Floats.ToArray());
        Assert.Equal([float.NegativeInfinity, float.NaN, 3],
            OneNode.Run("MaxPool", 12, [x], ("kernel_shape", new long[] { 2 }), ("strides", new long[] { 2 })).Floats.ToArray());
    }

    [Fact]
    public void A_kernel_that_reaches_far_beyond_the_input_claims_no_memory()
    {
        const long Kernel = 1 << 29;
        OnnxTensor x = OnnxTensor.Create([5f, 1, 2], 1, 1, 3);
        (string, object)[] attributes =
            [("kernel_shape", new[] { Kernel }), ("strides", new[] { Kernel }), ("pads", new[] { Kernel - 1, Kernel - 1 })];
        Assert.Equal([5f, 2], OneNode.Run("MaxPool", 12, [x], attributes).Floats.ToArray());
        Assert.Equal([5f, 1.5f], OneNode.Run("AveragePool", 12, [x], attributes).Floats.ToArray());
    }

    [Fact]
    public void A_global_pooling_is_one_number_for_each_plane()
    {
        OnnxTensor x = OneNode.Whole(new(1), 2, 3, 5, 4, 3);
        var planes = x.Floats.ToArray().Chunk(60).ToArray();
        OneNode.Same([2, 3, 1, 1, 1], [.. planes.Select(static plane => plane.Sum() / 60)], OneNode.Run("GlobalAveragePool", 11, [x]),
            "mean");
        OneNode.Same([2, 3, 1, 1, 1], [.. planes.Select(static plane => plane.Max())], OneNode.Run("GlobalMaxPool", 11, [x]), "maximum");
    }

    [Fact]
    public void Unpooling_undoes_a_pooling_where_its_windows_tile()
    {
        OnnxTensor x = Values.Random(3, 2, 3, 6, 8);
        (string, object)[] window = [("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })];
        OnnxTensor[] pooled = OneNode.Run("MaxPool", 12, [x], 2, window);
        float[] expected = new float[x.Length];
        foreach (long place in pooled[1].Integers) expected[place] = x.Floats[(int)place];
        OneNode.Same([.. x.Shape], expected, OneNode.Run("MaxUnpool", 11, [pooled[0], pooled[1]], window), "unpooled");
    }

    [Fact]
    public void With_an_output_shape_the_natural_output_stands_at_its_start()
    {
        // The numbers of the standard's own case.
        OnnxTensor x = OnnxTensor.Create([5f, 6, 7, 8], 1, 1, 2, 2), indices = OnnxTensor.Create([5L, 7, 13, 15], 1, 1, 2, 2);
        (string, object)[] window = [("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })];
        OneNode.Same(
            [1, 1, 5, 5], [0, 0, 0, 0, 0, 0, 5, 0, 6, 0, 0, 0, 0, 0, 0, 0, 7, 0, 8, 0, 0, 0, 0, 0, 0],
            OneNode.Run("MaxUnpool", 11, [x, indices, OneNode.Longs(1, 1, 5, 5)], window), "unpooled");
        Assert.Equal(
            "node 'node-y0' (MaxUnpool): output_shape = [1, 1, 3, 5], and must be [1, 1, 4, 4] or larger along the spatial axes: what "
                + "the kernel and the strides make of input 0, [1, 1, 2, 2]",
            OneNode.Refusal("MaxUnpool", 11, [x, indices, OneNode.Longs(1, 1, 3, 5)], window));
    }

    [Fact]
    public void Padding_of_an_unpooling_makes_the_output_smaller()
    {
        OnnxTensor x = OnnxTensor.Create([1f, 2, 3], 1, 1, 3), indices = OnnxTensor.Create([0L, 2, 3], 1, 1, 3);
        OneNode.Same([1, 1, 4], [1, 0, 2, 3],
            OneNode.Run("MaxUnpool", 11, [x, indices], ("kernel_shape", new long[] { 2 }), ("strides", new long[] { 2 }),
            ("pads", new long[] { 1, 1 })), "unpooled");
    }

    [Fact]
    public void An_index_outside_its_plane_is_refused()
    {
        OnnxTensor x = OnnxTensor.Create([1f, 2], 1, 2, 1), indices = OnnxTensor.Create([0L, 1], 1, 2, 1);
        Assert.Equal(
            "node 'node-y0' (MaxUnpool): indices[1] = 1 lies outside its own plane 1, whose places over the whole tensor are 2 .. 3",
            OneNode.Refusal("MaxUnpool", 11, [x, indices], ("kernel_shape", new long[] { 2 }), ("strides", new long[] { 2 })));
    }

    [Fact]
    public void Planes_of_other_sizes_keep_their_indices_over_the_whole_tensor()
    {
        // Pooled from 5 elements, unpooled to 4 and 1 more: by the number within the plane, another place.
        ModelBuilder builder = new ModelBuilder(12).Input("x", "1", "1", "5").Integers("shape", 1, 1, 5)
            .Node("MaxPool", "x", "p i", ("kernel_shape", new long[] { 2 }), ("strides", new long[] { 2 }))
            .Node("MaxUnpool", "p i shape", "y", ("kernel_shape", new long[] { 2 }), ("strides", new long[] { 2 })).Output("y");
        using OnnxSession session = builder.Session();
        Assert.Equal([0, 2, 0, 4, 0], Values.Run(session, ("x", OnnxTensor.Create([1f, 2, 3, 4, 9], 1, 1, 5))).Floats.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        OnnxTensor x = Values.Random(1, 1, 2, 4, 4);
        Assert.Equal("node 'node-y0' (MaxPool): attribute kernel_shape is needed", OneNode.Refusal("MaxPool", 12, [x]));
        Assert.Equal("node 'node-y0' (AveragePool): the operator has no attribute dilations at opset 11",
            OneNode.Refusal("AveragePool", 11, [x], ("kernel_shape", new long[] { 2, 2 }), ("dilations", new long[] { 2, 2 })));
        Assert.Equal(
            "node 'node-y0' (MaxPool): the window's extent (kernel - 1)*dilation + 1 = (5 - 1)*1 + 1 = 5 is longer than the padded "
                + "input, 4 + 0 + 0 = 4: pad more or use a smaller kernel",
            OneNode.Refusal("MaxPool", 12, [x], ("kernel_shape", new long[] { 5, 5 })));
        Assert.Equal(
            "node 'node-y0' (AveragePool): pads = [1, 1, 1, 1] together with autoPad = SameUpper, and only one of them may be given: "
                + "leave out one",
            OneNode.Refusal("AveragePool", 19, [x], ("kernel_shape", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }),
                ("auto_pad", "SAME_UPPER")));
        Assert.Equal("node 'node-y0' (GlobalMaxPool): input 0 is float32 [1, 2, 0], and must be [batch, channels, sizes...] with no size 0",
            OneNode.Refusal("GlobalMaxPool", 12, [Values.Random(1, 1, 2, 0)]));
    }

    /// <summary>A window with at least one input in each of its places.</summary>
    private sealed record Window(int[] Size, int[] Kernel, int[] Stride, int[] Dilation, int[] Head, int[] Tail, int[] Output,
        (string, object)[] Attributes)
    {
        public static Window Random(Random random, int axes)
        {
            while (true)
            {
                string autoPad =
                    (string[])["NOTSET", "NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"] is var words
                    ? words[random.Next(words.Length)] : "";
                bool ceil = random.Next(2) == 0;
                int[] Numbers(int least, int below) => [.. Enumerable.Range(0, axes).Select(_ => random.Next(least, below))];
                int[] size = Numbers(2, 9), kernel = Numbers(1, 5), stride = Numbers(1, 4), dilation = Numbers(1, 3), head = new int[axes],
                    tail = new int[axes], output = new int[axes];
                bool legal = true;
                for (int a = 0; a < axes; a++)
                {
                    int extent = (kernel[a] - 1) * dilation[a] + 1;
                    if (autoPad == "NOTSET") (head[a], tail[a]) = (random.Next(0, extent), random.Next(0, extent));
                    if (autoPad.StartsWith("SAME", StringComparison.Ordinal))
                    {
                        int total = Math.Max(0, (((size[a] + stride[a] - 1) / stride[a]) - 1) * stride[a] + extent - size[a]);
                        (head[a], tail[a]) = autoPad == "SAME_UPPER" ? (total / 2, total - total / 2) : (total - total / 2, total / 2);
                    }
                    int span = size[a] + head[a] + tail[a] - extent;
                    if (span < 0)
                    {
                        legal = false;
                        break;
                    }
                    output[a] = (ceil && autoPad == "NOTSET" ? (span + stride[a] - 1) / stride[a] : span / stride[a]) + 1;
                    if (ceil && (output[a] - 1) * stride[a] >= size[a] + head[a]) output[a]--;
                    for (int o = 0; o < output[a]; o++)
                        legal &= Enumerable.Range(0, kernel[a])
                            .Any(t => o * stride[a] - head[a] + t * dilation[a] is var at && at >= 0 && at < size[a]);
                }
                if (!legal) continue;
                List<(string, object)> attributes =
                    [("kernel_shape", Longs(kernel)), ("strides", Longs(stride)), ("dilations", Longs(dilation)),
                    ("ceil_mode", ceil ? 1 : 0), ("auto_pad", autoPad)];
                if (autoPad == "NOTSET") attributes.Add(("pads", Longs([.. head, .. tail])));
                return new(size, kernel, stride, dilation, head, tail, output, [.. attributes]);
            }
        }

        public override string ToString() =>
            $"size {string.Join('x', Size)}, kernel {string.Join('x', Kernel)}, stride {string.Join('x', Stride)}, dilation "
            + $"{string.Join('x', Dilation)}, head {string.Join('x', Head)}, tail {string.Join('x', Tail)}";

        private static long[] Longs(IEnumerable<int> values) => [.. values.Select(static value => (long)value)];
    }
}
