namespace Upstride.Onnx.Tests.Operators;

/// <summary>Normalisations, poolings and functions of older networks, against ONNX Runtime.</summary>
public class ClassicOperatorTests
{
    // Functions and roots of single precision, each with an error of some units in the last place.
    private const float Bound = 2e-6f;

    [Theory]
    [InlineData("Acos", 0.99f, 0)]
    [InlineData("Acosh", 3, 4.5f)]
    [InlineData("Asin", 0.99f, 0)]
    [InlineData("Asinh", 3, 0)]
    [InlineData("Atan", 9, 0)]
    [InlineData("Atanh", 0.99f, 0)]
    [InlineData("Cosh", 3, 0)]
    [InlineData("Sinh", 3, 0)]
    public void Angles_and_hyperbolas(string name, float scale, float shift)
    {
        for (int length = 0; length < 40; length++)
        {
            float[] values = Array.ConvertAll(Values.Random(length, length).Floats.ToArray(), value => (value * scale) + shift);
            OneNode.SameAsRuntime(name, 13, [OnnxTensor.Create(values, length)], 1, Bound);
        }
    }

    [Fact]
    public void Small_numbers_shrink_to_nothing() => OneNode.SameAsRuntime("Shrink", 9,
        [OneNode.Floats(-2, -1.5f, -1, 0, 0.5f, 1.5f, 1.75f, 3)], 1, 0, ("lambd", 1.5f), ("bias", 0.25f));

