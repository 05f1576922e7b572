namespace Upstride.Onnx.Tests.Tiling;

/// <summary>What looks at the whole picture is named, and the picture goes through whole; what does not fit in memory is refused.</summary>
public class RefusedTilingTests
{
    [Theory]
    [InlineData("GlobalAveragePool", "makes one number of the whole picture")]
    [InlineData("InstanceNormalization", "normalises by the mean and the variance of the whole picture")]
    [InlineData("Softmax", "divides by a sum over the columns of the whole picture")]
    [InlineData("MatMul", "sums products over the rows or columns of the whole picture")]
    [InlineData("Columns", "sums products over the rows or columns of the whole picture")]
    [InlineData("Einsum", "sums products over the rows or columns of the whole picture")]
    [InlineData("Quantized", "finds the least and the greatest number of the whole picture")]
    [InlineData("Mosaic", "the picture side by side")]
    [InlineData("CumSum", "sums up the rows of the whole picture")]
    [InlineData("Recurrent", "goes through the whole picture in a sequence")]
    [InlineData("Flatten", "mixes rows with columns")]
    [InlineData("List", "takes neighbours from a list of pixels, in which rows and columns are one axis")]
    [InlineData("ListSum", "divides by a sum over the rows of the whole picture")]
    [InlineData("ListAttention", "sums products over the rows or columns of the whole picture")]
    [InlineData("ListCut", "takes neighbours from a list of pixels, in which rows and columns are one axis")]
    [InlineData("ListMixed", "mixes pixels with what they hold")]
    [InlineData("ListOut", "output 'y' is a list of pixels")]
    [InlineData("Foreign", "which no pooling of the graph gives it")]
    [InlineData("Flip", "mirrors the picture")]
    [InlineData("Transposed", "combines tensors whose rows and columns are different axes")]
    [InlineData("SideBySide", "joins a picture with constants side by side")]
    [InlineData("Indices", "gives output 1 too, which counts over the whole picture")]
    [InlineData("Sum", "makes one number of all rows or columns of the picture")]
    public void An_operator_that_looks_at_the_whole_picture_is_named_and_the_picture_goes_through_whole(string kind, string reason)
    {
        OnnxModel model = Build(kind);
        using OnnxPicturePlan plan = new OnnxPictureModel(model).Plan(16, 16);
        Assert.Equal(OnnxPictureMode.Whole, plan.Mode);
        Assert.Contains(reason, plan.Reason, StringComparison.Ordinal);
        Assert.Contains("node 'node-", plan.Reason, StringComparison.Ordinal);
        TilingAssert.SameBits(model, 16, 16);
    }

