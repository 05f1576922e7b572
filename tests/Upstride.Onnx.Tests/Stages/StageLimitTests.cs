using Upstride.Onnx.Tests.Operators;

namespace Upstride.Onnx.Tests.Stages;

/// <summary>Numbers of results that explode, and limits over all stages of a run.</summary>
public class StageLimitTests
{
    private static readonly OnnxSessionSettings _small = new() { Limits = new() { MaximalMemory = 1 << 20 } };

    [Fact]
    public void Places_of_more_elements_than_memory_has_are_refused_with_their_numbers()
    {
        // 8 bytes of 6 axes for each truth value, of one byte.
        using OnnxSession session = new ModelBuilder().Input("x", "1", "1", "1", "1", "n", "m").Node("NonZero", "x", "y")
            .Output("y", OnnxElementType.Int64).Session(_small);
        Assert.Equal([6, 0], session.Run(Values.Named(("x", OnnxTensor.Zeros(OnnxElementType.Float32, 1, 1, 1, 1, 200, 200))))["y"].Shape);
        Assert.Equal("node 'node-y' (NonZero): what it selects takes 1920000 bytes or more, and 1048576 are left of "
            + "settings.Limits.MaximalMemory: allow more, or let it select less", Refusal(session, Values.Random(1, 1, 1, 1, 1, 200, 200)));
        Assert.Equal([6, 100], Values.Run(session, ("x", Values.Random(1, 1, 1, 1, 1, 10, 10))).Shape);
    }

