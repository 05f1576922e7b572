using Upstride.Onnx.Format;

namespace Upstride.Onnx.Tests.Operators;

/// <summary>Branches, loops and scans, against ONNX Runtime and by the examples of ONNX's specification.</summary>
public class ControlFlowTests
{
    private static readonly OnnxTensor _x = OneNode.Whole(new Random(1), 2, 3);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_branch_is_taken_that_an_input_chooses(bool condition)
    {
        OnnxTensor[] results = Same(Branches(), ["y", "z"], ("x", _x), ("c", OnnxTensor.Create([condition], 1)));
        Assert.Equal(condition ? 2 * _x.Floats[0] : -_x.Floats[0], results[0].Floats[0]);
    }

    [Fact]
    public void A_branch_is_taken_that_the_run_chooses_and_one_plan_serves_both()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "2", "3").Output("y").Node("ReduceSum", "x", "sum", ("keepdims", 0))
            .Floats("zero", [], 0).Node("Greater", "sum zero", "c")
            .Node("If", "c", "y", ("then_branch", new ModelBuilder().Node("Relu", "x", "a").Output("a")),
                ("else_branch", new ModelBuilder().Node("Neg", "x", "b").Output("b")));
        OnnxTensor positive = OnnxTensor.Create([1f, 2, 3, -4, 5, 6], 2, 3), negative = OnnxTensor.Create([1f, -2, -3, -4, 5, -6], 2, 3);
        Same(builder, ["y"], ("x", positive));
        Same(builder, ["y"], ("x", negative));
        using OnnxSession session = builder.Session();
        Assert.Equal([1f, 2, 3, 0, 5, 6], Values.Run(session, ("x", positive)).Floats.ToArray());
        Assert.Equal([-1f, 2, 3, 4, -5, 6], Values.Run(session, ("x", negative)).Floats.ToArray());
        Assert.Contains(session.Explain(Values.Named(("x", positive))).Steps, static step => step.Algorithm == "branches");
    }

    [Fact]
    public void Branches_of_other_shapes_have_a_plan_each()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "2", "3").Input("c", OnnxElementType.Boolean, "1").Output("y")
            .Node("If", "c", "y", ("then_branch", new ModelBuilder().Node("Transpose", "x", "a").Output("a")),
                ("else_branch", new ModelBuilder().Node("Identity", "x", "b").Output("b")));
        Assert.Equal([3, 2], Same(builder, ["y"], ("x", _x), ("c", OnnxTensor.Create([true], 1)))[0].Shape);
        Assert.Equal([2, 3], Same(builder, ["y"], ("x", _x), ("c", OnnxTensor.Create([false], 1)))[0].Shape);
    }

    /// <summary>Few turns are written out, many run; inner loops, values of outside, and results that are inputs.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(700)]
    public void A_loop_of_known_length_carries_states_and_collects(long trips)
    {
        ModelBuilder body = Body().Node("Add", "s x", "a").Node("Cast", "i", "f", ("to", 1)).Node("Mul", "x f", "p")
            .Node("Identity", "go", "on").Output("on", OnnxElementType.Boolean).Output("a").Output("p");
        ModelBuilder builder = new ModelBuilder().Input("x", "2", "3").Output("y").Output("all").Scalar("m", trips)
            .Node("Loop", "m - x", "y all", ("body", body));
        OnnxTensor[] results = Same(builder, ["y", "all"], ("x", _x));
        Assert.Equal((trips + 1) * _x.Floats[1], results[0].Floats[1]);
        Assert.Equal([(nint)trips, 2, 3], results[1].Shape);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void A_loop_ends_when_its_condition_says_so(int limit)
    {
        // Doubles until the sum passes a limit, as the specification's while.
        ModelBuilder body = Body().Node("Add", "s s", "a").Node("ReduceSum", "a", "sum", ("keepdims", 0)).Node("Less", "sum limit", "on")
            .Output("on", OnnxElementType.Boolean).Output("a");
        ModelBuilder builder = new ModelBuilder().Input("x", "2", "3").Output("y").Scalar("m", long.MaxValue).Scalar("t", true)
            .Floats("limit", [], limit).Node("Loop", "m t x", "y", ("body", body));
        OnnxTensor x = OnnxTensor.Create([1f, 0, 0, 0, 0, 0], 2, 3);
        Assert.Equal(limit == 3 ? 4 : 64, Same(builder, ["y"], ("x", x))[0].Floats[0]);
    }

    [Fact]
    public void A_number_of_turns_and_a_first_condition_may_be_inputs()
    {
        ModelBuilder body = Body().Node("Add", "s x", "a").Node("Identity", "go", "on").Output("on", OnnxElementType.Boolean).Output("a");
        ModelBuilder builder = new ModelBuilder().Input("x", "2", "3").Input("m", OnnxElementType.Int64).Input("c", OnnxElementType.Boolean)
            .Output("y").Node("Loop", "m c x", "y", ("body", body));
        foreach ((long trips, bool first) in ((long, bool)[])[(0, true), (3, true), (3, false), (-1, true)])
            Same(builder, ["y"], ("x", _x), ("m", OnnxTensor.Create([trips])), ("c", OnnxTensor.Create([first])));
    }

    [Fact]
    public void A_state_may_grow_where_the_number_of_turns_is_known()
    {
        ModelBuilder body = Body().Node("Concat", "s x", "a", ("axis", 0)).Node("Identity", "go", "on")
            .Output("on", OnnxElementType.Boolean).Output("a");
        Assert.Equal([8, 3], Same(new ModelBuilder().Input("x", "2", "3").Output("y").Scalar("m", 3L).Scalar("t", true)
            .Node("Loop", "m t x", "y", ("body", body)), ["y"], ("x", _x))[0].Shape);
    }

    [Fact]
    public void Loops_within_loops_and_branches_within_loops()
    {
        ModelBuilder inner = new ModelBuilder().Input("j", OnnxElementType.Int64).Input("more", OnnxElementType.Boolean).Input("u")
            .Node("Add", "u x", "v").Node("Identity", "more", "yes").Output("yes", OnnxElementType.Boolean).Output("v");
        ModelBuilder body = Body().Node("ReduceSum", "s", "sum", ("keepdims", 0)).Floats("ten", [], 10).Node("Greater", "sum ten", "big")
            .Node("If", "big", "w", ("then_branch", new ModelBuilder().Node("Neg", "s", "n").Output("n")),
                ("else_branch", new ModelBuilder().Scalar("k", 200L).Node("Loop", "k - s", "l", ("body", inner)).Output("l")))
            .Node("Identity", "go", "on").Output("on", OnnxElementType.Boolean).Output("w");
        foreach (long trips in (long[])[3, 300])
            Same(new ModelBuilder().Input("x", "2", "3").Output("y").Scalar("m", trips).Node("Loop", "m - x", "y", ("body", body)), ["y"],
                ("x", OnnxTensor.Create([1f, 0, 0.5f, 0, -1, 0.25f], 2, 3)));
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(1, 0, 1, 0)]
    [InlineData(-1, 1, 0, 1)]
    public void A_scan_sums_along_an_axis(int axis, int backwards, int outputAxis, int outputBackwards)
    {
        ModelBuilder body = new ModelBuilder().Input("s").Input("e").Node("Add", "s e", "t").Node("Mul", "t t",
            "q").Output("t").Output("q");
        OnnxTensor x = OneNode.Whole(new Random(2), 4, 4), start = OneNode.Whole(new Random(3), 4);
        Same(new ModelBuilder().Input("x", "4", "4").Input("start", "4").Output("y").Output("all").Node("Scan", "start x", "y all",
            ("body", body), ("num_scan_inputs", 1), ("scan_input_axes", (long[])[axis]), ("scan_input_directions", (long[])[backwards]),
            ("scan_output_axes", (long[])[outputAxis]), ("scan_output_directions", (long[])[outputBackwards])), ["y", "all"],
            ("x", x), ("start", start));
    }

    /// <summary>ONNX's test_scan9_sum.</summary>
    [Fact]
    public void The_specifications_scan()
    {
        ModelBuilder body = new ModelBuilder().Input("sum_in").Input("next").Node("Add", "sum_in next", "sum_out")
            .Node("Identity", "sum_out", "scan_out").Output("sum_out").Output("scan_out");
        OnnxTensor[] results = Same(new ModelBuilder().Input("initial", "2").Input("x", "3", "2").Output("y").Output("z")
            .Node("Scan", "initial x", "y z", ("num_scan_inputs", 1), ("body", body)), ["y", "z"],
            ("initial", OnnxTensor.Create([0f, 0], 2)), ("x", OnnxTensor.Create([1f, 2, 3, 4, 5, 6], 3, 2)));
        Assert.Equal([9f, 12], results[0].Floats.ToArray());
        Assert.Equal([1f, 2, 4, 6, 9, 12], results[1].Floats.ToArray());
    }

    [Fact]
    public void Sequences_are_built_cut_and_joined()
    {
        OnnxTensor x = OneNode.Whole(new Random(4), 2, 5);
        Same(new ModelBuilder().Input("x", "2", "5").Output("y").Output("z").Output("n", OnnxElementType.Int64).Output("w")
            .Scalar("two", 2L).Scalar("first", 0L).Scalar("last", -1L).Integers("parts", 1, 3, 1)
            .Node("SplitToSequence", "x two", "s", ("axis", 1)).Node("SequenceAt", "s last", "a").Node("Neg", "a", "b")
            .Node("SequenceInsert", "s b first", "t").Node("SequenceErase", "t two", "u").Node("ConcatFromSequence", "u", "y", ("axis", 1))
            .Node("SequenceLength", "u", "n").Node("SequenceEmpty", "", "empty").Node("SequenceInsert", "empty x", "e1")
            .Node("SequenceInsert", "e1 x", "e2").Node("ConcatFromSequence", "e2", "z", ("axis", -1), ("new_axis", 1))
            .Node("SplitToSequence", "x", "rows", ("axis", 0), ("keepdims", 0)).Node("SplitToSequence", "x parts", "three", ("axis", 1))
            .Node("SequenceAt", "three first", "c").Node("SequenceAt", "rows first", "r").Node("Add", "c r", "w"),
            ["y", "z", "n", "w"], ("x", x));
    }

    [Fact]
    public void A_loop_may_append_to_a_sequence()
    {
        ModelBuilder body = new ModelBuilder().Input("i", OnnxElementType.Int64).Input("go", OnnxElementType.Boolean);
        body.Proto.Graph.Input.Add(new ValueInfoProto { Name = "s", Type = new() { SequenceType = new() } });
        body.Node("Cast", "i", "f", ("to", 1)).Node("Mul", "x f", "p").Node("SequenceInsert", "s p", "longer").Node("Identity", "go", "on")
            .Output("on", OnnxElementType.Boolean);
        body.Proto.Graph.Output.Add(new ValueInfoProto { Name = "longer", Type = new() { SequenceType = new() } });
        using OnnxSession session = new ModelBuilder().Input("x", "2").Output("y").Scalar("m", 4L).Scalar("t", true)
            .Node("SequenceEmpty", "", "none").Node("Loop", "m t none", "all", ("body", body))
            .Node("ConcatFromSequence", "all", "y", ("axis", 0), ("new_axis", 1)).Session();
        OnnxTensor y = Values.Run(session, ("x", OnnxTensor.Create([1f, 2], 2)));
        Assert.Equal([4, 2], y.Shape);
        Assert.Equal([0f, 0, 1, 2, 2, 4, 3, 6], y.Floats.ToArray());
    }

    [Fact]
    public void What_does_not_end_or_explodes_is_refused()
    {
        ModelBuilder endless = Body().Node("Identity", "s", "a").Node("Identity", "go", "on").Output("on", OnnxElementType.Boolean)
            .Output("a");
        Assert.Equal("node 'node-y' (Loop): the loop has no number of turns and its condition is always true: it never ends",
            Refusal(new ModelBuilder().Scalar("t", true).Node("Loop", "- t x", "y", ("body", endless))));
        ModelBuilder forever = Body().Node("Identity", "s", "a").Node("ReduceSum", "a", "sum", ("keepdims", 0))
            .Floats("never", [], 1e9f).Node("Less", "sum never", "on").Output("on", OnnxElementType.Boolean).Output("a");
        Assert.Equal("node 'node-y' (Loop): more than settings.Limits.MaximalIterations = 1000 turns: allow more, if it ends",
            Refusal(new ModelBuilder().Scalar("t", true).Node("Loop", "- t x", "y", ("body", forever)),
                new() { Limits = new() { MaximalIterations = 1000 } }));
        ModelBuilder growing = Body().Node("Concat", "s s", "a", ("axis", 0)).Node("Identity", "go", "on")
            .Output("on", OnnxElementType.Boolean).Output("a");
        Assert.Contains("elements", Refusal(new ModelBuilder().Scalar("m", 64L).Scalar("t", true)
            .Node("Loop", "m t x", "y", ("body", growing))), StringComparison.Ordinal);
        Assert.Contains("more than 50000 nodes once its loops and branches are written out", Refusal(new ModelBuilder()
            .Scalar("m", 90_000L).Scalar("t", true).Node("Loop", "m t x", "y", ("body", Body().Node("Concat", "s x", "a", ("axis", 0))
                .Node("Identity", "go", "on").Output("on", OnnxElementType.Boolean).Output("a")))), StringComparison.Ordinal);
        Assert.Contains("operations", Refusal(new ModelBuilder().Scalar("m", 1L << 60).Scalar("t", true)
            .Node("Loop", "m t x", "y", ("body", endless))), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_operators_within_a_body_are_named()
    {
        string text = Refusal(new ModelBuilder().Scalar("c", true).Node("If", "c", "y",
            ("then_branch", new ModelBuilder().Node("Unheard", "x", "a").Output("a")),
            ("else_branch", new ModelBuilder().Node("Identity", "x", "b").Output("b"))));
        Assert.Equal("opset 17: an operator is not supported: Unheard (node 'node-a')", text);
    }

    private static ModelBuilder Branches() => new ModelBuilder().Input("x", "2", "3").Input("c", OnnxElementType.Boolean, "1").Output("y")
        .Output("z").Floats("two", [], 2).Node("Neg", "x", "outer").Node("If", "c", "y z",
            ("then_branch", new ModelBuilder().Node("Mul", "x two", "a").Node("Add", "a outer", "b").Output("a").Output("b")),
            ("else_branch", new ModelBuilder().Floats("k", [1], 3).Node("Mul", "x k", "d").Output("outer2").Output("d")
                .Node("Identity", "outer", "outer2")));

    private static ModelBuilder Body() => new ModelBuilder().Input("i", OnnxElementType.Int64).Input("go", OnnxElementType.Boolean)
        .Input("s");

    private static string Refusal(ModelBuilder builder, OnnxSessionSettings? settings = null)
    {
        Exception fault = Assert.ThrowsAny<Exception>(() =>
        {
            using OnnxSession session = builder.Input("x", "2", "3").Output("y").Session(settings);
            session.Run(Values.Named(("x", _x)));
        });
        Assert.True(fault is OnnxFormatException or OnnxUnsupportedException, fault.ToString());
        return fault.Message;
    }

    private static OnnxTensor[] Same(ModelBuilder builder, string[] outputs, params (string Name, OnnxTensor Tensor)[] inputs)
    {
        Dictionary<string, OnnxTensor> given = Values.Named(inputs), expected = Runtime.OnnxRuntime.Run(builder.ToBytes(), given, outputs);
        using OnnxSession session = builder.Session();
        for (int run = 0; run < 2; run++)
        {
            IReadOnlyDictionary<string, OnnxTensor> actual = session.Run(given);
            foreach (string output in outputs) OneNode.Near(expected[output], actual[output], 0, output);
        }
        return [.. outputs.Select(output => expected[output])];
    }
}
