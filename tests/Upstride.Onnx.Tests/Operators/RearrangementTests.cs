namespace Upstride.Onnx.Tests.Operators;

/// <summary>Operators that move elements, against a loop over the places of the output.</summary>
public class RearrangementTests
{
    [Theory]
    [InlineData(new int[] { 3, 5 }, new long[] { 1, 0 })]
    [InlineData(new int[] { 16, 24 }, new long[] { 1, 0 })]
    [InlineData(new int[] { 300, 301 }, new long[] { 1, 0 })]
    [InlineData(new int[] { 2, 3, 37, 41 }, new long[] { 0, 2, 3, 1 })]
    [InlineData(new int[] { 2, 37, 41, 3 }, new long[] { 0, 3, 1, 2 })]
    [InlineData(new int[] { 2, 3, 4, 5 }, new long[] { 3, 2, 1, 0 })]
    [InlineData(new int[] { 2, 3, 4, 5 }, new long[] { 2, 0, 3, 1 })]
    [InlineData(new int[] { 2, 3, 4, 5 }, new long[] { 0, 1, 2, 3 })]
    [InlineData(new int[] { 9, 1, 10, 1, 11 }, new long[] { 4, 3, 0, 1, 2 })]
    [InlineData(new int[] { 1, 2, 2, 3, 8, 9 }, new long[] { 0, 3, 4, 1, 5, 2 })]
    [InlineData(new int[] { 2, 0, 3 }, new long[] { 2, 1, 0 })]
    [InlineData(new int[] { 1 }, new long[] { 0 })]
    public void Axes_are_exchanged(int[] shape, long[] order)
    {
        nint[] lengths = [.. shape.Select(static length => (nint)length)];
        OnnxTensor floats = Values.Random(1, lengths),
            integers = OnnxTensor.Create<long>(OnnxElementType.Int64, [.. Enumerable.Range(0, floats.Length).Select(static i => (long)i)],
            lengths);
        nint[] expected = [.. order.Select(axis => lengths[axis])];
        int[] Own(int[] place)
        {
            var own = new int[place.Length];
            for (int axis = 0; axis < own.Length; axis++) own[order[axis]] = place[axis];
            return own;
        }

        Check(floats, expected, OneNode.Run("Transpose", 13, [floats], ("perm", order)), Own);
        OnnxTensor moved = OneNode.Run("Transpose", 13, [integers], ("perm", order));
        Assert.Equal(OneNode.Places(expected).Select(place => (long)OneNode.IndexOf(lengths, Own(place))), moved.Integers.ToArray());
    }

    [Fact]
    public void Axes_are_reversed_where_no_order_is_given()
    {
        OnnxTensor input = Values.Random(2, 2, 3, 4);
        Check(input, [4, 3, 2], OneNode.Run("Transpose", 6, [input]), static place => [.. place.Reverse()]);
        Assert.Equal("node 'node-y0' (Transpose): perm = [0, 0, 1], and must hold each axis of float32 [2, 3, 4] once",
            OneNode.Refusal("Transpose", 13, [input], ("perm", new long[] { 0, 0, 1 })));
    }

