using Upstride.Algorithms;
using Upstride.Onnx.Compilation;

namespace Upstride.Onnx.Tests.Passes;

/// <summary>What is joined or cut along the outermost axis that has a length lies in place.</summary>
public class InPlaceTests
{
    [Fact]
    public void Parts_are_written_where_they_are_read_joined_and_read_where_they_lie()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "2", "4", "4").Output("y").Node("Neg", "x", "a").Node("Abs", "x", "b")
            .Node("Concat", "a b", "c", ("axis", 1)).Node("Exp", "c", "e").Node("Split", "e", "f g", ("axis", 1)).Node("Add", "f g", "h")
            .Integers("from", 1).Integers("to", 2).Integers("one", 1).Node("Slice", "h from to one", "s").Node("Tanh", "s", "y");
        BufferPlan plan = Plan(builder, out Graph graph);
        Dictionary<string, TensorLocation.InArena> places = graph.Nodes.SelectMany(static node => node.Outputs).OfType<GraphValue>()
            .Where(value => plan.PlaceOf(value) is TensorLocation.InArena)
            .ToDictionary(static value => value.Name, value => (TensorLocation.InArena)plan.PlaceOf(value), StringComparer.Ordinal);
        Assert.Equal(places["c"].Offset, places["a"].Offset);
        Assert.Equal(places["c"].Offset + 128, places["b"].Offset);
        Assert.Equal(places["e"].Offset, places["f"].Offset);
        Assert.Equal(places["e"].Offset + 128, places["g"].Offset);
        Assert.Equal(places["h"].Offset + 64, places["s"].Offset);
        Unfused.Compare(() => builder, 0, ("x", Values.Random(1, 1, 2, 4, 4)));
    }

    [Fact]
    public void A_part_that_lives_long_does_not_keep_the_place_of_all()
    {
        // The skip connection waits while the larger values between come and go.
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "1", "8", "8").Output("y").Integers("tile", 1, 3, 1, 1)
            .Node("Neg", "x", "skip").Node("Tile", "skip tile", "t").Node("Softsign", "t", "u").Node("ReduceSum", "u axes", "v")
            .Integers("axes", 1).Node("Concat", "skip v v", "c", ("axis", 1)).Node("ReduceMax", "c", "y");
        BufferPlan plan = Plan(builder, out _);
        Assert.InRange(plan.Bytes, 0, 5 * 256);
        Unfused.Compare(() => builder, 0, ("x", Values.Random(1, 1, 1, 8, 8)));
    }

    /// <summary>Random chains of joins and cuts give what they give in a batch of two, where nothing lies in place.</summary>
    [Fact]
    public void Random_graphs_of_joins_and_cuts_are_right()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            ModelBuilder builder = new ModelBuilder().Input("x", "n", "4", "3");
            List<(string Name, int Channels)> values = [("x", 4)];
            for (int i = 0; i < 14; i++)
            {
                (string name, int channels) = values[random.Next(values.Count)];
                (string other, int more) = values[random.Next(values.Count)];
                switch (random.Next(5))
                {
                    case 0:
                        builder.Node("Concat", $"{name} {other} {name}", $"v{i}", ("axis", 1));
                        values.Add(($"v{i}", (2 * channels) + more));
                        break;
                    case 1 when channels > 1:
                        builder.Integers($"i{i}", 1, channels - 1).Node("Split", $"{name} i{i}", $"v{i} u{i}", ("axis", 1));
                        values.AddRange([($"v{i}", 1), ($"u{i}", channels - 1)]);
                        break;
                    case 2:
                        int from = random.Next(channels);
                        builder.Integers($"i{i}", from).Integers($"j{i}", channels).Integers($"a{i}", 1)
                            .Node("Slice", $"{name} i{i} j{i} a{i}", $"v{i}");
                        values.Add(($"v{i}", channels - from));
                        break;
                    default:
                        builder.Node(random.Next(2) == 0 ? "Neg" : "Tanh", name, $"v{i}");
                        values.Add(($"v{i}", channels));
                        break;
                }
            }
            foreach ((string name, _) in values.Skip(1).Where((_, i) => i % 3 == seed % 3 || i == values.Count - 2)) builder.Output(name);
            OnnxTensor one = Values.Random(seed, 1, 4, 3);
            OnnxTensor two = OnnxTensor.Create([.. one.Floats, .. one.Floats], 2, 4, 3);
            using OnnxSession session = builder.Session();
            IReadOnlyDictionary<string, OnnxTensor> alone = session.Run(Values.Named(("x", one))), both = session.Run(Values.Named(("x",
                two)));
            foreach ((string name, OnnxTensor tensor) in alone)
                Assert.Equal(both[name].Floats[..tensor.Length].ToArray(), tensor.Floats.ToArray());
        }
    }

    private static BufferPlan Plan(ModelBuilder builder, out Graph graph)
    {
        graph = builder.Build().Graph.Clone();
        OnnxModel model = builder.Build();
        graph.Inputs[0].Type = new(OnnxElementType.Float32,
            new([.. model.Inputs[0].Dimensions!.Value.Select(static dimension => (nint)dimension.Length!.Value)]));
        new ShapeInference(graph, ComputeSettings.Default, OnnxLimits.Default).Apply();
        return BufferPlan.Of(graph);
    }
}