    // Windows of 3 by steps of 2 over 17 rows reach the last row, which is not in the output.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_maximum_without_a_place_in_the_output_is_told_in_tiles_as_in_the_whole(int inColumns)
    {
        OnnxModel model = new ModelBuilder().Input("x", "1", "3", "h", "w").Integers("s", 1, 3, 16, 17)
            .Node("MaxPool", "x", "p i", ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }),
                ("storage_order", inColumns))
            .Node("MaxUnpool", "p i s", "y", ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 })).Output("y").Build();
        foreach (OnnxPictureSettings settings in (OnnxPictureSettings[])[new() { Tile = 6 }, new() { Whole = true }])
        {
            using OnnxPicturePlan plan = new OnnxPictureModel(model, settings).Plan(17, 17);
            Assert.Equal(settings.Whole ? OnnxPictureMode.Whole : OnnxPictureMode.Tiled, plan.Mode);
            string message = Assert.Throws<OnnxFormatException>(() => plan.Run(
                static (row, planes) => planes.Fill(row), static (_, _) => { })).Message;
            Assert.Contains("give the shape of the pool's input as output_shape", message, StringComparison.Ordinal);
            Assert.Contains("node 'node-y'", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_whole_picture_that_the_memory_does_not_hold_is_refused_with_both_reasons()
    {
        var settings = new OnnxPictureSettings { Session = new() { Limits = new() { MaximalMemory = 1 << 20 } } };
        using OnnxPicturePlan plan = new OnnxPictureModel(Build("InstanceNormalization"), settings).Plan(600, 600);
        Assert.Equal(OnnxPictureMode.Refused, plan.Mode);
        Assert.Contains("normalises by the mean", plan.Reason, StringComparison.Ordinal);
        Assert.Contains("settings.Limits.MaximalMemory = 1048576", plan.Reason, StringComparison.Ordinal);
        Assert.StartsWith("the picture is refused: ",
            Assert.Throws<InvalidOperationException>(() => plan.Run(static (_, _) => { }, static (_, _) => { })).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_other_inputs_is_refused_with_what_it_takes()
    {
        OnnxModel two = new ModelBuilder().Input("x", "1", "3", "h", "w").Input("z", "1").Node("Add", "x z", "y").Output("y").Build();
        Assert.Contains("it has x: float32 [1, 3, h, w], z: float32 [1]",
            Assert.Throws<ArgumentException>(() => new OnnxPictureModel(two)).Message, StringComparison.Ordinal);
        OnnxModel open = new ModelBuilder().Input("x", "1", "c", "h", "w").Node("Relu", "x", "y").Output("y").Build();
        Assert.Contains("leaves the channels open: tell them",
            Assert.Throws<ArgumentException>(() => new OnnxPictureModel(open)).Message, StringComparison.Ordinal);
        Assert.Equal(3, new OnnxPictureModel(open, new() { Channels = 3 }).Channels);
    }

    private static OnnxModel Build(string kind)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "3", "h", "w");
        _ = kind switch
        {
            "GlobalAveragePool" => builder.Node("GlobalAveragePool", "x", "g").Node("Mul", "x g", "y"),
            "InstanceNormalization" => builder.Floats("s", [3], 1, 2, 3).Floats("b", [3], 0, 0, 1).Node("InstanceNormalization", "x s b",
                "y"),
            "Softmax" => builder.Node("Softmax", "x", "y"),
            "MatMul" => builder.Node("MatMul", "x x", "y"),
            "Flatten" => builder.Integers("s", 1, -1).Node("Shape", "x", "n").Node("Reshape", "x s", "f").Node("Exp", "f", "g")
                .Node("Reshape", "g n", "y"),
            "List" => Listed(builder.Random("w", 1, 3, 3, 3), "Conv", "l w", ("pads", new long[] { 1, 1 })),
            "ListSum" => Listed(builder, "Softmax", "l", ("axis", 2)),
            "ListAttention" => builder.Integers("s", 1, 3, -1).Node("Shape", "x", "n").Node("Reshape", "x s", "l")
                .Node("Transpose", "l", "t", ("perm", new long[] { 0, 2, 1 })).Node("MatMul", "l t", "q").Node("MatMul", "q l", "m")
                .Node("Reshape", "m n", "y"),
            "ListCut" => builder.Integers("s", 1, 3, -1).Integers("t", 1, 3, 8, 16).Integers("zero", 0).Integers("half", 128)
                .Integers("two", 2).Node("Reshape", "x s", "l").Node("Slice", "l zero half two", "c").Node("Reshape", "c t", "y"),
            "ListMixed" => builder.Integers("s", 1, 3, -1).Integers("t", 3, 8, 32).Integers("u", 1, 3, 16, 16).Node("Reshape", "x s", "l")
                .Node("Reshape", "l t", "m").Node("Abs", "m", "a").Node("Reshape", "a u", "y"),
            "ListOut" => builder.Integers("s", 1, 3, -1, 1).Node("Reshape", "x s", "y"),
            "Foreign" => builder.Node("MaxPool", "x", "p", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }))
                .Integers("j", [.. Enumerable.Range(0, 192).Select(static i => i * 4L)]).Integers("s", 1, 3, 8, 8)
                .Node("Reshape", "j s", "i")
                .Node("MaxUnpool", "p i", "y", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })),
            "Flip" => builder.Integers("s", -1).Integers("e", -1000).Integers("i", 3).Node("Slice", "x s e i s", "y"),
            "Transposed" => builder.Node("Transpose", "x", "t", ("perm", new long[] { 0, 1, 3, 2 })).Node("Add", "x t", "y"),
            "SideBySide" => builder.Random("z", 1, 1, 3, 16, 4).Node("Concat", "x z", "y", ("axis", 3)),
            "Columns" => builder.Random("w", 1, 16, 16).Node("MatMul", "x w", "y"),
            "Einsum" => builder.Random("w", 1, 16, 16).Node("Einsum", "x w", "y", ("equation", "bchw,hk->bckw")),
            "Quantized" => builder.Node("DynamicQuantizeLinear", "x", "q s z").Node("DequantizeLinear", "q s z", "y"),
            "Mosaic" => builder.Integers("r", 1, 1, 2, 1).Node("Tile", "x r", "y"),
            "CumSum" => builder.Scalar("two", 2L).Node("CumSum", "x two", "y"),
            "Recurrent" => builder.Integers("zero", 0).Random("w", 1, 1, 16, 16).Random("r", 2, 1, 16, 16)
                .Node("Squeeze", "x zero", "s").Node("RNN", "s w r", "o", ("hidden_size", 16))
                .Node("Transpose", "o", "y", ("perm", new long[] { 1, 0, 2, 3 })),
            "Indices" => builder.Node("MaxPool", "x", "p i", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }))
                .Node("Cast", "i", "y", ("to", 1)),
            _ => builder.Node("ReduceMax", "x", "m", ("axes", new long[] { 2 })).Node("Sub", "x m", "y"),
        };
        return builder.Output("y").Build();
    }

    // A node over a list of pixels, [1, channels, rows*columns].
    private static ModelBuilder Listed(ModelBuilder builder, string op, string inputs, (string, object) attribute) => builder
        .Integers("s", 1, 3, -1).Node("Shape", "x", "n").Node("Reshape", "x s", "l").Node(op, inputs, "m", attribute)
        .Node("Reshape", "m n", "y");
}
