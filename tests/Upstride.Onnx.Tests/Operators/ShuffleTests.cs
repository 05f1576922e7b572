namespace Upstride.Onnx.Tests.Operators;

/// <summary>Operators that move elements: DepthToSpace, SpaceToDepth, Pad, Col2Im, Dropout.</summary>
public class ShuffleTests
{
    [Theory]
    [InlineData(7, "DCR")]
    [InlineData(11, "DCR")]
    [InlineData(13, "CRD")]
    public void Depth_becomes_space_and_back(int opset, string mode)
    {
        OnnxTensor x = OneNode.Whole(new(1), 2, 12, 3, 5);
        nint[] shape = [2, 3, 6, 10];
        float[] expected = [.. OneNode.Places(shape).Select(place =>
        {
            int block = place[2] % 2 * 2 + place[3] % 2;
            return x.Floats[OneNode.IndexOf(x.Shape,
                [place[0], mode == "DCR" ? block * 3 + place[1] : place[1] * 4 + block, place[2] / 2, place[3] / 2])];
        })];
        (string, object)[] attributes = opset < 11 ? [("blocksize", 2)] : [("blocksize", 2), ("mode", mode)];
        OnnxTensor space = OneNode.Run("DepthToSpace", opset, [x], attributes);
        OneNode.Same(shape, expected, space, mode);
        if (mode == "DCR") OneNode.Same([.. x.Shape], x.Floats, OneNode.Run("SpaceToDepth", opset, [space], ("blocksize", 2)), "back");

        OnnxTensor whole =
            OnnxTensor.Create<long>(OnnxElementType.UInt8, [.. x.Floats.ToArray().Select(static value => (long)value + 9)], [.. x.Shape]);
        Assert.Equal(expected.Select(static value => (long)value + 9),
            OneNode.Run("DepthToSpace", opset, [whole], attributes).Integers.ToArray());
    }

    [Fact]
    public void A_shuffle_that_does_not_fit_is_refused()
    {
        Assert.Equal("node 'node-y0' (DepthToSpace): input 0 is float32 [4, 3, 3], and must be [batch, channels, height, width]",
            OneNode.Refusal("DepthToSpace", 13, [Values.Random(1, 4, 3, 3)], ("blocksize", 2)));
        Assert.Equal("node 'node-y0' (SpaceToDepth): attribute blocksize is needed",
            OneNode.Refusal("SpaceToDepth", 13, [Values.Random(1, 1, 4, 3, 3)]));
        Assert.Equal(
            "node 'node-y0' (DepthToSpace): channels % block = 6 % 2*2 = 2, and must be 0: choose a factor whose block divides the channels", OneNode.Refusal("DepthToSpace", 13, [Values.Random(1, 1, 6, 3, 3)], ("blocksize", 2)));
    }

