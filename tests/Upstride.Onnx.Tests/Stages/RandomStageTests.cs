using Upstride.Onnx.Tests.Operators;

namespace Upstride.Onnx.Tests.Stages;

/// <summary>Random graphs of vectors, with selections anywhere in them, against ONNX Runtime.</summary>
public class RandomStageTests
{
    [Fact]
    public void Any_graph_gives_what_the_runtime_gives()
    {
        int stages = 0;
        for (int seed = 0; seed < 24; seed++)
        {
            (ModelBuilder builder, string[] outputs) = Graph(new(seed));
            byte[] model = builder.ToBytes();
            using OnnxSession session = builder.Session(new() { MaximalPlans = 2 });
            for (int run = 0; run < 4; run++)
            {
                var random = new Random((100 * seed) + run);
                float share = run / 3f;
                OnnxTensor x = OnnxTensor.Create([.. Enumerable.Range(0, 5000)
                    .Select(_ => random.NextSingle() < share * share ? random.Next(-9, 10) : -20f)], 5000);
                Dictionary<string, OnnxTensor> given = Values.Named(("x", x));
                Dictionary<string, OnnxTensor> expected = Runtime.OnnxRuntime.Run(model, given, outputs);
                IReadOnlyDictionary<string, OnnxTensor> actual = session.Run(given);
                foreach (string output in outputs)
                    OneNode.Near(expected[output], actual[output], 1e-5f, $"seed {seed}, run {run}, {output}");
            }
            Assert.Equal(1, session.PlansMade[0]);
            stages = Math.Max(stages, session.PlansMade.Count);
        }
        Assert.True(stages >= 4, $"{stages} stages");
    }

    // Every value is a vector of whole numbers.
    private static (ModelBuilder Builder, string[] Outputs) Graph(Random random)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "n").Integers("flat", -1).Integers("first", 0).Integers("three", 3)
            .Integers("long", 100_000);
        var values = new List<string> { "x" };
        for (int i = 0; i < 10; i++)
        {
            string v = $"v{i}", a = values[random.Next(values.Count)], b = values[random.Next(values.Count)];
            builder.Floats($"at{i}", [1], random.Next(-9, 10));
            switch (random.Next(8))
            {
                case 0: builder.Node("Greater", $"{a} at{i}", $"g{i}").Node("Compress", $"{a} g{i}", v); break;
                case 1: builder.Node("Sub", $"{a} at{i}", $"s{i}").Node("NonZero", $"s{i}", $"z{i}").Node("Reshape", $"z{i} flat", $"p{i}")
                    .Node("Gather", $"{a} p{i}", v); break;
                case 2: builder.Node("Unique", a, v); break;
                case 3: builder.Node("Concat", $"{a} {b}", v, ("axis", 0)); break;
                case 4: builder.Node("Abs", a, v); break;
                case 5: builder.Node("Clip", $"{a} - top{i}", v).Floats($"top{i}", [], random.Next(0, 9)); break;
                case 6: builder.Node("Concat", $"{a} at{i}", $"c{i}", ("axis", 0)).Node("ReduceMax", $"c{i}", $"m{i}")
                    .Node("Add", $"{b} m{i}", v); break;
                default: builder.Node("Slice", $"{a} three long", v); break;
            }
            values.Add(v);
        }
        string[] outputs = [.. values.Skip(1).Where((_, i) => i >= 7 || i % 3 == 0)];
        foreach (string output in outputs) builder.Output(output);
        return (builder, outputs);
    }
}
