using System.Numerics.Tensors;

namespace Upstride.Onnx.Tests;

/// <summary>Runs: shapes that change, threads, memory, and what the errors say.</summary>
public class SessionTests
{
    private static ModelBuilder Chain() =>
        new ModelBuilder().Input("x", "batch", "2", "height", "width").Random("w", 1, 2, 2, 3, 3).Random("v", 2, 2, 2, 3, 3)
        .Node("Conv", "x w", "a", ("pads", new long[] { 1, 1, 1, 1 })).Node("Relu", "a", "b")
        .Node("Conv", "b v", "c", ("pads", new long[] { 1, 1, 1, 1 }))
        .Node("Add", "c x", "d").Node("Relu", "d", "y").Output("y");

    [Fact]
    public void A_model_of_one_input_and_output_takes_a_tensor_and_gives_one()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "n").Node("Relu", "x", "y").Output("y").Session();
        Tensor<float> y = session.Run(Tensor.Create<float>([-1, 2, -3], [3]));
        Assert.Equal([3], y.Lengths.ToArray());
        Assert.Equal([0f, 2, 0], y.ToArray());
    }

    [Fact]
    public void A_tensor_of_the_callers_is_written()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "n").Node("Relu", "x", "y").Output("y").Session();
        Tensor<float> y = Tensor.Create<float>([9, 9], [2]);
        session.Run(Tensor.Create<float>([-1, 2], [2]), y);
        Assert.Equal([0f, 2], y.ToArray());
        Assert.StartsWith(
            "destination is [2], and the output [3]: both must be equal",
            Assert.Throws<ArgumentException>(() => session.Run(Tensor.Create<float>([1, 2, 3], [3]), y)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_strided_tensor_of_the_callers_is_written_by_its_strides()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "2", "3").Node("Neg", "x", "y").Output("y").Session();
        float[] memory = new float[6];
        TensorSpan<float> turned = new(memory, [2, 3], [1, 2]);
        session.Run(Tensor.Create<float>([1, 2, 3, 4, 5, 6], [2, 3]), turned);
        Assert.Equal([-1f, -4, -2, -5, -3, -6], memory);
    }

    [Fact]
    public void A_destination_that_shares_memory_with_the_input_is_refused()
    {
        using OnnxSession session = Chain().Session();
        float[] memory = new float[3 * 18];
        Assert.StartsWith("destination", Assert.Throws<ArgumentException>(() => session.Run(
            new ReadOnlyTensorSpan<float>(memory, [1, 2, 3, 3]), new TensorSpan<float>(memory.AsSpan(17), [1, 2, 3, 3]))).Message,
                StringComparison.Ordinal);
        session.Run(new ReadOnlyTensorSpan<float>(memory, [1, 2, 3, 3]), new TensorSpan<float>(memory.AsSpan(18), [1, 2, 3, 3]));
    }

    [Fact]
    public void A_run_into_memory_of_the_callers_allocates_neither_the_input_nor_the_output()
    {
        using OnnxSession session = Chain().Session(new() { Compute = new() { Threads = 1 } });
        float[] x = new float[2 * 64 * 64], y = new float[x.Length];
        void Run() => session.Run(new ReadOnlyTensorSpan<float>(x, [1, 2, 64, 64]), new TensorSpan<float>(y, [1, 2, 64, 64]));
        for (int i = 0; i < 3; i++) Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2048);
    }

    [Fact]
    public void Elements_that_shapes_depend_on_are_not_the_callers_memory_when_the_plan_is_asked_for_again()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "2").Node("Cast", "x", "s", ("to", 7)).Node("ConstantOfShape", "s", "y")
            .Output("y").Session();
        float[] x = [2, 3];
        Assert.Equal([2, 3], session.Run(new ReadOnlyTensorSpan<float>(x)).Lengths.ToArray());
        x[0] = 5;
        Assert.Equal([5, 3], session.Run(new ReadOnlyTensorSpan<float>(x)).Lengths.ToArray());
    }

    [Fact]
    public void A_tensor_of_dotnet_is_an_input()
    {
        using OnnxSession session = new ModelBuilder().Input("a", "n").Input("b", "n").Node("Add", "a b", "y").Output("y").Session();
        Assert.Equal([4f, 6],
            Values.Run(session, ("a", Tensor.Create<float>([1, 2], [2])), ("b", Tensor.Create<float>([3, 4], [2]))).Floats.ToArray());
    }

    [Fact]
    public void A_strided_tensor_is_read_by_its_strides()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "2", "3").Node("Relu", "x", "y").Output("y").Session();
        Tensor<float> transposed = Tensor.PermuteDimensions(Tensor.Create<float>([1, 2, 3, 4, 5, 6], [3, 2]), [1, 0]);
        Assert.Equal([1f, 3, 5, 2, 4, 6], session.Run(transposed).ToArray());
    }

    [Fact]
    public void Sizes_may_change_from_run_to_run_and_give_the_same_bits_as_a_session_of_their_own()
    {
        using OnnxSession session = Chain().Session(new() { MaximalPlans = 2 });
        for (int round = 0; round < 2; round++)
        {
            foreach ((nint n, nint h, nint w) in ((nint, nint, nint)[])[(1, 4, 5), (2, 7, 3), (1, 1, 1), (3, 9, 9)])
            {
                OnnxTensor x = Values.Random((int)(h + w), n, 2, h, w);
                using OnnxSession own = Chain().Session();
                OnnxTensor actual = Values.Run(session, ("x", x));
                Assert.Equal([n, 2, h, w], actual.Shape);
                Assert.Equal(Values.Run(own, ("x", x)).Floats.ToArray(), actual.Floats.ToArray());
            }
        }
    }

    [Fact]
    public void Many_threads_get_the_bits_that_one_gets()
    {
        using OnnxSession session = Chain().Session(new() { MaximalPlans = 2 });
        OnnxTensor[] inputs = [.. Enumerable.Range(0, 4).Select(static i => Values.Random(i, 1, 2, 8 + i, 9))];
        float[][] expected = [.. inputs.Select(input => Values.Run(session, ("x", input)).Floats.ToArray())];
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            Assert.Equal(expected[i % 4], Values.Run(session, ("x", inputs[i % 4])).Floats.ToArray()));
    }

    [Fact]
    public void The_arena_is_shared_by_values_that_do_not_live_together()
    {
        // Twenty elementwise nodes in a row write over their input, and the last writes the result: one tensor is enough.
        var builder = new ModelBuilder().Input("v0", "n");
        for (int i = 0; i < 20; i++) builder.Node("Relu", $"v{i}", $"v{i + 1}");
        using OnnxSession session = builder.Output("v20").Session();
        OnnxPlan plan = session.Explain(Values.Named(("v0", Values.Random(1, 1024))));
        Assert.Equal(20, plan.Steps.Length);
        Assert.Equal(1024 * sizeof(float), plan.ArenaBytes);
        Assert.Equal(1024 * sizeof(float), plan.ResultBytes);
    }

    [Fact]
    public void A_small_value_that_lives_long_does_not_lift_the_arena_above_what_lives_at_once()
    {
        // As in a U: p is kept for the way back. The most that lives at once is a with b, which is 8 tensors of the input's size.
        (string, object)[] same = [("kernel_shape", new long[] { 3 }), ("pads", new long[] { 1, 1 })];
        using OnnxSession session = new ModelBuilder().Input("x", "1", "1", "n")
            .Node("Concat", "x x x x", "a", ("axis", 2)).Node("AveragePool", "a", "b", same)
            .Node("AveragePool", "b", "p", ("kernel_shape", new long[] { 4 }), ("strides", new long[] { 4 }))
            .Node("Concat", "p p", "c", ("axis", 2)).Node("AveragePool", "c", "d", same)
            .Node("AveragePool", "d", "e", ("kernel_shape", new long[] { 2 }), ("strides", new long[] { 2 }))
            .Node("Add", "e p", "y").Output("y").Session();
        Assert.Equal(8 * 256 * sizeof(float), session.Explain(Values.Named(("x", Values.Random(1, 1, 1, 256)))).ArenaBytes);
    }

    [Fact]
    public void A_value_that_is_read_later_is_not_written_over()
    {
        var builder = new ModelBuilder().Input("x", "n").Floats("one", [1], 1).Node("Relu", "x", "a").Node("Add", "a one", "b")
            .Node("Add", "b b", "c").Node("Add", "c a", "y").Output("y");
        using OnnxSession session = builder.Session();
        Assert.Equal([5f, 2, 11], Values.Run(session, ("x", OnnxTensor.Create([1f, -2, 3], 3))).Floats.ToArray());
    }

    [Fact]
    public void An_output_may_be_an_input_a_constant_or_the_same_value_twice()
    {
        var builder = new ModelBuilder().Input("x", "n").Floats("k", [2], 7, 8).Node("Relu", "x", "y").Node("Identity", "y", "z")
            .Node("Identity", "x", "v")
            .Output("x").Output("k").Output("y").Output("z").Output("v");
        using OnnxSession session = builder.Session();
        IReadOnlyDictionary<string, OnnxTensor> outputs = session.Run(Values.Named(("x", OnnxTensor.Create([-1f, 2], 2))));
        Assert.Equal([-1f, 2], outputs["x"].Floats.ToArray());
        Assert.Equal([7f, 8], outputs["k"].Floats.ToArray());
        Assert.Equal([0f, 2], outputs["y"].Floats.ToArray());
        Assert.Equal([0f, 2], outputs["z"].Floats.ToArray());
        Assert.Equal([-1f, 2], outputs["v"].Floats.ToArray());
    }

    [Fact]
    public void Shapes_may_depend_on_the_elements_of_an_input()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "n").Input("shape", OnnxElementType.Int64, "r")
            .Node("Reshape", "x shape", "y").Output("y").Session();
        foreach (long[] shape in (long[][])[[2, 3], [3, 2], [6], [1, -1]])
        {
            OnnxTensor y = Values.Run(session, ("x", Values.Random(1, 6)), ("shape", OnnxTensor.Create(shape, shape.Length)));
            Assert.Equal(shape.Select(static length => (nint)(length < 0 ? 6 : length)), y.Shape);
        }
    }

    [Fact]
    public void Nodes_may_stand_in_any_order()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "n").Node("Add", "b b", "y").Node("Relu", "x", "b").Output("y").Session();
        Assert.Equal([0f, 4], Values.Run(session, ("x", OnnxTensor.Create([-1f, 2], 2))).Floats.ToArray());
    }

    [Fact]
    public void A_cancelled_run_ends()
    {
        using OnnxSession session = Chain().Session();
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => session.Run(Values.Named(("x", Values.Random(1, 1, 2, 4, 4))), cancellation.Token));
        Assert.Equal([1, 2, 4, 4], Values.Run(session, ("x", Values.Random(1, 1, 2, 4, 4))).Shape);
    }

    [Fact]
    public void A_session_that_was_disposed_says_so()
    {
        OnnxSession session = Chain().Session();
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Values.Run(session, ("x", Values.Random(1, 1, 2, 4, 4))));
    }

    [Fact]
    public void A_run_that_would_need_too_much_memory_is_refused()
    {
        using OnnxSession session = Chain().Session(new() { Limits = new() { MaximalMemory = 1000 } });
        Assert.Equal(
            "a run needs 512 bytes of memory and 512 for its outputs, and settings.Limits.MaximalMemory = 1000: allow more, or use "
                + "smaller inputs",
            Assert.Throws<OnnxUnsupportedException>(() => Values.Run(session, ("x", Values.Random(1, 1, 2, 8, 8)))).Message);
    }

    [Fact]
    public void An_input_that_does_not_fit_is_named_with_what_it_needs_and_what_it_got()
    {
        using OnnxSession session = Chain().Session();
        Refused("input 'x' is missing: the model needs float32 [batch, 2, height, width]");
        Refused("the model has no input 'z'; it has x: float32 [batch, 2, height, width]", ("z", Values.Random(1, 1)));
        Refused("input 'x' is float32 [1, 3, 4, 4], and the model needs float32 [batch, 2, height, width]: axis 1 has length 3, and must "
            + "have 2", ("x", Values.Random(1, 1, 3, 4, 4)));
        Refused("input 'x' is float32 [2, 4, 4], and the model needs float32 [batch, 2, height, width]: it has 3 axes, and must have 4",
            ("x", Values.Random(1, 2, 4, 4)));
        Refused("input 'x' is int64 [1, 2, 4, 4], and the model needs float32 [batch, 2, height, width]: the element types must be equal",
            ("x", OnnxTensor.Zeros(OnnxElementType.Int64, 1, 2, 4, 4)));

        void Refused(string message, params (string, OnnxTensor)[] inputs) =>
            Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => session.Run(Values.Named(inputs))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Axes_of_one_name_must_be_of_one_length()
    {
        using OnnxSession session = new ModelBuilder().Input("a", "n").Input("b", "n").Node("Add", "a b", "y").Output("y").Session();
        Assert.StartsWith(
            "input 'b' is float32 [1], and the model needs float32 [n]: axis 0 is n = 1, and n = 3 in 'a': both must be equal",
            Assert.Throws<ArgumentException>(() => Values.Run(session, ("a", Values.Random(1, 3)), ("b", Values.Random(1, 1)))).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Several_inputs_need_names()
    {
        using OnnxSession session = new ModelBuilder().Input("a", "n").Input("b", "n").Node("Add", "a b", "y").Output("y").Session();
        Assert.Equal(
            "the model has 2 inputs (a: float32 [n], b: float32 [n]) and 1 outputs (y: float32 of any shape): give the inputs by name",
            Assert.Throws<InvalidOperationException>(() => session.Run(Tensor.Create<float>([1], [1]))).Message);
    }

    [Fact]
    public void A_node_that_refuses_its_shapes_is_named()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "1", "1", "n").Random("w", 1, 1, 1, 5).Node("Conv", "x w", "y")
            .Output("y").Session();
        OnnxFormatException fault = Assert.Throws<OnnxFormatException>(() => Values.Run(session, ("x", Values.Random(1, 1, 1, 3))));
        Assert.Equal("node 'node-y' (Conv)", fault.Node);
        Assert.StartsWith("node 'node-y' (Conv): ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Integers_are_exact_and_wrap_as_their_type_does()
    {
        using OnnxSession session = new ModelBuilder().Input("a", OnnxElementType.Int64, "n").Node("Add", "a a", "y")
            .Output("y", OnnxElementType.Int64).Session();
        Assert.Equal([(1L << 53) * 2 + 2, -4], Values.Run(session, ("a", OnnxTensor.Create([(1L << 53) + 1, -2L], 2))).Integers.ToArray());
        using OnnxSession bytes = new ModelBuilder().Input("a", OnnxElementType.UInt8, "n").Node("Add", "a a", "y")
            .Output("y", OnnxElementType.UInt8).Session();
        OnnxTensor y = Values.Run(bytes, ("a", OnnxTensor.Create<long>(OnnxElementType.UInt8, [200, 3], 2)));
        Assert.Equal([144L, 6], y.Integers.ToArray());
        Assert.Equal(OnnxElementType.UInt8, y.ElementType);
    }

    [Fact]
    public void Explain_shows_every_node_with_its_work()
    {
        using OnnxSession session = Chain().Session();
        OnnxPlan plan = session.Explain(Values.Named(("x", Values.Random(1, 1, 2, 8, 8))), measuredRuns: 2);
        Assert.Equal(["Conv + Relu", "Conv + residual + Relu"], plan.Steps.Select(static step => step.Operator));
        Assert.All(plan.Steps, static step =>
        {
            Assert.NotNull(step.Time);
            Assert.NotEqual("", step.Algorithm);
            Assert.Equal("float32 [1, 2, 8, 8]", step.Output);
        });
        // 2 * 9 taps * 2 * 2 channels * 64 places, without those beyond the border.
        Assert.All(plan.Steps, static step => Assert.InRange(step.Flops, 2 * 2 * 2 * 64, 2 * 9 * 2 * 2 * 64));
        string[] lines = plan.ToString().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("node 'node-a' (Conv)", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("ms", lines[0], StringComparison.Ordinal);
        Assert.Contains("bytes of arena", lines[2], StringComparison.Ordinal);
    }
}
