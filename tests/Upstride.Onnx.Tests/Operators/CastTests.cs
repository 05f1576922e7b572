namespace Upstride.Onnx.Tests.Operators;

/// <summary>Casts between the element types.</summary>
public class CastTests
{
    [Theory]
    [InlineData(OnnxElementType.Int32, new float[] { 1.9f, -1.9f, 3e10f, -3e10f, float.NaN },
        new long[] { 1, -1, int.MaxValue, int.MinValue, 0 })]
    [InlineData(OnnxElementType.UInt8, new float[] { 255.9f, 256f, -1f, float.PositiveInfinity, 0.99f },
        new long[] { 255, 255, 0, 255, 0 })]
    [InlineData(OnnxElementType.Int64, new float[] { 1e30f, -1e30f, 5.5f, -0.5f, float.NegativeInfinity },
        new long[] { long.MaxValue, long.MinValue, 5, 0, long.MinValue })]
    public void Floating_point_numbers_lose_their_fraction_and_stop_at_the_edge(OnnxElementType to, float[] input, long[] expected)
    {
        OnnxTensor result = OneNode.Run("Cast", 13, [OnnxTensor.Create(input, input.Length)], ("to", (int)to));
        Assert.Equal(to, result.ElementType);
        Assert.Equal(expected, result.Integers.ToArray());
    }

    [Fact]
    public void Integers_keep_their_low_bits()
    {
        OnnxTensor input = OneNode.Longs(300, -1, 128, 1L << 32);
        Assert.Equal([44L, -1, -128, 0], OneNode.Run("Cast", 13, [input], ("to", (int)OnnxElementType.Int8)).Integers.ToArray());
        Assert.Equal([44L, 255, 128, 0], OneNode.Run("Cast", 13, [input], ("to", (int)OnnxElementType.UInt8)).Integers.ToArray());
        Assert.Equal([300L, -1, 128, 0], OneNode.Run("Cast", 13, [input], ("to", (int)OnnxElementType.Int32)).Integers.ToArray());
        Assert.Equal([300f, -1f, 128f, 4294967296f],
            OneNode.Run("Cast", 13, [input], ("to", (int)OnnxElementType.Float32)).Floats.ToArray());
    }

    [Fact]
    public void Narrower_floating_point_numbers_are_rounded_to_even()
    {
        // 1 + 2^-11 lies between two halves, 1 + 2^-8 between two of bfloat16.
        OnnxTensor input = OnnxTensor.Create([1 + (1f / 2048), 1 + (3f / 2048), 65504f, 70000f, 1e-8f, 1 + (1f / 256), 1 + (3f / 256)], 7);
        Assert.Equal([1f, 1 + (4f / 2048), 65504f, float.PositiveInfinity, 0f, 1 + (1f / 256), 1 + (3f / 256)],
            OneNode.Run("Cast", 13, [input], ("to", (int)OnnxElementType.Float16)).Floats.ToArray());
        OnnxTensor result = OneNode.Run("Cast", 13, [input], ("to", (int)OnnxElementType.BFloat16));
        Assert.Equal([1f, 1f, 65536f, 70144f], result.Floats[..4].ToArray());
        Assert.Equal([1f, 1 + (4f / 256)], result.Floats[5..].ToArray());
        Assert.Equal(input.Floats.ToArray(),
            OneNode.Run("Cast", 19, [input], ("to", (int)OnnxElementType.Float64), ("saturate", 1)).Floats.ToArray());
    }

    [Fact]
    public void Truth_is_1_and_all_but_0_is_true()
    {
        OnnxTensor truth = OnnxTensor.Create([true, false], 2);
        Assert.Equal([1f, 0f], OneNode.Run("Cast", 13, [truth], ("to", 1)).Floats.ToArray());
        Assert.Equal([1L, 0], OneNode.Run("Cast", 13, [truth], ("to", 7)).Integers.ToArray());
        Assert.Equal([true, false], OneNode.Run("Cast", 13, [truth], ("to", 9)).Booleans.ToArray());
        Assert.Equal([true, false, true, true],
            OneNode.Run("Cast", 13, [OnnxTensor.Create([0.1f, -0f, float.NaN, -3f], 4)], ("to", 9)).Booleans.ToArray());
        Assert.Equal([true, false], OneNode.Run("Cast", 13, [OneNode.Longs(-1, 0)], ("to", 9)).Booleans.ToArray());
    }

    [Fact]
    public void A_cast_takes_the_type_of_another_tensor()
    {
        OnnxTensor result =
            OneNode.Run("CastLike", 15, [OnnxTensor.Create([1.5f, -2.5f], 2), OnnxTensor.Create(OnnxElementType.Int16, [7L], 1)]);
        Assert.Equal((OnnxElementType.Int16, 1L, -2L), (result.ElementType, result.Integers[0], result.Integers[1]));
    }

    [Fact]
    public void A_type_that_is_not_read_is_refused_by_name() =>
        Assert.Equal("node 'node-y0' (Cast): a cast to string is not supported",
        OneNode.Refusal("Cast", 13, [OnnxTensor.Create([1f], 1)], ("to", 8)));
}
