namespace Upstride.Onnx.Tests.Operators;

/// <summary>States that go through sequences, against ONNX Runtime; what it lacks against what it has.</summary>
public class RecurrentTests
{
    private const float Bound = 2e-6f;

    private static readonly Dictionary<string, int> Gates = new() { ["RNN"] = 1, ["GRU"] = 3, ["LSTM"] = 4 };

    public static TheoryData<string, string> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, string>();
            foreach (string name in Gates.Keys)
                foreach (string direction in (string[])["forward", "reverse", "bidirectional"])
                    kinds.Add(name, direction);
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Sequences_of_any_lengths_are_run(string name, string direction)
    {
        var random = new Random(1);
        for (int round = 0; round < 12; round++)
        {
            (OnnxTensor?[] inputs, int hidden, _) = Inputs(random, name, direction, round);
            foreach ((string Name, object Value)[] more in Variants(name))
                OneNode.SameAsRuntime(name, 14, inputs, name == "LSTM" ? 3 : 2, Bound,
                    [("hidden_size", hidden), ("direction", direction), .. more]);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void With_the_batch_first_the_same_is_turned(string name, string direction)
    {
        var random = new Random(2);
        for (int round = 0; round < 4; round++)
        {
            (OnnxTensor?[] inputs, int hidden, _) = Inputs(random, name, direction, round);
            int outputs = name == "LSTM" ? 3 : 2;
            (string, object)[] attributes = [("hidden_size", hidden), ("direction", direction)];
            OnnxTensor[] expected = OneNode.Run(name, 14, inputs, outputs, attributes);
            foreach (int input in (int[])[0, 5, 6])
                if (input < inputs.Length && inputs[input] is { } one) inputs[input] = Turn(one, 1, 0, 2);
            OnnxTensor[] turned = OneNode.Run(name, 14, inputs, outputs, [.. attributes, ("layout", 1)]);
            OneNode.Near(Turn(expected[0], 2, 0, 1, 3), turned[0], Bound, name);
            for (int i = 1; i < outputs; i++) OneNode.Near(Turn(expected[i], 1, 0, 2), turned[i], Bound, name);
        }
    }

    /// <summary>Whole vectors of every width and a rest, with the functions that stand where none are named, and named.</summary>
    [Theory]
    [InlineData("GRU", 16)]
    [InlineData("GRU", 21)]
    [InlineData("GRU", 40)]
    [InlineData("LSTM", 16)]
    [InlineData("LSTM", 21)]
    [InlineData("LSTM", 40)]
    public void Long_states_are_run(string name, int hidden)
    {
        OnnxTensor?[] inputs =
        [
            Values.Random(1, 5, 2, 3), Values.Random(2, 1, Gates[name] * hidden, 3), Values.Random(3, 1, Gates[name] * hidden, hidden),
            Values.Random(4, 1, 2 * Gates[name] * hidden),
        ];
        string[] functions = name == "GRU" ? ["sigmoid", "tanh"] : ["Sigmoid", "Tanh", "Tanh"];
        (string, object)[] attributes = [("hidden_size", hidden), .. name == "GRU" ? ((string, object)[])[("linear_before_reset", 1)] : []];
        int outputs = name == "GRU" ? 2 : 3;
        OnnxTensor[] usual = OneNode.SameAsRuntime(name, 14, inputs, outputs, Bound, attributes);
        OnnxTensor[] named = OneNode.Run(name, 14, inputs, outputs, [.. attributes, ("activations", functions)]);

        // A bound that no sum reaches takes the way of any functions.
        OnnxTensor[] bounded = OneNode.Run(name, 14, inputs, outputs, [.. attributes, ("clip", 1e9f)]);
        for (int i = 0; i < outputs; i++)
        {
            OneNode.Near(usual[i], named[i], 0, name);
            OneNode.Near(usual[i], bounded[i], Bound, name);
        }
    }

    [Theory]
    [InlineData("Relu")]
    [InlineData("Tanh")]
    [InlineData("Sigmoid")]
    [InlineData("Softsign")]
    [InlineData("Softplus")]
    [InlineData("LeakyRelu", 0.3f)]
    [InlineData("ThresholdedRelu", 0.2f)]
    [InlineData("Elu", 0.7f)]
    [InlineData("HardSigmoid", 0.3f, 0.4f)]
    [InlineData("Affine", 0.5f, 0.1f)]
    [InlineData("ScaledTanh", 0.5f, 1.5f)]
    public void Gates_have_functions_by_name(string function, params float[] factors)
    {
        var random = new Random(3);
        (OnnxTensor?[] inputs, int hidden, _) = Inputs(random, "RNN", "bidirectional", 1);
        (string, object)[] given = [.. factors.Select((factor, i) =>
            (i == 0 ? "activation_alpha" : "activation_beta", (object)(float[])[factor, factor + 0.1f]))];
        OneNode.SameAsRuntime("RNN", 14, inputs, 2, Bound, [("hidden_size", hidden), ("direction", "bidirectional"),
            ("activations", (string[])[function, function]), .. given]);
    }

    [Fact]
    public void Constant_weights_are_packed_and_give_the_same()
    {
        var random = new Random(4);
        foreach (string name in Gates.Keys)
        {
            (OnnxTensor?[] inputs, int hidden, _) = Inputs(random, name, "bidirectional", 1);
            ModelBuilder builder = new ModelBuilder(14).Input("x", "", "", "");
            for (int i = 1; i < 4; i++)
                builder.Floats($"w{i}", [.. inputs[i]!.Shape.Select(static length => (long)length)], inputs[i]!.Floats.ToArray());
            using OnnxSession session = builder
                .Node(name, "x w1 w2 w3", "y", ("hidden_size", hidden), ("direction", "bidirectional")).Output("y").Session();
            OnnxTensor expected = OneNode.Run(name, 14, inputs[..4], ("hidden_size", hidden), ("direction", "bidirectional"));
            OneNode.Near(expected, Values.Run(session, ("x", inputs[0]!)), 0, name);
            OneNode.Near(expected, Values.Run(session, ("x", inputs[0]!)), 0, name);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        OnnxTensor x = Values.Random(1, 5, 2, 3), w = Values.Random(2, 1, 16, 3), r = Values.Random(3, 1, 16, 4);
        Assert.Equal("node 'node-y0' (LSTM): input 2 is float32 [1, 16, 3], and must be [1, 16, 4]",
            OneNode.Refusal("LSTM", 14, [x, w, w], ("hidden_size", 4)));
        Assert.Equal("node 'node-y0' (LSTM): attribute hidden_size is missing, and the operator needs it",
            OneNode.Refusal("LSTM", 14, [x, w, r]));
        Assert.Equal("node 'node-y0' (LSTM): the length of a sequence is 6, and must be from 0 to 5",
            OneNode.Refusal("LSTM", 14, [x, w, r, null, OneNode.Longs(6, 1)], ("hidden_size", 4)));
        Assert.Equal("node 'node-y0' (LSTM): attribute activations names 'Cube', which is no function of a recurrent node",
            OneNode.Refusal("LSTM", 14, [x, w, r], ("hidden_size", 4), ("activations", (string[])["Tanh", "Cube", "Tanh"])));
        Assert.Equal("node 'node-y0' (LSTM): attribute activations has 1 functions, and must have 3: 3 for each of 1 directions",
            OneNode.Refusal("LSTM", 14, [x, w, r], ("hidden_size", 4), ("activations", (string[])["Tanh"])));
    }

    private static IEnumerable<(string Name, object Value)[]> Variants(string name)
    {
        yield return [];
        yield return [("clip", 0.4f)];
        if (name == "GRU") yield return [("linear_before_reset", 1)];
        if (name == "LSTM") yield return [("input_forget", 1)];
    }

    // Bit 0 of the round: with a bias; bit 1: with lengths; bit 2: with first states and peepholes. Batches above 8 take other products.
    private static (OnnxTensor?[] Inputs, int Hidden, int Batch) Inputs(Random random, string name, string direction, int round)
    {
        int directions = direction == "bidirectional" ? 2 : 1, gates = Gates[name],
            hidden = random.Next(1, 9), features = random.Next(1, 9),
            batch = random.Next(1, 11), steps = random.Next(1, 7);
        var inputs = new OnnxTensor?[name == "LSTM" ? 8 : 6];
        inputs[0] = Values.Random(round, steps, batch, features);
        inputs[1] = Values.Random(round + 1, directions, gates * hidden, features);
        inputs[2] = Values.Random(round + 2, directions, gates * hidden, hidden);
        if ((round & 1) != 0) inputs[3] = Values.Random(round + 3, directions, 2 * gates * hidden);
        if ((round & 2) != 0)
            inputs[4] = OnnxTensor.Create<long>(OnnxElementType.Int32,
                [.. Enumerable.Range(0, batch).Select(b => b == 0 ? steps : random.NextInt64(1, steps + 1))], batch);
        if ((round & 4) != 0)
        {
            inputs[5] = Values.Random(round + 4, directions, batch, hidden);
            if (name == "LSTM")
                (inputs[6], inputs[7]) = (Values.Random(round + 5, directions, batch, hidden),
                    Values.Random(round + 6, directions, 3 * hidden));
        }
        return (inputs, hidden, batch);
    }

    private static OnnxTensor Turn(OnnxTensor tensor, params long[] order) => OneNode.Run("Transpose", 13, [tensor], ("perm", order));
}
