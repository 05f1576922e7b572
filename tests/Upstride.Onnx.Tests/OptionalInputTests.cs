using Upstride.Onnx.Format;

namespace Upstride.Onnx.Tests;

/// <summary>
/// Initialisers that are also inputs: defaults, which the caller may replace. And a batch that the model does not declare.
/// </summary>
public class OptionalInputTests
{
    // y = relu(x * w + b) with w and b listed among the inputs, as files of the first years list all of theirs.
    private static ModelBuilder Model() => new ModelBuilder(8).Input("x", "1", "1", "n").Input("w", "1", "1", "2").Input("b", "1")
        .Floats("w", [1, 1, 2], 1, 10).Floats("b", [1], 100).Node("Conv", "x w b", "c").Node("Relu", "c", "y").Output("y");

    private static OnnxTensor X => OnnxTensor.Create([1f, 2, 3], 1, 1, 3);

    [Fact]
    public void A_default_stands_where_it_is_not_given_and_gives_way_where_it_is()
    {
        using OnnxSession session = Model().Session();
        Assert.Equal(["x"], session.Inputs.Select(static input => input.Name));
        Assert.Equal(["w: float32 [1, 1, 2]", "b: float32 [1]"], session.OptionalInputs.Select(static input => input.ToString()));

        // In turn, so that a plan for one is not taken for the other.
        OnnxTensor w = OnnxTensor.Create([-1f, 2], 1, 1, 2), b = OnnxTensor.Create([7f], 1);
        for (int round = 0; round < 2; round++)
        {
            Assert.Equal([121f, 132], Values.Run(session, ("x", X)).Floats.ToArray());
            Assert.Equal([103f, 104], Values.Run(session, ("x", X), ("w", w)).Floats.ToArray());
            Assert.Equal([10f, 11], Values.Run(session, ("x", X), ("w", w), ("b", b)).Floats.ToArray());
            Assert.Equal([28f, 39], Values.Run(session, ("x", X), ("b", b)).Floats.ToArray());
            Assert.Equal([121f, 132], session.Run(X.ToTensor()).ToArray());
        }
    }

    [Fact]
    public void A_default_that_shapes_depend_on_may_be_replaced()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "n").Input("s", OnnxElementType.Int64, "2").Integers("s", 2, -1)
            .Node("Reshape", "x s", "y").Output("y").Session();
        OnnxTensor x = Values.Random(1, 12);
        Assert.Equal([2, 6], Values.Run(session, ("x", x)).Shape);
        Assert.Equal([3, 4], Values.Run(session, ("x", x), ("s", OnnxTensor.Create([3L, 4], 2))).Shape);
        Assert.Equal([6, 2], Values.Run(session, ("x", x), ("s", OnnxTensor.Create([6L, 2], 2))).Shape);
        Assert.Equal([2, 6], Values.Run(session, ("x", x)).Shape);
    }

    [Fact]
    public void What_replaces_a_default_must_fit()
    {
        using OnnxSession session = Model().Session();
        Assert.StartsWith(
            "input 'w' is float32 [1, 1, 3], and the model needs float32 [1, 1, 2]: axis 2 has length 3, and must have 2",
            Assert.Throws<ArgumentException>(() => Values.Run(session, ("x", X), ("w", OnnxTensor.Create([1f, 2, 3], 1, 1, 3)))).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Constants_in_nodes_are_parameters_as_initialisers_are()
    {
        var value = new TensorProto { DataType = 1, Dims = { 3 }, FloatData = { 1, 2, 3 } };
        OnnxModel model = new ModelBuilder().Input("x", "3").Floats("b", [1], 5).Node("Constant", "", "w", ("value", value))
            .Node("Constant", "", "unread", ("value", value))
            .Node("Constant", "", "s", ("value_ints", new long[] { 3 })).Node("Mul", "x w", "m").Node("Add", "m b", "a")
            .Node("Reshape", "a s", "y").Output("y").Build();
        Assert.Equal(4, model.Parameters);
    }

    [Fact]
    public void A_model_written_down_with_one_image_takes_several_where_its_graph_allows_it()
    {
        // As traced by PyTorch with a batch of 1: the flattening says [1, 8].
        using OnnxSession session = new ModelBuilder().Input("x", "1", "2", "2", "2").Integers("s", 1, 8).Random("w", 1, 8, 3)
            .Node("Relu", "x", "r").Node("Reshape", "r s", "f").Node("MatMul", "f w", "y").Output("y").Session();
        OnnxTensor x = Values.Random(1, 3, 2, 2, 2);
        OnnxTensor together = Values.Run(session, ("x", x));
        Assert.Equal([3, 3], together.Shape);
        for (int i = 0; i < 3; i++)
            Assert.Equal(Values.Run(session, ("x", OnnxTensor.Create(x.Floats.Slice(8 * i, 8), 1, 2, 2, 2))).Floats.ToArray(),
                together.Floats.Slice(3 * i, 3).ToArray());
    }

    [Fact]
    public void A_batch_that_the_graph_does_not_take_to_its_outputs_is_refused()
    {
        using OnnxSession mean = new ModelBuilder().Input("x", "1", "4")
            .Node("ReduceMean", "x", "y", ("axes", new long[] { 0 }), ("keepdims", 1)).Output("y").Session();
        Assert.StartsWith(
            "input 'x' has a batch of 2, and the model needs float32 [1, 4], whose graph does not allow more than 1: output 'y' would be "
                + "float32 [1, 4]",
            Assert.Throws<ArgumentException>(() => Values.Run(mean, ("x", Values.Random(1, 2, 4)))).Message, StringComparison.Ordinal);
        using OnnxSession flat = new ModelBuilder().Input("x", "1", "2", "2").Integers("s", 1, -1).Random("w", 1, 4, 3)
            .Node("Reshape", "x s", "f").Node("MatMul", "f w", "y").Output("y").Session();
        Assert.StartsWith(
            "input 'x' has a batch of 2, and the model needs float32 [1, 2, 2], whose graph does not allow more than 1: node 'node-y' "
                + "(MatMul)",
            Assert.Throws<ArgumentException>(() => Values.Run(flat, ("x", Values.Random(1, 2, 2, 2)))).Message, StringComparison.Ordinal);
    }
}
