namespace Upstride.Onnx.Tests.Operators;

/// <summary>Functions of one number against the formulas in double precision.</summary>
public class PointwiseTests
{
    private static readonly float[] Numbers =
        [0f, -0f, 1e-6f, -1e-6f, 1e-3f, -1e-3f, 0.1f, -0.1f, 0.5f, -0.5f, 0.999f, 1f, -1f, 1.001f, 1.5f, -1.5f, 2f, -2.5f, 3f, -3f, 3.99f,
        4.01f, -4.5f, 6f, -7f, 10f, -10f, 25f, -30f];

    public static TheoryData<string> Names => [.. Formulas.Keys];

    private static Dictionary<string, (int Opset, (string, object)[] Attributes, Func<double, double> Formula)> Formulas { get; } =
        new(StringComparer.Ordinal)
    {
        ["Relu"] = (14, [], static x => Math.Max(x, 0)),
        ["LeakyRelu"] = (16, [("alpha", 0.25f)], static x => x < 0 ? 0.25 * x : x),
        ["Elu"] = (22, [("alpha", 0.7f)], static x => x > 0 ? x : 0.7f * ExpM1(x)),
        ["Selu"] = (6, [], static x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * ExpM1(x))),
        ["Celu"] = (12, [("alpha", 2f)], static x => Math.Max(x, 0) + Math.Min(0, 2 * ExpM1(x / 2))),
        ["Gelu"] = (20, [], static x => 0.5 * x * (1 + Erf(x / Math.Sqrt(2)))),
        ["Gelu tanh"] = (20, [("approximate", "tanh")],
            static x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))))),
        ["HardSigmoid"] = (6, [("alpha", 0.3f), ("beta", 0.4f)], static x => Math.Clamp((0.3 * x) + 0.4, 0, 1)),
        ["HardSwish"] = (14, [], static x => x * Math.Clamp((x / 6) + 0.5, 0, 1)),
        ["Mish"] = (18, [], static x => x * Math.Tanh(Softplus(x))),
        ["Softplus"] = (22, [], Softplus),
        ["Softsign"] = (22, [], static x => x / (1 + Math.Abs(x))),
        ["ThresholdedRelu"] = (10, [("alpha", 1f)], static x => x > 1 ? x : 0),
        ["Swish"] = (24, [("alpha", 1.5f)], static x => x / (1 + Math.Exp(-1.5 * x))),
        ["Sigmoid"] = (13, [], static x => 1 / (1 + Math.Exp(-x))),
        ["Tanh"] = (13, [], Math.Tanh),
        ["Erf"] = (13, [], Erf),
        ["Exp"] = (13, [], Math.Exp),
        ["Sin"] = (7, [], Math.Sin),
        ["Cos"] = (7, [], Math.Cos),
        ["Tan"] = (7, [], Math.Tan),
        ["Floor"] = (13, [], Math.Floor),
        ["Ceil"] = (13, [], Math.Ceiling),
        ["Round"] = (11, [], static x => Math.Round(x, MidpointRounding.ToEven)),
        ["Neg"] = (13, [], static x => -x),
        ["Abs"] = (13, [], Math.Abs),
        ["Sign"] = (13, [], static x => Math.Sign(x)),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_function_is_its_formula(string name)
    {
        (int opset, (string, object)[] attributes, Func<double, double> formula) = Formulas[name];
        OnnxTensor result = OneNode.Run(name.Split(' ')[0], opset, [OnnxTensor.Create(Numbers, Numbers.Length)], attributes);
        for (int i = 0; i < Numbers.Length; i++)
        {
            // Each is a handful of rounded steps, none of which cancels more than |x| itself.
            double expected = formula(Numbers[i]),
                bound = 16 * Math.Pow(2, -24)
                * (Math.Abs(expected)
                + (name.StartsWith("Gelu", StringComparison.Ordinal) || name is "Tan" or "Sin" or "Cos"
                ? Math.Abs(Numbers[i]) * Math.Max(1, Math.Abs(expected)) : 0));
            Assert.True(Math.Abs(result.Floats[i] - expected) <= bound,
                $"{name}({Numbers[i]}) is {result.Floats[i]}, and should be {expected} within {bound}");
        }
    }

    [Theory]
    [InlineData("Log")]
    [InlineData("Sqrt")]
    [InlineData("Reciprocal")]
    public void A_function_of_positive_numbers_is_its_formula(string name)
    {
        float[] numbers = [1e-30f, 1e-5f, 0.5f, 1f, 1.0001f, 2f, 3.5f, 100f, 1e20f];
        OnnxTensor result = OneNode.Run(name, 13, [OnnxTensor.Create(numbers, numbers.Length)]);
        for (int i = 0; i < numbers.Length; i++)
        {
            double expected = name switch { "Log" => Math.Log(numbers[i]), "Sqrt" => Math.Sqrt(numbers[i]), _ => 1.0 / numbers[i] };
            Assert.Equal(expected, result.Floats[i], 4e-7 * Math.Abs(expected));
        }
    }

    [Theory]
    [InlineData("Relu")]
    [InlineData("LeakyRelu")]
    [InlineData("Elu")]
    [InlineData("Gelu")]
    [InlineData("HardSigmoid")]
    [InlineData("Softplus")]
    [InlineData("Mish")]
    [InlineData("Sign")]
    [InlineData("Erf")]
    [InlineData("ThresholdedRelu")]
    [InlineData("Sigmoid")]
    public void NaN_stays_NaN(string name) =>
        Assert.All(OneNode.Run(name, 22, [OnnxTensor.Create(Enumerable.Repeat(float.NaN, 11).ToArray(), 11)]).Floats.ToArray(),
        static one => Assert.True(float.IsNaN(one)));

    [Theory]
    [InlineData("Softplus", float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData("Softplus", float.NegativeInfinity, 0)]
    [InlineData("Softplus", 1000, 1000)]
    [InlineData("Mish", float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData("Mish", float.NegativeInfinity, 0)]
    [InlineData("Elu", float.NegativeInfinity, -1)]
    [InlineData("Erf", float.PositiveInfinity, 1)]
    [InlineData("Erf", float.NegativeInfinity, -1)]
    [InlineData("HardSigmoid", float.NegativeInfinity, 0)]
    public void An_infinite_number_has_its_limit(string name, float input, float limit) =>
        Assert.Equal(limit, OneNode.Run(name, 22, [OnnxTensor.Create([input], 1)]).Floats[0]);

    [Fact]
    public void A_result_does_not_depend_on_its_place_or_the_threads()
    {
        // Long enough for several ranges; every element is the same.
        float[] numbers = Enumerable.Repeat(0.3f, 100_003).ToArray();
        foreach (string name in (string[])["Elu", "Gelu", "Softplus", "Relu", "Abs"])
        {
            OnnxTensor result = OneNode.Run(name, 22, [OnnxTensor.Create(numbers, numbers.Length)]);
            Assert.Equal(-1, result.Floats.IndexOfAnyExcept(result.Floats[0]));
        }
    }

    [Fact]
    public void Integers_stay_integers()
    {
        OnnxTensor numbers = OnnxTensor.Create(OnnxElementType.Int8, [-128L, -3, 0, 5, 127], 5);
        Assert.Equal([-128, 3, 0, 5, 127], OneNode.Run("Abs", 13, [numbers]).Integers.ToArray());
        Assert.Equal([-128, 3, 0, -5, -127], OneNode.Run("Neg", 13, [numbers]).Integers.ToArray());
        Assert.Equal([-1, -1, 0, 1, 1], OneNode.Run("Sign", 13, [numbers]).Integers.ToArray());
        Assert.Equal([0, 0, 0, 5, 127], OneNode.Run("Relu", 14, [numbers]).Integers.ToArray());
    }

    [Fact]
    public void Integers_are_refused_where_there_is_no_function_of_them() =>
        Assert.Equal("node 'node-y0' (Exp): input 0 is int64 [2], and must be floating-point numbers",
        OneNode.Refusal("Exp", 13, [OneNode.Longs(1, 2)]));

    [Fact]
    public void Questions_are_answered_for_each_number()
    {
        OnnxTensor numbers = OnnxTensor.Create([1f, float.NaN, float.PositiveInfinity, float.NegativeInfinity], 4);
        Assert.Equal([false, true, false, false], OneNode.Run("IsNaN", 13, [numbers]).Booleans.ToArray());
        Assert.Equal([false, false, true, true], OneNode.Run("IsInf", 10, [numbers]).Booleans.ToArray());
        Assert.Equal([false, false, true, false], OneNode.Run("IsInf", 10, [numbers], ("detect_negative", 0)).Booleans.ToArray());
        Assert.Equal([false, false, false, true], OneNode.Run("IsInf", 10, [numbers], ("detect_positive", 0)).Booleans.ToArray());
        Assert.Equal([false, true], OneNode.Run("Not", 6, [OnnxTensor.Create([true, false], 2)]).Booleans.ToArray());
    }

    [Fact]
    public void A_clip_has_attributes_before_opset_11_and_inputs_after()
    {
        OnnxTensor numbers = OnnxTensor.Create([-5f, 0.5f, 5f], 3);
        Assert.Equal([-1f, 0.5f, 2f], OneNode.Run("Clip", 6, [numbers], ("min", -1f), ("max", 2f)).Floats.ToArray());
        Assert.Equal([-1f, 0.5f, 2f],
            OneNode.Run("Clip", 13, [numbers, OnnxTensor.Create([-1f]), OnnxTensor.Create([2f])]).Floats.ToArray());
        Assert.Equal([-5f, 0.5f, 2f], OneNode.Run("Clip", 13, [numbers, null, OnnxTensor.Create([2f])]).Floats.ToArray());
        Assert.Equal([2f, 2f, 2f], OneNode.Run("Clip", 13, [numbers, OnnxTensor.Create([3f]), OnnxTensor.Create([2f])]).Floats.ToArray());
        Assert.Equal([2L, 4],
            OneNode.Run("Clip", 12, [OneNode.Longs(1, 9), OnnxTensor.Create([2L]), OnnxTensor.Create([4L])]).Integers.ToArray());
        Assert.Equal("node 'node-y0' (Clip): the operator has no attribute min at opset 11",
            OneNode.Refusal("Clip", 11, [numbers], ("min", -1f)));
        Assert.Equal("node 'node-y0' (Clip): input 1 is float32 [3], and must be one number",
            OneNode.Refusal("Clip", 13, [numbers, numbers]));
    }

    [Fact]
    public void A_slope_broadcasts_to_the_input_and_never_the_input_to_it()
    {
        var random = new Random(5);
        foreach (nint[] shape in (nint[][])[[1], [4], [3, 1, 1], [1, 3, 1, 4], [2, 3, 5, 4]])
        {
            OnnxTensor input = OneNode.Whole(random, 2, 3, 5, 4), slope = OneNode.Whole(random, shape);
            OnnxTensor result = OneNode.Run("PRelu", 16, [input, slope]);
            int i = 0;
            foreach (int[] place in OneNode.Places(input.Shape))
            {
                int[] own = [.. place.Skip(4 - shape.Length).Select((index, axis) => shape[axis] == 1 ? 0 : index)];
                Assert.Equal(input.Floats[i] < 0 ? input.Floats[i] * slope.Floats[OneNode.IndexOf(shape, own)] : input.Floats[i],
                    result.Floats[i]);
                i++;
            }
        }
        Assert.Equal("node 'node-y0' (PRelu): the slope is float32 [2, 3], and must broadcast to float32 [3]",
            OneNode.Refusal("PRelu", 16, [OneNode.Whole(random, 3), OneNode.Whole(random, 2, 3)]));
    }

    [Fact]
    public void Before_opset_7_a_slope_is_one_of_each_channel()
    {
        OnnxTensor result = OneNode.Run("PRelu", 6, [OnnxTensor.Create([-1f, -1, -1, -1], 1, 2, 2), OnnxTensor.Create([2f, 3f], 2)]);
        Assert.Equal([-2f, -2f, -3f, -3f], result.Floats.ToArray());
    }

    private static double Softplus(double x) => x < -15 ? Math.Exp(x) : Math.Log(1 + Math.Exp(x));

    private static double ExpM1(double x) =>
        Math.Abs(x) < 1e-2 ? x + (x * x / 2) + (x * x * x / 6) + (x * x * x * x / 24) : Math.Exp(x) - 1;

    // The Taylor series near 0, and Simpson's rule over the definition further out.
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 6) return Math.Sign(x);
        const int Steps = 2000;
        double sum = 0, h = x / Steps;
        for (int i = 0; i <= Steps; i++) sum += (i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-(i * h) * (i * h));
        return 2 / Math.Sqrt(Math.PI) * sum * h / 3;
    }
}
