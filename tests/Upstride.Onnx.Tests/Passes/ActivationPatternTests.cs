namespace Upstride.Onnx.Tests.Passes;

/// <summary>Activations that exporters write in primitives become one operator, and what only looks like one does not.</summary>
public class ActivationPatternTests
{
    // Some units in the last place of exponentials and quotients.
    private const float Rounding = 4e-6f;

    /// <summary>Each with the nodes after x that make y, the operator that it is, and whether every bit must be the same.</summary>
    public static TheoryData<string, string, bool> Patterns => new()
    {
        { "Add x three a|Clip a zero six b|Div b six y", "HardSigmoid", true },
        { "Add three x a|Clip a zero six b|Mul sixth b y", "HardSigmoid", true },
        { "Mul x fifth m|Add m half a|Clip a zero one b|Mul x b y", "HardSwish", true },
        { "Add x three a|Clip a zero six b|Div b six c|Mul c x y", "HardSwish", true },
        { "Add x three a|Clip a zero six b|Mul x b c|Div c six y", "HardSwish", true },
        { "Add x three a|Clip a zero six b|Mul b x c|Mul c sixth y", "HardSwish", true },
        { "Add x three a|Clip a zero six b|Div x six c|Mul c b y", "HardSwish", true },
        { "Add x three a|Max a zero b|Min six b c|Div c six d|Mul x d y", "HardSwish", true },
        { "Add x three a|Relu a b|Min b six c|Mul x c d|Div d six y", "HardSwish", true },
        { "HardSigmoid x a|Mul a x y", "HardSwish", true },
        { "Sigmoid x s|Mul x s y", "Swish", true },
        { "Sigmoid x s|Mul s x y", "Swish", true },
        { "Mul x fifth m|Sigmoid m s|Mul x s y", "Swish", true },
        { "Div x root a|Erf a e|Add e one f|Mul x f g|Mul g half y", "Gelu", true },
        { "Mul root1 x a|Erf a e|Add one e f|Mul x half h|Mul f h y", "Gelu", true },
        { "Div x root a|Erf a e|Add e one f|Mul f half g|Mul x g y", "Gelu", true },
        { "Div x root a|Erf a e|Add e one f|Mul x f g|Div g two y", "Gelu", true },
        { "Pow x three p|Mul p cubic q|Add x q a|Mul a tanh b|Tanh b t|Add t one f|Mul x half h|Mul h f y", "Gelu", false },
        { "Mul x x p|Mul p x q|Mul cubic q r|Add r x a|Mul tanh a b|Tanh b t|Add one t f|Mul f x h|Mul h half y", "Gelu", false },
        { "Mul x cubic p|Mul p x q|Add q one a|Mul x tanh b|Mul b a c|Tanh c t|Add t one f|Mul x half h|Mul h f y", "Gelu", false },
        { "Softplus x p|Tanh p t|Mul x t y", "Mish", false },
        { "Exp x e|Add e one s|Log s p|Tanh p t|Mul t x y", "Mish", false },
    };