    [Fact]
    public void Boxes_without_end_are_refused_before_they_are_collected()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "1", "n", "4").Integers("most", 1 << 30).Floats("overlap", [1], 1)
            .Floats("score", [1, 100, 1], [.. Enumerable.Repeat(1f, 100)]).Node("Shape", "x", "n", ("start", 1), ("end", 2))
            .Integers("one", 1).Integers("classes", 100).Node("Concat", "one classes n", "shape", ("axis", 0))
            .Node("Expand", "score shape", "scores").Node("NonMaxSuppression", "x scores most overlap", "y")
            .Output("y", OnnxElementType.Int64).Session(new() { Limits = new() { MaximalMemory = 2 << 20 } });
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("are left of settings.Limits.MaximalMemory", Refusal(session, Values.Random(1, 1, 1000, 4)),
            StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        Assert.Equal([1000, 3], Values.Run(session, ("x", Values.Random(1, 1, 10, 4))).Shape);
    }

    [Fact]
    public void A_loop_that_collects_without_end_is_refused()
    {
        ModelBuilder body = new ModelBuilder().Input("i", OnnxElementType.Int64).Input("go", OnnxElementType.Boolean).Input("s")
            .Node("Relu", "s", "t").Floats("limit", [], 1e9f).Node("ReduceSum", "t", "sum", ("keepdims", 0)).Node("Less", "sum limit", "on")
            .Node("Neg", "t", "u").Output("on", OnnxElementType.Boolean).Output("t").Output("u");
        ModelBuilder builder = new ModelBuilder().Input("x", "n").Scalar("t", true).Node("Loop", "- t x", "y all", ("body", body))
            .Output("all");
        using OnnxSession session = builder.Session(_small);
        Assert.Contains("node 'node-y' (Loop): what it selects takes ", Refusal(session, Values.Random(1, 1000)), StringComparison.Ordinal);
        using OnnxSession bounded = builder.Session(new() { Limits = new() { MaximalIterations = 1000 } });
        Assert.Equal("node 'node-y' (Loop): more than settings.Limits.MaximalIterations = 1000 turns: allow more, if it ends",
            Refusal(bounded, Values.Random(1, 10)));
        using OnnxSession endless = builder.Session();
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Assert.Throws<OperationCanceledException>(() => endless.Run(Values.Named(("x", Values.Random(1, 10))), source.Token));
    }

    [Fact]
    public void A_loop_with_sizes_of_its_own_in_each_turn_has_so_many_turns_at_most()
    {
        ModelBuilder body = new ModelBuilder().Input("i", OnnxElementType.Int64).Input("go", OnnxElementType.Boolean).Input("s")
            .Floats("none", [1], 0).Node("Concat", "s none", "t", ("axis", 0)).Node("ReduceSum", "t", "sum", ("keepdims", 0))
            .Floats("limit", [], 1e9f).Node("Less", "sum limit", "on").Output("on", OnnxElementType.Boolean).Output("t");
        using OnnxSession session = new ModelBuilder().Input("x", "n").Scalar("t", true).Node("Loop", "- t x", "y", ("body", body))
            .Output("y").Session();
        Assert.Contains("1000 times the sizes of what follows came out of a run", Refusal(session, Values.Random(1, 10)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_and_operations_are_counted_over_all_stages()
    {
        // Each of the two halves is within the limits, and both are not.
        ModelBuilder Build() => new ModelBuilder().Input("x", "n", "100").Random("w", 1, 100, 100).Floats("zero", [], 0)
            .Node("MatMul", "x w", "a").Node("ReduceMean", "x", "means", ("axes", (long[])[1]), ("keepdims", 0))
            .Node("Greater", "means zero", "g").Node("Compress", "a g", "b", ("axis", 0)).Node("MatMul", "b w", "y").Output("y");
        OnnxTensor none = OnnxTensor.Create([.. Enumerable.Repeat(-1f, 20_000)], 200, 100),
            all = OnnxTensor.Create([.. Enumerable.Repeat(1f, 20_000)], 200, 100);
        using OnnxSession operations = Build().Session(new() { Limits = new() { MaximalOperations = 6_000_000 } });
        Assert.Equal([0, 100], Values.Run(operations, ("x", none)).Shape);
        Assert.StartsWith("node 'node-y' (MatMul): a run takes 8E+06 operations", Refusal(operations, all), StringComparison.Ordinal);
        using OnnxSession free = Build().Session();
        long few = free.Explain(Values.Named(("x", none))).PeakBytes, many = free.Explain(Values.Named(("x", all))).PeakBytes;
        Assert.InRange(many - few, 160_000, 200_000);
        using OnnxSession memory = Build().Session(new() { Limits = new() { MaximalMemory = few + 50_000 } });
        Assert.Equal([0, 100], Values.Run(memory, ("x", none)).Shape);
        Assert.Contains($" of the stages before, and settings.Limits.MaximalMemory = {few + 50_000}", Refusal(memory, all),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Elements_beyond_what_a_plan_is_known_by_are_refused()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "n").Node("Cast", "x", "shape", ("to", 7)).Floats("one", [1], 1)
            .Node("Expand", "one shape", "y").Output("y").Session();
        Assert.Contains("its shapes depend on the elements of 'shape', which is int64 [6000]: at most 4096 elements are supported",
            Refusal(session, Values.Random(1, 6000)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_that_the_elements_of_a_selection_show_names_the_node()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "1", "n", "4").Input("s", "1", "1", "n").Integers("most", 3)
            .Node("Relu", "s", "t").Node("ReduceMax", "s", "overlap", ("keepdims", 0)).Node("NonMaxSuppression", "x t most overlap", "y")
            .Output("y", OnnxElementType.Int64).Session();
        OnnxTensor high = OnnxTensor.Create([5f, 1], 1, 1, 2);
        Assert.Equal("node 'node-y' (NonMaxSuppression): the overlap threshold is 5, and must be from 0 to 1",
            Assert.Throws<OnnxFormatException>(() => Values.Run(session, ("x", Values.Random(1, 1, 2, 4)), ("s", high))).Message);
    }

    private static string Refusal(OnnxSession session, OnnxTensor x) =>
        Assert.Throws<OnnxUnsupportedException>(() => session.Run(Values.Named(("x", x)))).Message;
}
