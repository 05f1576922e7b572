namespace Upstride.Onnx.Tests.Operators;

/// <summary>Operators that show the same elements under another shape, and those that tell of shapes.</summary>
public class ViewTests
{
    private static readonly OnnxTensor Six = Values.Random(1, 2, 3);

    [Theory]
    [InlineData(6, 0, new long[] { 3, 2 }, new long[] { 3, 2 })]
    [InlineData(13, 0, new long[] { -1 }, new long[] { 6 })]
    [InlineData(14, 0, new long[] { 0, -1 }, new long[] { 2, 3 })]
    [InlineData(14, 0, new long[] { 1, 0, 2, -1 }, new long[] { 1, 3, 2, 1 })]
    public void A_reshape_fills_in_what_is_open(int opset, int allowZero, long[] asked, long[] expected) =>
        Keeps(expected, Six, OneNode.Run("Reshape", opset, [Six, OneNode.Longs(asked)], opset >= 14 ? [("allowzero", allowZero)] : []));

    [Fact]
    public void A_zero_may_mean_zero_from_opset_14_on()
    {
        OnnxTensor none = OnnxTensor.Create(ReadOnlySpan<float>.Empty, 0, 3);
        Keeps([3, 0], none, OneNode.Run("Reshape", 14, [none, OneNode.Longs(3, 0)], ("allowzero", 1)));
        Keeps([0, 1, 3], none, OneNode.Run("Reshape", 14, [none, OneNode.Longs(0, 1, 3)]));
    }

    [Theory]
    [InlineData(new long[] { 4, 2 }, "float32 [2, 3] has 6 elements, and shape = [4, 2] needs 8")]
    [InlineData(new long[] { 4, -1 }, "6 elements of float32 [2, 3] do not fill shape = [4, -1]: 4 must divide them")]
    [InlineData(new long[] { -1, -1 }, "shape = [-1, -1], and may hold lengths, 0 and one -1")]
    [InlineData(new long[] { 2, 3, 0 }, "shape = [2, 3, 0] takes the length of axis 2 from float32 [2, 3], which has none")]
    public void A_reshape_that_does_not_fit_is_refused(long[] asked, string text) =>
        Assert.Equal($"node 'node-y0' (Reshape): {text}", OneNode.Refusal("Reshape", 13, [Six, OneNode.Longs(asked)]));

    [Fact]
    public void A_zero_beside_an_open_length_is_refused_where_it_means_zero() => Assert.Equal(
        "node 'node-y0' (Reshape): shape = [0, -1] with allowzero = 1: 0 and -1 together leave the length open",
            OneNode.Refusal("Reshape", 14, [Six, OneNode.Longs(0, -1)], ("allowzero", 1)));

    [Fact]
    public void A_tensor_becomes_a_matrix()
    {
        OnnxTensor input = Values.Random(2, 2, 3, 4);
        Keeps([2, 12], input, OneNode.Run("Flatten", 9, [input]));
        Keeps([1, 24], input, OneNode.Run("Flatten", 9, [input], ("axis", 0)));
        Keeps([24, 1], input, OneNode.Run("Flatten", 9, [input], ("axis", 3)));
        Keeps([6, 4], input, OneNode.Run("Flatten", 11, [input], ("axis", -1)));
        Assert.Equal("node 'node-y0' (Flatten): axis = -1, and must be from 0 to 3 for float32 [2, 3, 4]",
            OneNode.Refusal("Flatten", 9, [input], ("axis", -1)));
    }

    [Fact]
    public void Axes_of_length_1_come_and_go()
    {
        OnnxTensor input = Values.Random(3, 1, 2, 1, 3);
        Keeps([2, 3], input, OneNode.Run("Squeeze", 11, [input]));
        Keeps([2, 1, 3], input, OneNode.Run("Squeeze", 6, [input], ("axes", new long[] { 0 })));
        Keeps([1, 2, 3], input, OneNode.Run("Squeeze", 13, [input, OneNode.Longs(-2)]));
        Keeps([1, 2, 1, 3, 1], input, OneNode.Run("Unsqueeze", 11, [input], ("axes", new long[] { 4 })));
        Keeps([1, 1, 2, 1, 3, 1], input, OneNode.Run("Unsqueeze", 13, [input, OneNode.Longs(-1, 0)]));
        Assert.Equal("node 'node-y0' (Squeeze): axis 1 of float32 [1, 2, 1, 3] has length 2, and must have 1 to be taken out",
            OneNode.Refusal("Squeeze", 13, [input, OneNode.Longs(1)]));
        Assert.Equal("node 'node-y0' (Unsqueeze): axes = [0, 0], and each may stand there once",
            OneNode.Refusal("Unsqueeze", 13, [input, OneNode.Longs(0, 0)]));
        Assert.Equal("node 'node-y0' (Squeeze): the operator has no attribute axes at opset 13",
            OneNode.Refusal("Squeeze", 13, [input], ("axes", new long[] { 0 })));
    }

