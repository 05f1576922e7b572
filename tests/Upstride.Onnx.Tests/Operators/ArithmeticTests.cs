namespace Upstride.Onnx.Tests.Operators;

/// <summary>Functions of two and more tensors that broadcast, against loops over every place.</summary>
public class ArithmeticTests
{
    /// <summary>
    /// Shapes that broadcast in every way: equal, scalars, inner, outer, both sides, runs of every length, nothing at all.
    /// </summary>
    private static readonly (nint[] Left, nint[] Right)[] Shapes =
    [
        ([], []), ([3], []), ([], [2, 3]), ([2, 3], [2, 3]), ([2, 3, 4], [4]), ([4], [2, 3, 4]), ([2, 3, 4], [3, 1]), ([2, 1, 4], [3, 1]),
        ([1, 3, 1, 5], [2, 1, 4, 1]), ([2, 3, 40, 50], [3, 1, 1]), ([3, 1, 1], [2, 3, 40, 50]), ([700, 3], [3]), ([1, 1], [1]),
            ([0, 3], [1, 3]), ([1], [0]), ([5, 1, 700], [4, 700]),
        ([300, 300], [300, 1]), ([2, 200, 200], [2, 200, 200]),
    ];

    public static TheoryData<string> Names =>
        ["Add", "Sub", "Mul", "Div", "Max", "Min", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Pow", "Mod"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Floating_point_numbers_broadcast(string name)
    {
        var random = new Random(1);
        foreach ((nint[] left, nint[] right) in Shapes)
        {
            OnnxTensor a = OneNode.Whole(random, left), b = OneNode.Whole(random, right);
            OnnxTensor result = OneNode.Run(name, 16, [a, b], name == "Mod" ? [("fmod", 1)] : []);
            ForEach(left, right, result,
                (i, l, r) => Assert.Equal(Expected(name, a.Floats[l], b.Floats[r]),
                result.ElementType == OnnxElementType.Boolean ? result.Booleans[i] ? 1 : 0 : result.Floats[i]));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Integers_broadcast(string name)
    {
        var random = new Random(2);
        foreach ((nint[] left, nint[] right) in Shapes)
        {
            OnnxTensor a = Integers(random, left), b = Integers(random, right);
            OnnxTensor result = OneNode.Run(name, 16, [a, b]);
            ForEach(left, right, result,
                (i, l, r) => Assert.Equal(Expected(name, a.Integers[l], b.Integers[r]),
                result.ElementType == OnnxElementType.Boolean ? result.Booleans[i] ? 1 : 0 : result.Integers[i]));
        }
    }

    [Theory]
    [InlineData("And")]
    [InlineData("Or")]
    [InlineData("Xor")]
    [InlineData("Equal")]
    public void Truth_values_broadcast(string name)
    {
        OnnxTensor a = OnnxTensor.Create([true, true, false, false], 2, 2), b = OnnxTensor.Create([true, false], 2);
        bool[] expected =
            name switch { "And" => [true, false, false, false], "Or" => [true, true, true, false], "Xor" => [false, true, true, false], _ =>
            [true, false, false, true] };
        Assert.Equal(expected, OneNode.Run(name, 13, [a, b]).Booleans.ToArray());
    }

    [Fact]
    public void Integers_wrap_and_nothing_divides_by_zero_with_an_exception()
    {
        OnnxTensor bytes = OnnxTensor.Create(OnnxElementType.Int8, [-128L, 127, 7, -7], 4);
        Assert.Equal([127L, -128, 8, -6],
            OneNode.Run("Add", 14, [bytes, OnnxTensor.Create(OnnxElementType.Int8, [-1L, 1, 1, 1], 4)]).Integers.ToArray());
        Assert.Equal([-128L, -127, -3, 3],
            OneNode.Run("Div", 14, [bytes, OnnxTensor.Create(OnnxElementType.Int8, [-1L, -1, -2, -2], 4)]).Integers.ToArray());
        Assert.Equal([0L, 0], OneNode.Run("Div", 14, [OneNode.Longs(3, -3), OneNode.Longs(0, 0)]).Integers.ToArray());
        Assert.Equal([long.MinValue], OneNode.Run("Div", 14, [OneNode.Longs(long.MinValue), OneNode.Longs(-1)]).Integers.ToArray());
        Assert.Equal([0L], OneNode.Run("Mod", 13, [OneNode.Longs(long.MinValue), OneNode.Longs(-1)]).Integers.ToArray());
        Assert.Equal([255L],
            OneNode.Run("Sub", 14,
            [OnnxTensor.Create(OnnxElementType.UInt8, [0L], 1), OnnxTensor.Create(OnnxElementType.UInt8, [1L], 1)]).Integers.ToArray());
    }

    [Fact]
    public void A_remainder_has_the_sign_of_the_divisor_or_with_fmod_of_the_dividend()
    {
        OnnxTensor left = OneNode.Longs(7, -7, 7, -7, 6), right = OneNode.Longs(3, 3, -3, -3, 3);
        Assert.Equal([1L, 2, -2, -1, 0], OneNode.Run("Mod", 13, [left, right]).Integers.ToArray());
        Assert.Equal([1L, -1, 1, -1, 0], OneNode.Run("Mod", 13, [left, right], ("fmod", 1)).Integers.ToArray());
        Assert.Equal("node 'node-y0' (Mod): input 0 is float32 [1], and must be integers: floating-point numbers need fmod = 1",
            OneNode.Refusal("Mod", 13, [OnnxTensor.Create([1f], 1), OnnxTensor.Create([1f], 1)]));
    }

    [Fact]
    public void A_power_has_the_type_of_its_base()
    {
        OnnxTensor floats = OnnxTensor.Create([2f, 3f, 0.5f], 3), integers = OneNode.Longs(2, 3, -2);
        Assert.Equal([4f, 27f, 4f], OneNode.Run("Pow", 12, [floats, integers]).Floats.ToArray());
        Assert.Equal([4L, 27, 0], OneNode.Run("Pow", 12, [integers, OneNode.Longs(2, 3, -1)]).Integers.ToArray());
        Assert.Equal([2L, 5, 4], OneNode.Run("Pow", 12, [integers, OnnxTensor.Create([1f, 1.5f, 2f], 3)]).Integers.ToArray());
        Assert.Equal("node 'node-y0' (Pow): input 0 is float32 [3] and input 1 is int64 [3]: the element types must be equal",
            OneNode.Refusal("Pow", 7, [floats, integers]));
    }

    [Theory]
    [InlineData(2f)]
    [InlineData(0.5f)]
    [InlineData(1f)]
    [InlineData(-1f)]
    [InlineData(3f)]
    [InlineData(0f)]
    public void A_power_by_a_constant_is_the_power(float exponent)
    {
        float[] numbers = [0f, -0f, 1f, 2f, 2.25f, 100f, 1e-10f, -4f, float.PositiveInfinity, float.NegativeInfinity];
        using OnnxSession session = new ModelBuilder(13).Input("x", "n").Floats("e", [], exponent).Node("Pow", "x e", "y").Output("y")
            .Session();
        OnnxTensor result = Values.Run(session, ("x", OnnxTensor.Create(numbers, numbers.Length)));
        for (int i = 0; i < numbers.Length; i++)
        {
            double expected = Math.Pow(numbers[i], exponent);
            Assert.Equal(expected, result.Floats[i], double.IsFinite(expected) ? 2e-7 * Math.Abs(expected) : 0);
        }
    }

    [Fact]
    public void Any_number_of_tensors_is_combined()
    {
        var random = new Random(3);
        OnnxTensor a = OneNode.Whole(random, 1, 3), b = OneNode.Whole(random, 2, 1), c = OneNode.Whole(random, 2, 3);
        foreach (string name in (string[])["Max", "Min", "Sum", "Mean"])
        {
            OnnxTensor result = OneNode.Run(name, 13, [a, b, c]);
            for (int i = 0; i < 6; i++)
            {
                float[] three = [a.Floats[i % 3], b.Floats[i / 3], c.Floats[i]];
                Assert.Equal(name switch { "Max" => three.Max(), "Min" => three.Min(), "Sum" => three.Sum(), _ => three.Sum() / 3 },
                    result.Floats[i]);
            }
            Assert.Equal(c.Floats.ToArray(), OneNode.Run(name, 13, [c]).Floats.ToArray());
        }
        Assert.Equal([2L, 5], OneNode.Run("Max", 12, [OneNode.Longs(1, 5), OneNode.Longs(2, 3)]).Integers.ToArray());
        Assert.Equal("node 'node-y0' (Sum): input 1 is float32 [2, 1], and must be float32 [1, 3] before opset 8",
            OneNode.Refusal("Sum", 7, [a, b]));
    }

    [Fact]
    public void A_condition_chooses_and_all_three_broadcast()
    {
        OnnxTensor condition = OnnxTensor.Create([true, false, true], 3, 1), yes = OnnxTensor.Create([1f, 2f], 2),
            no = OnnxTensor.Create([-1f, -2, -3, -4, -5, -6], 3, 2);
        OnnxTensor result = OneNode.Run("Where", 16, [condition, yes, no]);
        Assert.Equal([1f, 2, -3, -4, 1, 2], result.Floats.ToArray());
        Assert.Equal([5L, 9],
            OneNode.Run("Where", 9, [OnnxTensor.Create([true, false], 2), OneNode.Longs(5), OneNode.Longs(8, 9)]).Integers.ToArray());
        Assert.Equal([true, false],
            OneNode.Run("Where", 9,
            [OnnxTensor.Create([true, false], 2), OnnxTensor.Create([true], 1), OnnxTensor.Create([false], 1)]).Booleans.ToArray());
    }

    [Fact]
    public void Shapes_that_do_not_broadcast_and_types_that_differ_are_refused()
    {
        var random = new Random(4);
        Assert.Equal(
            "node 'node-y0' (Add): shapes [2, 3] and [2] do not broadcast: lengths 3 and 2 of axis 1, and they must be equal or one of "
                + "them 1", OneNode.Refusal("Add", 14, [OneNode.Whole(random, 2, 3), OneNode.Whole(random, 2)]));
        Assert.Equal("node 'node-y0' (Mul): input 0 is float32 [1] and input 1 is int64 [1]: the element types must be equal",
            OneNode.Refusal("Mul", 14, [OneNode.Whole(random, 1), OneNode.Longs(1)]));
        Assert.Equal("node 'node-y0' (Add): broadcasting along an attribute's axis, as before opset 7, is not supported",
            OneNode.Refusal("Add", 6, [OneNode.Whole(random, 2, 3), OneNode.Whole(random, 3)], ("broadcast", 1)));
    }

    private static void ForEach(nint[] left, nint[] right, OnnxTensor result, Action<int, int, int> check)
    {
        int rank = Math.Max(left.Length, right.Length);
        nint[] shape =
            [.. Enumerable.Range(0, rank)
            .Select(axis => At(left, axis - rank + left.Length) is var l && At(right, axis - rank + right.Length) is var r && l == 1
                ? r : l)];
        Assert.Equal(shape, result.Shape);
        int i = 0;
        foreach (int[] place in OneNode.Places(shape)) check(i++, Own(left, place), Own(right, place));

        static nint At(nint[] lengths, int axis) => axis < 0 ? 1 : lengths[axis];
        static int Own(nint[] lengths, int[] place) =>
            OneNode.IndexOf(lengths,
            [.. place.Skip(place.Length - lengths.Length).Select((index, axis) => lengths[axis] == 1 ? 0 : index)]);
    }

    private static OnnxTensor Integers(Random random, nint[] shape) =>
        OnnxTensor.Create<long>(OnnxElementType.Int64,
        [.. Enumerable.Range(0, OneNode.Count(shape)).Select(_ => (long)random.Next(-9, 10))], shape);

    private static float Expected(string name, float a, float b) => name switch
    {
        "Add" => a + b,
        "Sub" => a - b,
        "Mul" => a * b,
        "Div" => a / b,
        "Max" => MathF.Max(a, b),
        "Min" => MathF.Min(a, b),
        "Pow" => MathF.Pow(a, b),
        "Mod" => a % b,
        _ => Compare(name, a.CompareTo(b)),
    };

    private static long Expected(string name, long a, long b) => name switch
    {
        "Add" => a + b,
        "Sub" => a - b,
        "Mul" => a * b,
        "Div" => b == 0 ? 0 : (long)Math.Truncate((double)a / b),
        "Max" => Math.Max(a, b),
        "Min" => Math.Min(a, b),
        "Pow" => b >= 0 ? (long)Math.Pow(a, b) : a is 1 or -1 ? (long)Math.Pow(a, -b) : 0,
        "Mod" => b == 0 ? 0 : (long)(a - (b * Math.Floor((double)a / b))),
        _ => (long)Compare(name, a.CompareTo(b)),
    };

    private static float Compare(string name, int order) =>
        (name switch { "Equal" => order == 0, "Less" => order < 0, "LessOrEqual" => order <= 0, "Greater" => order > 0, _ => order >= 0 })
        ? 1 : 0;
}