    [Fact]
    public void The_first_of_the_largest_is_hot()
    {
        var random = new Random(1);
        for (int round = 0; round < 20; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (nint)random.Next(1, 6))];
            int axis = random.Next(0, shape.Length);
            OneNode.SameAsRuntime("Hardmax", 13, [OneNode.Whole(random, shape)], 1, 0, ("axis", axis));
            OneNode.SameAsRuntime("Hardmax", 11, [OneNode.Whole(random, shape)], 1, 0, ("axis", axis));
        }
    }

    [Fact]
    public void Neighbouring_channels_hold_a_response_down()
    {
        var random = new Random(2);
        for (int round = 0; round < 20; round++)
        {
            OnnxTensor input = Values.Random(round, random.Next(1, 3), random.Next(1, 9), random.Next(1, 7), random.Next(1, 7));
            OneNode.SameAsRuntime("LRN", 13, [input], 1, Bound, ("size", (2 * random.Next(0, 4)) + 1), ("alpha", random.NextSingle()),
                ("beta", random.NextSingle()), ("bias", 0.5f + random.NextSingle()));
        }
        Assert.Equal("node 'node-y0' (LRN): attribute size = 0, and must be at least 1",
            OneNode.Refusal("LRN", 13, [Values.Random(1, 1, 2, 3, 3)]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Vectors_get_length_one(int p)
    {
        var random = new Random(3);
        for (int round = 0; round < 20; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (nint)random.Next(1, 20))];
            OneNode.SameAsRuntime("LpNormalization", 13, [OneNode.Whole(random, shape)], 1, Bound, ("p", p),
                ("axis", random.Next(-shape.Length, shape.Length)));
        }
        Assert.Equal([0f, 0], OneNode.Run("LpNormalization", 13, [OneNode.Floats(0, 0)], ("p", p)).Floats.ToArray());
        Assert.Equal("node 'node-y0' (LpNormalization): attribute p = 3, and must be 1 or 2",
            OneNode.Refusal("LpNormalization", 13, [OneNode.Floats(0, 0)], ("p", 3)));
    }

    [Fact]
    public void Axes_get_mean_0_and_variance_1()
    {
        var random = new Random(4);
        for (int round = 0; round < 20; round++)
        {
            OnnxTensor input = Values.Random(round, random.Next(2, 4), random.Next(2, 4), random.Next(2, 6), random.Next(2, 6));
            OneNode.SameAsRuntime("MeanVarianceNormalization", 13, [input], 1, 1e-5f);
            OneNode.SameAsRuntime("MeanVarianceNormalization", 13, [input], 1, 1e-5f, ("axes", new long[] { 2, 3 }));
            OneNode.SameAsRuntime("MeanVarianceNormalization", 13, [input], 1, 1e-5f, ("axes", new long[] { 1, 3 }));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Windows_have_norms(int p)
    {
        var random = new Random(5);
        for (int round = 0; round < 20; round++)
        {
            OnnxTensor input = Values.Random(round, random.Next(1, 3), random.Next(1, 4), random.Next(4, 9), random.Next(4, 9));
            OneNode.SameAsRuntime("GlobalLpPool", 13, [input], 1, 1e-5f, ("p", p));
            OneNode.SameAsRuntime("LpPool", 11, [input], 1, 1e-5f, ("p", p),
                ("kernel_shape", new long[] { random.Next(1, 4), random.Next(1, 4) }),
                ("strides", new long[] { random.Next(1, 3), random.Next(1, 3) }));
            OneNode.SameAsRuntime("LpPool", 11, [input], 1, 1e-5f, ("p", p), ("kernel_shape", new long[] { 3, 3 }),
                ("pads", new long[] { 1, 1, 1, 1 }));
        }
    }

    [Fact]
    public void Bits_are_moved_and_combined()
    {
        OnnxTensor left = OnnxTensor.Create<long>(OnnxElementType.UInt8, [1, 2, 255, 129, 7, 200], 6);
        OnnxTensor right = OnnxTensor.Create<long>(OnnxElementType.UInt8, [0, 1, 4, 7, 3, 1], 6);
        OneNode.SameAsRuntime("BitShift", 11, [left, right], 1, 0, ("direction", "LEFT"));
        OneNode.SameAsRuntime("BitShift", 11, [left, right], 1, 0, ("direction", "RIGHT"));
        OneNode.SameAsRuntime("BitwiseAnd", 18, [left, right], 1, 0);
        OneNode.SameAsRuntime("BitwiseOr", 18, [left, right], 1, 0);
        OneNode.SameAsRuntime("BitwiseXor", 18, [left, right], 1, 0);
        OneNode.SameAsRuntime("BitwiseNot", 18, [left], 1, 0);
        Assert.Equal([0L, 1, 0], OneNode.Run("BitShift", 11, [OnnxTensor.Create<long>(OnnxElementType.UInt64, [-1, -1, 5], 3),
            OnnxTensor.Create<long>(OnnxElementType.UInt64, [64, 63, -1], 3)], ("direction", "RIGHT")).Integers.ToArray());
        Assert.Equal("node 'node-y0' (BitwiseAnd): input 0 is float32 [1], and must be integers",
            OneNode.Refusal("BitwiseAnd", 18, [OneNode.Floats(1), OneNode.Floats(1)]));
    }

    [Fact]
    public void Elements_that_are_not_zero_are_counted_anew_in_each_run()
    {
        var random = new Random(6);
        for (int round = 0; round < 20; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (nint)random.Next(1, 6))];
            OnnxTensor numbers = OnnxTensor.Create(
                [.. Enumerable.Range(0, OneNode.Count(shape)).Select(_ => (float)random.Next(0, 2))], shape);
            OneNode.SameAsRuntime("NonZero", 13, [numbers], 1, 0);
            OnnxTensor truths = OnnxTensor.Create([.. numbers.Floats.ToArray().Select(static one => one != 0)], shape);
            OneNode.SameAsRuntime("NonZero", 13, [truths], 1, 0);
        }
        using OnnxSession session = new ModelBuilder(13).Input("x", "").Node("Relu", "x", "positive").Node("NonZero", "positive", "y")
            .Output("y", OnnxElementType.Int64).Session();
        Assert.Equal([0L, 2], Values.Run(session, ("x", OneNode.Floats(1, -1, 2))).Integers.ToArray());
        Assert.Equal([1L], Values.Run(session, ("x", OneNode.Floats(-1, 1, -2))).Integers.ToArray());
    }

    [Fact]
    public void What_is_true_is_kept()
    {
        var random = new Random(7);
        for (int round = 0; round < 20; round++)
        {
            nint[] shape = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (nint)random.Next(1, 6))];
            int axis = random.Next(-shape.Length, shape.Length), length = (int)shape[axis < 0 ? axis + shape.Length : axis];
            OneNode.SameAsRuntime("Compress", 11, [OneNode.Whole(random, shape), Truths(random, random.Next(1, length + 1))], 1, 0,
                ("axis", axis));
            OneNode.SameAsRuntime("Compress", 11, [OneNode.Whole(random, shape), Truths(random, random.Next(1, OneNode.Count(shape) + 1))],
                1, 0);
        }
        Assert.Equal("node 'node-y0' (Compress): the condition is bool [3], and must have one axis of at most 2 for input 0, float32 [2]",
            OneNode.Refusal("Compress", 11, [OneNode.Floats(1, 2), Truths(random, 3)], ("axis", 0)));
    }

    [Fact]
    public void Ones_stand_on_a_diagonal()
    {
        for (int k = -4; k < 5; k++)
        {
            OneNode.SameAsRuntime("EyeLike", 9, [Values.Random(1, 3, 4)], 1, 0, ("k", k));
            OneNode.SameAsRuntime("EyeLike", 9, [Values.Random(1, 4, 2)], 1, 0, ("k", k), ("dtype", (int)OnnxElementType.Int64));
        }
    }

    private static OnnxTensor Truths(Random random, int count) =>
        OnnxTensor.Create([.. Enumerable.Range(0, count).Select(_ => random.Next(2) == 0)], count);
}
