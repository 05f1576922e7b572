namespace Upstride.Onnx.Tests.Tiling;

/// <summary>Graphs of operators that look at a part of the picture, written in ways that hide it.</summary>
internal static class LocalOperatorModels
{
    private static readonly long[] s_toLast = [0, 2, 3, 1], s_toFirst = [0, 3, 1, 2];

    public static (string Name, Func<ModelBuilder, ModelBuilder> Build)[] All { get; } =
    [
        ("matrix products over channels", static builder => builder.Random("w", 1, 3, 24).Random("b", 2, 24).Random("v", 3, 24, 5)
            .Random("k", 4, 4, 5, 3, 3)
            .Node("Transpose", "x", "t", ("perm", s_toLast)).Node("MatMul", "t w", "m").Node("Add", "m b", "a").Node("Erf", "a", "g")
            .Node("MatMul", "g v", "n").Node("Transpose", "n", "f", ("perm", s_toFirst)).Node("Conv", "f k", "y", Pads(1))),
        ("a matrix on the left", static builder => builder.Random("w", 1, 5, 3)
            .Node("Transpose", "x", "t", ("perm", new long[] { 0, 2, 1, 3 })).Node("MatMul", "w t", "m")
            .Node("Transpose", "m", "y", ("perm", new long[] { 0, 2, 1, 3 }))),
        ("a product for each pixel", static builder => builder.Random("w", 1, 12, 3, 3, 3).Integers("s", 1, 0, 0, 4, 3)
            .Node("Conv", "x w", "c", Pads(1)).Node("Transpose", "c", "t", ("perm", s_toLast)).Node("Shape", "t", "n")
            .Integers("i1", 1).Integers("i2", 2).Integers("one", 1).Integers("tail", 4, 3).Node("Gather", "n i1", "h")
            .Node("Gather", "n i2", "v").Node("Concat", "one h v tail", "z", ("axis", 0)).Node("Reshape", "t z", "r")
            .Node("Transpose", "r", "q", ("perm", new long[] { 0, 1, 2, 4, 3 })).Node("MatMul", "r q", "p")
            .Node("ReduceSum", "p", "u", ("keepdims", 0)).Node("Relu", "p", "o").Integers("last", 3, 4)
            .Node("ReduceMax", "o", "e", ("axes", new long[] { 3 }), ("keepdims", 0))
            .Node("Transpose", "e", "y", ("perm", s_toFirst))),
        ("Einstein's sums", static builder => builder.Random("w", 1, 3, 10)
            .Node("Einsum", "x w", "y", ("equation", "bchw,cd->bdhw"))),
        ("fused products", static builder => builder.Random("w", 1, 7, 3).Node("Transpose", "x", "t", ("perm", s_toLast))
            .Node("com.microsoft:FusedMatMul", "t w", "m", ("transB", 1), ("alpha", 0.5f)).Node("Transpose", "m", "y", ("perm", s_toFirst))),
        ("a quantized convolution", static builder => Scales(builder).RandomBytes("w", 1, 8, 3, 3, 3).RandomBytes("v", 2, 4, 8, 4, 4)
            .Node("QuantizeLinear", "x sx zx", "q").Node("QLinearConv", "q sx zx w sw zw sy zx", "c", Pads(1), ("strides",
                new long[] { 2, 1 }))
            .Node("QLinearConv", "c sy zx v sw zw sz zx", "d", ("pads", new long[] { 1, 2, 0, 3 }))
            .Node("DequantizeLinear", "d sz zx", "y")),
        ("between dequantized and quantized numbers", static builder => Scales(builder).RandomBytes("w", 1, 3, 6, 4, 4)
            .Node("QuantizeLinear", "x sx zx", "q").Node("DequantizeLinear", "q sx zx", "f").Node("DequantizeLinear", "w sw zw", "k")
            .Node("ConvTranspose", "f k", "t", ("strides", new long[] { 2, 2 }), Pads(1)).Node("QuantizeLinear", "t sy zx", "p")
            .Node("DequantizeLinear", "p sy zx", "g").Node("Relu", "g", "y")),
        ("sums of whole numbers", static builder => Scales(builder).RandomBytes("w", 1, 8, 3, 3, 3)
            .Node("QuantizeLinear", "x sx zx", "q").Node("ConvInteger", "q w zx zw", "i", Pads(1)).Node("Cast", "i", "y", ("to", 1))),
        ("quantized products over channels", static builder => Scales(builder).RandomBytes("w", 1, 3, 8).RandomBytes("v", 2, 8, 4)
            .Node("Transpose", "x", "t", ("perm", s_toLast)).Node("QuantizeLinear", "t sx zx", "q")
            .Node("QLinearMatMul", "q sx zx w sw zw sy zx", "m").Node("MatMulInteger", "m v zx zw", "i").Node("Cast", "i", "c", ("to", 1))
            .Node("Transpose", "c", "y", ("perm", s_toFirst))),
        ("quantized arithmetic", static builder => Scales(builder).RandomBytes("w", 1, 3, 3, 3, 3)
            .Node("QuantizeLinear", "x sx zx", "q").Node("QLinearConv", "q sx zx w sw zw sy zx", "c", Pads(1))
            .Node("com.microsoft:QLinearAdd", "q sx zx c sy zx sz zx", "a").Node("com.microsoft:QLinearMul", "a sz zx q sx zx sy zx", "b")
            .Node("com.microsoft:QLinearLeakyRelu", "b sy zx sz zx", "d").Node("com.microsoft:QLinearSigmoid", "d sz zx sx zx", "e")
            .Node("com.microsoft:QLinearConcat", "sz zx e sx zx a sz zx", "f", ("axis", 1)).Node("DequantizeLinear", "f sz zx", "y")),
        ("scales for each channel", static builder => builder.Floats("s", [3], 0.02f, 0.01f, 0.03f)
            .Bytes("z", OnnxElementType.UInt8, [3], 3, 128, 90).Node("QuantizeLinear", "x s z", "q", ("axis", 1))
            .Node("DequantizeLinear", "q s z", "y", ("axis", 1))),
        ("the greatest of channels", static builder => builder.Random("w", 1, 9, 3, 3, 3).Integers("k", 3).Floats("on", [2], 0, 1)
            .Node("Conv", "x w", "a", Pads(1)).Node("ArgMax", "a", "m", ("axis", 1), ("keepdims", 0)).Scalar("d", 9L)
            .Node("OneHot", "m d on", "h", ("axis", 1)).Node("TopK", "a k", "t i", ("axis", 1)).Node("Cast", "i", "f", ("to", 1))
            .Node("Concat", "h t f", "c", ("axis", 1)).Scalar("one", 1L).Node("CumSum", "c one", "y")),
        ("channels repeated", static builder => builder.Random("w", 1, 1, 3, 3, 3).Random("v", 2, 2, 3, 3, 3).Integers("s", 1, 5, 1, 1)
            .Integers("r", 1, 3, 1, 1).Node("Conv", "x w", "a", Pads(1)).Node("Expand", "a s", "e").Node("Conv", "x v", "b", Pads(1))
            .Node("Tile", "b r", "t").Node("Concat", "e t", "y", ("axis", 1))),
        ("normalised channels, written out", static builder => builder.Random("w", 1, 8, 3, 3, 3).Floats("two", [], 2)
            .Floats("epsilon", [], 1e-5f).Random("g", 2, 8, 1, 1).Node("Conv", "x w", "a", Pads(1))
            .Node("ReduceMean", "a", "m", ("axes", new long[] { 1 })).Node("Sub", "a m", "d").Node("Pow", "d two", "p")
            .Node("ReduceMean", "p", "v", ("axes", new long[] { 1 })).Node("Add", "v epsilon", "e").Node("Sqrt", "e", "r")
            .Node("Div", "d r", "n").Node("Mul", "n g", "y")),
        ("rows and columns by their numbers", static builder => builder.Integers("rows", [.. Enumerable.Range(0, 39)
                .Select(static i => (long)Math.Clamp(i - 1, 0, 36))])
            .Integers("columns", [.. Enumerable.Range(0, 86).Select(static i => i / 2L)]).Random("w", 1, 4, 3, 3, 3)
            .Node("Gather", "x rows", "a", ("axis", 2)).Node("Conv", "a w", "b").Node("Gather", "b columns", "y", ("axis", -1))),
        ("borders put beside", static builder => builder.Integers("zero", 0).Integers("one", 1).Integers("last", -1)
            .Integers("end", 100000).Integers("across", 3).Integers("down", 2).Random("w", 1, 4, 3, 3, 3)
            .Node("Slice", "x zero one across", "l").Node("Slice", "x last end across", "r").Node("Concat", "l x r", "a", ("axis", 3))
            .Node("Slice", "a zero one down", "u").Node("Concat", "u u a", "b", ("axis", -2)).Node("Conv", "b w", "y")),
        ("whole numbers enlarged", static builder => builder.Floats("scales", [4], 1, 1, 2, 1.5f).Floats("many", [], 100)
            .Node("Mul", "x many", "m").Node("Cast", "m", "i", ("to", 6)).Node("Resize", "i - scales", "r", ("mode", "nearest"))
            .Node("Cast", "r", "y", ("to", 1))),
        ("every other pixel to channels", static builder => builder.Integers("s0", 0, 0).Integers("s1", 1, 0).Integers("e", 36, 44)
            .Integers("ax", 2, 3).Integers("two", 2, 2).Random("w", 1, 5, 6, 3, 3).Node("Slice", "x s0 e ax two", "a")
            .Node("Slice", "x s1 e ax two", "b").Node("Concat", "a b", "c", ("axis", 1)).Node("Conv", "c w", "y", Pads(1))),
    ];

    private static ModelBuilder Scales(ModelBuilder builder) => builder.Floats("sx", [], 0.01f).Floats("sw", [], 0.004f)
        .Floats("sy", [], 0.02f).Floats("sz", [], 0.05f).Bytes("zx", OnnxElementType.UInt8, [], 120).Bytes("zw", OnnxElementType.Int8, [], 2);

    private static (string, object) Pads(long pad) => ("pads", new[] { pad, pad, pad, pad });
}