    [Theory]
    [InlineData("constant")]
    [InlineData("edge")]
    [InlineData("reflect")]
    [InlineData("wrap")]
    public void Every_padded_element_is_the_one_the_mode_names(string mode)
    {
        var random = new Random(5);
        for (int round = 0; round < 60; round++)
        {
            int rank = random.Next(1, 5);
            int[] size = [.. Enumerable.Range(0, rank).Select(_ => random.Next(1, 6))],
                axes = [.. Enumerable.Range(0, rank).Where(_ => random.Next(3) > 0)];
            random.Shuffle(axes);
            int[] heads = new int[rank], tails = new int[rank];
            foreach (int axis in axes)
                (heads[axis], tails[axis]) = (random.Next(-(size[axis] - 1) / 2, 8), random.Next(-(size[axis] - 1) / 2, 8));
            OnnxTensor x = OneNode.Whole(random, [.. size.Select(static s => (nint)s)]);
            nint[] shape = [.. size.Select((s, a) => (nint)(s + heads[a] + tails[a]))];
            float constant = mode == "constant" && random.Next(2) == 0 ? 7 : 0;
            float[] expected = [.. OneNode.Places(shape).Select(place =>
            {
                int[] from = [
                    .. place.Select((p, a) => Source(mode, p - heads[a], Math.Max(0, -heads[a]), size[a] - Math.Max(0, -tails[a])))];
                return from.Contains(-1) ? constant : x.Floats[OneNode.IndexOf(x.Shape, from)];
            })];

            string what = $"round {round}, {x}, heads {string.Join(' ', heads)}, tails {string.Join(' ', tails)}";
            long[] pads = [.. heads.Concat(tails).Select(static pad => (long)pad)];
            OnnxTensor? value = constant != 0 ? OnnxTensor.Create([constant]) : null;
            OneNode.Same(shape, expected, OneNode.Run("Pad", 19, [x, OneNode.Longs(pads), value], ("mode", mode)), what);
            if (axes.Length > 0)
            {
                long[] named = [.. axes.Select(axis => (long)(random.Next(2) == 0 ? axis : axis - rank))],
                    amounts = [.. axes.Select(axis => (long)heads[axis]), .. axes.Select(axis => (long)tails[axis])];
                OneNode.Same(shape, expected,
                    OneNode.Run("Pad", 19, [x, OneNode.Longs(amounts), value, OneNode.Longs(named)], ("mode", mode)), what);
            }
            if (mode != "wrap")
                OneNode.Same(shape, expected, OneNode.Run("Pad", 10, [x], ("mode", mode), ("pads", pads), ("value", constant)), what);
            OnnxTensor whole = OnnxTensor.Create([.. x.Floats.ToArray().Select(static number => (long)number)], [.. x.Shape]);
            Assert.Equal(expected.Select(static number => (long)number),
                OneNode.Run("Pad", 19, [whole, OneNode.Longs(pads), constant != 0 ? OneNode.Longs(7) : null],
                ("mode", mode)).Integers.ToArray());
            OnnxTensor truth = OnnxTensor.Create([.. x.Floats.ToArray().Select(static number => number > 0)], [.. x.Shape]);
            Assert.Equal(expected.Select(static number => number > 0),
                OneNode.Run("Pad", 19, [truth, OneNode.Longs(pads), constant != 0 ? OnnxTensor.Create([true]) : null],
                ("mode", mode)).Booleans.ToArray());
        }
    }

