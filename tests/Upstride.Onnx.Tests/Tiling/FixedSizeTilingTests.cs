namespace Upstride.Onnx.Tests.Tiling;

/// <summary>
/// Models of one size that cannot be read as models of any: a larger picture goes through in parts of that size, with the bits of the same
/// graph written for its own size.
/// </summary>
public class FixedSizeTilingTests
{
    [Theory]
    [InlineData("doubled", 48, 61, 70)]
    [InlineData("doubled", 48, 48, 131)]
    [InlineData("strides", 64, 96, 72)]
    [InlineData("winograd", 64, 96, 72)]
    [InlineData("mean", 48, 57, 48)]
    [InlineData("cropped", 56, 80, 99)]
    [InlineData("list", 48, 61, 70)]
    public void A_larger_picture_has_the_bits_of_the_graph_of_its_size(string kind, int declared, int height, int width)
    {
        OnnxModel whole = Build(kind, height, width), model = Build(kind, declared, declared);
        OnnxTensor picture = Values.Random(3, 3, height, width);
        float[] expected = TilingAssert.Run(new OnnxPictureModel(whole, new() { Whole = true }), picture, height, width,
            OnnxPictureMode.Whole, out _);
        foreach (int? tile in (int?[])[null, 7, 16])
        {
            float[] actual = TilingAssert.Run(new OnnxPictureModel(model, new() { Tile = tile }), picture, height, width,
                OnnxPictureMode.Tiled, out OnnxPicturePlan plan);
            Assert.Contains($"in parts of {declared}x{declared}: node 'node-", plan.Reason, StringComparison.Ordinal);
            Assert.True(expected.AsSpan().SequenceEqual(actual), plan.ToString());
        }
    }

    [Theory]
    [InlineData("doubled", 2, 0)]
    [InlineData("cropped", 2, 8)]
    [InlineData("mean", 1, 0)]
    public void Its_scale_is_found(string kind, int factor, int crop) =>
        Assert.Equal(new(factor, crop, 3), new OnnxPictureModel(Build(kind, 64, 64)).Scale);

    [Theory]
    [InlineData("doubled", 40, 60, "a picture must have 48 rows or more, and has 40")]
    [InlineData("strides", 63, 66, "a picture must have 48 rows and a multiple of 2 more, and has 63")]
    [InlineData("places", 60, 60, "none are far enough from the borders to be computed as those of a larger picture are")]
    [InlineData("pooled", 60, 60, "makes one number of the whole picture")]
    public void What_does_not_go_through_in_parts_is_refused(string kind, int height, int width, string reason)
    {
        using OnnxPicturePlan plan = new OnnxPictureModel(Build(kind, 48, 48)).Plan(height, width);
        Assert.Equal(OnnxPictureMode.Refused, plan.Mode);
        Assert.StartsWith("the model takes pictures of 48x48 alone: node 'node-", plan.Reason, StringComparison.Ordinal);
        Assert.Contains(reason, plan.Reason, StringComparison.Ordinal);
    }

    // Rows and columns by their numbers are told for one size.
    private static OnnxModel Build(string kind, int height, int width)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "3", $"{height}", $"{width}").Random("w", 1, 3, 3, 3, 3)
            .Integers("rows", [.. Enumerable.Range(0, 2 * height).Select(static i => i / 2L)])
            .Integers("columns", [.. Enumerable.Range(0, 2 * width).Select(static i => i / 2L)]);
        _ = kind switch
        {
            "doubled" => builder.Random("v", 2, 3, 3, 5, 5).Node("Conv", "x v", "a", Pads(2)).Node("Gather", "a rows", "b", ("axis", 2))
                .Node("Gather", "b columns", "c", ("axis", 3)).Node("Conv", "c w", "y", Pads(1)),
            "strides" => builder.Integers("even", [.. Enumerable.Range(0, height / 2).Select(static i => 2L * i)])
                .Random("u", 2, 3, 3, 4, 4).Node("Gather", "x even", "a", ("axis", 2))
                .Node("MaxPool", "a", "b", ("kernel_shape", new long[] { 1, 2 }), ("strides", new long[] { 1, 2 }))
                .Node("ConvTranspose", "b u", "c", ("strides", new long[] { 2, 2 }), Pads(1)).Node("Conv", "c w", "y", Pads(1)),
            "winograd" => builder.Random("v1", 2, 32, 3, 3, 3).Random("v2", 3, 32, 32, 3, 3).Random("v3", 4, 3, 32, 3, 3)
                .Node("Conv", "x v1", "a", Pads(1)).Node("Relu", "a", "b").Node("Conv", "b v2", "c", Pads(1))
                .Node("Conv", "c v3", "d", Pads(1)).Node("Gather", "d rows", "y", ("axis", 2)),
            "mean" => builder.Floats("m", [1, 3, height, width],
                    [.. Enumerable.Range(0, 3 * height * width).Select(i => 0.1f * (1 + (i / (height * width))))])
                .Node("Sub", "x m", "a").Node("Conv", "a w", "b", Pads(1)).Node("Add", "b m", "y"),
            "cropped" => builder.Node("Conv", "x w", "a").Node("Gather", "a crop", "b", ("axis", 2)).Node("Gather", "b cross", "c",
                ("axis", 3)).Integers("crop", Doubled(height)).Integers("cross", Doubled(width)).Random("v", 2, 3, 3, 5, 5)
                .Node("Conv", "c v", "y"),
            "list" => builder.Integers("pixels", 1, 3, height * width).Integers("picture", 1, 4, height, width).Random("v", 2, 4, 3)
                .Random("u", 4, 3, 4, 3, 3).Node("Conv", "x w", "a", Pads(1)).Node("Reshape", "a pixels", "b").Node("MatMul", "v b", "c")
                .Node("Relu", "c", "d").Node("Reshape", "d picture", "e").Node("Conv", "e u", "y", Pads(1)),
            "places" => builder.Random("m", 2, 1, 1, height, width).Node("Add", "x m", "a").Node("Gather", "a rows", "y", ("axis", 2)),
            _ => builder.Node("GlobalAveragePool", "x", "g").Node("Mul", "x g", "y"),
        };
        return builder.Output("y").Build();
    }

    private static long[] Doubled(int length) => [.. Enumerable.Range(0, 2 * (length - 2)).Select(static i => i / 2L)];

    private static (string, object) Pads(long pad) => ("pads", new[] { pad, pad, pad, pad });
}
