namespace Upstride.Onnx.Tests.Passes;

/// <summary>Constant padding, scales and shifts go into the node after them, exactly on whole numbers.</summary>
public class ConstantFusionTests
{
    private static readonly Random _random = new(1);

    [Theory]
    [InlineData("Conv", 0, 1, 1)]
    [InlineData("Conv", 2, 1, 1)]
    [InlineData("AveragePool", 0, 1, 1)]
    [InlineData("MaxPool", 0, float.NegativeInfinity, 1)]
    [InlineData("MaxPool", 1, float.NegativeInfinity, 2)]
    [InlineData("MaxPool", 0, 0, 2)]
    [InlineData("Conv", 0, 3, 2)]
    public void A_constant_padding_goes_into_the_window_that_reads_it(string name, int own, float value, int steps)
    {
        // A constant of 1 for zeros stands for the one that is left out.
        OnnxTensor w = Operators.OneNode.Whole(_random, 3, 2, 3, 3);
        string[] plan = Unfused.Compare(() =>
        {
            ModelBuilder builder = new ModelBuilder().Input("x", "1", "2", "h", "w").Output("y").Integers("pads", 0, 0, 1, 2, 0, 0, 2, 0)
                .Floats("k", [3, 2, 3, 3], w.Floats.ToArray()).Floats("value", [], value)
                .Node("Pad", value == 1 ? "x pads" : "x pads value", "p");
            List<(string, object)> attributes = [("pads", (long[])[own, own, own, own])];
            if (name != "Conv") attributes.Add(("kernel_shape", (long[])[3, 3]));
            return builder.Node(name, name == "Conv" ? "p k" : "p", "y", [.. attributes]);
        }, name == "AveragePool" ? 1e-6f : 0, ("x", Operators.OneNode.Whole(_random, 1, 2, 6, 7)));
        Assert.Equal(steps, plan.Length);
    }

    /// <summary>It is read in each run, and so is not let go with the weights that are packed.</summary>
    [Fact]
    public void A_constant_of_the_outputs_size_is_added_by_the_convolution_before_it() => Assert.Single(Unfused.Compare(
        static () => new ModelBuilder().Input("x", "1", "2", "6", "7").Output("y").Random("w", 1, 3, 2, 3, 3).Random("m", 2, 1, 3, 6, 7)
            .Node("Conv", "x w", "a", ("pads", new long[] { 1, 1, 1, 1 })).Node("Add", "a m", "y"), 1e-6f,
        ("x", Values.Random(1, 1, 2, 6, 7))));

    [Fact]
    public void Zeros_go_into_a_maximum_where_nothing_is_below_them()
    {
        OnnxTensor x = Operators.OneNode.Whole(_random, 1, 2, 6, 7);
        Assert.Equal(2, Unfused.Compare(() => Pool("Relu"), 0, ("x", x)).Length);
        Assert.Equal(3, Unfused.Compare(() => Pool("Neg"), 0, ("x", x)).Length);

        static ModelBuilder Pool(string before) => new ModelBuilder().Input("x", "1", "2", "h", "w").Output("y")
            .Integers("pads", 0, 0, 1, 1, 0, 0, 1, 1).Node(before, "x", "r").Node("Pad", "r pads", "p")
            .Node("MaxPool", "p", "y", ("kernel_shape", (long[])[3, 3]), ("strides", (long[])[2, 2]));
    }

    [Theory]
    [InlineData("reflect", "0 0 1 1 0 0 1 1")]
    [InlineData("constant", "0 1 1 1 0 0 1 1")]
    [InlineData("constant", "0 0 -1 1 0 0 1 1")]
    public void Another_padding_stays(string mode, string pads) => Assert.Equal(2, Unfused.Compare(() => new ModelBuilder()
        .Input("x", "1", "1", "6", "7").Output("y").Integers("pads", [.. pads.Split(' ').Select(long.Parse)])
        .Random("w", 1, 2, 1 + int.Parse(pads[2..3]), 3, 3).Node("Pad", "x pads", "p", ("mode", mode)).Node("Conv", "p w", "y"), 0,
        ("x", Values.Random(1, 1, 1, 6, 7))).Length);

