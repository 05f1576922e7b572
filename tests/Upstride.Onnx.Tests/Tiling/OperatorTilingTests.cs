namespace Upstride.Onnx.Tests.Tiling;

/// <summary>Every operator that goes through in tiles, on odd sizes, strides and crops: the bits of the whole picture.</summary>
public class OperatorTilingTests
{

    private static readonly (string Name, Func<ModelBuilder, ModelBuilder> Build)[] _models =
    [
        ("a chain of convolutions", static builder => builder.Random("w1", 1, 16, 3, 3, 3).Random("b1", 2, 16).Random("w2", 3, 16, 16, 3, 3)
            .Random("w3", 4, 3, 16, 3, 3)
            .Node("Conv", "x w1 b1", "a", Pads(1)).Node("Relu", "a", "b").Node("Conv", "b w2", "c", Pads(1)).Node("Add", "c b", "d")
            .Node("Sigmoid", "d", "e").Node("Conv", "e w3", "y", Pads(1))),
        ("convolutions without padding", static builder => builder.Random("w1", 1, 8, 3, 3, 3).Random("w2", 2, 4, 8, 5, 5)
            .Node("Conv", "x w1", "a").Node("LeakyRelu", "a", "b").Node("Conv", "b w2", "y")),
        ("uneven padding, dilation and groups", static builder => builder.Random("w1", 1, 6, 3, 3, 4).Random("w2", 2, 6, 2, 3, 3)
            .Node("Conv", "x w1", "a", ("pads", new long[] { 0, 3, 2, 1 }), ("dilations", new long[] { 1, 2 }))
            .Node("Conv", "a w2", "y", Pads(2), ("dilations", new long[] { 2, 2 }), ("group", 3))),
        ("depthwise", static builder => builder.Random("w1", 1, 24, 3, 1, 1).Random("w2", 2, 24, 1, 5, 5).Random("w3", 3, 5, 24, 1, 1)
            .Node("Conv", "x w1", "a").Node("Conv", "a w2", "b", Pads(2), ("group", 24)).Node("Tanh", "b", "c").Node("Conv", "c w3", "y")),
        ("strides", static builder => builder.Random("w1", 1, 8, 3, 3, 3).Random("w2", 2, 8, 8, 4, 2)
            .Node("Conv", "x w1", "a", ("strides", new long[] { 2, 3 }), Pads(1))
            .Node("Conv", "a w2", "y", ("strides", new long[] { 3, 2 }), ("pads", new long[] { 2, 0, 1, 1 }))),
        ("SAME padding", static builder => builder.Random("w1", 1, 8, 3, 4, 4).Random("w2", 2, 8, 8, 3, 2)
            .Node("Conv", "x w1", "a", ("strides", new long[] { 2, 2 }), ("auto_pad", "SAME_UPPER"))
            .Node("Conv", "a w2", "y", ("auto_pad", "SAME_LOWER"))),
        ("a transposed convolution", static builder => builder.Random("w", 1, 3, 5, 4, 4)
            .Node("ConvTranspose", "x w", "y", ("strides", new long[] { 2, 2 }), Pads(1))),
        ("a transposed convolution with gaps", static builder => builder.Random("w", 1, 3, 5, 2, 1)
            .Node("ConvTranspose", "x w", "y", ("strides", new long[] { 3, 2 }), ("output_padding", new long[] { 2, 1 }))),
        ("a transposed convolution with dilation, groups and crop", static builder => builder.Random("w", 1, 3, 2, 3, 4)
            .Node("ConvTranspose", "x w", "y", ("strides", new long[] { 2, 3 }), ("dilations", new long[] { 3, 2 }), ("group", 3),
                ("pads", new long[] { 3, 0, 1, 4 }))),
        ("a transposed convolution of stride 1", static builder => builder.Random("w1", 1, 3, 16, 3, 3).Random("w2", 2, 16, 16, 3, 3)
            .Node("ConvTranspose", "x w1", "a", Pads(2)).Node("ConvTranspose", "a w2", "y")),
        ("down and up", static builder => builder.Random("w1", 1, 8, 3, 3, 3).Random("w2", 2, 8, 8, 4, 4).Random("w3", 3, 3, 16, 3, 3)
            .Node("Conv", "x w1", "a", Pads(1)).Node("MaxPool", "a", "p", Kernel(2), ("strides", new long[] { 2, 2 }))
            .Node("ConvTranspose", "p w2", "u", ("strides", new long[] { 2, 2 }), Pads(1)).Node("Concat", "u a", "k", ("axis", 1))
            .Node("Conv", "k w3", "y", Pads(1))),
        ("pools", static builder => builder.Node("MaxPool", "x", "a", Kernel(3), Pads(1), ("strides", new long[] { 2, 1 }))
            .Node("AveragePool", "a", "b", Kernel(4), ("pads", new long[] { 1, 2, 2, 0 }), ("strides", new long[] { 1, 3 }))
            .Node("AveragePool", "b", "y", Kernel(3), Pads(1), ("count_include_pad", 1))),
        ("pools in ceil mode", static builder => builder.Node("MaxPool", "x", "a", Kernel(3), ("strides", new long[] { 2, 2 }),
            ("ceil_mode", 1))
            .Node("AveragePool", "a", "y", Kernel(3), Pads(1), ("strides", new long[] { 2, 2 }), ("ceil_mode", 1), ("count_include_pad",
                1))),
        ("pixel shuffle", static builder => builder.Random("w", 1, 12, 3, 3, 3).Random("w2", 2, 4, 3, 3, 3)
            .Node("Conv", "x w", "a", Pads(1)).Node("DepthToSpace", "a", "b", ("blocksize", 2), ("mode", "CRD"))
            .Node("Conv", "b w2", "c", Pads(1)).Node("DepthToSpace", "c", "d", ("blocksize", 2)).Node("Neg", "d", "y")),
        ("space to depth", static builder => builder.Random("w", 1, 12, 12, 3, 3)
            .Node("SpaceToDepth", "x", "a", ("blocksize", 2)).Node("Conv", "a w", "b", Pads(1)).Node("DepthToSpace", "b", "y",
                ("blocksize", 2))),
        ("pixel shuffle by shapes", static builder => builder.Random("w", 1, 12, 3, 3, 3).Integers("s1", 1, 3, 2, 2, 0, 0)
            .Node("Conv", "x w", "a", Pads(1)).Node("Shape", "a", "n").Integers("i2", 2).Integers("i3", 3).Integers("head", 1, 3, 2, 2)
            .Node("Gather", "n i2", "h").Node("Gather", "n i3", "v").Node("Concat", "head h v", "s", ("axis", 0))
            .Node("Reshape", "a s", "r").Node("Transpose", "r", "t", ("perm", new long[] { 0, 1, 4, 2, 5, 3 }))
            .Integers("two", 2).Node("Mul", "h two", "h2").Node("Mul", "v two", "v2").Integers("out", 1, 3)
            .Node("Concat", "out h2 v2", "z", ("axis", 0)).Node("Reshape", "t z", "y")),
        ("padding", static builder => builder.Integers("p1", 0, 0, 2, 3, 0, 0, 4, 1).Integers("p2", 0, 0, 1, 1, 0, 0, 1, 2)
            .Integers("p3", 0, 1, 1, 0, 0, 2, 0, 3).Floats("v", [], 0.25f).Random("w", 1, 4, 3, 3, 3)
            .Node("Pad", "x p1", "a", ("mode", "reflect")).Node("Conv", "a w", "b").Node("Pad", "b p2", "c", ("mode", "edge"))
            .Node("Pad", "c p3 v", "y")),
        ("slices", static builder => builder.Integers("s", 3, 2).Integers("e", 1000, -1).Integers("ax", 2, 3).Integers("st", 1, 2)
            .Random("w", 1, 4, 3, 3, 3).Node("Conv", "x w", "a", Pads(1)).Node("Slice", "a s e ax st", "y")),
        ("bilinear", static builder => builder.Floats("scales", [4], 1, 1, 2, 2).Random("w", 1, 4, 3, 3, 3)
            .Node("Conv", "x w", "a", Pads(1)).Node("Resize", "a - scales", "b", ("mode", "linear")).Node("Relu", "b", "y")),
        ("bilinear by an odd factor", static builder => builder.Floats("scales", [4], 1, 1, 1.5f, 0.7f)
            .Node("Resize", "x - scales", "y", ("mode", "linear"), ("coordinate_transformation_mode", "asymmetric"))),
        ("bicubic", static builder => builder.Floats("scales", [4], 1, 1, 3, 4).Node("Resize", "x - scales", "y", ("mode", "cubic"))),
        ("bilinear with corners aligned", static builder => builder.Integers("sizes", 1, 3, 50, 70)
            .Node("Resize", "x - - sizes", "y", ("mode", "linear"), ("coordinate_transformation_mode", "align_corners"))),
        ("nearest", static builder => builder.Floats("scales", [4], 1, 1, 2, 3).Random("w", 1, 4, 3, 3, 3)
            .Node("Resize", "x - scales", "a", ("mode", "nearest")).Node("Conv", "a w", "y", Pads(1))),
        ("nearest shrinking", static builder => builder.Floats("scales", [4], 1, 1, 0.4f, 0.6f)
            .Node("Resize", "x - scales", "y", ("mode", "nearest"), ("nearest_mode", "ceil"))),
        ("channels last inside", static builder => builder.Random("w", 1, 8, 3, 3, 3).Random("k", 2, 8).Random("w2", 3, 3, 8, 3, 3)
            .Node("Conv", "x w", "a", Pads(1)).Node("Transpose", "a", "t", ("perm", new long[] { 0, 2, 3, 1 })).Node("Mul", "t k", "m")
            .Node("Softmax", "m", "f", ("axis", -1)).Node("Transpose", "f", "b", ("perm", new long[] { 0, 3, 1, 2 }))
            .Node("Conv", "b w2", "y", Pads(1))),
        ("channels summed, split and chosen", static builder => builder.Random("w", 1, 8, 3, 3, 3).Integers("ax", 1).Integers("ix", 3, 0, 1)
            .Node("Conv", "x w", "a", Pads(1)).Node("ReduceMean", "a", "m", ("axes", new long[] { 1 })).Node("Sub", "a m", "c")
            .Node("Split", "c", "p q", ("axis", 1)).Node("Gather", "q ix", "g", ("axis", 1)).Node("Max", "p q", "n")
            .Node("Concat", "g n", "y", ("axis", 1))),
        ("functions", static builder => builder.Random("w", 1, 8, 3, 3, 3).Random("s", 2, 8, 1, 1).Floats("six", [], 6)
            .Node("Conv", "x w", "a", Pads(1)).Node("PRelu", "a s", "b").Node("Exp", "b", "c").Node("HardSwish", "c", "d")
            .Node("Erf", "d", "e").Node("Clip", "e - six", "f").Node("Softplus", "f", "g").Node("Mish", "g", "h").Node("Elu", "h", "i")
            .Node("Sqrt", "i", "j").Node("Log", "j", "k").Node("Sin", "k", "y")),
        ("constants of the picture's size", static builder => builder.Random("row", 1, 1, 1, 1, 45).Random("w", 2, 4, 3, 3, 3)
            .Random("column", 3, 1, 1, 37, 1).Node("Mul", "x row", "a").Node("Add", "a column", "b").Node("Conv", "b w", "y", Pads(1))),
        ("a constant of the picture's size added", static builder => builder.Random("w", 1, 3, 3, 3, 3).Random("m", 2, 1, 3, 37, 45)
            .Node("Conv", "x w", "a", Pads(1)).Node("Add", "a m", "y")),
        ("views", static builder => builder.Integers("ax", 0).Node("Unsqueeze", "x ax", "a").Node("Relu", "a", "b").Node("Squeeze",
            "b ax", "y")),
        ("batch normalisation", static builder => builder.Random("s", 1, 3).Random("t", 2, 3).Random("m", 3, 3).Floats("v", [3], 1, 2, 3)
            .Random("w", 1, 4, 3, 3, 3).Node("BatchNormalization", "x s t m v", "a").Node("Conv", "a w", "y", Pads(1))),
        ("comparisons", static builder => builder.Random("w", 1, 3, 3, 3, 3).Floats("half", [], 0.1f).Node("Conv", "x w", "a", Pads(1))
            .Node("Greater", "a half", "g").Node("Where", "g x a", "b").Node("Pow", "b half", "c").Node("Abs", "b", "d").Node("Sum",
                "b d", "y")),
        ("phases of many channels", static builder => Enlarging(builder, kernel: 4, stride: 2, [1, 1, 1, 1])),
        ("phases of many channels, the first later", static builder => Enlarging(builder, kernel: 4, stride: 2, [3, 3, 3, 3])),
        ("phases of an odd kernel", static builder => Enlarging(builder, kernel: 5, stride: 2, [3, 1, 2, 4], [1, 1])),
        ("phases of stride 3", static builder => Enlarging(builder, kernel: 7, stride: 3, [2, 4, 5, 1], [2, 0])),
        ("phases of few taps", static builder => Enlarging(builder, kernel: 3, stride: 2, [1, 0, 0, 1])),
        ("strides of many channels", static builder => builder.Random("w1", 1, 32, 3, 3, 3).Random("w2", 2, 32, 32, 4, 4)
            .Random("w3", 3, 32, 32, 5, 5).Node("Conv", "x w1", "a", Pads(1)).Node("Conv", "a w2", "b", ("strides", new long[] { 2, 2 }))
            .Node("Conv", "b w3", "y", ("strides", new long[] { 3, 2 }), ("pads", new long[] { 0, 2, 1, 0 }))),
        .. LocalOperatorModels.All, .. PixelListModels.All,
    ];

