namespace Upstride.Onnx.Tests.Operators;

/// <summary>Operators that move elements to where indices say, against ONNX Runtime.</summary>
public class IndexedMovementTests
{
    [Fact]
    public void Slices_are_gathered_by_rows_of_indices()
    {
        var random = new Random(1);
        for (int round = 0; round < 40; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => (nint)random.Next(1, 5))];
            int batch = random.Next(0, shape.Length), named = random.Next(1, shape.Length - batch + 1);
            nint[] rows = [.. shape[..batch], .. Enumerable.Range(0, random.Next(0, 3)).Select(_ => (nint)random.Next(1, 4)), named];
            OnnxTensor indices = OnnxTensor.Create([.. Enumerable.Range(0, OneNode.Count(rows)).Select(i =>
                random.NextInt64(-shape[batch + (i % named)], shape[batch + (i % named)]))], rows);
            OneNode.SameAsRuntime("GatherND", 13, [OneNode.Whole(random, shape), indices], 1, 0, ("batch_dims", batch));
            OneNode.SameAsRuntime("GatherND", 12, [Integers(random, shape), indices], 1, 0, ("batch_dims", batch));
        }
        Assert.Equal("node 'node-y0' (GatherND): an index is 3, and must be from -3 to 2 for an axis of length 3",
            OneNode.Refusal("GatherND", 13, [OneNode.Floats(1, 2, 3), OnnxTensor.Create([3L], 1, 1)]));
        Assert.Equal("node 'node-y0' (GatherND): the indices are int64 [1, 2] and the data float32 [3]: the last axis of the indices must "
            + "have from 1 to 1 numbers", OneNode.Refusal("GatherND", 13, [OneNode.Floats(1, 2, 3), OnnxTensor.Create([0L, 0], 1, 2)]));
        Assert.Equal("node 'node-y0' (GatherND): attribute batch_dims = 1, and must be from 0 to 0 for indices int64 [1, 1] and data "
            + "float32 [3]", OneNode.Refusal("GatherND", 13, [OneNode.Floats(1, 2, 3), OnnxTensor.Create([0L], 1, 1)], ("batch_dims", 1)));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("add")]
    [InlineData("mul")]
    [InlineData("max")]
    [InlineData("min")]
    public void Elements_are_scattered_along_an_axis(string reduction)
    {
        var random = new Random(2);
        for (int round = 0; round < 20; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (nint)random.Next(1, 6))];
            int axis = random.Next(-shape.Length, shape.Length), along = axis < 0 ? axis + shape.Length : axis;
            nint[] rows = [.. shape.Select(length => (nint)random.Next(1, (int)length + 1))];

            // Without a combination the order of two updates of one place is open: an index comes once.
            long[] places = [.. Enumerable.Range(0, (int)shape[along]).Select(static place => (long)place)];
            random.Shuffle(places);
            OnnxTensor indices = OnnxTensor.Create([.. OneNode.Places(rows).Select(place => reduction == "none"
                ? places[place[along]] : random.NextInt64(-shape[along], shape[along]))], rows);
            OneNode.SameAsRuntime("ScatterElements", 18, [OneNode.Whole(random, shape), indices, OneNode.Whole(random, rows)], 1, 0,
                ("axis", axis), ("reduction", reduction));
            if (reduction != "none") continue;
            OneNode.SameAsRuntime("ScatterElements", 11, [Integers(random, shape), indices, Integers(random, rows)], 1, 0, ("axis", axis));
            OneNode.SameAsRuntime("Scatter", 9, [OneNode.Whole(random, shape), indices, OneNode.Whole(random, rows)], 1, 0, ("axis", axis));
        }
        Assert.Equal("node 'node-y0' (ScatterElements): an index is -4, and must be from -3 to 2 for an axis of length 3",
            OneNode.Refusal("ScatterElements", 18, [OneNode.Floats(1, 2, 3), OneNode.Longs(-4), OneNode.Floats(1)]));
        Assert.Equal("node 'node-y0' (ScatterElements): the updates are float32 [2], and must be [1] like the indices",
            OneNode.Refusal("ScatterElements", 18, [OneNode.Floats(1, 2, 3), OneNode.Longs(0), OneNode.Floats(1, 2)]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_triangle_is_kept(int upper)
    {
        var random = new Random(3);
        for (int round = 0; round < 20; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(2, 5)).Select(_ => (nint)random.Next(1, 6))];
            OneNode.SameAsRuntime("Trilu", 14, [OneNode.Whole(random, shape)], 1, 0, ("upper", upper));
            OneNode.SameAsRuntime("Trilu", 14, [Integers(random, shape), Number(random.Next(-7, 8))], 1, 0, ("upper", upper));
        }
        Assert.Equal([0f, 0], OneNode.Run("Trilu", 14, [OnnxTensor.Create([1f, 2], 1, 2), Number(long.MaxValue)]).Floats.ToArray());
        Assert.Equal([1f, 2], OneNode.Run("Trilu", 14, [OnnxTensor.Create([1f, 2], 1, 2), Number(long.MinValue)]).Floats.ToArray());
        Assert.Equal("node 'node-y0' (Trilu): input 0 is float32 [2], and must have at least 2 axes",
            OneNode.Refusal("Trilu", 14, [OneNode.Floats(1, 2)]));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void The_first_steps_of_sequences_are_turned_round(int batch, int time)
    {
        var random = new Random(4);
        for (int round = 0; round < 20; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(2, 5)).Select(_ => (nint)random.Next(1, 6))];
            OnnxTensor lengths = OneNode.Longs(
                [.. Enumerable.Range(0, (int)shape[batch]).Select(_ => random.NextInt64(1, shape[time] + 1))]);
            OneNode.SameAsRuntime("ReverseSequence", 10, [OneNode.Whole(random, shape), lengths], 1, 0, ("batch_axis", batch),
                ("time_axis", time));
        }
        Assert.Equal("node 'node-y0' (ReverseSequence): a length is 3, and must be from 0 to 2 for input 0, float32 [2, 1]",
            OneNode.Refusal("ReverseSequence", 10, [OnnxTensor.Create([1f, 2], 2, 1), OneNode.Longs(3)]));
        Assert.Equal("node 'node-y0' (ReverseSequence): attributes batch_axis = 0 and time_axis = 0, and one must be 0 and the other 1",
            OneNode.Refusal("ReverseSequence", 10, [OnnxTensor.Create([1f, 2], 2, 1), OneNode.Longs(1)], ("batch_axis", 0)));
    }

    private static OnnxTensor Number(long value) => OnnxTensor.Create([value]);

    private static OnnxTensor Integers(Random random, params nint[] shape) =>
        OnnxTensor.Create([.. Enumerable.Range(0, OneNode.Count(shape)).Select(_ => random.NextInt64(-9, 10))], shape);
}
