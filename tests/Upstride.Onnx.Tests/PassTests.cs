using Upstride.Onnx.Compilation;

namespace Upstride.Onnx.Tests;

/// <summary>Each pass of the compiler leaves the results as they are, and does what it is for.</summary>
public class PassTests
{
    // Sums of at most 8 * 4 * 4 products of numbers below 1, in another order or with weights rounded once more.
    private const float Tolerance = 8 * 4 * 4 * 8 * 1.2e-7f * 8;

    // A model on an input of four channels, the pass that is for it, and how it is built.
    private static readonly (string Name, string Pass, Func<ModelBuilder, ModelBuilder> Build)[] _models =
    [
        ("batch normalisation after a convolution", "ChannelAffineFusion", static builder =>
            Normalised(builder.Random("w", 1, 6, 4, 3, 3).Random("b", 2, 6).Node("Conv", "x w b", "c"), 6)),
        ("batch normalisation after a transposed convolution of groups", "ChannelAffineFusion", static builder => Normalised(
            builder.Random("w", 1, 4, 3, 4, 4).Node("ConvTranspose", "x w", "c", ("strides", new long[] { 2, 2 }), ("group", 2)), 6)),
        ("constants after a convolution", "ChannelAffineFusion", static builder => builder.Random("w", 1, 6, 4, 3, 3).Random("b", 2, 6)
            .Random("k", 3, 1, 6, 1, 1).Floats("two", [], 2).Random("s", 4, 6, 1, 1)
            .Node("Conv", "x w b", "c").Node("Mul", "k c", "m").Node("Sub", "two m", "d").Node("Add", "d s", "y")),
        ("constants after a transposed convolution of groups", "ChannelAffineFusion", static builder => builder
            .Random("w", 1, 4, 3, 4, 4).Random("k", 3, 6, 1, 1).Floats("three", [1], 3)
            .Node("ConvTranspose", "x w", "c", ("strides", new long[] { 2, 2 }), ("group", 2)).Node("Div", "c three", "d")
            .Node("Sub", "d k", "y")),
        ("residual", "ResidualFusion", static builder => builder.Random("w", 1, 4, 4, 3, 3)
            .Node("Conv", "x w", "c", ("pads", new long[] { 1, 1, 1, 1 })).Node("Add", "c x", "y")),
        ("activation", "ActivationFusion", static builder =>
            builder.Random("w", 1, 4, 2, 3, 3).Node("ConvTranspose", "x w", "c").Node("Tanh", "c", "y")),
        ("activation after pooling", "ActivationBeforePooling", static builder => builder.Random("w", 1, 3, 4, 3, 3)
            .Node("Conv", "x w", "c", ("pads", new long[] { 1, 1, 1, 1 }))
            .Node("MaxPool", "c", "p", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })).Node("Relu", "p", "y")),
        ("resize before a convolution", "ResizeConvolutionFusion", static builder => ResizeThenConvolution(builder, 3, 1, "nearest")),
        ("resize before a transposed convolution of groups", "ResizeConvolutionFusion", static builder => builder
            .Floats("scales", [4], 1, 1, 2, 2).Random("w", 5, 4, 3, 5, 3)
            .Node("Resize", "x - scales", "r", ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"),
                ("nearest_mode", "floor"))
            .Node("ConvTranspose", "r w", "y", ("pads", new long[] { 2, 1, 2, 1 }), ("group", 2))),
        ("pooling and unpooling", "PlaneIndices", static builder => builder
            .Node("MaxPool", "x", "p i", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }))
            .Node("MaxUnpool", "p i", "y", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }))),
        ("dead branch", "DeadNodes", static builder => builder.Node("Relu", "x", "y").Node("Tanh", "x", "unused")),
    ];

    public static TheoryData<string> Models => [.. _models.Select(static model => model.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public void A_pass_changes_the_plan_and_not_the_result(string model)
    {
        (_, string pass, Func<ModelBuilder, ModelBuilder> build) = _models.Single(one => one.Name == model);
        ModelBuilder builder = build(Start());
        OnnxTensor x = Values.Random(1, 2, 4, 6, 4);
        using OnnxSession with = builder.Session();
        using OnnxSession without = builder.Session(new() { SkippedPasses = [pass] });
        using OnnxSession none = builder.Session(new() { SkippedPasses = [.. GraphPass.All.Select(static pass => pass.Name)] });
        OnnxTensor actual = Values.Run(with, ("x", x));
        foreach (OnnxSession other in (OnnxSession[])[without, none])
        {
            OnnxTensor expected = Values.Run(other, ("x", x));
            Assert.Equal(expected.Shape, actual.Shape);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected.Floats[i], actual.Floats[i], Tolerance);
        }
        OnnxPlan plan = with.Explain(Values.Named(("x", x))), longer = without.Explain(Values.Named(("x", x)));
        if (pass != "PlaneIndices") Assert.True(plan.Steps.Length < longer.Steps.Length, $"{plan}\n\n{longer}");
    }

    /// <summary>What has another shape, is divided by the result, is no finite factor, or is read elsewhere too.</summary>
    [Theory]
    [InlineData("Mul", "c k", 1, 3, 1)]
    [InlineData("Mul", "c k", 3)]
    [InlineData("Add", "k c", 2, 3, 1, 1)]
    [InlineData("Add", "k c", 1, 1, 1, 1, 1)]
    [InlineData("Div", "k c", 1)]
    [InlineData("Div", "c zero", 1)]
    [InlineData("Mod", "c k", 1)]
    public void What_only_looks_like_a_constant_of_a_channel_is_not_taken_in(string name, string inputs, params int[] lengths)
    {
        OnnxTensor x = Values.Random(5, 1, 3, 3, 3);
        long[] shape = [.. lengths];
        (string, object)[] attributes = name == "Mod" ? [("fmod", 1)] : [];
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "3", "3", "3").Random("w", 1, 3, 3, 1, 1).Floats("zero", [1], 0)
            .Floats("k", shape, [.. Enumerable.Range(1, (int)shape.Aggregate(1L, static (a, b) => a * b)).Select(static i => (float)i)])
            .Node("Conv", "x w", "c").Node(name, inputs, "y", attributes).Output("y");
        using OnnxSession with = builder.Session();
        using OnnxSession without = builder.Session(new() { SkippedPasses = ["ChannelAffineFusion"] });
        Assert.Equal(Values.Run(without, ("x", x)).Floats.ToArray(), Values.Run(with, ("x", x)).Floats.ToArray());
        Assert.Equal(2, with.Explain(Values.Named(("x", x))).Steps.Length);
    }

    [Fact]
    public void Whole_numbers_stay_exact_where_constants_are_taken_in()
    {
        var random = new Random(6);
        OnnxTensor x = Operators.OneNode.Whole(random, 1, 2, 5, 5), w = Operators.OneNode.Whole(random, 3, 2, 3, 3);
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "2", "", "").Floats("w", [3, 2, 3, 3], w.Floats.ToArray())
            .Floats("k", [3, 1, 1], 2, -3, 5).Floats("s", [1, 3, 1, 1], 7, 11, -13).Floats("four", [], 4)
            .Node("Conv", "x w", "c", ("pads", (long[])[1, 1, 1, 1])).Node("Mul", "c k", "m").Node("Add", "s m", "a")
            .Node("Sub", "a k", "d").Node("Div", "d four", "y").Output("y");
        using OnnxSession with = builder.Session();
        using OnnxSession without = builder.Session(new() { SkippedPasses = ["ChannelAffineFusion"] });
        Assert.Equal(Values.Run(without, ("x", x)).Floats.ToArray(), Values.Run(with, ("x", x)).Floats.ToArray());
        Assert.Single(with.Explain(Values.Named(("x", x))).Steps);
    }

    [Fact]
    public void A_residual_with_an_activation_is_one_node()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "n", "4", "h", "w").Random("w", 1, 4, 4, 3, 3)
            .Node("Conv", "x w", "c", ("pads", new long[] { 1, 1, 1, 1 })).Node("Add", "x c", "s").Node("Relu", "s", "y").Output("y");
        using OnnxSession session = builder.Session();
        OnnxPlanStep step = Assert.Single(session.Explain(Values.Named(("x", Values.Random(2, 1, 4, 5, 5)))).Steps);
        Assert.Equal("Conv + residual + Relu", step.Operator);
        Assert.Equal("node 'node-c' (Conv)", step.Name);
    }

    [Fact]
    public void An_intermediate_that_is_an_output_is_kept()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "1", "4").Floats("w", [1, 1, 1], 2)
            .Node("Conv", "x w", "c").Node("Relu", "c", "y").Output("y").Output("c");
        using OnnxSession session = builder.Session();
        IReadOnlyDictionary<string, OnnxTensor> outputs = session.Run(Values.Named(("x", OnnxTensor.Create([-1f, 2, -3, 4], 1, 1, 4))));
        Assert.Equal([0f, 4, 0, 8], outputs["y"].Floats.ToArray());
        Assert.Equal([-2f, 4, -6, 8], outputs["c"].Floats.ToArray());
    }

    [Fact]
    public void A_sum_that_broadcasts_is_no_residual()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "2", "3").Input("r", "1", "2", "1").Floats("w", [2, 2, 1], 1, 0, 0, 1)
            .Node("Conv", "x w", "c").Node("Add", "c r", "y").Output("y");
        using OnnxSession session = builder.Session();
        Assert.Equal(
            [11f, 12, 13, 24, 25, 26],
            Values.Run(session, ("x", OnnxTensor.Create([1f, 2, 3, 4, 5, 6], 1, 2, 3)),
                ("r", OnnxTensor.Create([10f, 20], 1, 2, 1))).Floats.ToArray());
    }

    [Fact]
    public void A_convolution_that_is_read_twice_keeps_its_output()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "1", "2").Floats("w", [1, 1, 1], -1)
            .Node("Conv", "x w", "c").Node("Relu", "c", "a").Node("Add", "a c", "y").Output("y");
        using OnnxSession session = builder.Session();
        Assert.Equal([-1f, 4], Values.Run(session, ("x", OnnxTensor.Create([1f, -2], 1, 1, 2))).Floats.ToArray());
    }

    [Theory]
    [InlineData(3, 1, true)]
    [InlineData(3, 0, true)]
    [InlineData(3, 2, true)]
    [InlineData(1, 0, true)]
    [InlineData(3, 3, false)]
    public void A_resize_and_a_convolution_become_one_where_the_border_agrees(int kernel, int pad, bool fused)
    {
        ModelBuilder builder = ResizeThenConvolution(Start(), kernel, pad, "nearest");
        OnnxTensor x = Values.Random(3, 1, 4, 5, 4);
        using OnnxSession with = builder.Session();
        using OnnxSession without = builder.Session(new() { SkippedPasses = ["ResizeConvolutionFusion"] });
        Assert.Equal(fused ? 1 : 2, with.Explain(Values.Named(("x", x))).Steps.Length);
        OnnxTensor actual = Values.Run(with, ("x", x)), expected = Values.Run(without, ("x", x));
        Assert.Equal(expected.Shape, actual.Shape);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected.Floats[i], actual.Floats[i], Tolerance);
    }

    [Theory]
    [InlineData(6, true)]
    [InlineData(7, true)]
    public void Indices_stay_within_planes_where_unpooling_undoes_the_pooling(int width, bool kept)
    {
        Graph graph = _models.Single(static one => one.Name == "pooling and unpooling").Build(Start()).Build().Graph.Clone();
        graph.Inputs[0].Type = new(OnnxElementType.Float32, new(1, 4, 6, width));
        new ShapeInference(graph, Upstride.Algorithms.ComputeSettings.Default, OnnxLimits.Default).Apply();
        Upstride.Onnx.Operators.Operator[] before = [.. graph.Nodes.Select(static node => node.Operator)];
        new PlaneLocalIndices().Apply(graph);
        Assert.Equal(kept, before[0] != graph.Nodes[0].Operator);
        Assert.Equal(kept, before[1] != graph.Nodes[1].Operator);
    }

    [Fact]
    public void A_linear_resize_stays() =>
        Assert.Equal(2,
        ResizeThenConvolution(Start(), 3, 1, "linear").Session().Explain(Values.Named(("x", Values.Random(3, 1, 4, 5, 4)))).Steps.Length);

    private static ModelBuilder ResizeThenConvolution(ModelBuilder builder, int kernel, int pad, string mode) => builder
        .Floats("scales", [4], 1, 1, 2, 3).Random("w", 5, 3, 4, kernel, kernel).Random("b", 6, 3)
        .Node("Resize", "x - scales", "r", ("mode", mode), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"))
        .Node("Conv", "r w b", "y", ("pads", new long[] { pad, pad, pad, pad }));

    private static ModelBuilder Start() => new ModelBuilder().Input("x", "n", "4", "h", "w").Output("y");

    private static ModelBuilder Normalised(ModelBuilder builder, int channels) => builder
        .Random("scale", 11, channels).Random("shift", 12, channels).Random("mean", 13, channels)
        .Floats("variance", [channels], [.. Enumerable.Range(1, channels).Select(static i => i * 0.5f)])
        .Node("BatchNormalization", "c scale shift mean variance", "y");
}
