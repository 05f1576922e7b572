namespace Upstride.Onnx.Tests.Operators;

/// <summary>Operators that make one number of many, against loops in double precision.</summary>
public class ReductionTests
{
    public static TheoryData<string> Names => ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "LogSum", "LogSumExp", "SumSquare"];

    /// <summary>Axes at the end, at the front, between, apart, all, none, and counted from the end.</summary>
    private static readonly long[][] Axes = [[3], [0], [1], [2, 3], [0, 1], [1, 2], [0, 2], [0, 2, 3], [-1, 1], [0, 1, 2, 3], []];

    [Theory]
    [MemberData(nameof(Names))]
    public void Axes_are_reduced(string name)
    {
        OnnxTensor input = Positive(1, 3, 4, 2, 5);
        foreach (long[] axes in Axes)
        {
            foreach (int keep in (int[])[0, 1])
            {
                OnnxTensor attribute =
                    OneNode.Run($"Reduce{name}", 11, [input],
                    [("keepdims", keep), .. axes.Length == 0 ? [] : new (string, object)[] { ("axes", axes) }]);
                OnnxTensor given = OneNode.Run($"Reduce{name}", 18, [input, OneNode.Longs(axes)], ("keepdims", keep));
                Check(name, input, axes.Length == 0 ? [0, 1, 2, 3] : axes, keep == 1, attribute);
                Assert.Equal(attribute.Shape, given.Shape);
                Assert.Equal(attribute.Floats.ToArray(), given.Floats.ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Many_columns_and_rows_are_reduced(string name)
    {
        OnnxTensor input = Positive(2, 3, 7, 1500);
        Check(name, input, [1], keep: true, OneNode.Run($"Reduce{name}", 18, [input, OneNode.Longs(1)]));
        if (name != "Prod") Check(name, input, [2], keep: true, OneNode.Run($"Reduce{name}", 18, [input, OneNode.Longs(2)]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Without_axes_only_what_is_done_to_each_element_is_done(string name)
    {
        OnnxTensor input = Positive(3, 2, 3), result = OneNode.Run($"Reduce{name}", 18, [input], ("noop_with_empty_axes", 1));
        Assert.Equal(input.Shape, result.Shape);
        for (int i = 0; i < 6; i++) Assert.Equal(Reduce(name, [input.Floats[i]]), result.Floats[i], 1e-6);
    }

    [Theory]
    [InlineData("Sum", 0f)]
    [InlineData("Prod", 1f)]
    [InlineData("Max", float.NegativeInfinity)]
    [InlineData("Min", float.PositiveInfinity)]
    [InlineData("LogSum", float.NegativeInfinity)]
    [InlineData("LogSumExp", float.NegativeInfinity)]
    [InlineData("L2", 0f)]
    [InlineData("Mean", float.NaN)]
    public void Nothing_is_reduced_to_the_neutral_number(string name, float expected)
    {
        OnnxTensor none = OnnxTensor.Create(ReadOnlySpan<float>.Empty, 2, 0, 3);
        Assert.Equal(Enumerable.Repeat(expected, 6), OneNode.Run($"Reduce{name}", 20, [none, OneNode.Longs(1)]).Floats.ToArray());
        Assert.Equal([2, 0, 1], OneNode.Run($"Reduce{name}", 20, [none, OneNode.Longs(2)]).Shape);
    }

    [Fact]
    public void Integers_are_exact_and_truth_values_are_any_or_all()
    {
        OnnxTensor input = OnnxTensor.Create([1L, -2, 3, 4, (1L << 40) + 1, -6], 2, 3);
        Assert.Equal([2L, (1L << 40) - 1], OneNode.Run("ReduceSum", 13, [input, OneNode.Longs(1)], ("keepdims", 0)).Integers.ToArray());
        Assert.Equal([-6L, 4L * ((1L << 40) + 1) * -6],
            OneNode.Run("ReduceProd", 18, [input, OneNode.Longs(1)], ("keepdims", 0)).Integers.ToArray());
        Assert.Equal([-2L, -6], OneNode.Run("ReduceMin", 18, [input, OneNode.Longs(1)], ("keepdims", 0)).Integers.ToArray());
        Assert.Equal([14L], OneNode.Run("ReduceSumSquare", 18, [OneNode.Longs(1, -2, 3)], ("keepdims", 0)).Integers.ToArray());
        Assert.Equal([6L], OneNode.Run("ReduceL1", 18, [OneNode.Longs(1, -2, 3)], ("keepdims", 0)).Integers.ToArray());
        Assert.Equal([-128L],
            OneNode.Run("ReduceMax", 20, [OnnxTensor.Create<long>(OnnxElementType.Int8, [], 0)], ("keepdims", 0)).Integers.ToArray());
        OnnxTensor truth = OnnxTensor.Create([true, false, true, true], 2, 2);
        Assert.Equal([true, true], OneNode.Run("ReduceMax", 20, [truth, OneNode.Longs(1)], ("keepdims", 0)).Booleans.ToArray());
        Assert.Equal([false, true], OneNode.Run("ReduceMin", 20, [truth, OneNode.Longs(1)], ("keepdims", 0)).Booleans.ToArray());
    }

    [Fact]
    public void The_exponentials_of_large_numbers_do_not_overflow()
    {
        OnnxTensor input = OnnxTensor.Create([1000f, 1000, -1000, -1000, float.PositiveInfinity, 1], 3, 2);
        Assert.Equal([(float)(1000 + Math.Log(2)), (float)(-1000 + Math.Log(2)), float.PositiveInfinity],
            OneNode.Run("ReduceLogSumExp", 18, [input, OneNode.Longs(1)], ("keepdims", 0)).Floats.ToArray());
        OnnxTensor turned = OneNode.Run("Transpose", 13, [input]);
        Assert.Equal([(float)(1000 + Math.Log(2)), (float)(-1000 + Math.Log(2)), float.PositiveInfinity],
            OneNode.Run("ReduceLogSumExp", 18, [turned, OneNode.Longs(0)], ("keepdims", 0)).Floats.ToArray());
    }

    [Fact]
    public void A_reduction_says_what_is_wrong()
    {
        Assert.Equal("node 'node-y0' (ReduceSum): the operator has no attribute axes at opset 13",
            OneNode.Refusal("ReduceSum", 13, [Positive(1, 2)], ("axes", new long[] { 0 })));
        Assert.Equal("node 'node-y0' (ReduceMax): the operator has no attribute noop_with_empty_axes at opset 13",
            OneNode.Refusal("ReduceMax", 13, [Positive(1, 2)], ("noop_with_empty_axes", 1)));
        Assert.Equal("node 'node-y0' (ReduceMax): axis = 1, and must be from -1 to 0 for 1 axes",
            OneNode.Refusal("ReduceMax", 18, [Positive(1, 2), OneNode.Longs(1)]));
    }

    [Fact]
    public void The_place_of_the_greatest_and_the_least_is_found()
    {
        OnnxTensor input = OnnxTensor.Create([1f, 5, 5, 2, 0, 0], 2, 3);
        Assert.Equal([1L, 0], OneNode.Run("ArgMax", 13, [input], ("axis", 1), ("keepdims", 0)).Integers.ToArray());
        Assert.Equal([2L, 0],
            OneNode.Run("ArgMax", 13, [input], ("axis", -1), ("keepdims", 0), ("select_last_index", 1)).Integers.ToArray());
        Assert.Equal([0L, 1], OneNode.Run("ArgMin", 13, [input], ("axis", 1), ("keepdims", 0)).Integers.ToArray());
        Assert.Equal([1, 3], OneNode.Run("ArgMin", 7, [input]).Shape);
        Assert.Equal([0L, 1, 1], OneNode.Run("ArgMin", 7, [input]).Integers.ToArray());
    }

    [Theory]
    [InlineData(0, 0, new float[] { 1, 3, 6, 4, 9, 15 })]
    [InlineData(1, 0, new float[] { 0, 1, 3, 0, 4, 9 })]
    [InlineData(0, 1, new float[] { 6, 5, 3, 15, 11, 6 })]
    [InlineData(1, 1, new float[] { 5, 3, 0, 11, 6, 0 })]
    public void Sums_run_along_an_axis(int exclusive, int reverse, float[] expected) =>
        Assert.Equal(expected,
        OneNode.Run("CumSum", 14, [OnnxTensor.Create([1f, 2, 3, 4, 5, 6], 2, 3), OnnxTensor.Create([-1L])], ("exclusive", exclusive),
            ("reverse", reverse)).Floats.ToArray());

    [Theory]
    [InlineData("Softmax", 11, -99, 1, 4)]
    [InlineData("Softmax", 11, 2, 2, 4)]
    [InlineData("Softmax", 11, 0, 0, 4)]
    [InlineData("Softmax", 13, -99, 3, 4)]
    [InlineData("Softmax", 13, 1, 1, 2)]
    [InlineData("Softmax", 13, 0, 0, 1)]
    [InlineData("LogSoftmax", 11, 1, 1, 4)]
    [InlineData("LogSoftmax", 13, 1, 1, 2)]
    [InlineData("LogSoftmax", 13, -1, 3, 4)]
    public void Exponentials_are_shared_out(string name, int opset, int axis, int from, int to)
    {
        OnnxTensor input = Values.Random(5, 2, 3, 31, 37), result = OneNode.Run(name, opset, [input], axis == -99 ? [] : [("axis", axis)]);
        var sums = new Dictionary<string, double>(StringComparer.Ordinal);
        int i = 0;
        foreach (int[] place in OneNode.Places(input.Shape))
            sums[Key(place)] = sums.GetValueOrDefault(Key(place)) + Math.Exp(input.Floats[i++]);
        i = 0;
        foreach (int[] place in OneNode.Places(input.Shape))
        {
            double expected = Math.Exp(input.Floats[i]) / sums[Key(place)];
            if (name == "LogSoftmax") expected = Math.Log(expected);

            // The sum's rounding: at most log2 of its length steps on the way of each power, and a few more.
            Assert.Equal(expected, result.Floats[i++], 300 * Math.Pow(2, -24) * Math.Abs(expected));
        }

        string Key(int[] place) => string.Join(',', place.Select((index, a) => a >= from && a < to ? 0 : index));
    }

    [Fact]
    public void Large_numbers_share_out_without_overflow()
    {
        OnnxTensor input = OnnxTensor.Create([1000f, 1000, -1000, 3000], 2, 2);
        Assert.Equal([0.5f, 0.5f, 0f, 1f], OneNode.Run("Softmax", 13, [input]).Floats.ToArray());
        Assert.Equal([0f, 0f, 1f, 1f],
            OneNode.Run("Softmax", 13, [OnnxTensor.Create([-2000f, 500, 1000, 3000], 2, 2)], ("axis", 0)).Floats.ToArray());
    }

    private static OnnxTensor Positive(int seed, params nint[] shape)
    {
        var random = new Random(seed);
        return OnnxTensor.Create<float>(OnnxElementType.Float32,
            [.. Enumerable.Range(0, OneNode.Count(shape)).Select(_ => 0.5f + random.NextSingle())], shape);
    }

    private static void Check(string name, OnnxTensor input, long[] axes, bool keep, OnnxTensor result)
    {
        int rank = input.Shape.Length;
        HashSet<int> reduced = [.. axes.Select(axis => (int)(axis < 0 ? axis + rank : axis))];
        nint[] shape = [.. input.Shape.Select((length, axis) => reduced.Contains(axis) ? 1 : length)];
        Assert.Equal(keep ? shape : [.. shape.Where((_, axis) => !reduced.Contains(axis))], result.Shape);
        var groups = new List<double>[OneNode.Count(shape)];
        int i = 0;
        foreach (int[] place in OneNode.Places(input.Shape))
            (groups[OneNode.IndexOf(shape, [.. place.Select((index, axis) => reduced.Contains(axis) ? 0 : index)])] ??= [])
                .Add(input.Floats[i++]);
        for (i = 0; i < groups.Length; i++)
        {
            double expected = Reduce(name, groups[i]), length = groups[i].Count + 8;
            Assert.Equal(expected, result.Floats[i], length * Math.Pow(2, -24) * Math.Max(1, Math.Abs(expected)));
        }
    }

    private static double Reduce(string name, List<double> numbers) => name switch
    {
        "Sum" or "L1" => numbers.Sum(),
        "Mean" => numbers.Average(),
        "Max" => numbers.Max(),
        "Min" => numbers.Min(),
        "Prod" => numbers.Aggregate(1.0, static (product, number) => product * number),
        "L2" => Math.Sqrt(numbers.Sum(static number => number * number)),
        "LogSum" => Math.Log(numbers.Sum()),
        "LogSumExp" => Math.Log(numbers.Sum(Math.Exp)),
        _ => numbers.Sum(static number => number * number),
    };
}