    public static TheoryData<string> Models => [.. _models.Select(static model => model.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Tiles_have_the_bits_of_the_whole_picture(string name)
    {
        OnnxModel model = Build(_models.Single(one => one.Name == name).Build);
        (int height, int width) = name is "space to depth" or "down and up" || PixelListModels.Even.Contains(name) ? (38, 46) : (37, 45);
        TilingAssert.SameBits(model, height, width, null, 7, 16, 24, 1000);
        TilingAssert.SameBits(model, height, width, new() { Session = new() { Compute = new() { AllowWinograd = false, Threads = 3 } } },
            11);
    }

    /// <summary>Tiles of Winograd's algorithm, which would differ if they did not begin where the whole's do, are among the
    /// tested.</summary>
    [Fact]
    public void The_chain_of_convolutions_is_computed_by_Winograds_algorithm()
    {
        using var session = new OnnxSession(Build(_models[0].Build), new() { Compute = new() { PositionIndependent = true } });
        OnnxPlan plan = session.Explain(Values.Named(("x", Values.Random(1, 1, 3, 37, 45))));
        Assert.Contains(plan.Steps, static step => step.Algorithm == "winograd");
    }

    /// <summary>So are those that have all phases of a transposed convolution.</summary>
    [Theory]
    [InlineData("phases of many channels")]
    [InlineData("phases of many channels, the first later")]
    [InlineData("phases of an odd kernel")]
    public void Phases_of_many_channels_are_computed_by_Winograds_algorithm(string name)
    {
        using var session = new OnnxSession(Build(_models.Single(one => one.Name == name).Build),
            new() { Compute = new() { PositionIndependent = true } });
        OnnxPlan plan = session.Explain(Values.Named(("x", Values.Random(1, 1, 3, 37, 45))));
        Assert.Contains(plan.Steps, static step => step.Algorithm == "winograd"
            && step.Operator.StartsWith("ConvTranspose", StringComparison.Ordinal));
    }

    // 32 channels, enlarged by a transposed convolution, and others after it.
    private static ModelBuilder Enlarging(ModelBuilder builder, int kernel, int stride, long[] pads, long[]? more = null) => builder
        .Random("w1", 1, 32, 3, 3, 3).Random("w2", 2, 32, 32, kernel, kernel).Random("w3", 3, 4, 32, 3, 3)
        .Node("Conv", "x w1", "a", Pads(1)).Node("ConvTranspose", "a w2", "b", ("strides", new long[] { stride, stride }), ("pads", pads),
            ("output_padding", more ?? [0, 0]))
        .Node("Relu", "b", "c").Node("Conv", "c w3", "y", Pads(1));

    private static OnnxModel Build(Func<ModelBuilder, ModelBuilder> build) =>
        build(new ModelBuilder().Input("x", "1", "3", "h", "w")).Output("y").Build();

    private static (string, object) Pads(long pad) => ("pads", new[] { pad, pad, pad, pad });

    private static (string, object) Kernel(long size) => ("kernel_shape", new[] { size, size });
}
