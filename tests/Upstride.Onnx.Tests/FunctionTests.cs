using Upstride.Onnx.Format;
using Upstride.Onnx.Tests.Operators;

namespace Upstride.Onnx.Tests;

/// <summary>Functions that a model defines, whose nodes stand in the place of each call.</summary>
public class FunctionTests
{
    [Fact]
    public void A_function_computes_what_its_nodes_do_in_each_call()
    {
        // 'scaled' calls 'biased', and uses names of the graph around it for values of its own.
        ModelBuilder model = new ModelBuilder(17).Input("x", "3").Floats("y", [3], 1, 2, 3)
            .Node("own:scaled", "x y", "a", ("slope", 0.5f)).Node("own:scaled", "a y", "z").Output("z");
        Define(model, "biased", "u v", "w", new ModelBuilder().Node("Add", "u v", "a").Node("Neg", "a", "w"));
        Define(model, "scaled", "p q", "r", new ModelBuilder().Node("own:biased", "p q", "x").Node("LeakyRelu", "x", "r", ("alpha", 0f)));
        Refer(model, "scaled", 1, "alpha", "slope", 0.25f);

        OnnxTensor x = OneNode.Floats(-4, 5, 1);
        using OnnxSession session = model.Session();
        OnnxTensor z = Values.Run(session, ("x", x));
        Assert.Equal(["Add", "LeakyRelu", "Neg"], session.Model.Operators.Keys);

        // a = -(x + y), a half of it where negative; z likewise of a, a quarter where negative.
        float[] expected = [-1f, 0.375f * 4, -0.25f];
        float[] a = [3, -3.5f, -2];
        for (int i = 0; i < 3; i++) expected[i] = -(a[i] + i + 1) is var sum && sum < 0 ? 0.25f * sum : sum;
        Assert.Equal(expected, z.Floats.ToArray());
        OneNode.Near(Runtime.OnnxRuntime.Run(model.ToBytes(), Values.Named(("x", x)), "z")["z"], z, 0, "z");
    }

    [Fact]
    public void An_output_that_is_an_input_and_a_body_that_reads_around_it()
    {
        ModelBuilder model = new ModelBuilder(17).Input("x", "2").Input("c", OnnxElementType.Boolean)
            .Node("own:choose", "c x", "y same").Output("y").Output("same");
        Define(model, "choose", "condition value", "chosen value", new ModelBuilder().Node("Neg", "value", "minus")
            .Node("If", "condition", "chosen", ("then_branch", new ModelBuilder().Node("Identity", "minus", "t").Output("t")),
                ("else_branch", new ModelBuilder().Node("Identity", "value", "t").Output("t"))));
        model.Proto.Graph.Input[1].Type.TensorType.Shape = new();
        using OnnxSession session = model.Session();
        foreach (bool condition in (bool[])[true, false])
        {
            IReadOnlyDictionary<string, OnnxTensor> results = session.Run(Values.Named(("x", OneNode.Floats(1, 2)),
                ("c", OnnxTensor.Create([condition]))));
            Assert.Equal(condition ? [-1f, -2] : [1f, 2], results["y"].Floats.ToArray());
            Assert.Equal([1f, 2], results["same"].Floats.ToArray());
        }
    }

    [Fact]
    public void Functions_without_end_are_refused()
    {
        ModelBuilder recursive = new ModelBuilder(17).Input("x", "2").Node("own:f", "x", "y").Output("y");
        Define(recursive, "f", "a", "b", new ModelBuilder().Node("own:f", "a", "b"));
        Assert.Equal("function 'f' is called 64 functions deep: none may call itself",
            Assert.Throws<OnnxFormatException>(() => recursive.Build()).Message);

        // Each calls the next one twice.
        ModelBuilder bomb = new ModelBuilder(17).Input("x", "2").Node("own:f0", "x", "y").Output("y");
        for (int i = 0; i < 40; i++)
            Define(bomb, $"f{i}", "a", "c", new ModelBuilder().Node(i == 39 ? "Relu" : $"own:f{i + 1}", "a", "b")
                .Node(i == 39 ? "Relu" : $"own:f{i + 1}", "b", "c"));
        Assert.Contains("make more than 50000 nodes", Assert.Throws<OnnxUnsupportedException>(() => bomb.Build()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_that_do_not_fit_are_refused()
    {
        ModelBuilder many = new ModelBuilder(17).Input("x", "2").Node("own:f", "x x", "y").Output("y");
        Define(many, "f", "a", "b", new ModelBuilder().Node("Relu", "a", "b"));
        Assert.Equal("function 'f' has 1 inputs and 1 outputs, and is called with 2 and 1",
            Assert.Throws<OnnxFormatException>(() => many.Build()).Message);

        ModelBuilder old = new ModelBuilder(17).Input("x", "2").Node("own:f", "x", "y").Output("y");
        Define(old, "f", "a", "b", new ModelBuilder().Node("Relu", "a", "b"), opset: 13);
        Assert.Equal("function 'f' is of opset 13, and the model of opset 17: both must be equal",
            Assert.Throws<OnnxUnsupportedException>(() => old.Build()).Message);

        ModelBuilder twice = new ModelBuilder(17).Input("x", "2").Node("own:f", "x", "y").Output("y");
        Define(twice, "f", "a", "b", new ModelBuilder().Node("Relu", "a", "b"));
        Define(twice, "f", "a", "b", new ModelBuilder().Node("Neg", "a", "b"));
        Assert.Equal("function 'f' is there twice", Assert.Throws<OnnxFormatException>(() => twice.Build()).Message);
    }

    private static void Define(ModelBuilder model, string name, string inputs, string outputs, ModelBuilder body, int opset = 17)
    {
        var function = new FunctionProto { Domain = "own", Name = name };
        function.Input.AddRange(inputs.Split(' '));
        function.Output.AddRange(outputs.Split(' '));
        function.Node.AddRange(body.Proto.Graph.Node);
        function.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        function.OpsetImport.Add(new OperatorSetIdProto { Domain = "own", Version = 1 });
        model.Proto.Functions.Add(function);
    }

    // Lets an attribute of a function's node be the call's, or a default.
    private static void Refer(ModelBuilder model, string name, int node, string attribute, string reference, float fallback)
    {
        FunctionProto function = model.Proto.Functions.Single(one => one.Name == name);
        AttributeProto own = function.Node[node].Attribute.Single(one => one.Name == attribute);
        own.ClearF();
        own.RefAttrName = reference;
        function.AttributeProto.Add(new AttributeProto
            { Name = reference, F = fallback, Type = AttributeProto.Types.AttributeType.Float });
    }
}
