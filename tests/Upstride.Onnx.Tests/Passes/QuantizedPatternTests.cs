using Upstride.Onnx.Format;

namespace Upstride.Onnx.Tests.Passes;

/// <summary>
/// What is dequantized, convolved and quantized again is computed in integers: as the definition in whole numbers, as the Q operators, and
/// but for halves as ONNX Runtime.
/// </summary>
public class QuantizedPatternTests
{
    private static readonly Random _random = new(1);

    [Theory]
    [InlineData("Conv", 1, false, false, 3)]
    [InlineData("Conv", 2, true, true, 3)]
    [InlineData("Conv", 1, true, true, 40)]
    [InlineData("ConvTranspose", 1, false, false, 3)]
    [InlineData("ConvTranspose", 1, true, true, 5)]
    [InlineData("ConvTranspose", 2, false, true, 40)]
    public void A_convolution_between_quantizations_is_one_of_integers(string name, int groups, bool byChannel, bool biased, int depth)
    {
        int inputs = groups * depth, outputs = groups * 2;
        long[] shape = name == "Conv" ? [outputs, depth, 3, 3] : [inputs, 2, 3, 3];
        float[] scales = byChannel ? [.. Enumerable.Range(1, outputs).Select(static i => i * 0.015625f)] : [0.03125f];
        long[] weights = [.. Enumerable.Range(0, (int)(shape[0] * shape[1] * 9)).Select(static _ => (long)_random.Next(-128, 128))];
        long[] bias = [.. Enumerable.Range(0, outputs).Select(static _ => (long)_random.Next(-3000, 3000))];
        ModelBuilder Build()
        {
            ModelBuilder builder = Start(inputs).Floats("ws", byChannel ? [outputs] : [], scales)
                .Floats("bs", byChannel ? [outputs] : [], [.. scales.Select(static scale => scale * 0.0625f)]);
            Bytes(builder, "w", OnnxElementType.Int8, shape, weights);
            Bytes(builder, "b", OnnxElementType.Int32, [outputs], bias);
            builder.Node("DequantizeLinear", "x xs xz", "xf").Node("DequantizeLinear", "w ws", "wf", ("axis", name == "Conv" ? 0 : 1))
                .Node("DequantizeLinear", "b bs", "bf", ("axis", 0))
                .Node(name, biased ? "xf wf bf" : "xf wf", "c", ("group", groups), ("strides", (long[])[2, 2]), ("pads", (long[])[1, 1, 1,
                    1]))
                .Node("Relu", "c", "r").Node("QuantizeLinear", "r ys yz", "y");
            return builder;
        }

        OnnxTensor x = Input(1, inputs, 7, 6);
        using OnnxSession session = Build().Session();
        OnnxTensor y = session.Run(Values.Named(("x", x)))["y"];
        Assert.Equal([name == "Conv" ? "QLinearConv" : "QLinearConvTranspose"],
            session.Explain(Values.Named(("x", x))).Steps.Select(static step => step.Operator));
        OnnxTensor expected = Runtime.OnnxRuntime.Run(Build().ToBytes(), Values.Named(("x", x)), "y")["y"];
        Assert.Equal(expected.Shape, y.Shape);

        // The definition: exact sums of whole numbers, each weight with its place.
        long[] sums = Sums(name, x, weights, shape, groups, [.. y.Shape]);
        int plane = (int)(y.Shape[2] * y.Shape[3]);
        for (int i = 0; i < y.Length; i++)
        {
            int channel = i / plane % outputs;
            long sum = sums[i] + (biased ? bias[channel] : 0);
            float factor = 0.0625f * scales[byChannel ? channel : 0] / 2f;
            Assert.Equal((long)Math.Clamp(MathF.Round(sum * factor), 0, 255), y.Integers[i]);
            Assert.InRange(y.Integers[i] - expected.Integers[i], -1, 1);
        }
    }

    [Fact]
    public void A_product_between_quantizations_is_one_of_integers()
    {
        ModelBuilder Build()
        {
            ModelBuilder builder = Start(5).Floats("ws", [4], 0.5f, 0.25f, 1, 2);
            Bytes(builder, "w", OnnxElementType.UInt8, [6, 4], [.. Enumerable.Range(0, 24).Select(static i => (long)(i * 37 % 256))]);
            Bytes(builder, "wz", OnnxElementType.UInt8, [4], [100, 128, 0, 7]);
            return builder.Node("DequantizeLinear", "x xs xz", "xf").Node("DequantizeLinear", "w ws wz", "wf", ("axis", -1))
                .Node("MatMul", "xf wf", "c").Node("QuantizeLinear", "c ys yz", "y");
        }

        OnnxTensor x = Input(1, 5, 7, 6);
        using OnnxSession session = Build().Session();
        OnnxTensor y = session.Run(Values.Named(("x", x)))["y"];
        Assert.Equal(["QLinearMatMul"], session.Explain(Values.Named(("x", x))).Steps.Select(static step => step.Operator));
        OnnxTensor expected = Runtime.OnnxRuntime.Run(Build().ToBytes(), Values.Named(("x", x)), "y")["y"];
        for (int i = 0; i < y.Length; i++) Assert.InRange(y.Integers[i] - expected.Integers[i], -1, 1);
    }

