namespace Upstride.Onnx.Tests.Tiling;

/// <summary>Graphs that count pixels: indices of maxima, and lists in which rows and columns are one axis.</summary>
internal static class PixelListModels
{
    private static readonly long[] s_toLast = [0, 2, 3, 1], s_toFirst = [0, 3, 1, 2];

    /// <summary>Those whose picture must have an even height and width.</summary>
    public static IReadOnlyList<string> Even { get; } = ["attention within windows"];

    public static (string Name, Func<ModelBuilder, ModelBuilder> Build)[] All { get; } =
    [
        ("maxima put back", static builder => builder.Random("w1", 1, 8, 3, 3, 3).Random("w2", 2, 8, 8, 3, 3).Random("w3", 3, 4, 8, 3, 3)
            .Node("Conv", "x w1", "a", Pads(1)).Node("MaxPool", "a", "p i", Kernel(2), Strides(2, 2)).Node("Conv", "p w2", "b", Pads(1))
            .Node("Shape", "a", "s").Node("MaxUnpool", "b i s", "u", Kernel(2), Strides(2, 2)).Node("Conv", "u w3", "y", Pads(1))),
        ("maxima of two levels put back", static builder => builder.Random("w1", 1, 6, 3, 3, 3).Random("w2", 2, 6, 6, 3, 3)
            .Node("Conv", "x w1", "a", Pads(1)).Node("MaxPool", "a", "p i", Kernel(2), Strides(2, 2)).Node("Conv", "p w2", "b", Pads(1))
            .Node("MaxPool", "b", "q j", Kernel(3), Strides(2, 3), ("ceil_mode", 1)).Node("Conv", "q w2", "c", Pads(1))
            .Node("Shape", "b", "t").Node("MaxUnpool", "c j t", "d", Kernel(3), Strides(2, 3)).Node("Conv", "d w2", "e", Pads(1))
            .Node("Shape", "a", "s").Node("MaxUnpool", "e i s", "y", Kernel(2), Strides(2, 2))),
        ("maxima of windows that overlap, counted down before across", static builder => builder.Random("w", 1, 5, 3, 3, 3)
            .Node("Conv", "x w", "a", Pads(1)).Node("MaxPool", "a", "p i", Kernel(3), Strides(2, 1), Pads(1), ("storage_order", 1))
            .Node("Sigmoid", "p", "b").Node("Shape", "a", "s").Node("MaxUnpool", "b i s", "y", Kernel(3), Strides(2, 1), Pads(1))),
        ("maxima put into less than they were of", static builder => builder
            .Node("MaxPool", "x", "p i", Kernel(2), Strides(2, 2)).Node("Tanh", "p", "b")
            .Node("MaxUnpool", "b i", "y", Kernel(2), Strides(2, 2))),
        ("maxima put back twice, their number seen in another type", static builder => builder
            .Node("MaxPool", "x", "p i", Kernel(2), Strides(3, 2)).Node("Shape", "x", "s").Node("Neg", "p", "n")
            .Node("MaxUnpool", "p i s", "u", Kernel(2), Strides(3, 2)).Node("MaxUnpool", "n i s", "v", Kernel(2), Strides(3, 2))
            .Node("Sub", "u v", "y")),
        ("a list of pixels", static builder => Listed(builder.Random("w", 1, 3, 12).Random("b", 2, 12).Random("v", 3, 12, 5)
            .Random("g", 4, 12).Random("k", 5, 3, 5, 3, 3), "x", 3, "l0", static list => list
            .Node("MatMul", "l0 w", "l1").Node("LayerNormalization", "l1 g b", "l2").Node("Erf", "l2", "l3")
            .Node("MatMul", "l3 v", "l4"), "l4", 5, "z").Node("Conv", "z k", "y", Pads(1))),
        ("a list of pixels, channels first", static builder => builder.Random("w", 1, 7, 3).Random("s", 2, 7, 1)
            .Node("Shape", "x", "n").Integers("flat", 0, 0, -1).Node("Reshape", "x flat", "l").Node("MatMul", "w l", "m")
            .Node("Mul", "m s", "c").Node("Softmax", "c", "f", ("axis", 1)).Integers("one", 1).Integers("seven", 7).Integers("two", 2)
            .Integers("four", 4).Node("Slice", "n two four", "hw").Node("Concat", "one seven hw", "t", ("axis", 0))
            .Node("Reshape", "f t", "y")),
        ("a list of pixels as a matrix", static builder => builder.Random("w", 1, 3, 9).Random("b", 2, 9).Random("v", 3, 4, 9)
            .Node("Transpose", "x", "t", ("perm", s_toLast)).Node("Shape", "t", "n").Integers("flat", -1, 3).Integers("zero", 0)
            .Integers("three", 3).Integers("four", 4).Node("Reshape", "t flat", "l").Node("Gemm", "l w b", "m")
            .Node("Relu", "m", "r").Node("Gemm", "r v", "o", ("transB", 1)).Node("Slice", "n zero three", "hw")
            .Node("Concat", "hw four", "z", ("axis", 0)).Node("Reshape", "o z", "q").Node("Transpose", "q", "y", ("perm", s_toFirst))),
        ("a list with a constant for each pixel", static builder => Listed(builder.Random("p", 1, 1, 37 * 45, 3).Random("k", 2, 4, 3, 3, 3),
            "x", 3, "l0", static list => list.Node("Add", "l0 p", "l1"), "l1", 3, "z").Node("Conv", "z k", "y", Pads(1))),
        ("channels of a list cut and joined", static builder => Listed(builder.Random("w", 1, 3, 12).Integers("from", 2).Integers("to", 9)
            .Integers("by", 3).Integers("last", 2), "x", 3, "l0", static list => list.Node("MatMul", "l0 w", "l1")
            .Node("Slice", "l1 from to last by", "c").Node("Split", "l1", "d e", ("axis", 2)).Node("Concat", "e c d", "l2", ("axis", -1)),
            "l2", 15, "y")),
        ("a list within a list's layout", static builder => Listed(builder.Random("w", 1, 4, 4).Random("u", 2, 3, 8), "x", 3, "l0",
            static list => list.Node("MatMul", "l0 u", "l1").Integers("heads", 0, -1, 2, 4).Node("Reshape", "l1 heads", "h")
            .Node("Transpose", "h", "t", ("perm", new long[] { 0, 2, 1, 3 })).Node("MatMul", "t w", "m")
            .Node("Transpose", "m", "b", ("perm", new long[] { 0, 2, 1, 3 })).Integers("whole", 0, -1, 8).Node("Reshape", "b whole", "l2"),
            "l2", 8, "y")),
        ("attention within windows", static builder => builder.Random("q", 1, 3, 6).Random("k", 2, 3, 6).Random("v", 3, 3, 6)
            .Node("Transpose", "x", "t", ("perm", s_toLast)).Node("Shape", "t", "n").Integers("i1", 1).Integers("i2", 2).Integers("two", 2)
            .Integers("one", 1).Integers("three", 3).Integers("six", 6).Node("Gather", "n i1", "h").Node("Gather", "n i2", "c")
            .Node("Div", "h two", "h2").Node("Div", "c two", "c2").Node("Concat", "one h2 two c2 two three", "a", ("axis", 0))
            .Node("Reshape", "t a", "b").Node("Transpose", "b", "d", ("perm", new long[] { 0, 1, 3, 2, 4, 5 }))
            .Integers("windows", -1, 4, 3).Node("Reshape", "d windows", "l").Node("MatMul", "l q", "lq").Node("MatMul", "l k", "lk")
            .Node("MatMul", "l v", "lv").Node("Transpose", "lk", "kt", ("perm", new long[] { 0, 2, 1 })).Node("MatMul", "lq kt", "s")
            .Node("Softmax", "s", "p", ("axis", -1)).Node("MatMul", "p lv", "o").Node("Concat", "one h2 c2 two two six", "e", ("axis", 0))
            .Node("Reshape", "o e", "f").Node("Transpose", "f", "g", ("perm", new long[] { 0, 1, 3, 2, 4, 5 }))
            .Node("Concat", "one h c six", "z", ("axis", 0)).Node("Reshape", "g z", "r").Node("Transpose", "r", "y", ("perm", s_toFirst))),
    ];

