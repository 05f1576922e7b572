using Upstride.Onnx.Tests.Operators;

namespace Upstride.Onnx.Tests.Stages;

/// <summary>Graphs that are cut where sizes come out of a run, against ONNX Runtime.</summary>
public sealed class StageTests
{
    // More elements than any plan is known by.
    private const int Length = 6000;

    [Fact]
    public void Elements_that_are_computed_are_selected_by_each_operator()
    {
        ModelBuilder builder = Start().Node("Compress", "r large", "c").Node("NonZero", "large", "z").Node("Round", "x", "whole")
            .Node("Unique", "whole", "u first which often").Node("Mul", "c c", "cc").Node("Add", "u u", "uu")
            .Output("cc").Output("z", OnnxElementType.Int64).Output("uu").Output("which", OnnxElementType.Int64)
            .Output("often", OnnxElementType.Int64);
        Same(builder, 2, ["cc", "z", "uu", "which", "often"], [.. Enumerable.Range(0, 6).Select(static i => X(i, 3f * i))]);
    }

    [Fact]
    public void Selections_of_what_was_selected_follow_each_other()
    {
        ModelBuilder builder = Start().Node("Compress", "r large", "a").Floats("three", [], 3).Node("Less", "a three", "small")
            .Node("Compress", "a small", "b").Node("Round", "b", "whole").Node("Unique", "whole", "u").Node("Neg", "u", "y")
            .Node("ReduceSum", "r", "total").Output("y").Output("b").Output("total");
        Same(builder, 4, ["y", "b", "total"], [.. Enumerable.Range(0, 6).Select(static i => X(i, 2f * i))]);
    }

    [Fact]
    public void Sizes_that_are_computed_from_elements_choose_the_plan()
    {
        // The number of rows of y is the largest element, which is no size of anything.
        ModelBuilder builder = Start().Node("ReduceMax", "r", "m").Node("Cast", "m", "n", ("to", 7)).Integers("four", 4)
            .Integers("flat", -1).Node("Reshape", "n flat", "n1").Node("Concat", "n1 four", "shape", ("axis", 0))
            .Floats("three", [1], 3).Node("Expand", "three shape", "y").Output("y");
        Same(builder, 2, ["y"], [.. Enumerable.Range(0, 5).Select(static i => X(i, 3f * i))]);
    }

    [Fact]
    public void A_branch_that_selects_stands_in_the_place_of_its_node()
    {
        ModelBuilder yes = new ModelBuilder().Node("Compress", "r large", "a").Output("a");
        ModelBuilder no = new ModelBuilder().Integers("end", 5).Integers("start", 2).Node("Slice", "x start end", "b").Output("b");
        ModelBuilder builder = Start().Node("ReduceSum", "x", "sum", ("keepdims", 0)).Floats("none", [], 0).Node("Greater", "sum none", "c")
            .Node("If", "c", "v", ("then_branch", yes), ("else_branch", no)).Node("Exp", "v", "y").Output("y");
        Same(builder, 3, ["y"], [.. Enumerable.Range(0, 6).Select(static i => X(i, (i % 2 == 0 ? 1 : -1) * (i + 0.5f)))]);
    }

