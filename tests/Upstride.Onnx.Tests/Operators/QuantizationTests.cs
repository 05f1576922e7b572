namespace Upstride.Onnx.Tests.Operators;

/// <summary>QuantizeLinear and DequantizeLinear against their formulas; scales are powers of two, so that quotients are exact.</summary>
public class QuantizationTests
{
    [Theory]
    [InlineData(OnnxElementType.UInt8, 0, 255)]
    [InlineData(OnnxElementType.Int8, -128, 127)]
    [InlineData(OnnxElementType.UInt16, 0, 65535)]
    [InlineData(OnnxElementType.Int16, -32768, 32767)]
    public void One_scale_serves_all(OnnxElementType type, long least, long most)
    {
        // 1.25, -1.25 and so on lie halfway.
        float[] values = [0, 1.25f, 0.75f, -1.25f, -0.75f, 2.3f, 1e9f, -1e9f, float.PositiveInfinity];
        long zero = least < 0 ? -3 : 5;
        OnnxTensor scale = OneNode.Floats(0.5f), zeroPoint = OnnxTensor.Create(type, [zero], 1);
        OnnxTensor actual = OneNode.Run("QuantizeLinear", 21, [OnnxTensor.Create(values, 3, 3), scale, zeroPoint]);
        Assert.Equal(type, actual.ElementType);
        Assert.Equal(values.Select(value => (long)Math.Clamp(Math.Round(value / 0.5) + zero, least, most)), actual.Integers.ToArray());
        OnnxTensor back = OneNode.Run("DequantizeLinear", 21, [actual, scale, zeroPoint]);
        Assert.Equal(actual.Integers.ToArray().Select(value => (value - zero) * 0.5f), back.Floats.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_scale_for_each_index_of_an_axis(int axis)
    {
        OnnxTensor x = OneNode.Whole(new(1), 3, 4, 5);
        int along = axis < 0 ? 2 : axis, count = (int)x.Shape[along];
        OnnxTensor scale = OnnxTensor.Create([.. Enumerable.Range(0, count).Select(static i => MathF.Pow(2, i - 2))], count);
        OnnxTensor zero =
            OnnxTensor.Create<long>(OnnxElementType.Int8, [.. Enumerable.Range(0, count).Select(static i => (long)i - 1)], count);
        long[] expected =
            [.. OneNode.Places(x.Shape)
            .Select((place,
                i) => (long)Math.Clamp(Math.Round(x.Floats[i] / (double)scale.Floats[place[along]]) + zero.Integers[place[along]], -128,
                127))];
        OnnxTensor actual = OneNode.Run("QuantizeLinear", 13, [x, scale, zero], ("axis", axis));
        Assert.Equal(expected, actual.Integers.ToArray());
        Assert.Equal(
            OneNode.Places(x.Shape).Select((place, i) => (expected[i] - zero.Integers[place[along]]) * scale.Floats[place[along]]),
            OneNode.Run("DequantizeLinear", 13, [actual, scale, zero], ("axis", axis)).Floats.ToArray());
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    public void A_scale_for_each_block_along_an_axis(int axis, int block)
    {
        OnnxTensor x = OneNode.Whole(new(2), 3, 4, 5);
        nint[] shape = [.. x.Shape];
        shape[axis] = (shape[axis] + block - 1) / block;
        var random = new Random(3);
        OnnxTensor scale =
            OnnxTensor.Create([.. Enumerable.Range(0, OneNode.Count(shape)).Select(_ => MathF.Pow(2, random.Next(-2, 2)))], shape);
        OnnxTensor zero =
            OnnxTensor.Create<long>(OnnxElementType.UInt8,
            [.. Enumerable.Range(0, OneNode.Count(shape)).Select(_ => (long)random.Next(0, 99))], shape);
        int[] scales =
            [.. OneNode.Places(x.Shape).Select(place => OneNode.IndexOf(shape, [.. place.Select((p, a) => a == axis ? p / block : p)]))];
        long[] expected =
            [.. scales.Select((at, i) => (long)Math.Clamp(Math.Round(x.Floats[i] / (double)scale.Floats[at]) + zero.Integers[at], 0, 255))];
        OnnxTensor actual = OneNode.Run("QuantizeLinear", 21, [x, scale, zero], ("axis", axis), ("block_size", block));
        Assert.Equal(expected, actual.Integers.ToArray());
        Assert.Equal(
            scales.Select((at, i) => (expected[i] - zero.Integers[at]) * scale.Floats[at]),
            OneNode.Run("DequantizeLinear", 21, [actual, scale, zero], ("axis", axis), ("block_size", block)).Floats.ToArray());
    }

    [Fact]
    public void Types_follow_the_zero_point_the_attribute_and_the_scale()
    {
        OnnxTensor x = OneNode.Floats(3f), scale = OneNode.Floats(1f);
        Assert.Equal(OnnxElementType.UInt8, OneNode.Run("QuantizeLinear", 10, [x, scale]).ElementType);
        Assert.Equal(OnnxElementType.Int16,
            OneNode.Run("QuantizeLinear", 21, [x, scale], ("output_dtype", (int)OnnxElementType.Int16)).ElementType);
        OnnxTensor whole = OnnxTensor.Create<long>(OnnxElementType.Int32, [1 << 30], 1),
            half = OnnxTensor.Create<float>(OnnxElementType.Float16, [0.25f], 1);
        OnnxTensor floats = OneNode.Run("DequantizeLinear", 21, [whole, half]);
        Assert.Equal(OnnxElementType.Float16, floats.ElementType);
        Assert.Equal(float.PositiveInfinity, floats.Floats[0]);
        OnnxTensor wide = OneNode.Run("DequantizeLinear", 23, [whole, half], ("output_dtype", 1));
        Assert.Equal((OnnxElementType.Float32, 1 << 28), (wide.ElementType, wide.Floats[0]));
        Assert.Equal([255L],
            OneNode.Run("QuantizeLinear", 10, [OnnxTensor.Create<long>(OnnxElementType.Int32, [300], 1), scale]).Integers.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        OnnxTensor x = Values.Random(1, 2, 4), two = Values.Random(2, 2), zero = OnnxTensor.Create<long>(OnnxElementType.Int8, [0], 1);
        Assert.Equal(
            "node 'node-y0' (QuantizeLinear): the scale is float32 [2], and must be one number, or [4] for axis 1 of input 0, [2, 4]",
                OneNode.Refusal("QuantizeLinear", 13, [x, two]));
        Assert.Equal("node 'node-y0' (QuantizeLinear): the scale is float32 [2], and must be one number before opset 13",
            OneNode.Refusal("QuantizeLinear", 10, [x, two]));
        Assert.Equal("node 'node-y0' (QuantizeLinear): the zero point is int8 [1], and must have the scale's shape, [2]",
            OneNode.Refusal("QuantizeLinear", 13, [x, two, zero], ("axis", 0)));
        Assert.Equal("node 'node-y0' (QuantizeLinear): the output would be float8e4m3fn, and must be uint4, int4, uint8, int8, uint16 or "
            + "int16", OneNode.Refusal("QuantizeLinear", 21, [x, two], ("axis", 0), ("output_dtype", 17)));
        Assert.Equal("node 'node-y0' (QuantizeLinear): the output would be int64, and must be uint4, int4, uint8, int8, uint16 or int16",
            OneNode.Refusal("QuantizeLinear", 21, [x, two], ("axis", 0), ("output_dtype", 7)));
        Assert.Equal(
            "node 'node-y0' (QuantizeLinear): the scale is float32 [2], and must have the lengths of input 0, [2, 4], with axis 1 "
                + "divided by block_size = 2 and rounded up",
            OneNode.Refusal("QuantizeLinear", 21, [x, two], ("block_size", 2)));
    }
}