    /// <summary>A product with a bias, of integers or in single precision, with the weights either way round.</summary>
    [Theory]
    [InlineData(0, "none")]
    [InlineData(1, "none")]
    [InlineData(0, "integers")]
    [InlineData(1, "integers")]
    [InlineData(0, "single")]
    [InlineData(1, "single")]
    public void A_product_with_a_bias_is_one_of_integers(int transposed, string bias)
    {
        float[] scales = [0.5f, 0.25f, 1, 2], single = [3.25f, -7.5f, 100, 0.125f];
        long[] weights = [.. Enumerable.Range(0, 24).Select(static i => (long)(i * 37 % 256))], zeros = [100, 128, 0, 7],
            whole = [40, -900, 77, 3];
        ModelBuilder Build()
        {
            ModelBuilder builder = new ModelBuilder().Input("x", OnnxElementType.UInt8, "5", "6").Output("y", OnnxElementType.UInt8)
                .Floats("xs", [], 0.0625f).Floats("ys", [], 2).Floats("ws", [4], scales).Floats("single", [4], single)
                .Floats("bs", [4], [.. scales.Select(static scale => scale * 0.0625f)]);
            Bytes(builder, "xz", OnnxElementType.UInt8, [], [100]);
            Bytes(builder, "yz", OnnxElementType.UInt8, [], [120]);
            Bytes(builder, "w", OnnxElementType.UInt8, transposed == 1 ? [4, 6] : [6, 4], weights);
            Bytes(builder, "wz", OnnxElementType.UInt8, [4], zeros);
            Bytes(builder, "b", OnnxElementType.Int32, [4], whole);
            builder.Node("DequantizeLinear", "x xs xz", "xf").Node("DequantizeLinear", "w ws wz", "wf", ("axis", 1 - transposed))
                .Node("DequantizeLinear", "b bs", "integers", ("axis", 0));
            return builder.Node("Gemm", bias == "none" ? "xf wf" : $"xf wf {bias}", "c", ("transB", transposed))
                .Node("QuantizeLinear", "c ys yz", "y");
        }

        OnnxTensor x = Input(5, 6);
        using OnnxSession session = Build().Session();
        OnnxTensor y = session.Run(Values.Named(("x", x)))["y"];
        Assert.Equal([bias == "none" ? "QLinearMatMul" : "QLinearGemm"],
            session.Explain(Values.Named(("x", x))).Steps.Select(static step => step.Operator));
        OnnxTensor expected = Runtime.OnnxRuntime.Run(Build().ToBytes(), Values.Named(("x", x)), "y")["y"];
        for (int row = 0; row < 5; row++)
        {
            for (int column = 0; column < 4; column++)
            {
                long sum = bias == "integers" ? whole[column] : 0;
                for (int k = 0; k < 6; k++)
                    sum += (x.Integers[(row * 6) + k] - 100)
                        * (weights[transposed == 1 ? (column * 6) + k : (k * 4) + column] - zeros[column]);
                float value = sum * (0.0625f * scales[column] / 2f);
                if (bias == "single") value += single[column] / 2f;
                int i = (row * 4) + column;
                Assert.Equal((long)Math.Clamp(MathF.Round(value) + 120, 0, 255), y.Integers[i]);
                Assert.InRange(y.Integers[i] - expected.Integers[i], -1, 1);
            }
        }
    }

    [Theory]
    [InlineData("Conv")]
    [InlineData("ConvTranspose")]
    public void A_bias_in_single_precision_is_added_before_rounding(string name)
    {
        float[] single = [3.25f, -7.5f];
        long[] weights = [.. Enumerable.Range(0, 36).Select(static _ => (long)_random.Next(-128, 128))];
        ModelBuilder builder = Start(2).Floats("ws", [], 0.03125f).Floats("bias", [2], single);
        Bytes(builder, "w", OnnxElementType.Int8, [2, 2, 3, 3], weights);
        builder.Node("DequantizeLinear", "x xs xz", "xf").Node("DequantizeLinear", "w ws", "wf")
            .Node(name, "xf wf bias", "c", ("strides", (long[])[2, 2]), ("pads", (long[])[1, 1, 1, 1]))
            .Node("QuantizeLinear", "c ys yz", "y");
        OnnxTensor x = Input(1, 2, 7, 6);
        using OnnxSession session = builder.Session();
        OnnxTensor y = session.Run(Values.Named(("x", x)))["y"];
        Assert.Equal([name == "Conv" ? "QLinearConv" : "QLinearConvTranspose"],
            session.Explain(Values.Named(("x", x))).Steps.Select(static step => step.Operator));
        long[] sums = Sums(name, x, weights, [2, 2, 3, 3], 1, [.. y.Shape]);
        int plane = (int)(y.Shape[2] * y.Shape[3]);
        for (int i = 0; i < y.Length; i++)
        {
            float value = (sums[i] * (0.0625f * 0.03125f / 2f)) + (single[i / plane] / 2f);
            Assert.Equal((long)Math.Clamp(MathF.Round(value), 0, 255), y.Integers[i]);
        }
    }