    [Theory]
    [InlineData(new long[] { 1 }, new long[] { 5 }, new long[] { 0 }, new long[] { 1 })]
    [InlineData(new long[] { 0, 2 }, new long[] { 6, 7 }, new long[] { 0, 1 }, new long[] { 2, 3 })]
    [InlineData(new long[] { -3 }, new long[] { 100 }, new long[] { -1 }, new long[] { 1 })]
    [InlineData(new long[] { -1 }, new long[] { -100 }, new long[] { 2 }, new long[] { -1 })]
    [InlineData(new long[] { 100, 4 }, new long[] { 0, long.MinValue }, new long[] { 1, 2 }, new long[] { -2, -1 })]
    [InlineData(new long[] { 3 }, new long[] { 3 }, new long[] { 0 }, new long[] { 1 })]
    [InlineData(new long[] { 5 }, new long[] { 2 }, new long[] { 0 }, new long[] { 1 })]
    [InlineData(new long[] { 0 }, new long[] { long.MaxValue }, new long[] { 0 }, new long[] { long.MaxValue })]
    [InlineData(new long[] { -1 }, new long[] { long.MinValue }, new long[] { 0 }, new long[] { -9223372036854775807 })]
    [InlineData(new long[] { long.MinValue }, new long[] { 2 }, new long[] { 0 }, new long[] { 1 })]
    [InlineData(new long[] { -100 }, new long[] { -200 }, new long[] { 0 }, new long[] { -1 })]
    public void A_slice_is_what_lies_between_start_and_end(long[] starts, long[] ends, long[] axes, long[] steps)
    {
        OnnxTensor input = Values.Random(3, 6, 7, 5);
        List<int>[] taken = [.. input.Shape.Select(static length => Enumerable.Range(0, (int)length).ToList())];
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = (int)(axes[i] < 0 ? axes[i] + 3 : axes[i]);
            int length = (int)input.Shape[axis];
            taken[axis].Clear();
            Int128 start = starts[i] < 0 ? (Int128)starts[i] + length : starts[i], end = ends[i] < 0 ? (Int128)ends[i] + length : ends[i];
            if (steps[i] > 0)
                for (Int128 at = Int128.Max(start, 0); at < Int128.Min(end, length); at += steps[i]) taken[axis].Add((int)at);
            else
                for (Int128 at = Int128.Clamp(start, 0, length - 1); at > Int128.Max(end, -1); at += steps[i]) taken[axis].Add((int)at);
        }
        OnnxTensor result =
            OneNode.Run("Slice", 13, [input, OneNode.Longs(starts), OneNode.Longs(ends), OneNode.Longs(axes), OneNode.Longs(steps)]);
        Check(input, [.. taken.Select(static one => (nint)one.Count)], result,
            place => [.. place.Select((index, axis) => taken[axis][index])]);
    }

    [Fact]
    public void A_slice_had_attributes_before_opset_10()
    {
        OnnxTensor input = Values.Random(4, 4, 5);
        OnnxTensor result = OneNode.Run("Slice", 9, [input], ("starts", new long[] { 1, -2 }), ("ends", new long[] { 3, 1000 }));
        Check(input, [2, 2], result, static place => [place[0] + 1, place[1] + 3]);
        Assert.Equal("node 'node-y0' (Slice): the operator has no attribute ends, starts at opset 10",
            OneNode.Refusal("Slice", 10, [input], ("starts", new long[] { 1 }), ("ends", new long[] { 3 })));
        Assert.Equal("node 'node-y0' (Slice): the step of axis 0 is 0, and may not be",
            OneNode.Refusal("Slice", 10, [input, OneNode.Longs(0), OneNode.Longs(1), OneNode.Longs(0), OneNode.Longs(0)]));
        Assert.Equal("node 'node-y0' (Slice): there are 1 starts, 2 ends, 1 axes and 1 steps: the numbers must be equal",
            OneNode.Refusal("Slice", 10, [input, OneNode.Longs(0), OneNode.Longs(1, 2)]));
        Assert.Equal("node 'node-y0' (Slice): axis = 2, and must be from -2 to 1 for 2 axes",
            OneNode.Refusal("Slice", 10, [input, OneNode.Longs(0), OneNode.Longs(1), OneNode.Longs(2)]));
    }

    [Fact]
    public void Tensors_are_repeated()
    {
        OnnxTensor input = Values.Random(5, 3, 1, 4);
        Check(input, [2, 3, 5, 4], OneNode.Run("Expand", 13, [input, OneNode.Longs(2, 1, 5, 1)]), static place => [place[1], 0, place[3]]);
        Check(input, [3, 6, 4], OneNode.Run("Expand", 8, [input, OneNode.Longs(6, 1)]), static place => [place[0], 0, place[2]]);
        Check(input, [6, 2, 4], OneNode.Run("Tile", 13, [input, OneNode.Longs(2, 2, 1)]), static place => [place[0] % 3, 0, place[2]]);
        Check(input, [3, 1, 12], OneNode.Run("Tile", 6, [input, OneNode.Longs(1, 1, 3)]), static place => [place[0], 0, place[2] % 4]);
        Assert.Equal([3, 0, 4], OneNode.Run("Tile", 13, [input, OneNode.Longs(1, 0, 1)]).Shape);
        Assert.Equal("node 'node-y0' (Tile): there are 2 repeats for float32 [3, 1, 4], and must be one for each axis",
            OneNode.Refusal("Tile", 13, [input, OneNode.Longs(1, 2)]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void What_is_put_together_is_split_again(int axis)
    {
        int own = axis < 0 ? axis + 3 : axis;
        nint[][] shapes =
            [.. new nint[] { 2, 0, 3,
            1 }.Select(length => (nint[])[.. Enumerable.Range(0, 3).Select(other => other == own ? length : (nint)(other + 40))])];
        OnnxTensor[] parts = [.. shapes.Select(static (shape, i) => Values.Random(i, shape))];
        OnnxTensor whole = OneNode.Run("Concat", 13, parts, ("axis", axis));
        int i = 0;
        foreach (int[] place in OneNode.Places(whole.Shape))
        {
            int part = 0, at = place[own];
            while (at >= shapes[part][own]) at -= (int)shapes[part++][own];
            int[] there = [.. place];
            there[own] = at;
            Assert.Equal(parts[part].Floats[OneNode.IndexOf(shapes[part], there)], whole.Floats[i++]);
        }
        foreach (OnnxTensor[] split in (OnnxTensor[][])[
            OneNode.Run("Split", 13, [whole, OneNode.Longs(2, 0, 3, 1)], 4, ("axis", axis)),
            OneNode.Run("Split", 11, [whole], 4, ("axis", axis), ("split", new long[] { 2, 0, 3, 1 }))])
        {
            for (int part = 0; part < 4; part++)
            {
                Assert.Equal(shapes[part], split[part].Shape);
                Assert.Equal(parts[part].Floats.ToArray(), split[part].Floats.ToArray());
            }
        }
    }

    [Fact]
    public void A_split_without_lengths_is_even_but_for_the_last_part()
    {
        OnnxTensor seven = OneNode.Longs(1, 2, 3, 4, 5, 6, 7), six = OneNode.Longs(1, 2, 3, 4, 5, 6);
        Assert.Equal([[1L, 2], [3, 4], [5, 6]], OneNode.Run("Split", 13, [six], 3).Select(static part => part.Integers.ToArray()));
        Assert.Equal([[1L, 2, 3], [4, 5, 6], [7]],
            OneNode.Run("Split", 18, [seven], 3, ("num_outputs", 3)).Select(static part => part.Integers.ToArray()));
        Assert.Equal("node 'node-y0' (Split): split = [7], and must hold 1 lengths whose sum is 6",
            OneNode.Refusal("Split", 13, [six, OneNode.Longs(7)]));
        Assert.Equal("node 'node-y0' (Split): num_outputs = 2, and the node has 1 outputs: both must be equal",
            OneNode.Refusal("Split", 18, [six], ("num_outputs", 2)));
        var fault = Assert.Throws<OnnxFormatException>(() => OneNode.Run("Split", 13, [seven], 3));
        Assert.Equal("node 'node-y0' (Split): an axis of length 7 does not split into 3 equal parts: 7 / 3 must be whole", fault.Message);
    }

    [Fact]
    public void Only_what_has_the_same_other_lengths_is_put_together() => Assert.Equal(
        "node 'node-y0' (Concat): input 1 is float32 [3, 2] and input 0 is float32 [2, 3]: all lengths but that of axis 0 must be equal",
        OneNode.Refusal("Concat", 13, [Values.Random(1, 2, 3), Values.Random(1, 3, 2)], ("axis", 0)));

    [Fact]
    public void Indices_gather_slices_and_elements()
    {
        OnnxTensor data = Values.Random(6, 3, 4, 2), indices = OnnxTensor.Create([2L, -1, 0, 1], 2, 2);
        Check(data, [3, 2, 2, 2], OneNode.Run("Gather", 13, [data, indices], ("axis", 1)),
            place => [place[0], (int)(indices.Integers[(place[1] * 2) + place[2]] + 4) % 4, place[3]]);
        Check(data, [4, 2], OneNode.Run("Gather", 11, [data, OnnxTensor.Create([1L])]), static place => [1, place[0], place[1]]);
        OnnxTensor matrix = Values.Random(7, 3, 2);
        Check(matrix, [2, 2], OneNode.Run("GatherElements", 13, [matrix, indices], ("axis", 0)),
            place => [(int)(indices.Integers[(place[0] * 2) + place[1]] + 3) % 3, place[1]]);
        Assert.Equal("node 'node-y0' (Gather): an index is 4, and must be from -4 to 3 for an axis of length 4",
            OneNode.Refusal("Gather", 13, [data, OneNode.Longs(4)], ("axis", 1)));
    }

    [Fact]
    public void Slices_are_scattered_and_combined()
    {
        OnnxTensor data = OnnxTensor.Create([1f, 2, 3, 4], 4), indices = OnnxTensor.Create([1L, -1, 1], 3, 1),
            updates = OnnxTensor.Create([10f, 20, 30], 3);
        Assert.Equal([1f, 30, 3, 20], OneNode.Run("ScatterND", 13, [data, indices, updates]).Floats.ToArray());
        Assert.Equal([1f, 42, 3, 24], OneNode.Run("ScatterND", 16, [data, indices, updates], ("reduction", "add")).Floats.ToArray());
        Assert.Equal([1f, 600, 3, 80], OneNode.Run("ScatterND", 16, [data, indices, updates], ("reduction", "mul")).Floats.ToArray());
        Assert.Equal([1f, 30, 3, 20], OneNode.Run("ScatterND", 18, [data, indices, updates], ("reduction", "max")).Floats.ToArray());
        Assert.Equal([1f, 2, 3, 4], OneNode.Run("ScatterND", 18, [data, indices, updates], ("reduction", "min")).Floats.ToArray());
        OnnxTensor rows =
            OneNode.Run("ScatterND", 13,
            [OnnxTensor.Create([1f, 2, 3, 4], 2, 2), OnnxTensor.Create([1L], 1, 1), OnnxTensor.Create([8f, 9], 1, 2)]);
        Assert.Equal([1f, 2, 8, 9], rows.Floats.ToArray());
        Assert.Equal("node 'node-y0' (ScatterND): the updates are float32 [3], and must be [3, 2]",
            OneNode.Refusal("ScatterND", 13, [OnnxTensor.Create([1f, 2, 3, 4], 2, 2), OnnxTensor.Create([1L, 0, 0], 3, 1), updates]));
    }

    private static void Check(OnnxTensor input, nint[] shape, OnnxTensor output, Func<int[], int[]> source)
    {
        Assert.Equal(shape, output.Shape);
        int i = 0;
        foreach (int[] place in OneNode.Places(shape))
        {
            Assert.Equal(input.Floats[OneNode.IndexOf(input.Shape, source(place))], output.Floats[i]);
            i++;
        }
    }

    [Fact]
    public void Axes_are_cut_and_lengthened_around_their_middle()
    {
        var random = new Random(12);
        for (int round = 0; round < 30; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (nint)random.Next(1, 9))];
            int axis = random.Next(-shape.Length, shape.Length);
            OneNode.SameAsRuntime("CenterCropPad", 18, [Values.Random(round, shape),
                OneNode.Longs([.. shape.Select(_ => random.NextInt64(1, 12))])], 1, 0);
            OneNode.SameAsRuntime("CenterCropPad", 18, [Values.Random(round, shape), OneNode.Longs(random.NextInt64(1, 12))], 1, 0,
                ("axes", (long[])[axis]));
        }
        Assert.Equal([2f, 3], OneNode.Run("CenterCropPad", 18, [OneNode.Floats(1, 2, 3, 4, 5), OneNode.Longs(2)]).Floats.ToArray());
        Assert.Equal([0f, 1, 2, 0, 0], OneNode.Run("CenterCropPad", 18, [OneNode.Floats(1, 2), OneNode.Longs(5)]).Floats.ToArray());
        Assert.Equal("node 'node-y0' (CenterCropPad): the length of axis 0 is to be -1, and must be from 0 to 2147483647",
            OneNode.Refusal("CenterCropPad", 18, [OneNode.Floats(1, 2), OneNode.Longs(-1)]));
        Assert.Equal("node 'node-y0' (CenterCropPad): the lengths are int64 [2], and must be 1 for as many axes",
            OneNode.Refusal("CenterCropPad", 18, [OneNode.Floats(1, 2), OneNode.Longs(1, 2)]));
    }
}