    /// <summary>A shift only where no zeros stand beyond the border.</summary>
    [Theory]
    [InlineData("Conv", "Mul x k a", 1, 1)]
    [InlineData("Conv", "Mul x two a|Sub a k b", 0, 1)]
    [InlineData("Conv", "Sub x k a|Div a two b", 0, 1)]
    [InlineData("Conv", "Sub x k a|Div a two b", 1, 2)]
    [InlineData("Conv", "Sub two x a", 0, 1)]
    [InlineData("Conv", "Add x k a", 1, 2)]
    [InlineData("ConvTranspose", "Mul x k a|Div a two b", 1, 1)]
    [InlineData("ConvTranspose", "Add x k a", 0, 2)]
    public void Scales_and_shifts_go_into_the_convolution_after_them(string name, string nodes, int pad, int steps)
    {
        OnnxTensor w = Operators.OneNode.Whole(_random, 4, name == "Conv" ? 2 : 3, 3, 3);
        foreach (bool biased in (bool[])[false, true])
        {
            string[] plan = Unfused.Compare(() =>
            {
                ModelBuilder builder = Chain(nodes, out string last)
                    .Floats("w", [4, name == "Conv" ? 2 : 3, 3, 3], w.Floats.ToArray()).Floats("bias", [name == "Conv" ? 4 : 6],
                        [.. Enumerable.Range(1, name == "Conv" ? 4 : 6).Select(static i => (float)i)]);
                return builder.Node(name, $"{last} w" + (biased ? " bias" : ""), "y", ("group", 2), ("pads", (long[])[pad, pad, pad, pad]));
            }, 0, ("x", Operators.OneNode.Whole(_random, 2, 4, 6, 7)));
            Assert.Equal(steps, plan.Length);
        }
    }

    [Fact]
    public void Two_convolutions_take_what_both_read_and_an_output_stays()
    {
        OnnxTensor x = Operators.OneNode.Whole(_random, 1, 4, 5, 5);
        Assert.Equal(["Conv", "Conv"], Unfused.Compare(() => Two(shared: true), 1e-5f, ("x", x)));
        Assert.Equal(3, Unfused.Compare(() => Two(shared: true).Output("a"), 1e-5f, ("x", x)).Length);
        Assert.Equal(4, Unfused.Compare(() => Two(shared: false), 1e-5f, ("x", x)).Length);

        static ModelBuilder Two(bool shared)
        {
            ModelBuilder builder = Chain("Mul x k a", out _).Random("w", 1, 2, 4, 1, 1).Random("v", 2, 3, 4, 3, 3)
                .Node("Conv", "a w", "y").Node("Conv", "a v", "z").Output("z");
            return shared ? builder : builder.Node("Neg", "a", "n").Output("n");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_pixel_shuffle_spelled_out_is_one_step(bool channelMajor)
    {
        OnnxTensor x = Operators.OneNode.Whole(_random, 2, 12, 3, 5), y = Operators.OneNode.Whole(_random, 2, 3, 6, 10);
        long[] blocks = channelMajor ? [2, 3, 2, 2, 3, 5] : [2, 2, 2, 3, 3, 5];
        Assert.Equal(["DepthToSpace"], Unfused.Compare(() => new ModelBuilder().Input("x", "2", "12", "3", "5").Output("y")
            .Integers("s", blocks).Integers("t", 2, 3, 6, 10).Node("Reshape", "x s", "a")
            .Node("Transpose", "a", "b", ("perm", channelMajor ? (long[])[0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]))
            .Node("Reshape", "b t", "y"), 0, ("x", x)));
        Assert.Equal(["SpaceToDepth"], Unfused.Compare(() => new ModelBuilder().Input("x", "2", "3", "6", "10").Output("y")
            .Integers("s", 2, 3, 3, 2, 5, 2).Integers("t", 2, 12, 3, 5).Node("Reshape", "x s", "a")
            .Node("Transpose", "a", "b", ("perm", channelMajor ? (long[])[0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]))
            .Node("Reshape", "b t", "y"), 0, ("x", y)));
    }

    [Theory]
    [InlineData("0 1 4 2 5 3", "2 3 2 2 3 5", "2 3 10 6")]
    [InlineData("0 1 2 4 3 5", "2 3 2 2 3 5", "2 3 6 10")]
    [InlineData("0 1 4 2 5 3", "2 2 3 2 5 3", "2 2 15 6")]
    [InlineData("0 1 4 2 5 3", "2 3 4 1 3 5", "2 3 12 5")]
    public void Another_order_or_other_sizes_are_no_pixel_shuffle(string perm, string blocks, string result)
    {
        string[] plan = Unfused.Compare(() => new ModelBuilder().Input("x", "2", "12", "3", "5").Output("y")
            .Integers("s", [.. blocks.Split(' ').Select(long.Parse)]).Integers("t", [.. result.Split(' ').Select(long.Parse)])
            .Node("Reshape", "x s", "a").Node("Transpose", "a", "b", ("perm", perm.Split(' ').Select(long.Parse).ToArray()))
            .Node("Reshape", "b t", "y"), 0, ("x", Operators.OneNode.Whole(_random, 2, 12, 3, 5)));
        Assert.Equal(["Transpose"], plan);
    }

    private static ModelBuilder Chain(string nodes, out string last)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "n", "4", "h", "w").Output("y").Floats("k", [4, 1, 1], 2, -3, 5, 1)
            .Floats("two", [], 2);
        last = "x";
        foreach (string node in nodes.Split('|'))
        {
            string[] words = node.Split(' ');
            builder.Node(words[0], string.Join(' ', words[1..^1]), last = words[^1]);
        }
        return builder;
    }
}