    /// <summary>A bias of another scale, weights that are no constants, a scale along another axis, a sum read elsewhere between.</summary>
    [Theory]
    [InlineData("bias")]
    [InlineData("axis")]
    [InlineData("float")]
    [InlineData("clip")]
    public void What_is_not_of_this_form_runs_in_single_precision(string what)
    {
        ModelBuilder builder = Start(2).Floats("ws", what == "axis" ? [2] : [], what == "axis" ? [0.5f, 0.25f] : [0.5f])
            .Floats("bs", [], 0.7f).Floats("three", [], 3);
        Bytes(builder, "w", OnnxElementType.Int8, [2, 2, 1, 1], [1, -2, 3, 4]);
        Bytes(builder, "b", OnnxElementType.Int32, [2], [10, -20]);
        if (what == "float") builder.Random("wf", 1, 2, 2, 1, 1);
        else builder.Node("DequantizeLinear", "w ws", "wf", ("axis", what == "axis" ? 1 : 0));
        builder.Node("DequantizeLinear", "x xs xz", "xf").Node("DequantizeLinear", "b bs", "bf")
            .Node("Conv", what == "bias" ? "xf wf bf" : "xf wf", "c").Node(what == "clip" ? "Add" : "Identity", what == "clip" ? "c three"
                : "c", "d")
            .Node("QuantizeLinear", what == "clip" ? "c ys yz" : "d ys yz", "y");
        if (what == "clip") builder.Output("d");
        using OnnxSession session = builder.Session();
        OnnxTensor x = Input(1, 2, 3, 3);
        using OnnxSession plain = builder.Session(new() { SkippedPasses = ["QuantizedPattern"] });
        OnnxTensor y = session.Run(Values.Named(("x", x)))["y"];
        Assert.Equal(plain.Run(Values.Named(("x", x)))["y"].Integers.ToArray(), y.Integers.ToArray());

        if (what != "clip") Assert.DoesNotContain(session.Explain(Values.Named(("x", x))).Steps, static step =>
            step.Operator == "QLinearConv");

        // ONNX Runtime 1.31.1 takes scales along axis 1 for those of axis 0.
        if (what == "axis") return;
        OnnxTensor expected = Runtime.OnnxRuntime.Run(builder.ToBytes(), Values.Named(("x", x)), "y")["y"];
        for (int i = 0; i < y.Length; i++) Assert.InRange(y.Integers[i] - expected.Integers[i], -1, 1);
    }

    private static ModelBuilder Start(int channels)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", OnnxElementType.UInt8, "1", $"{channels}", "h", "w")
            .Output("y", OnnxElementType.UInt8).Floats("xs", [], 0.0625f).Floats("ys", [], 2);
        Bytes(builder, "xz", OnnxElementType.UInt8, [], [100]);
        Bytes(builder, "yz", OnnxElementType.UInt8, [], [0]);
        return builder;
    }

    private static OnnxTensor Input(params nint[] shape) =>
        OnnxTensor.Create<long>(OnnxElementType.UInt8, [.. Enumerable.Range(0, Operators.OneNode.Count(shape)).Select(static _ =>
            (long)_random.Next(256))],
            shape);

    private static void Bytes(ModelBuilder builder, string name, OnnxElementType type, long[] shape, long[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type };
        tensor.Dims.AddRange(shape);
        tensor.Int32Data.AddRange(values.Select(static value => (int)value));
        builder.Proto.Graph.Initializer.Add(tensor);
    }

    private static long[] Sums(string name, OnnxTensor x, long[] weights, long[] shape, int groups, nint[] result)
    {
        var sums = new long[Operators.OneNode.Count(result)];
        (int inputs, int outputs) = ((int)x.Shape[1], (int)result[1]);
        (int h, int w, int oh, int ow) = ((int)x.Shape[2], (int)x.Shape[3], (int)result[2], (int)result[3]);
        for (int i = 0; i < inputs; i++)
        {
            for (int o = 0; o < outputs; o++)
            {
                if (i / (inputs / groups) != o / (outputs / groups)) continue;
                long row = name == "Conv" ? (o * shape[1]) + (i % (inputs / groups)) : (i * shape[1]) + (o % (outputs / groups));
                foreach (int[] at in Operators.OneNode.Places(name == "Conv" ? [oh, ow, 3, 3] : [h, w, 3, 3]))
                {
                    // The small side's place and the kernel's give the large side's: stride 2, padding 1.
                    (int large, int other) = ((at[0] * 2) + at[2] - 1, (at[1] * 2) + at[3] - 1);
                    (int y, int z, int sy, int sz) = name == "Conv" ? (at[0], at[1], large, other) : (large, other, at[0], at[1]);
                    if (sy < 0 || sz < 0 || sy >= h || sz >= w || y < 0 || z < 0 || y >= oh || z >= ow) continue;
                    sums[(((o * oh) + y) * ow) + z] += (x.Integers[(((i * h) + sy) * w) + sz] - 100) * weights[(row * 9) + (at[2] * 3)
                        + at[3]];
                }
            }
        }
        return sums;
    }
}