    [Fact]
    public void A_loop_whose_body_selects_is_written_out_turn_by_turn()
    {
        // Each turn keeps what is larger than its number.
        ModelBuilder body = Body().Node("Cast", "i", "f", ("to", 1)).Node("Greater", "s f", "g").Node("Compress", "s g", "k")
            .Node("Shape", "k", "count").Node("Identity", "go", "on").Output("on", OnnxElementType.Boolean).Output("k")
            .Output("count", OnnxElementType.Int64);
        ModelBuilder builder = Start().Scalar("m", 4L).Scalar("t", true).Node("Loop", "m t x", "y counts", ("body", body))
            .Output("y").Output("counts", OnnxElementType.Int64);
        Same(builder, 5, ["y", "counts"], [.. Enumerable.Range(0, 4).Select(static i => X(i, 2f * i))]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_loop_collects_as_often_as_its_condition_lets_it(bool bounded)
    {
        // Halves until the sum is small; collects each sum and each state.
        ModelBuilder body = Body().Floats("half", [], 0.5f).Floats("one", [], 1).Node("Mul", "s half", "t")
            .Node("ReduceSum", "t", "sum", ("keepdims", 0)).Node("Greater", "sum one", "on").Node("Identity", "t", "all")
            .Output("on", OnnxElementType.Boolean).Output("t").Output("sum").Output("all");
        ModelBuilder builder = Start().Scalar("m", 3L).Floats("one", [], 1).Node("ReduceSum", "r", "total", ("keepdims", 0))
            .Node("Greater", "total one", "first").Node("Loop", bounded ? "m first r" : "- first r", "last sums states", ("body", body))
            .Node("Neg", "sums", "y").Output("last").Output("y").Output("states");
        Same(builder, 2, ["last", "y"], [.. ((float[])[0, 1, 0.001f, 2, 3, 0.01f, 10, 0]).Select(static (scale, i) => X(i, scale))]);

        // ONNX Runtime knows no shape of what no turn made.
        Same(builder, 2, ["states"], [.. ((float[])[1, 0.01f, 3]).Select(static (scale, i) => X(i, scale))]);
        using OnnxSession session = builder.Session();
        Assert.Equal([0, Length], session.Run(Values.Named(("x", X(1, 0))))["states"].Shape);
    }

    [Fact]
    public void The_results_of_as_many_turns_as_an_input_says_leave_the_backbone_its_plan()
    {
        ModelBuilder body = Body().Node("Add", "s x", "a").Node("Identity", "go", "on").Output("on", OnnxElementType.Boolean)
            .Node("ReduceMax", "a", "largest", ("keepdims", 0)).Output("a").Output("largest");
        ModelBuilder builder = Start().Input("m", OnnxElementType.Int64).Node("Loop", "m - r", "y all", ("body", body)).Output("y")
            .Output("all");
        byte[] model = builder.ToBytes();
        using OnnxSession session = builder.Session();
        foreach (long trips in (long[])[3, 0, 700, 3, -1, 1])
        {
            Dictionary<string, OnnxTensor> given = Values.Named(("x", X(1, 1)), ("m", OnnxTensor.Create([trips])));
            Dictionary<string, OnnxTensor> expected = Runtime.OnnxRuntime.Run(model, given, "y", "all");
            IReadOnlyDictionary<string, OnnxTensor> actual = session.Run(given);
            foreach (string output in expected.Keys) OneNode.Near(expected[output], actual[output], 0, $"{output} of {trips}");
        }
        Assert.Equal([1, 4], session.PlansMade);
    }

    [Theory]
    [InlineData("i")]
    [InlineData("s")]
    public void A_loop_whose_condition_counts_is_planned_whole(string counter)
    {
        // By the number of the turn, or by a state that begins with a constant.
        ModelBuilder body = Body().Scalar("three", 3L).Scalar("one", 1L).Node("Add", "s one", "k").Node("Less", $"{counter} three", "on")
            .Node("Cast", "k", "f", ("to", 1)).Node("Mul", "r f", "p").Output("on", OnnxElementType.Boolean)
            .Output("k", OnnxElementType.Int64).Output("p");
        body.Proto.Graph.Input[2].Type.TensorType.ElemType = (int)OnnxElementType.Int64;
        ModelBuilder builder = Start().Scalar("m", long.MaxValue).Scalar("t", true).Scalar("none", 0L)
            .Node("Loop", "m t none", "count y", ("body", body)).Output("count", OnnxElementType.Int64).Output("y");
        Same(builder, 1, ["count", "y"], X(1, 1));
    }

    [Fact]
    public void A_scan_may_hold_a_loop_whose_number_of_turns_is_an_input()
    {
        ModelBuilder inner = new ModelBuilder().Input("i", OnnxElementType.Int64).Input("go", OnnxElementType.Boolean)
            .Node("Cast", "i", "f", ("to", 1)).Node("Add", "e f", "p").Node("Identity", "go", "on").Output("on", OnnxElementType.Boolean)
            .Output("p");
        ModelBuilder body = new ModelBuilder().Input("s").Input("e").Node("Add", "s e", "t").Node("Loop", "m -", "all", ("body", inner))
            .Output("t").Output("all");
        ModelBuilder builder = new ModelBuilder().Input("start", "4").Input("x", "3", "4").Input("m", OnnxElementType.Int64)
            .Node("Scan", "start x", "last y", ("body", body), ("num_scan_inputs", 1)).Output("y");
        Dictionary<string, OnnxTensor> given = Values.Named(("start", Values.Random(1, 4)), ("x", Values.Random(2, 3, 4)),
            ("m", OnnxTensor.Create([5L])));
        using OnnxSession session = builder.Session();
        OneNode.Near(Runtime.OnnxRuntime.Run(builder.ToBytes(), given, "y")["y"], session.Run(given)["y"], 0, "y");
    }

    [Fact]
    public void States_that_grow_may_end_when_a_condition_says_so()
    {
        ModelBuilder body = Body().Node("Concat", "s s", "k", ("axis", 0)).Node("ReduceSum", "k", "sum", ("keepdims", 0))
            .Floats("limit", [], 40).Node("Less", "sum limit", "on").Output("on", OnnxElementType.Boolean).Output("k").Output("sum");
        ModelBuilder builder = Start().Scalar("m", 9L).Scalar("t", true).Node("Abs", "x", "a").Node("ReduceMax", "a", "start")
            .Node("Loop", "m t start", "y sums", ("body", body)).Output("y").Output("sums");
        Same(builder, null, ["y", "sums"], [.. ((float[])[1, 9, 30, 60]).Select(static (scale, i) => X(i, scale))]);
    }

    [Fact]
    public void A_scan_whose_body_selects_is_refused()
    {
        ModelBuilder body = new ModelBuilder().Input("s").Input("e").Node("Add", "s e", "t").Node("NonZero", "t", "z")
            .Output("t").Output("z", OnnxElementType.Int64);
        using OnnxSession session = new ModelBuilder().Input("start", "4").Input("x", "3", "4")
            .Node("Scan", "start x", "y z", ("body", body), ("num_scan_inputs", 1)).Output("y").Session();
        Assert.Equal("node 'node-y' (Scan): sizes within its body are known only as it runs, which is not supported here: each turn must "
            + "have the same", Assert.Throws<OnnxUnsupportedException>(() => Values.Run(session, ("start", Values.Random(1, 4)),
            ("x", Values.Random(2, 3, 4)))).Message);
    }

    [Fact]
    public void Sequences_go_from_stage_to_stage()
    {
        ModelBuilder builder = Start().Scalar("one", 1L).Scalar("last", -1L).Node("Compress", "r large", "c").Node("Neg", "r", "n")
            .Node("SequenceConstruct", "r n c", "s").Node("SequenceErase", "s last", "known").Node("SequenceAt", "s last", "a")
            .Node("ConcatFromSequence", "s", "joined", ("axis", 0)).Node("SequenceAt", "known one", "b").Output("a").Output("b")
            .Output("joined");
        Same(builder, 2, ["a", "b", "joined"], [.. Enumerable.Range(0, 4).Select(static i => X(i, 2f * i))]);
    }

    [Fact]
    public void Maxima_go_back_to_their_places_behind_a_cut()
    {
        // The indices are of the pooling before the selection; what they undo is one wide, and is added to each selected number.
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "1", "80", "80").Floats("zero", [], 0)
            .Node("MaxPool", "x", "p at", ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2])).Node("Greater", "x zero", "g")
            .Node("NonZero", "g", "z").Node("Shape", "z", "count", ("start", 1)).Node("Cast", "count", "n", ("to", 1))
            .Node("Add", "p n", "q").Node("MaxUnpool", "q at", "y", ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]))
            .Output("y");
        Same(builder, 2, ["y"], [.. Enumerable.Range(0, 3).Select(static i => Values.Random(i, 1, 1, 80, 80))]);
    }

    [Fact]
    public void A_tail_of_quantized_numbers_is_computed_in_integers()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "2000", "5").Floats("xs", [], 0.05f).Floats("ys", [], 0.2f)
            .Bytes("xz", OnnxElementType.UInt8, [], 128).Bytes("yz", OnnxElementType.UInt8, [], 100).RandomBytes("w", 3, 5, 6)
            .Floats("ws", [], 0.1f).Bytes("wz", OnnxElementType.Int8, [], 0).Floats("zero", [], 0).Integers("first", 0)
            .Node("ReduceMean", "x", "means", ("axes", (long[])[1]), ("keepdims", 0)).Node("Greater", "means zero", "g")
            .Node("Compress", "x g", "v", ("axis", 0)).Node("QuantizeLinear", "v xs xz", "xq").Node("DequantizeLinear", "xq xs xz", "xf")
            .Node("DequantizeLinear", "w ws wz", "wf").Node("MatMul", "xf wf", "c").Node("QuantizeLinear", "c ys yz", "y")
            .Output("y", OnnxElementType.UInt8);
        OnnxTensor x = Values.Random(1, 2000, 5);
        using OnnxSession session = Same(builder, 2, ["y"], x, Values.Random(2, 2000, 5));
        Assert.Contains(session.Explain(Values.Named(("x", x))).Steps, static step => step is { Operator: "QLinearMatMul", Stage: 2 });
    }

    [Fact]
    public void What_is_selected_and_not_read_ends_no_stage()
    {
        using OnnxSession session = Start().Node("NonZero", "large", "z").Node("Shape", "z", "s").Node("Neg", "r", "y").Output("y")
            .Session();
        Values.Run(session, ("x", X(1, 1)));
        Assert.Equal([1], session.PlansMade);
    }

    // x is a vector, r its positive part, and large where it is greater than 1.
    private static ModelBuilder Start() => new ModelBuilder().Input("x", "n").Floats("unit", [], 1).Node("Relu", "x", "r")
        .Node("Greater", "x unit", "large");

    private static ModelBuilder Body() => new ModelBuilder().Input("i", OnnxElementType.Int64).Input("go", OnnxElementType.Boolean)
        .Input("s");

    private static OnnxTensor X(int seed, float scale) =>
        OnnxTensor.Create([.. Values.Random(seed, Length).Floats.ToArray().Select(number => number * scale)], Length);

    private static OnnxSession Same(ModelBuilder builder, int? stages, string[] outputs, params OnnxTensor[] inputs)
    {
        byte[] model = builder.ToBytes();
        OnnxSession session = builder.Session();
        foreach (OnnxTensor x in inputs)
        {
            Dictionary<string, OnnxTensor> given = Values.Named(("x", x)), expected = Runtime.OnnxRuntime.Run(model, given, outputs);
            for (int run = 0; run < 2; run++)
            {
                IReadOnlyDictionary<string, OnnxTensor> actual = session.Run(given);
                foreach (string output in outputs) OneNode.Near(expected[output], actual[output], 1e-5f, output);
            }
        }
        Assert.Equal(1, session.PlansMade[0]);
        if (stages is not null) Assert.Equal(stages, session.PlansMade.Count);
        return session;
    }
}
