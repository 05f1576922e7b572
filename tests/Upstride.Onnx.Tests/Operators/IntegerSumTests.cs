namespace Upstride.Onnx.Tests.Operators;

/// <summary>Sums of products of 8-bit numbers: exactly those of ONNX Runtime.</summary>
public class IntegerSumTests
{
    [Theory]
    [InlineData(OnnxElementType.UInt8, OnnxElementType.UInt8)]
    [InlineData(OnnxElementType.UInt8, OnnxElementType.Int8)]
    public void Convolutions_are_exact(OnnxElementType inputType, OnnxElementType weightType)
    {
        var random = new Random(1);
        for (int round = 0; round < 16; round++)
        {
            int group = random.Next(1, 3), channels = group * random.Next(1, 4), outputs = group * random.Next(1, 5),
                pad = random.Next(0, 2), axes = random.Next(1, 4);
            nint[] sizes = [.. Enumerable.Range(0, axes).Select(_ => (nint)random.Next(5, 12))],
                kernel = [.. Enumerable.Range(0, axes).Select(_ => (nint)random.Next(1, 4))];
            (string, object)[] attributes =
            [
                ("group", group), ("pads", Enumerable.Repeat((long)pad, 2 * axes).ToArray()),
                ("strides", sizes.Select(_ => random.NextInt64(1, 3)).ToArray()),
                ("dilations", sizes.Select(_ => random.NextInt64(1, 3)).ToArray()),
            ];
            OnnxTensor x = Bytes(random, inputType, 127, [2, channels, .. sizes]),
                w = Bytes(random, weightType, 64, [outputs, channels / group, .. kernel]), xZero = Bytes(random, inputType, 127),
                wZero = round % 2 == 0 ? OnnxTensor.Create<long>(weightType, [weightType == OnnxElementType.Int8 ? 0 : 30]) :
                Bytes(random, weightType, 64);
            if (weightType == inputType)
                OneNode.SameAsRuntime("ConvInteger", 10, [x, w, round % 3 == 0 ? null : xZero, round % 3 == 0 ? null : wZero], 1, 0,
                    attributes);
            OnnxTensor scales = round % 2 == 0 ? Scale(random) : OnnxTensor.Create(
                [.. Enumerable.Range(0, outputs).Select(_ => random.NextSingle() + 0.1f)], outputs);
            OnnxTensor bias = OnnxTensor.Create<long>(OnnxElementType.Int32,
                [.. Enumerable.Range(0, outputs).Select(_ => random.NextInt64(-1000, 1000))], outputs);
            OneNode.SameAsRuntime("QLinearConv", 10,
                [x, Scale(random), xZero, w, scales, wZero, OnnxTensor.Create([20f]), xZero, round % 3 == 0 ? null : bias],
                1, 0, attributes);
        }
    }

    [Theory]
    [InlineData(OnnxElementType.UInt8, OnnxElementType.UInt8)]
    [InlineData(OnnxElementType.UInt8, OnnxElementType.Int8)]
    [InlineData(OnnxElementType.Int8, OnnxElementType.Int8)]
    public void Products_of_matrices_are_exact(OnnxElementType leftType, OnnxElementType rightType)
    {
        var random = new Random(2);
        for (int round = 0; round < 16; round++)
        {
            nint batch = random.Next(1, 4), rows = random.Next(1, 9), depth = random.Next(1, 40), columns = random.Next(1, 9);
            OnnxTensor a = Bytes(random, leftType, 127, batch, rows, depth), b = Bytes(random, rightType, 64, depth, columns),
                aZero = Bytes(random, leftType, 127), bZero = Bytes(random, rightType, 64);
            OneNode.SameAsRuntime("MatMulInteger", 10, [a, b, round % 3 == 0 ? null : aZero, round % 3 == 0 ? null : bZero], 1, 0);
            OneNode.SameAsRuntime("QLinearMatMul", 10,
                [a, Scale(random), aZero, b, Scale(random), bZero, OnnxTensor.Create([20f]), aZero], 1, 0);
        }
    }