    [Theory]
    [MemberData(nameof(Patterns))]
    public void An_activation_in_primitives_becomes_one_operator(string nodes, string name, bool exact)
    {
        OnnxTensor x = Operators.OneNode.Whole(new Random(1), 2, 3, 5, 7);
        Assert.Equal([name], Unfused.Compare(() => Build(nodes), exact ? 0 : Rounding, ("x", x)));
        Unfused.Compare(() => Build(nodes), exact ? 0 : Rounding, ("x", Values.Random(2, 1, 2, 3, 67)));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void What_else_reads_of_it_keeps_its_nodes(string nodes, string name, bool exact)
    {
        string between = nodes.Split('|')[0].Split(' ')[^1];
        OnnxTensor x = Operators.OneNode.Whole(new Random(3), 1, 2, 4, 4);
        string[] plan = Unfused.Compare(() => Build(nodes).Node("Neg", between, "n").Output("n"), exact ? 0 : Rounding, ("x", x));
        Assert.Contains(name, plan);
        Assert.Equal(3, plan.Length);
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void A_result_between_that_the_graph_gives_stays(string nodes, string name, bool exact)
    {
        string between = nodes.Split('|')[0].Split(' ')[^1];
        if (nodes.Split('|').Length == 1) return;
        string[] plan = Unfused.Compare(() => Build(nodes).Output(between), exact ? 0 : Rounding,
            ("x", Operators.OneNode.Whole(new Random(4), 1, 2, 4, 4)));
        Assert.Contains(name, plan);
        Assert.Equal(2, plan.Length);
    }

    // The convolution makes 4 channels of 3; whatever runs of a row it applies the function to, every bit is that of the node alone.
    [Theory]
    [MemberData(nameof(Patterns))]
    public void Behind_a_convolution_it_is_applied_to_what_is_still_at_hand(string nodes, string name, bool exact)
    {
        foreach ((int height, int width) in ((int, int)[])[(5, 7), (33, 18)])
        {
            string[] plan = Unfused.Compare(() => Build(nodes, convolves: true),
                exact ? 0 : Rounding, ("x", Operators.OneNode.Whole(new Random(5), 2, 3, height, width)));
            Assert.Equal([$"Conv + {name}"], plan);
        }
    }

    /// <summary>Another x, another number, a bound that is missing, a sum in the place of a product.</summary>
    [Theory]
    [InlineData("Add x z a|Clip a zero six b|Div b six c|Mul c z y")]
    [InlineData("Clip x zero six b|Div b six y")]
    [InlineData("Add x three a|Clip a zero - b|Div b six y")]
    [InlineData("Sigmoid x s|Mul z s y")]
    [InlineData("Sigmoid x s|Add x s y")]
    [InlineData("Div x two a|Erf a e|Add e one f|Mul x f g|Mul g half y")]
    [InlineData("Div x root a|Erf a e|Add e two f|Mul x f g|Mul g half y")]
    [InlineData("Div x root a|Erf a e|Add e one f|Mul z f g|Mul g half y")]
    [InlineData("Div x root a|Erf a e|Add e one f|Mul x f g|Mul g two y")]
    [InlineData("Pow x two p|Mul p cubic q|Add x q a|Mul a tanh b|Tanh b t|Add t one f|Mul x half h|Mul h f y")]
    [InlineData("Pow x three p|Mul p half q|Add x q a|Mul a tanh b|Tanh b t|Add t one f|Mul x half h|Mul h f y")]
    [InlineData("Pow x three p|Mul p cubic q|Add z q a|Mul a tanh b|Tanh b t|Add t one f|Mul x half h|Mul h f y")]
    [InlineData("Softplus x p|Tanh p t|Mul z t y")]
    [InlineData("Exp x e|Add e two s|Log s p|Tanh p t|Mul t x y")]
    public void What_only_looks_like_an_activation_stays(string nodes)
    {
        OnnxTensor x = Operators.OneNode.Whole(new Random(5), 1, 3, 4, 4), z = Operators.OneNode.Whole(new Random(6), 1, 3, 4, 4);
        string[] plan = Unfused.Compare(() => Build(nodes).Input("z", "1", "3", "4", "4"), 0, ("x", x), ("z", z));
        Assert.Equal(nodes.Split('|').Length, plan.Length);
    }

    [Fact]
    public void A_gate_of_another_tensor_is_a_gate_and_a_product()
    {
        OnnxTensor x = Operators.OneNode.Whole(new Random(7), 1, 3, 4, 4), z = Operators.OneNode.Whole(new Random(8), 1, 3, 4, 4);
        Assert.Equal(["HardSigmoid", "Mul"], Unfused.Compare(
            () => Build("Add x three a|Clip a zero six b|Div b six c|Mul c z y").Input("z", "1", "3", "4", "4"), 0, ("x", x), ("z", z)));
    }

    [Fact]
    public void Half_precision_is_rounded_after_each_node_and_stays()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", OnnxElementType.Float16, "4").Output("y", OnnxElementType.Float16)
            .Node("Sigmoid", "x", "s").Node("Mul", "x s", "y");
        OnnxTensor x = OnnxTensor.Create<float>(OnnxElementType.Float16, [1f, -2, 3, 0.1f], 4);
        using OnnxSession session = builder.Session();
        Assert.Equal(2, session.Explain(Values.Named(("x", x))).Steps.Length);
    }

    // Of x, or of a convolution of it.
    private static ModelBuilder Build(string nodes, bool convolves = false)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "n", "c", "h", "w").Output("y").Floats("zero", [], 0).Floats("one", [], 1)
            .Floats("two", [], 2).Floats("three", [], 3).Floats("six", [], 6).Floats("sixth", [], 1f / 6).Floats("half", [1], 0.5f)
            .Floats("fifth", [], 0.2f).Floats("root", [], 1.4142135f).Floats("root1", [], 0.70710677f).Floats("cubic", [], 0.044715f)
            .Floats("tanh", [1], 0.7978846f);
        if (convolves)
        {
            float[] kernel = [.. Enumerable.Range(0, 48).Select(static i => i % 7 / 4f - 0.75f)];
            builder.Floats("kernel", [4, 3, 2, 2], kernel).Node("Conv", "x kernel", "conv");
        }
        foreach (string node in nodes.Split('|'))
        {
            string[] words = node.Split(' ');
            builder.Node(words[0], string.Join(' ', words[1..^1].Select(word => convolves && word == "x" ? "conv" : word)), words[^1]);
        }
        return builder;
    }
}
