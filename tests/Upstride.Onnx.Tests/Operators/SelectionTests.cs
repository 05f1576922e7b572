namespace Upstride.Onnx.Tests.Operators;

/// <summary>Operators that choose among elements, against ONNX Runtime.</summary>
public class SelectionTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(0, 1)]
    public void The_first_k_come_in_order(int largest, int sorted)
    {
        var random = new Random(1);
        for (int round = 0; round < 20; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (nint)random.Next(1, 8))];
            int axis = random.Next(-shape.Length, shape.Length), k = random.Next(1, (int)shape[axis < 0 ? axis + shape.Length : axis] + 1);

            // Whole numbers, many of which are equal.
            OnnxTensor numbers = OneNode.Whole(random, shape);
            OneNode.SameAsRuntime("TopK", 11, [numbers, OneNode.Longs(k)], 2, 0, ("axis", axis), ("largest", largest), ("sorted", sorted));
            OnnxTensor integers = OnnxTensor.Create([.. numbers.Floats.ToArray().Select(static one => (long)one)], shape);
            OneNode.SameAsRuntime("TopK", 11, [integers, OneNode.Longs(k)], 2, 0, ("axis", axis), ("largest", largest));
            if (largest == 1)
                OneNode.SameAsRuntime("TopK", 10, [numbers, OneNode.Longs(k)], 2, 0, ("axis", axis));
        }
    }

    [Fact]
    public void K_is_an_attribute_in_old_models_and_bounded()
    {
        OnnxTensor[] results = OneNode.Run("TopK", 9, [OneNode.Floats(3, 1, 2)], 2, ("k", 2));
        Assert.Equal([3f, 2], results[0].Floats.ToArray());
        Assert.Equal([0L, 2], results[1].Integers.ToArray());
        Assert.Equal("node 'node-y0' (TopK): k = 4, and must be from 0 to 3, the length of axis 0 of float32 [3]",
            OneNode.Refusal("TopK", 11, [OneNode.Floats(3, 1, 2), OneNode.Longs(4)]));
        Assert.Equal("node 'node-y0' (TopK): attribute k is missing, and opset 9 needs it",
            OneNode.Refusal("TopK", 9, [OneNode.Floats(3, 1, 2)]));
    }

    [Fact]
    public void An_index_becomes_a_row_that_is_hot_there()
    {
        var random = new Random(2);
        for (int round = 0; round < 20; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (nint)random.Next(1, 5))];
            OnnxTensor indices = OnnxTensor.Create([.. Enumerable.Range(0, OneNode.Count(shape)).Select(_ => random.NextInt64(-7, 7))],
                shape);
            int axis = random.Next(-shape.Length - 1, shape.Length + 1);
            OneNode.SameAsRuntime("OneHot", 11, [indices, OneNode.Longs(5), OneNode.Floats(-1, 3)], 1, 0, ("axis", axis));
            OneNode.SameAsRuntime("OneHot", 11, [indices, OneNode.Longs(5), OneNode.Longs(2, 7)], 1, 0, ("axis", axis));
        }
        Assert.Equal([true, false, false, true], OneNode.Run("OneHot", 9,
            [OneNode.Floats(0, 1), OneNode.Longs(2), OnnxTensor.Create([false, true], 2)]).Booleans.ToArray());
        Assert.Equal("node 'node-y0' (OneHot): the depth is -1, and must be from 0 to 2147483591",
            OneNode.Refusal("OneHot", 11, [OneNode.Longs(1), OneNode.Longs(-1), OneNode.Floats(0, 1)]));
        Assert.Contains("elements", OneNode.Refusal("OneHot", 11, [OneNode.Longs(1, 2, 3), OneNode.Longs(2_000_000_000),
            OneNode.Floats(0, 1)]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Boxes_that_overlap_one_taken_before_are_left_out(int centers)
    {
        var random = new Random(3);
        for (int round = 0; round < 20; round++)
        {
            (int images, int classes, int boxes) = (random.Next(1, 3), random.Next(1, 4), random.Next(1, 20));
            OnnxTensor corners = OnnxTensor.Create(
                [.. Enumerable.Range(0, images * boxes * 4).Select(i => random.NextSingle() + (i % 4 / 2 * 0.5f))], images, boxes, 4);
            OnnxTensor scores = OnnxTensor.Create(
                [.. Enumerable.Range(0, images * classes * boxes).Select(_ => random.NextSingle())], images, classes, boxes);
            OnnxTensor most = OneNode.Longs(random.Next(0, 8)), overlap = OneNode.Floats(random.NextSingle()),
                least = OneNode.Floats(random.NextSingle() / 2);
            OneNode.SameAsRuntime("NonMaxSuppression", 11, [corners, scores, most, overlap, least], 1, 0, ("center_point_box", centers));
            OneNode.SameAsRuntime("NonMaxSuppression", 10, [corners, scores, OneNode.Longs(3), overlap], 1, 0,
                ("center_point_box", centers));
        }
        Assert.Equal([0, 3], OneNode.Run("NonMaxSuppression", 11, [Values.Random(1, 1, 5, 4), Values.Random(2, 1, 2, 5)]).Shape);
    }

    [Fact]
    public void Boxes_that_a_model_computes_are_selected_anew_in_each_run()
    {
        using OnnxSession session = new ModelBuilder(11).Input("boxes", "1", "", "4").Input("scores", "1", "1", "")
            .Integers("most", 10).Floats("overlap", [1], 0.5f).Node("Relu", "boxes", "positive")
            .Node("NonMaxSuppression", "positive scores most overlap", "y").Output("y", OnnxElementType.Int64).Session();
        OnnxTensor boxes = OnnxTensor.Create([-1f, -1, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3], 1, 3, 4);
        Assert.Equal([0L, 0, 1, 0, 0, 2],
            Values.Run(session, ("boxes", boxes), ("scores", OnnxTensor.Create([0.1f, 0.9f, 0.5f], 1, 1, 3))).Integers.ToArray());
        Assert.Equal([0L, 0, 2, 0, 0, 0],
            Values.Run(session, ("boxes", boxes), ("scores", OnnxTensor.Create([0.9f, 0.1f, 0.95f], 1, 1, 3))).Integers.ToArray());
    }

    [Fact]
    public void Boxes_that_do_not_fit_are_refused()
    {
        Assert.Equal("node 'node-y0' (NonMaxSuppression): the scores are float32 [1, 1, 4], and must be [1, classes, 5]",
            OneNode.Refusal("NonMaxSuppression", 11, [Values.Random(1, 1, 5, 4), Values.Random(1, 1, 1, 4)]));
        Assert.Equal("node 'node-y0' (NonMaxSuppression): 40000000000 pairs of boxes may be compared, and 10000000000 are the most: lower "
            + "max_output_boxes_per_class, which is 9223372036854775807", OneNode.Refusal("NonMaxSuppression", 11,
            [Values.Random(1, 1, 200_000, 4), Values.Random(1, 1, 1, 200_000), OneNode.Longs(long.MaxValue)]));
        Assert.Equal("node 'node-y0' (NonMaxSuppression): the overlap threshold is 2, and must be from 0 to 1",
            OneNode.Refusal("NonMaxSuppression", 11,
                [Values.Random(1, 1, 5, 4), Values.Random(1, 1, 1, 5), OneNode.Longs(1), OneNode.Floats(2)]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void What_is_there_more_than_once_is_kept_once(int sorted)
    {
        var random = new Random(4);
        for (int round = 0; round < 20; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (nint)random.Next(1, 5))];
            OnnxTensor numbers = OnnxTensor.Create(
                [.. Enumerable.Range(0, OneNode.Count(shape)).Select(_ => (float)random.Next(3))], shape);
            OneNode.SameAsRuntime("Unique", 11, [numbers], 4, 0, ("sorted", sorted));
            OneNode.SameAsRuntime("Unique", 11, [numbers], 4, 0, ("sorted", sorted),
                ("axis", random.Next(-shape.Length, shape.Length)));
            OneNode.SameAsRuntime("Unique", 11, [OneNode.Run("Cast", 13, [numbers], ("to", 7))], 1, 0, ("sorted", sorted));
        }

        // The specification's example.
        OnnxTensor[] results = OneNode.Run("Unique", 11, [OneNode.Floats(2, 1, 1, 3, 4, 3)], 4, ("sorted", 0));
        Assert.Equal([2f, 1, 3, 4], results[0].Floats.ToArray());
        Assert.Equal([0L, 1, 3, 4], results[1].Integers.ToArray());
        Assert.Equal([0L, 1, 1, 2, 3, 2], results[2].Integers.ToArray());
        Assert.Equal([1L, 2, 2, 1], results[3].Integers.ToArray());
    }
}