    [Fact]
    public void Rows_and_columns_have_zero_points_of_their_own()
    {
        OnnxTensor a = OnnxTensor.Create<long>(OnnxElementType.UInt8, [11, 7, 3, 10, 6, 2], 2, 3),
            b = OnnxTensor.Create<long>(OnnxElementType.UInt8, [1, 4, 2, 5, 3, 6], 3, 2);
        OnnxTensor sums = OneNode.Run("MatMulInteger", 10, [a, b, OnnxTensor.Create<long>(OnnxElementType.UInt8, [1, 2], 2),
            OnnxTensor.Create<long>(OnnxElementType.UInt8, [0, 3], 2)]);
        Assert.Equal(OnnxElementType.Int32, sums.ElementType);
        Assert.Equal([(10 * 1) + (6 * 2) + (2 * 3), (10 * 1) + (6 * 2) + (2 * 3), (8 * 1) + (4 * 2), (8 * 1) + (4 * 2)],
            sums.Integers.ToArray());
    }

    [Fact]
    public void Saturating_additions_of_a_processor_are_not_used()
    {
        // 255 * 127 twice is beyond 16 bits, which a processor without VNNI cuts off.
        OnnxTensor a = OnnxTensor.Create<long>(OnnxElementType.UInt8, [255, 255, 255, 255], 1, 4),
            b = OnnxTensor.Create<long>(OnnxElementType.Int8, [127, 127, 127, 127], 4, 1);
        Assert.Equal([255L * 127 * 4], OneNode.Run("MatMulInteger", 10, [a, b]).Integers.ToArray());
    }

    [Fact]
    public void A_tensor_is_quantized_by_its_own_range()
    {
        var random = new Random(3);
        for (int round = 0; round < 20; round++)
            OneNode.SameAsRuntime("DynamicQuantizeLinear", 11, [OnnxTensor.Create(
                [.. Enumerable.Range(0, 60).Select(_ => (random.NextSingle() * (round + 1)) - (round % 5))], 3, 20)], 3, 0);
        OnnxTensor[] zeros = OneNode.Run("DynamicQuantizeLinear", 11, [OneNode.Floats(0, 0)], 3);
        Assert.Equal([1f], zeros[1].Floats.ToArray());
        Assert.Equal([0L, 0], zeros[0].Integers.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var random = new Random(4);
        OnnxTensor x = Bytes(random, OnnxElementType.UInt8, 127, 1, 2, 5, 5), w = Bytes(random, OnnxElementType.UInt8, 64, 3, 2, 2, 2);
        Assert.Equal("node 'node-y0' (ConvInteger): input 0 is int64 [1], and must be uint8 or int8",
            OneNode.Refusal("ConvInteger", 10, [OneNode.Longs(1), w]));
        Assert.Equal("node 'node-y0' (ConvInteger): the zero point, input 2, is int8 [], and must be uint8 as input 0 is",
            OneNode.Refusal("ConvInteger", 10, [x, w, Bytes(random, OnnxElementType.Int8, 1)]));
        Assert.Equal("node 'node-y0' (ConvInteger): input 3 is uint8 [2], and must be one number or [3]",
            OneNode.Refusal("ConvInteger", 10, [x, w, null, Bytes(random, OnnxElementType.UInt8, 1, 2)]));
        Assert.Equal("node 'node-y0' (QLinearConv): the bias is int64 [2], and must be [3] for as many output channels",
            OneNode.Refusal("QLinearConv", 10, [x, Scale(random), Bytes(random, OnnxElementType.UInt8, 9), w, Scale(random),
                Bytes(random, OnnxElementType.UInt8, 9), Scale(random), Bytes(random, OnnxElementType.UInt8, 9), OneNode.Longs(1, 2)]));
    }

    private static OnnxTensor Scale(Random random) => OnnxTensor.Create([random.NextSingle() + 0.1f]);

    // The most of signed numbers; of unsigned ones twice as much.
    private static OnnxTensor Bytes(Random random, OnnxElementType type, int most, params nint[] shape) => OnnxTensor.Create<long>(type,
        [.. Enumerable.Range(0, OneNode.Count(shape)).Select(_ => type == OnnxElementType.Int8 ? random.NextInt64(-most, most + 1)
            : random.NextInt64(0, (2 * most) + 1))], shape);
}
