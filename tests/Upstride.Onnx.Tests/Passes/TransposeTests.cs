namespace Upstride.Onnx.Tests.Passes;

/// <summary>Transpositions that undo each other vanish, exactly.</summary>
public class TransposeTests
{
    private static readonly long[] _toLast = [0, 2, 3, 1], _toFirst = [0, 3, 1, 2];

    [Theory]
    [InlineData("Relu a b", 1)]
    [InlineData("Add a last b", 1)]
    [InlineData("Mul seven a b", 1)]
    [InlineData("Relu a c|Add c a b", 2)]
    [InlineData("Neg a c|Concat c a d 3|Split d e f 3|Sub e f b", 4)]
    [InlineData("Relu a c|Max c a two d|Pow d two b", 3)]
    [InlineData("Pad a pads b", 1)]
    [InlineData("ReduceMean a b 1 2", 1)]
    [InlineData("Cast a c 6|Cast c b 1", 2)]
    [InlineData("Identity a c|PRelu c last b", 1)]
    public void A_region_in_another_order_is_computed_in_that_of_outside(string nodes, int steps)
    {
        string[] plan = Unfused.Compare(() => Region(nodes), 0, ("x", Operators.OneNode.Whole(new Random(1), 2, 3, 4, 5)));
        Assert.DoesNotContain("Transpose", plan);
        Assert.Equal(steps, plan.Length);
    }

    [Fact]
    public void Convolutions_on_either_side_take_what_was_between_transpositions()
    {
        string[] plan = Unfused.Compare(() => new ModelBuilder().Input("x", "1", "2", "5", "5").Random("w", 1, 4, 2, 3, 3)
            .Random("v", 2, 3, 4, 1, 1).Output("y").Node("Conv", "x w", "c").Node("Transpose", "c", "t", ("perm", _toLast))
            .Node("Relu", "t", "r").Node("Transpose", "r", "u", ("perm", _toFirst)).Node("Conv", "u v", "y"), 1e-5f,
            ("x", Values.Random(1, 1, 2, 5, 5)));
        Assert.Equal(["Conv + Relu", "Conv"], plan);
    }

    [Fact]
    public void What_is_read_in_the_old_order_is_transposed_for_it_where_that_is_less()
    {
        // Two leave and one is read within: one transposition instead of three.
        string[] plan = Unfused.Compare(() => Region("Relu a b").Node("Transpose", "b", "z", ("perm", _toFirst)).Node("Neg", "b", "w")
            .Output("z").Output("w"), 0, ("x", Operators.OneNode.Whole(new Random(2), 2, 3, 4, 5)));
        Assert.Single(plan, static name => name == "Transpose");
    }

    [Fact]
    public void Two_that_follow_each_other_are_one_and_axes_of_length_1_are_a_view()
    {
        OnnxTensor x = Operators.OneNode.Whole(new Random(3), 2, 3, 4, 5);
        Assert.Equal(["Transpose"], Unfused.Compare(() => new ModelBuilder().Input("x", "2", "3", "4", "5").Output("y")
            .Node("Transpose", "x", "a", ("perm", _toLast)).Node("Transpose", "a", "y", ("perm", _toLast)), 0, ("x", x)));
        Assert.Empty(Unfused.Compare(() => new ModelBuilder().Input("x", "2", "3", "4", "5").Output("y")
            .Node("Transpose", "x", "a", ("perm", _toLast)).Node("Transpose", "a", "y", ("perm", _toFirst)), 0, ("x", x)));
        Assert.Empty(Unfused.Compare(() => new ModelBuilder().Input("x", "n", "3", "1", "1").Output("y")
            .Node("Transpose", "x", "y", ("perm", _toLast)), 0, ("x", Values.Random(1, 2, 3, 1, 1))));
    }

    /// <summary>A reshape in between, another order at the end, a value that comes in without a transposition, one end only.</summary>
    [Theory]
    [InlineData("Softmax a b")]
    [InlineData("Add a other b")]
    [InlineData("Reshape a shape b")]
    public void What_minds_the_order_keeps_its_transpositions(string nodes)
    {
        string[] plan = Unfused.Compare(() => Region(nodes).Input("other", "2", "4", "5", "3"), 1e-6f,
            ("x", Operators.OneNode.Whole(new Random(4), 2, 3, 4, 5)), ("other", Values.Random(5, 2, 4, 5, 3)));
        Assert.Equal(2, plan.Count(static name => name == "Transpose"));
    }

    private static ModelBuilder Region(string nodes)
    {
        ModelBuilder builder = new ModelBuilder(17).Input("x", "n", "3", "h", "w").Output("y").Floats("last", [3], 1, -2, 3)
            .Floats("seven", [], 7).Floats("two", [1], 2).Integers("pads", 0, 1, 2, 0, 0, 0, 1, 3).Integers("shape", 2, 5, 4, 3)
            .Node("Transpose", "x", "a", ("perm", _toLast));
        foreach (string node in nodes.Split('|'))
        {
            string[] words = [.. node.Split(' ').TakeWhile(static word => !char.IsDigit(word[0]))];
            int[] numbers = [.. node.Split(' ').Skip(words.Length).Select(int.Parse)];
            (string, object)[] attributes = words[0] switch
            {
                "Concat" => [("axis", numbers[0])],
                "Split" => [("axis", numbers[0])],
                "Cast" => [("to", numbers[0])],
                "ReduceMean" => [("axes", numbers.Select(static number => (long)number).ToArray())],
                _ => [],
            };
            int outputs = words[0] == "Split" ? 2 : 1;
            builder.Node(words[0], string.Join(' ', words[1..^outputs]), string.Join(' ', words[^outputs..]), attributes);
        }
        return builder.Node("Transpose", "b", "y", ("perm", _toFirst));
    }
}
