using Upstride.Onnx.Tests.Operators;

namespace Upstride.Onnx.Tests.Stages;

/// <summary>What follows a selection of nothing, against ONNX Runtime.</summary>
public class EmptySelectionTests
{
    // What becomes of v to y.
    private static readonly (string Name, Action<ModelBuilder> Tail)[] _tails =
    [
        ("Relu", static b => b.Node("Relu", "v", "y")),
        ("Conv", static b => b.Random("w", 1, 4, 3, 3, 3).Random("b", 2, 4).Node("Conv", "v w b", "y", ("pads", (long[])[1, 1, 1, 1]))),
        ("Conv and Relu", static b => b.Random("w", 1, 4, 3, 1, 1).Node("Conv", "v w", "c").Node("Relu", "c", "y")),
        ("ConvTranspose", static b => b.Random("w", 1, 3, 4, 4, 4)
            .Node("ConvTranspose", "v w", "y", ("strides", (long[])[2, 2]), ("pads", (long[])[1, 1, 1, 1]))),
        ("BatchNormalization", static b => b.Floats("s", [3], 1, 2, 3).Floats("o", [3], 1, 0, 1).Floats("m", [3], 0, 1, 2)
            .Floats("d", [3], 1, 2, 1).Node("BatchNormalization", "v s o m d", "y")),
        ("MaxPool", static b => b.Node("MaxPool", "v", "y", ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]))),
        ("AveragePool", static b => b.Node("AveragePool", "v", "y", ("kernel_shape", (long[])[3, 3]))),
        ("GlobalAveragePool", static b => b.Node("GlobalAveragePool", "v", "y")),
        ("InstanceNormalization", static b => b.Floats("s", [3], 1, 2, 3).Floats("o", [3], 1, 0, 1)
            .Node("InstanceNormalization", "v s o", "y")),
        ("LayerNormalization", static b => b.Random("s", 1, 8).Random("o", 2, 8).Node("LayerNormalization", "v s o", "y", ("axis", -1))),
        ("Flatten and Gemm", static b => b.Random("w", 1, 192, 5).Random("b", 2, 5).Node("Flatten", "v", "f").Node("Gemm", "f w b", "y")),
        ("MatMul", static b => b.Random("w", 1, 8, 4).Node("MatMul", "v w", "y")),
        ("MatMul with itself", static b => b.Node("Flatten", "v", "f").Node("Transpose", "f", "t", ("perm", (long[])[1, 0]))
            .Node("MatMul", "t f", "y")),
        ("Einsum", static b => b.Random("w", 1, 8, 4).Node("Einsum", "v w", "y", ("equation", "nchw,wk->nchk"))),
        ("Softmax", static b => b.Node("Softmax", "v", "y", ("axis", 1))),
        ("Softmax of what is empty", static b => b.Node("Softmax", "v", "y", ("axis", 0))),
        ("Add", static b => b.Random("a", 1, 3, 1, 1).Node("Add", "v a", "y")),
        ("Mul with itself", static b => b.Node("Mul", "v v", "y")),
        ("Where", static b => b.Floats("zero", [], 0).Node("Greater", "v zero", "g").Node("Where", "g v zero", "y")),
        ("Clip", static b => b.Floats("zero", [], 0).Floats("one", [], 1).Node("Clip", "v zero one", "y")),
        ("ReduceSum of all", static b => b.Node("ReduceSum", "v", "y")),
        ("ReduceSum", static b => b.Integers("axes", 0).Node("ReduceSum", "v axes", "y")),
        ("ReduceMean of the others", static b => b.Node("ReduceMean", "v", "y", ("axes", (long[])[2, 3]))),
        ("ReduceMax of the others", static b => b.Node("ReduceMax", "v", "y", ("axes", (long[])[1]), ("keepdims", 0))),
        ("ArgMax", static b => b.Node("ArgMax", "v", "a", ("axis", 1)).Node("Cast", "a", "y", ("to", 1))),
        ("TopK", static b => b.Integers("k", 2).Node("TopK", "v k", "y i", ("axis", 1))),
        ("CumSum", static b => b.Integers("axis", 0).Node("CumSum", "v axis", "y")),
        ("Concat", static b => b.Random("a", 1, 2, 3, 8, 8).Node("Concat", "a v v", "y", ("axis", 0))),
        ("Concat of channels", static b => b.Node("Concat", "v v", "y", ("axis", 1))),
        ("Split", static b => b.Node("Split", "v", "p q", ("axis", 3)).Node("Sub", "p q", "y")),
        ("Slice", static b => b.Integers("start", 0, 1).Integers("end", 5, 4).Integers("at", 0, 2)
            .Node("Slice", "v start end at", "y")),
        ("Reshape", static b => b.Integers("shape", -1, 192).Node("Reshape", "v shape", "y")),
        ("Transpose", static b => b.Node("Transpose", "v", "y", ("perm", (long[])[0, 2, 3, 1]))),
        ("Pad", static b => b.Integers("pads", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad", "v pads", "y")),
        ("Tile", static b => b.Integers("repeats", 1, 2, 1, 1).Node("Tile", "v repeats", "y")),
        ("Expand", static b => b.Integers("shape", 2, 1, 1, 1, 1).Node("Expand", "v shape", "y")),
        ("Gather", static b => b.Integers("at", 2, 0).Node("Gather", "v at", "y", ("axis", 1))),
        ("Resize", static b => b.Floats("scales", [4], 1, 1, 2, 2).Node("Resize", "v - scales", "y", ("mode", "nearest"))),
        ("DepthToSpace", static b => b.Integers("shape", 0, 12, 4, 4).Node("Reshape", "v shape", "r")
            .Node("DepthToSpace", "r", "y", ("blocksize", 2))),
        ("Shape", static b => b.Node("Shape", "v", "s").Node("Cast", "s", "y", ("to", 1))),
        ("Range", static b => b.Node("Shape", "v", "s", ("start", 0), ("end", 1)).Scalar("none", 0L).Scalar("one", 1L)
            .Node("Squeeze", "s", "n").Node("Range", "none n one", "r").Node("Cast", "r", "y", ("to", 1))),
        ("ConstantOfShape", static b => b.Node("Shape", "v", "s").Node("ConstantOfShape", "s", "y")),
        ("ScatterND", static b => b.Random("a", 1, 4).Integers("shape", -1, 1).Integers("column", 0, 1).Integers("none", 0)
            .Node("Reshape", "places shape", "p").Node("Slice", "p none none", "at").Floats("flat", [0])
            .Node("ScatterND", "a at flat", "y")),
        ("GatherND", static b => b.Integers("shape", -1, 1).Node("Reshape", "places shape", "p").Node("GatherND", "x p", "y")),
        ("NonZero", static b => b.Node("NonZero", "v", "nz").Node("Cast", "nz", "y", ("to", 1))),
        ("Unique", static b => b.Node("Unique", "v", "y")),
        ("RoiAlign", static b => b.Random("f", 1, 1, 2, 6, 6).Integers("r", -1, 4).Integers("axes", 1, 2, 3)
            .Node("ReduceMean", "v", "m", ("axes", (long[])[1, 2]), ("keepdims", 0)).Integers("start", 0).Integers("end", 4)
            .Integers("last", 1).Node("Slice", "m start end last", "rois").Node("Shape", "rois", "s", ("start", 0), ("end", 1))
            .Node("ConstantOfShape", "s", "zeros").Node("Cast", "zeros", "batch", ("to", 7))
            .Node("RoiAlign", "f rois batch", "y", ("output_height", 2), ("output_width", 2))),
    ];

    public static TheoryData<string> Tails => [.. _tails.Select(static tail => tail.Name)];

    [Theory]
    [MemberData(nameof(Tails))]
    public void A_tail_of_nothing_and_of_some_gives_what_the_runtime_gives(string name)
    {
        ModelBuilder builder = Head();
        _tails.Single(tail => tail.Name == name).Tail(builder);
        builder.Output("y");
        byte[] model = builder.ToBytes();
        using OnnxSession session = builder.Session();
        foreach (int count in (int[])[0, 3, 0, 1])
        {
            Dictionary<string, OnnxTensor> given = Values.Named(("x", Rows(count)));
            OneNode.Near(Runtime.OnnxRuntime.Run(model, given, "y")["y"], session.Run(given)["y"], 1e-5f, $"{name} of {count}");
        }
        Assert.Equal(1, session.PlansMade[0]);
    }

    /// <summary>ONNX Runtime ends the process here.</summary>
    [Fact]
    public void A_recurrent_network_takes_sequences_of_no_one()
    {
        using OnnxSession session = Head().Random("w", 1, 1, 12, 8).Random("r", 2, 1, 12, 4)
            .Node("ReduceMean", "v", "m", ("axes", (long[])[2]), ("keepdims", 0)).Node("Transpose", "m", "t", ("perm", (long[])[1, 0, 2]))
            .Node("GRU", "t w r", "y", ("hidden_size", 4)).Output("y").Session();
        foreach (int count in (int[])[0, 2]) Assert.Equal([3, 1, count, 4], Values.Run(session, ("x", Rows(count))).Shape);
    }

    // The rows of x whose mean is positive: v, [n, 3, 8, 8].
    private static ModelBuilder Head() => new ModelBuilder().Input("x", "30", "3", "8", "8").Integers("head-first", 0)
        .Floats("head-zero", [], 0).Node("ReduceMean", "x", "means", ("axes", (long[])[1, 2, 3]), ("keepdims", 0))
        .Node("Greater", "means head-zero", "positive").Node("NonZero", "positive", "columns")
        .Node("Squeeze", "columns head-first", "places").Node("Gather", "x places", "v", ("axis", 0));

    private static OnnxTensor Rows(int positive) => OnnxTensor.Create([.. Values.Random(positive, 30, 3, 8, 8).Floats.ToArray()
        .Select((number, i) => (i / 192 * 7 % 30 < positive ? 1 : -1) * Math.Abs(number))], 30, 3, 8, 8);
}
