namespace Upstride.Onnx.Tests.Operators;

/// <summary>Attention and the turning of pairs that goes before it, against ONNX Runtime and their definitions.</summary>
public class AttentionTests
{
    private const float Bound = 3e-6f;

    [Theory]
    [InlineData("plain")]
    [InlineData("causal")]
    [InlineData("numbers")]
    [InlineData("truth")]
    [InlineData("past")]
    [InlineData("cap")]
    public void Values_are_weighed_by_queries_and_keys(string kind)
    {
        var random = new Random(1);
        for (int round = 0; round < 12; round++)
        {
            (int batch, int keyHeads, int shared) = (random.Next(1, 3), random.Next(1, 3), random.Next(1, 3));
            (int rows, int columns, int size, int valueSize) =
                (random.Next(1, 20), random.Next(1, 20), random.Next(1, 9), random.Next(1, 9));
            int heads = keyHeads * shared, past = kind == "past" ? random.Next(1, 5) : 0;
            var inputs = new OnnxTensor?[kind == "past" ? 6 : kind is "numbers" or "truth" ? 4 : 3];
            bool inside = round % 2 == 0;
            inputs[0] = Heads(round, inside, batch, heads, rows, size);
            inputs[1] = Heads(round + 1, inside, batch, keyHeads, columns, size);
            inputs[2] = Heads(round + 2, inside, batch, keyHeads, columns, valueSize);
            if (kind == "numbers") inputs[3] = Values.Random(round + 3, 1, heads, rows, columns);
            if (kind == "truth")
                inputs[3] = OnnxTensor.Create(
                    [.. Enumerable.Range(0, rows * columns).Select(i => i % columns == 0 || random.Next(2) == 0)], rows, columns);
            if (kind == "past")
                (inputs[4], inputs[5]) = (Values.Random(round + 4, batch, keyHeads, past, size),
                    Values.Random(round + 5, batch, keyHeads, past, valueSize));
            (string Name, object Value)[] attributes = kind == "causal" ? [("is_causal", 1)] : kind == "cap" ? [("softcap", 0.5f)]
                : kind == "numbers" ? [("scale", 0.3f)] : [];
            if (inside) attributes = [.. attributes, ("q_num_heads", heads), ("kv_num_heads", keyHeads)];
            OneNode.SameAsRuntime("Attention", 23, inputs, kind == "past" ? 3 : 1, Bound, attributes);
        }
    }

    [Fact]
    public void A_query_that_matches_one_key_takes_its_value()
    {
        // Whole numbers far apart: the softmax is 1 and 0, exactly.
        OnnxTensor result = OneNode.Run("Attention", 23,
        [
            OnnxTensor.Create([1000f, 0, 0, 1000], 1, 1, 2, 2), OnnxTensor.Create([0f, 1, 1, 0], 1, 1, 2, 2),
            OnnxTensor.Create([3f, 4, 5, 6], 1, 1, 2, 2),
        ]);
        Assert.Equal([5f, 6, 3, 4], result.Floats.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        OnnxTensor x = Values.Random(1, 1, 4, 6);
        Assert.Equal("node 'node-y0' (Attention): input 0 is float32 [1, 4, 6], and must be [batch, heads, length, size], or [batch, "
            + "length, heads * size] with q_num_heads, which is 0", OneNode.Refusal("Attention", 23, [x, x, x]));
        Assert.Contains("the heads of queries a multiple of theirs", OneNode.Refusal("Attention", 23, [x, x, x], ("q_num_heads", 2),
            ("kv_num_heads", 3)), StringComparison.Ordinal);
        Assert.Equal("node 'node-y0' (Attention): softcap together with a mask is not supported",
            OneNode.Refusal("Attention", 23, [x, x, x], ("q_num_heads", 2), ("kv_num_heads", 2), ("softcap", 1f), ("is_causal", 1)));
        Assert.StartsWith("node 'node-y0' (Attention): shapes [1, 2, 4, 4] and [1, 4, 6] do not broadcast: lengths 4 and 6",
            OneNode.Refusal("Attention", 23, [x, x, x, x], ("q_num_heads", 2), ("kv_num_heads", 2)), StringComparison.Ordinal);
        OnnxTensor wide = Values.Random(2, 3, 1, 1, 1);
        Assert.Equal("node 'node-y0' (Attention): the mask is float32 [3, 1, 1, 1], and must be numbers or truth values that broadcast to "
            + "[1, 2, 4, 4]", OneNode.Refusal("Attention", 23, [x, x, x, wide], ("q_num_heads", 2), ("kv_num_heads", 2)));
        Assert.Equal("node 'node-y0' (Attention): the operator came with opset 23, and the model is of opset 22",
            OneNode.Refusal("Attention", 22, [x, x, x], ("q_num_heads", 2), ("kv_num_heads", 2)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    public void Pairs_are_turned_by_the_angle_of_their_place(int interleaved, int turned)
    {
        var random = new Random(2);
        for (int round = 0; round < 8; round++)
        {
            (int batch, int heads, int length, int size) =
                (random.Next(1, 3), random.Next(1, 4), random.Next(1, 6), 2 * random.Next(2, 6));
            int pairs = (turned == 0 ? size : turned) / 2;
            bool inside = round % 2 == 0, places = round % 4 < 2;
            nint[] table = places ? [10, pairs] : [batch, length, pairs];
            OnnxTensor?[] inputs =
            [
                Heads(round, inside, batch, heads, length, size), Values.Random(round + 1, table), Values.Random(round + 2, table),
                .. places ? (OnnxTensor?[])[OnnxTensor.Create(
                    [.. Enumerable.Range(0, batch * length).Select(_ => random.NextInt64(10))], batch, length)] : [],
            ];
            (string Name, object Value)[] attributes = [("interleaved", interleaved), ("rotary_embedding_dim", turned)];
            if (inside) attributes = [.. attributes, ("num_heads", heads)];
            OneNode.SameAsRuntime("RotaryEmbedding", 23, inputs, 1, Bound, attributes);
        }
    }

    [Fact]
    public void A_quarter_turn_changes_a_pair_about()
    {
        OnnxTensor x = OnnxTensor.Create([1f, 2, 3, 4], 1, 1, 1, 4), zeros = OnnxTensor.Create([0f, 0], 1, 1, 2),
            ones = OnnxTensor.Create([1f, 1], 1, 1, 2);
        Assert.Equal([-3f, -4, 1, 2], OneNode.Run("RotaryEmbedding", 23, [x, zeros, ones]).Floats.ToArray());
        Assert.Equal([-2f, 1, -4, 3], OneNode.Run("RotaryEmbedding", 23, [x, zeros, ones], ("interleaved", 1)).Floats.ToArray());
        Assert.Equal("node 'node-y0' (RotaryEmbedding): an index is 7, and must be from -1 to 0 for an axis of length 1",
            OneNode.Refusal("RotaryEmbedding", 23,
                [x, OnnxTensor.Create([0f, 0], 1, 2), OnnxTensor.Create([1f, 1], 1, 2), OnnxTensor.Create([7L], 1, 1)]));
        Assert.Equal("node 'node-y0' (RotaryEmbedding): 6 elements of each head are turned, and must be pairs within its 4",
            OneNode.Refusal("RotaryEmbedding", 23, [x, zeros, ones], ("rotary_embedding_dim", 6)));
    }

    // [batch, heads, length, size], or with the heads inside [batch, length, heads * size].
    private static OnnxTensor Heads(int seed, bool inside, int batch, int heads, int length, int size) =>
        inside ? Values.Random(seed, batch, length, heads * size) : Values.Random(seed, batch, heads, length, size);
}
