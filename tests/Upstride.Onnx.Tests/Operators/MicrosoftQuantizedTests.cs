using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tests.Operators;

/// <summary>Quantized operators of ONNX Runtime's domain, by their definition in double precision and against it.</summary>
public class MicrosoftQuantizedTests
{
    private static readonly Random _random = new(1);

    [Theory]
    [InlineData("QLinearAdd", OnnxElementType.UInt8)]
    [InlineData("QLinearAdd", OnnxElementType.Int8)]
    [InlineData("QLinearMul", OnnxElementType.UInt8)]
    [InlineData("QLinearMul", OnnxElementType.Int8)]
    public void Sums_and_products_broadcast_and_are_rounded_once(string name, OnnxElementType type)
    {
        for (int round = 0; round < 12; round++)
        {
            nint[] left = round % 3 == 0 ? [2, 3, 5, 7] : [1, 4, 9], right = round % 3 == 0 ? [3, 1, 7] : round % 3 == 1 ? [1] : [1, 4, 9];
            OnnxTensor a = Bytes(type, left), b = Bytes(type, right);
            (float s, float t, float u) = (Scale(), Scale(), Scale());
            (long z, long w, long v) = (Zero(type), Zero(type), Zero(type));
            OnnxTensor y = Check($"com.microsoft:{name}", [a, One(s), One(type, z), b, One(t), One(type, w), One(u), One(type, v)]);
            int step = round % 3 == 1 ? 0 : 1;
            for (int i = 0; round % 3 != 0 && i < y.Length; i++)
            {
                double p = (a.Integers[i] - z) * (double)s, q = (b.Integers[i * step] - w) * (double)t;
                Rounded((name == "QLinearAdd" ? p + q : p * q) / u, v, type, y.Integers[i]);
            }
        }
    }

