namespace Upstride.Onnx.Tests.Passes;

/// <summary>Normalisations that exporters write in primitives become one operator.</summary>
public class NormalizationPatternTests
{
    // Single operators round each sum of up to 96 squares and each quotient; the sums here are made in double precision.
    private const float Rounding = 2e-5f;

    private const string Layer = "ReduceMean x m {0}|Sub x m d|Pow d two q|ReduceMean q v {0}|Add v eps e|Sqrt e s|Div d s ",
        Squares = "Mul x x q|ReduceMean q v {0}|Add eps v e|Sqrt e s|Reciprocal s r|Mul r x ";

    public static TheoryData<string, long[], string> Patterns => new()
    {
        { Layer + "y", [-1], "LayerNormalization" },
        { Layer + "n|Mul n along a|Add a along y", [-1], "LayerNormalization" },
        { Layer + "n|Mul along n a|Add a seven y", [3], "LayerNormalization" },
        { Layer + "n|Mul n channel a|Add channel a y", [2, 3], "LayerNormalization" },
        { Layer + "n|Mul n channel a|Add a channel y", [1], "LayerNormalization" },
        { Layer + "n|Add n seven y", [1, 2, 3], "LayerNormalization" },
        { "ReduceMean x m {0}|Sub x m d|Sub x m d2|Mul d2 d2 q|ReduceMean q v {0}|Add v eps e|Sqrt e s|Div d s y", [-1],
            "LayerNormalization" },
        { "ReduceMean x m {0}|Sub x m d|Pow d two q|ReduceMean q v {0}|Add v eps e|Pow e minus r|Mul d r y", [-1], "LayerNormalization" },
        { "ReduceMean x m {0}|Sub x m d|Mul d d q|ReduceMean q v {0}|Add v eps e|Sqrt e s|Reciprocal s r|Mul r along f|Mul x f a|Mul m f b|"
            + "Sub along b c|Add a c y", [-1], "LayerNormalization" },
        { Squares + "y", [-1], "RMSNormalization" },
        { Squares + "n|Mul n along y", [-1], "RMSNormalization" },
        { "Pow x two q|ReduceMean q v {0}|Add v eps e|Sqrt e s|Div one s r|Mul x r n|Mul channel n y", [1], "RMSNormalization" },
    };

    [Theory]
    [MemberData(nameof(Patterns))]
    public void A_normalisation_in_primitives_becomes_one_operator(string nodes, long[] axes, string name)
    {
        foreach (int opset in (int[])[13, 18])
        {
            OnnxTensor whole = Operators.OneNode.Whole(new Random(1), 2, 6, 4, 4);
            Assert.Equal([name], Unfused.Compare(() => Build(nodes, axes, opset), Rounding, ("x", whole)));
            Unfused.Compare(() => Build(nodes, axes, opset), Rounding, ("x", Values.Random(2, 1, 6, 4, 4)));
        }
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void A_part_that_something_else_reads_stays(string nodes, long[] axes, string name)
    {
        string[] plan = Unfused.Compare(() => Build(nodes, axes, 13).Node("Neg", "e", "z").Output("z"), Rounding,
            ("x", Operators.OneNode.Whole(new Random(3), 2, 6, 4, 4)));
        Assert.Contains(name, plan);
    }

    [Theory]
    [InlineData("ReduceMean x m {0}|Sub x m d|Pow d two q|ReduceSum q v|Add v eps e|Sqrt e s|Div d s y")]
    [InlineData("ReduceMean x m {0}|Sub m x d|Pow d two q|ReduceMean q v {0}|Add v eps e|Sqrt e s|Div x s y")]
    [InlineData("ReduceMean x m {0}|Sub x m d|Pow d two q|ReduceMean q v {0}|Sub v eps e|Sqrt e s|Div d s y")]
    [InlineData("ReduceMean x m {0}|Sub x m d|Pow d two q|ReduceMean q v {0}|Add v along e|Sqrt e s|Div d s y")]
    [InlineData("ReduceMax x m {0}|Sub x m d|Pow d two q|ReduceMean q v {0}|Add v eps e|Sqrt e s|Div x s y")]
    public void What_only_looks_like_one_stays(string nodes) =>
        Assert.Equal(nodes.Split('|').Length, Unfused.Compare(() => Build(nodes, [-1], 12), Rounding,
            ("x", Operators.OneNode.Whole(new Random(4), 1, 6, 4, 4))).Length);

    [Fact]
    public void A_group_normalisation_is_reshaped_no_more()
    {
        OnnxTensor x = Operators.OneNode.Whole(new Random(5), 2, 6, 4, 4);
        string[] plan = Unfused.Compare(() => new ModelBuilder().Input("x", "n", "6", "h", "w").Output("y").Random("s", 1, 3).Random("b",
            2, 3)
            .Random("w", 3, 6, 1, 1).Random("v", 4, 6, 1, 1).Integers("groups", 0, 3, -1).Node("Reshape", "x groups", "g")
            .Node("InstanceNormalization", "g s b", "i").Node("Shape", "x", "shape").Node("Reshape", "i shape", "r")
            .Node("Mul", "r w", "m").Node("Add", "m v", "y"), Rounding, ("x", x));
        Assert.Equal(["GroupNormalization"], plan);
    }

    private static ModelBuilder Build(string nodes, long[] axes, int opset)
    {
        ModelBuilder builder = new ModelBuilder(opset).Input("x", "n", "6", "4", "4").Output("y").Floats("eps", [], 1e-5f)
            .Floats("two", [], 2).Floats("seven", [1], 7).Floats("one", [], 1).Floats("minus", [], -0.5f)
            .Floats("along", [4], 1, -2, 3, 0.5f).Floats("channel", [6, 1, 1], 1, 2, -3, 4, 0.5f, 6).Integers("axes", axes);
        foreach (string node in nodes.Split('|'))
        {
            string[] words = node.Split(' ');
            if (words[^1] != "{0}") builder.Node(words[0], string.Join(' ', words[1..^1]), words[^1]);
            else if (opset < 18) builder.Node(words[0], words[1], words[2], ("axes", axes));
            else builder.Node(words[0], $"{words[1]} axes", words[2]);
        }
        return builder;
    }
}
