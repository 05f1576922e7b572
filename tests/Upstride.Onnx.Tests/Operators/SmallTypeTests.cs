using Google.Protobuf;
using Upstride.Onnx.Format;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tests.Operators;

/// <summary>Numbers of four and eight bits in files, against ONNX Runtime and by the tables of ONNX's specification.</summary>
public class SmallTypeTests
{
    [Theory]
    [InlineData(OnnxElementType.Int4)]
    [InlineData(OnnxElementType.UInt4)]
    [InlineData(OnnxElementType.Float8E4M3FN)]
    [InlineData(OnnxElementType.Float8E4M3FNUZ)]
    [InlineData(OnnxElementType.Float8E5M2)]
    [InlineData(OnnxElementType.Float8E5M2FNUZ)]
    public void Weights_are_dequantized(OnnxElementType type)
    {
        foreach (bool raw in (bool[])[true, false])
        {
            // An odd number of halves leaves one over.
            bool halves = type is OnnxElementType.Int4 or OnnxElementType.UInt4;
            byte[] bytes = [.. Enumerable.Range(0, halves ? 8 : 255).Select(static i => (byte)(i * 37))];
            var tensor = new TensorProto { Name = "w", DataType = (int)type };
            tensor.Dims.AddRange(halves ? [5, 3] : [85, 3]);
            if (raw) tensor.RawData = ByteString.CopyFrom(bytes);
            else tensor.Int32Data.AddRange(bytes.Select(static one => (int)one));
            ModelBuilder builder = new ModelBuilder(21).Input("s", "3").Output("y").Node("DequantizeLinear", "w s", "y", ("axis", 1));
            builder.Proto.IrVersion = 10;
            builder.Proto.Graph.Initializer.Add(tensor);
            Dictionary<string, OnnxTensor> given = Values.Named(("s", OneNode.Floats(0.5f, 2, 3)));
            using OnnxSession session = builder.Session();
            OnnxTensor expected = Runtime.OnnxRuntime.Run(builder.ToBytes(), given, "y")["y"], actual = session.Run(given)["y"];
            for (int i = 0; i < expected.Length; i++)
                Assert.True(expected.Floats[i].Equals(actual.Floats[i]) || float.IsNaN(expected.Floats[i]) && float.IsNaN(actual.Floats[i]),
                    $"{type} {i}: {actual.Floats[i]}, and should be {expected.Floats[i]}");
        }
    }

    /// <summary>The largest, the least normal and the least number of each format, from the specification.</summary>
    [Theory]
    [InlineData(OnnxElementType.Float8E4M3FN, 448f, 0.015625f, 0.001953125f)]
    [InlineData(OnnxElementType.Float8E4M3FNUZ, 240f, 0.0078125f, 0.0009765625f)]
    [InlineData(OnnxElementType.Float8E5M2, 57344f, 6.103515625e-05f, 1.52587890625e-05f)]
    [InlineData(OnnxElementType.Float8E5M2FNUZ, 57344f, 3.0517578125e-05f, 7.62939453125e-06f)]
    public void Numbers_are_rounded_to_the_nearest_ties_to_even_and_held_at_the_largest(OnnxElementType type, float largest, float normal,
        float least)
    {
        Float8 format = Float8.Of(type)!;
        Assert.Equal(largest, format.Round(1e30f));
        Assert.Equal(-largest, format.Round(float.NegativeInfinity));
        Assert.Equal(normal, format.Round(normal));
        Assert.Equal(least, format.Round(least));
        Assert.Equal(0, format.Round(least / 2));
        Assert.Equal(least, format.Round(least * 0.51f));
        Assert.Equal(2 * least, format.Round(least * 1.5f));
        Assert.True(float.IsNaN(format.Round(float.NaN)));
        float[] all = [.. Enumerable.Range(0, 256).Select(i => format.Decode((byte)i)).Where(float.IsFinite).Order()];
        foreach (float value in all) Assert.Equal(value, format.Round(value));
        for (int i = 1; i < all.Length; i++)
        {
            float third = all[i - 1] + ((all[i] - all[i - 1]) / 3);
            if (all[i] != all[i - 1]) Assert.Equal(all[i - 1], format.Round(third));
        }
    }

    [Fact]
    public void A_cast_rounds_and_holds_and_integers_of_four_bits_wrap()
    {
        OnnxTensor x = OneNode.Floats(300, 1e6f, -0.3f, 17);
        Assert.Equal([288f, 448, -0.3125f, 16], Cast(x, OnnxElementType.Float8E4M3FN));
        Assert.Equal([-8L, 7, 3, -1], Integers(OneNode.Longs(8, 7, 19, -1), OnnxElementType.Int4));
        Assert.Equal([8L, 7, 3, 15], Integers(OneNode.Longs(8, 7, 19, -1), OnnxElementType.UInt4));
        Assert.Equal("node 'node-y0' (Cast): attribute saturate = 0 is not supported",
            OneNode.Refusal("Cast", 19, [x], ("to", (int)OnnxElementType.Float8E5M2), ("saturate", 0)));

        static float[] Cast(OnnxTensor x, OnnxElementType type) => OneNode.Run("Cast", 21, [x], ("to", (int)type)).Floats.ToArray();

        static long[] Integers(OnnxTensor x, OnnxElementType type) => OneNode.Run("Cast", 21, [x], ("to", (int)type)).Integers.ToArray();
    }

    [Fact]
    public void Bytes_that_are_too_few_for_the_halves_are_refused()
    {
        var tensor = new TensorProto { Name = "w", DataType = (int)OnnxElementType.Int4, RawData = ByteString.CopyFrom(1, 2) };
        tensor.Dims.Add(5);
        ModelBuilder builder = new ModelBuilder(21).Output("y").Node("Identity", "w", "y");
        builder.Proto.Graph.Initializer.Add(tensor);
        Assert.Equal("initialiser 'w' is int4 [5], which is 5 halves of 3 bytes, and holds 2",
            Assert.Throws<OnnxFormatException>(() => builder.Build()).Message);
    }
}