    [Fact]
    public void A_padding_that_does_not_fit_is_refused()
    {
        OnnxTensor x = Values.Random(1, 2, 3);
        Assert.Equal("node 'node-y0' (Pad): pads has 3 values, and must have 4 for 2 axes: [starts..., ends...]",
            OneNode.Refusal("Pad", 13, [x, OneNode.Longs(1, 1, 1)]));
        Assert.Equal("node 'node-y0' (Pad): pads -2 and -2 take more than the 3 elements of axis 1 away",
            OneNode.Refusal("Pad", 13, [x, OneNode.Longs(0, -2, 0, -2)]));
        Assert.Equal("node 'node-y0' (Pad): pads -2 and 1 leave no element of the 2 of axis 0, and mode edge needs one to fill from",
            OneNode.Refusal("Pad", 13, [x, OneNode.Longs(-2, 0, 1, 0)], ("mode", "edge")));
        Assert.Equal("node 'node-y0' (Pad): axes names axis 1 twice",
            OneNode.Refusal("Pad", 18, [x, OneNode.Longs(1, 1, 1, 1), null, OneNode.Longs(1, -1)]));
        Assert.Equal("node 'node-y0' (Pad): attribute mode = 'wrap', and must be one of constant, reflect, edge",
            OneNode.Refusal("Pad", 18, [x, OneNode.Longs(1, 1, 1, 1)], ("mode", "wrap")));
        Assert.Equal("node 'node-y0' (Pad): pads 9223372036854775807 and 0 of axis 0, and none may exceed 2147483647",
            OneNode.Refusal("Pad", 13, [x, OneNode.Longs(long.MaxValue, 0, 0, 0)]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Columns_are_added_up_where_their_windows_lie(int axes)
    {
        var random = new Random(axes);
        for (int round = 0; round < 30; round++)
        {
            int[] Numbers(int least, int below) => [.. Enumerable.Range(0, axes).Select(_ => random.Next(least, below))];
            int[] block = Numbers(1, 4), stride = Numbers(1, 3), dilation = Numbers(1, 3), head = Numbers(0, 3), tail = Numbers(0, 3);
            int[] image = [.. block.Select((k, a) => (k - 1) * dilation[a] + 1 + random.Next(0, 4))];
            int[] windows = [.. image.Select((size, a) => (size + head[a] + tail[a] - (block[a] - 1) * dilation[a] - 1) / stride[a] + 1)];
            int taps = block.Aggregate(static (product, k) => product * k), count = windows.Aggregate(static (product, n) => product * n);
            OnnxTensor x = OneNode.Whole(random, 2, 3 * taps, count);
            nint[] shape = [2, 3, .. image.Select(static size => (nint)size)];
            var expected = new float[OneNode.Count(shape)];
            foreach (int[] from in OneNode.Places([2, 3, .. block.Select(static k => (nint)k), .. windows.Select(static n => (nint)n)]))
            {
                int to = OneNode.IndexOf(shape,
                    [from[0], from[1],
                    .. Enumerable.Range(0, axes).Select(a => from[2 + axes + a] * stride[a] + from[2 + a] * dilation[a] - head[a])]);
                int index = OneNode.IndexOf([2, 3, .. block.Select(static k => (nint)k), .. windows.Select(static n => (nint)n)], from);
                if (to >= 0) expected[to] += x.Floats[index];
            }
            (string, object)[] attributes =
                [("strides", Longs(stride)), ("dilations", Longs(dilation)), ("pads", Longs([.. head, .. tail]))];
            OneNode.Same(shape, expected,
                OneNode.Run("Col2Im", 18, [x, OneNode.Longs(Longs(image)), OneNode.Longs(Longs(block))], attributes), $"round {round}");
            OnnxTensor whole = OnnxTensor.Create([.. x.Floats.ToArray().Select(static number => (long)number)], [.. x.Shape]);
            Assert.Equal(expected.Select(static number => (long)number),
                OneNode.Run("Col2Im", 18, [whole, OneNode.Longs(Longs(image)), OneNode.Longs(Longs(block))],
                attributes).Integers.ToArray());
        }
    }

    [Fact]
    public void Columns_that_do_not_fit_are_refused() =>
        Assert.Equal(
            "node 'node-y0' (Col2Im): input 0 is float32 [1, 5, 4], and must be [batch, channels*4, 4] for 4 taps and 4 windows",
            OneNode.Refusal("Col2Im", 18, [Values.Random(1, 1, 5, 4), OneNode.Longs(3, 3), OneNode.Longs(2, 2)]));

    [Fact]
    public void Dropout_leaves_its_input_alone()
    {
        OnnxTensor x = Values.Random(1, 2, 3);
        OneNode.Same([2, 3], x.Floats, OneNode.Run("Dropout", 13, [x, OnnxTensor.Create([0.5f])]), "opset 13");
        OneNode.Same([2, 3], x.Floats, OneNode.Run("Dropout", 13, [x, OnnxTensor.Create([0.5f]), OnnxTensor.Create([false])]),
            "training false");
        OnnxTensor[] both = OneNode.Run("Dropout", 10, [x], 2, ("ratio", 0.3f));
        OneNode.Same([2, 3], x.Floats, both[0], "opset 10");
        Assert.Equal(Enumerable.Repeat(true, 6), both[1].Booleans.ToArray());
        OneNode.Same([2, 3], [1, 1, 1, 1, 1, 1], OneNode.Run("Dropout", 7, [x], 2)[1], "mask of opset 7");
        Assert.Equal(
            "node 'node-y0' (Dropout): dropout in training (training_mode = true) is not supported",
            OneNode.Refusal("Dropout", 13, [x, OnnxTensor.Create([0.5f]), OnnxTensor.Create([true])]));
    }

    // The place in an axis of which first .. end - 1 are kept; -1 where the constant stands.
    private static int Source(string mode, int place, int first, int end)
    {
        if (place >= first && place < end) return place;
        switch (mode)
        {
            case "edge": return place < first ? first : end - 1;
            case "wrap":
                while (place < first) place += end - first;
                while (place >= end) place -= end - first;
                return place;
            case "reflect":
                while (end - first > 1 && (place < first || place >= end))
                    place = place < first ? 2 * first - place : 2 * (end - 1) - place;
                return end - first == 1 ? first : place;
            default: return -1;
        }
    }

    private static long[] Longs(IEnumerable<int> values) => [.. values.Select(static value => (long)value)];
}