    [Theory]
    [InlineData(OnnxElementType.UInt8)]
    [InlineData(OnnxElementType.Int8)]
    public void Functions_have_a_result_for_each_of_the_256(OnnxElementType type)
    {
        (long least, long most) = type.Range;
        OnnxTensor all = OnnxTensor.Create<long>(type, [.. Enumerable.Range(0, (int)(most - least + 1)).Select(i => least + i)], 2, 128);
        for (int round = 0; round < 8; round++)
        {
            (float s, float u, long z, long v) = (Scale(), Scale(), Zero(type), Zero(type));
            OnnxTensor sigmoid = Check("com.microsoft:QLinearSigmoid", [all, One(s), One(type, z), One(u), One(type, v)]);
            OnnxTensor leaky = Check("com.microsoft:QLinearLeakyRelu", [all, One(s), One(type, z), One(u), One(type, v)], ("alpha", 0.2f));
            for (int i = 0; i < 256; i++)
            {
                double x = (all.Integers[i] - z) * (double)s;
                Rounded(1 / (1 + Math.Exp(-x)) / u, v, type, sigmoid.Integers[i]);
                Rounded((x < 0 ? 0.2f * x : x) / u, v, type, leaky.Integers[i]);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_mean_of_planes_is_exact_before_it_is_rounded(int last)
    {
        for (int round = 0; round < 8; round++)
        {
            OnnxTensor x = Bytes(OnnxElementType.UInt8, last == 1 ? [2, 5, 6, 3] : [2, 3, 5, 6]);
            (float s, float u, long z, long v) = (Scale(), Scale(), Zero(OnnxElementType.UInt8), Zero(OnnxElementType.UInt8));
            OnnxTensor y = Check("com.microsoft:QLinearGlobalAveragePool",
                [x, One(s), One(OnnxElementType.UInt8, z), One(u), One(OnnxElementType.UInt8, v)], ("channels_last", last));
            for (int n = 0; n < 2; n++)
            {
                for (int c = 0; c < 3; c++)
                {
                    double sum = 0;
                    for (int i = 0; i < 30; i++) sum += x.Integers[last == 1 ? (((n * 30) + i) * 3) + c : (((n * 3) + c) * 30) + i] - z;
                    Rounded(sum / 30 * s / u, v, OnnxElementType.UInt8, y.Integers[(n * 3) + c]);
                }
            }
        }
    }

    [Fact]
    public void Tensors_of_other_scales_are_joined()
    {
        for (int axis = -1; axis < 2; axis++)
        {
            OnnxTensor a = Bytes(OnnxElementType.UInt8, 3, 4), b = Bytes(OnnxElementType.UInt8, 3, 4);
            OnnxTensor u = One(Scale()), v = One(OnnxElementType.UInt8, 100);
            OnnxTensor y = Check("com.microsoft:QLinearConcat",
                [u, v, a, One(Scale()), One(OnnxElementType.UInt8, 3), b, u, v], ("axis", axis));
            Assert.Equal(axis == 0 ? (nint[])[6, 4] : [3, 8], y.Shape);
        }
    }

    [Fact]
    public void Scales_zero_points_and_inputs_that_do_not_fit_are_refused()
    {
        OnnxTensor a = Bytes(OnnxElementType.UInt8, 2), b = Bytes(OnnxElementType.Int8, 2), s = One(1f);
        Assert.Equal("node 'node-y0' (QLinearAdd): input 3 is int8 [2], and must be uint8 as input 0 is",
            OneNode.Refusal("com.microsoft:QLinearAdd", 13, [a, s, One(OnnxElementType.UInt8, 0), b, s, One(OnnxElementType.Int8, 0), s,
                null]));
        Assert.Equal("node 'node-y0' (QLinearSigmoid): input 1 is float32 [2], and must be one number",
            OneNode.Refusal("com.microsoft:QLinearSigmoid", 13, [a, OneNode.Floats(1, 2), null, s, null]));
        Assert.Equal("node 'node-y0' (QLinearConcat): it has 4 inputs, and needs 2 and 3 for each tensor",
            OneNode.Refusal("com.microsoft:QLinearConcat", 13, [s, One(OnnxElementType.UInt8, 0), a, s], ("axis", 0)));
    }

    // ONNX Runtime rounds products of scales in another order: where that crosses a half, it is one off.
    private static OnnxTensor Check(string name, OnnxTensor?[] inputs, params (string Name, object Value)[] attributes)
    {
        OnnxTensor actual = OneNode.Run(name, 13, inputs, attributes);
        OnnxTensor expected = OneNode.ByRuntime(name, 13, inputs, actual.ElementType, attributes);
        Assert.Equal(expected.Type, actual.Type);
        for (int i = 0; i < actual.Length; i++) Assert.InRange(actual.Integers[i] - expected.Integers[i], -1, 1);
        return actual;
    }

    private static void Rounded(double quotient, long zero, OnnxElementType type, long actual)
    {
        (long least, long most) = type.Range;
        double exact = Math.Clamp(quotient + zero, least, most), slack = (Math.Abs(quotient) + 1) * 1e-6;
        Assert.InRange(Math.Abs(actual - exact), 0, 0.5 + slack);
    }

    private static OnnxTensor Bytes(OnnxElementType type, params nint[] shape)
    {
        (long least, long most) = type.Range;
        return OnnxTensor.Create<long>(type, [.. Enumerable.Range(0, OneNode.Count(shape)).Select(_ => _random.NextInt64(least,
            most + 1))], shape);
    }

    private static float Scale() => 0.01f + (_random.NextSingle() * 0.1f);

    private static long Zero(OnnxElementType type) => type == OnnxElementType.UInt8 ? _random.Next(256) : _random.Next(-128, 128);

    private static OnnxTensor One(float value) => OnnxTensor.Create([value]);

    private static OnnxTensor One(OnnxElementType type, long value) => OnnxTensor.Create<long>(type, [value]);
}