    [Fact]
    public void A_shape_is_told_from_start_to_end()
    {
        OnnxTensor input = Values.Random(4, 2, 3, 4, 5);
        Assert.Equal([2L, 3, 4, 5], OneNode.Run("Shape", 13, [input]).Integers.ToArray());
        Assert.Equal([3L, 4], OneNode.Run("Shape", 15, [input], ("start", 1), ("end", -1)).Integers.ToArray());
        Assert.Equal([4L, 5], OneNode.Run("Shape", 15, [input], ("start", -2)).Integers.ToArray());
        Assert.Equal([0], OneNode.Run("Shape", 15, [input], ("start", 3), ("end", 1)).Shape.ToArray());
        Assert.Equal([2L, 3, 4, 5], OneNode.Run("Shape", 15, [input], ("start", -9), ("end", 9)).Integers.ToArray());
        Assert.Equal([120L], OneNode.Run("Size", 13, [input]).Integers.ToArray());
        Assert.Empty(OneNode.Run("Size", 13, [input]).Shape);
    }

    [Fact]
    public void Arithmetic_on_shapes_needs_no_elements_of_the_input()
    {
        // The usual export of a flattening: the input is larger than what a plan may depend on, and so would be refused if its elements
        // were asked for.
        using OnnxSession session = new ModelBuilder(13).Input("x", "n", "c", "h", "w").Integers("zero", 0).Integers("open", -1)
            .Integers("axes", 0)
            .Node("Shape", "x", "shape").Node("Gather", "shape zero", "batch", ("axis", 0))
            .Node("Concat", "batch open", "target", ("axis", 0)).Node("Reshape", "x target", "y").Output("y").Session();
        Assert.Equal([2, 8192], Values.Run(session, ("x", Values.Random(1, 2, 8, 32, 32))).Shape);
        Assert.Equal([3, 12288], Values.Run(session, ("x", Values.Random(1, 3, 3, 64, 64))).Shape);
    }

    [Fact]
    public void Tensors_are_made_of_shapes_and_numbers()
    {
        OnnxTensor zeros = OneNode.Run("ConstantOfShape", 9, [OneNode.Longs(2, 3)]);
        Assert.Equal((OnnxElementType.Float32, "float32 [2, 3]"), (zeros.ElementType, zeros.ToString()));
        Assert.Equal(new float[6], zeros.Floats.ToArray());
        Assert.Equal([3L, 5, 7],
            OneNode.Run("Range", 11, [OnnxTensor.Create([3L]), OnnxTensor.Create([9L]), OnnxTensor.Create([2L])]).Integers.ToArray());
        Assert.Equal([10L, 7],
            OneNode.Run("Range", 11, [OnnxTensor.Create([10L]), OnnxTensor.Create([4L]), OnnxTensor.Create([-3L])]).Integers.ToArray());
        Assert.Equal([1f, 1.5f, 2f],
            OneNode.Run("Range", 11, [OnnxTensor.Create([1f]), OnnxTensor.Create([2.25f]), OnnxTensor.Create([0.5f])]).Floats.ToArray());
        Assert.Equal([0],
            OneNode.Run("Range", 11, [OnnxTensor.Create([5L]), OnnxTensor.Create([5L]), OnnxTensor.Create([1L])]).Shape.ToArray());
        Assert.Equal("node 'node-y0' (Range): delta = 0, and may not be",
            OneNode.Refusal("Range", 11, [OnnxTensor.Create([1L]), OnnxTensor.Create([2L]), OnnxTensor.Create([0L])]));
    }

    private static void Keeps(long[] shape, OnnxTensor input, OnnxTensor output)
    {
        Assert.Equal(shape, output.Shape.Select(static length => (long)length));
        Assert.Equal(input.Floats.ToArray(), output.Floats.ToArray());
    }
}