    /// <summary>A picture as a list of pixels, [1, rows*columns, channels], as exporters write it, what is done with the list, and the
    /// picture of it.</summary>
    public static ModelBuilder Listed(ModelBuilder builder, string picture, int channels, string list, Func<ModelBuilder, ModelBuilder> use,
        string used, int left, string made) => use(builder
            .Node("Shape", picture, $"{made}n").Integers($"{made}flat", 1, channels, -1).Integers($"{made}two", 2)
            .Integers($"{made}four", 4)
            .Node("Slice", $"{made}n {made}two {made}four", $"{made}hw").Node("Reshape", $"{picture} {made}flat", $"{made}f")
            .Node("Transpose", $"{made}f", list, ("perm", new long[] { 0, 2, 1 })))
        .Node("Transpose", used, $"{made}t", ("perm", new long[] { 0, 2, 1 })).Integers($"{made}c", 1, left)
        .Node("Concat", $"{made}c {made}hw", $"{made}s", ("axis", 0)).Node("Reshape", $"{made}t {made}s", made);

    private static (string, object) Kernel(long size) => ("kernel_shape", new[] { size, size });

    private static (string, object) Strides(long down, long across) => ("strides", new[] { down, across });

    private static (string, object) Pads(long pad) => ("pads", new[] { pad, pad, pad, pad });
}
