using Google.Protobuf;
using Upstride.Onnx.Format;
using Upstride.Testing;

namespace Upstride.Onnx.Tests;

/// <summary>Thousands of damaged models, always the same ones: each is refused by one of two exceptions, or runs.</summary>
public class FuzzTests
{
    private const int MutantsOfBytes = 12;
    private const int MutantsOfMessages = 16;

    // Nothing in a file of some kilobytes justifies more than this while it is read: the messages, the graph, and the text of an error.
    private const long ReadingBytes = 1 << 22;

    private static readonly long[] Interesting =
        [0, 1, -1, 2, 7, -9, 255, 65536, int.MaxValue, int.MinValue, 1L << 31, 1L << 40, long.MaxValue, long.MinValue];

    public static TheoryData<string> Groups =>
        ["node", "node-historic", "pytorch-converted", "pytorch-operator", "bvae-mnist", "onnxruntime-testdata"];

    [Theory]
    [MemberData(nameof(Groups))]
    public void A_damaged_model_is_refused_or_runs(string group)
    {
        string[] models = group is "bvae-mnist" or "onnxruntime-testdata"
            ? [.. Directory.GetFiles(SharedData.Path("models", group), "*.onnx").Order(StringComparer.Ordinal)]
            : [.. Directory.GetDirectories(SharedData.Path("conformance", "onnx", group))
            .Select(static folder => Path.Combine(folder, "model.onnx")).Order(StringComparer.Ordinal)];
        int refused = 0, ran = 0;
        foreach (string model in models)
        {
            byte[] original = File.ReadAllBytes(model);
            OnnxTensor[] inputs = Inputs(model);
            for (int seed = 0; seed < MutantsOfBytes + MutantsOfMessages; seed++)
            {
                byte[] mutant = seed < MutantsOfBytes ? MutateBytes(original, seed) : MutateMessages(original, seed);
                try
                {
                    if (Runs(mutant, inputs)) ran++;
                    else refused++;
                }
                catch (Exception fault) when (fault is not Xunit.Sdk.IAssertionException)
                {
                    throw new InvalidOperationException($"{model}, seed {seed}: {fault.GetType().Name}: {fault.Message}", fault);
                }
            }
        }
        Assert.True(refused > models.Length, $"only {refused} of {refused + ran} mutants were refused");
        Assert.True(ran > 0, "no mutant ran");
    }

    /// <summary>Graphs within graphs, sequences and quantized nodes, whose messages are changed at every depth.</summary>
    [Fact]
    public void A_damaged_graph_with_graphs_within_it_is_refused_or_runs()
    {
        int refused = 0, ran = 0;
        byte[][] models = [.. Nested()];
        OnnxTensor[] inputs = [OnnxTensor.Create([1f, -2, 3, 4, 5, -6], 2, 3)];
        for (int seed = 0; seed < 600; seed++)
        {
            byte[] original = models[seed % models.Length];
            byte[] mutant = seed % 3 == 0 ? MutateBytes(original, seed) : MutateMessages(original, seed);
            try
            {
                if (Runs(mutant, inputs)) ran++;
                else refused++;
            }
            catch (Exception fault) when (fault is not Xunit.Sdk.IAssertionException)
            {
                throw new InvalidOperationException($"seed {seed}: {fault.GetType().Name}: {fault.Message}", fault);
            }
        }
        Assert.True(refused > 100 && ran > 50, $"{refused} refused, {ran} ran");
    }

    private static IEnumerable<byte[]> Nested()
    {
        ModelBuilder Body() => new ModelBuilder().Input("i", OnnxElementType.Int64).Input("go", OnnxElementType.Boolean).Input("s");
        ModelBuilder then = new ModelBuilder().Node("Neg", "s", "n").Output("n"), other = new ModelBuilder().Scalar("k", 3L)
            .Node("Loop", "k go s", "l", ("body", Body().Node("Add", "s x", "a").Node("Identity", "go", "on").Output("on").Output("a")))
            .Output("l");
        foreach (long trips in (long[])[3, 200])
            yield return new ModelBuilder().Input("x", "2", "3").Output("y").Output("all").Scalar("m", trips).Scalar("t", true)
                .Floats("ten", [], 10).Node("Loop", "m t x", "y all", ("body", Body().Node("ReduceSum", "s", "sum", ("keepdims", 0))
                    .Node("Greater", "sum ten", "big").Node("If", "big", "w", ("then_branch", then), ("else_branch", other))
                    .Node("Identity", "go", "on").Output("on").Output("w").Output("sum"))).ToBytes();
        yield return new ModelBuilder().Input("x", "2", "3").Output("y").Floats("zero", [3], 0, 0, 0)
            .Node("Scan", "zero x", "z y", ("num_scan_inputs", 1), ("scan_input_axes", (long[])[0]), ("body", new ModelBuilder().Input("s")
                .Input("e").Node("Add", "s e", "a").Node("Mul", "a a", "b").Output("a").Output("b"))).ToBytes();
        yield return new ModelBuilder().Input("x", "2", "3").Output("y").Scalar("two", 2L).Scalar("last", -1L)
            .Node("SplitToSequence", "x two", "q", ("axis", 1)).Node("SequenceAt", "q last", "a").Node("SequenceInsert", "q a last", "r")
            .Node("SequenceErase", "r", "u").Node("ConcatFromSequence", "u", "y", ("axis", 1)).ToBytes();
        yield return new ModelBuilder().Input("x", "2", "3").Output("y", OnnxElementType.UInt8).Floats("xs", [], 0.5f)
            .Node("QuantizeLinear", "x xs", "q").Node("DequantizeLinear", "q xs", "d").Floats("w", [3, 2], 1, -2, 3, 4, 5, 6)
            .Node("MatMul", "d w", "m").Node("QuantizeLinear", "m xs", "y").ToBytes();
    }

    private static bool Runs(byte[] model, OnnxTensor[] inputs)
    {
        OnnxSession session;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            session = OnnxSession.Load(new MemoryStream(model),
                new() { Limits = new() { MaximalMemory = 1 << 24, MaximalOperations = 1L << 32, MaximalIterations = 1000 },
                Compute = new() { Threads = 1, MaximalWorkspaceBytes = 1 << 24 } });
        }
        catch (Exception fault) when (fault is OnnxFormatException or OnnxUnsupportedException)
        {
            return false;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, ReadingBytes + (64L * model.Length));
        }
        using (session)
        {
            try
            {
                session.Run(session.Inputs.Select((input, i) => (input.Name, Tensor: inputs[i % inputs.Length]))
                    .DistinctBy(static input => input.Name)
                    .ToDictionary(static input => input.Name, static input => input.Tensor, StringComparer.Ordinal));
                return true;
            }
            catch (Exception fault) when (fault is OnnxFormatException or OnnxUnsupportedException || IsMisfit(fault))
            {
                return false;
            }
        }
    }

    // The mutant may want other inputs than the case has.
    private static bool IsMisfit(Exception fault) =>
        fault is ArgumentException && fault.Message.StartsWith("input '", StringComparison.Ordinal);

    private static OnnxTensor[] Inputs(string model)
    {
        string data = Path.Combine(Path.GetDirectoryName(model)!, "test_data_set_0");
        if (!Directory.Exists(data))
        {
            using OnnxSession session = OnnxSession.Load(model);
            return [.. SharedModelTests.Inputs(session, batch: 1).Values];
        }
        string[] files = [.. Directory.GetFiles(data, "input_*.pb").Order(StringComparer.Ordinal)];
        return files.Length == 0 ? [OnnxTensor.Create([1f], 1)] : [.. files.Select(ModelFile.ReadTensor)];
    }

    private static byte[] MutateBytes(byte[] original, int seed)
    {
        var random = new Random((seed * 7919) + original.Length);
        List<byte> bytes = [.. original];
        for (int change = random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
        {
            int place = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[place] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[place] = (byte)random.Next(256); break;
                case 2: bytes[place] = 0xFF; break;
                case 3: bytes.RemoveRange(place, Math.Min(bytes.Count - place, random.Next(1, 9))); break;
                case 4: bytes.InsertRange(place, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256))); break;
                default: bytes.RemoveRange(place, bytes.Count - place); break;
            }
        }
        return [.. bytes];
    }

    // Changes that keep the messages whole, so that they reach the operators.
    private static byte[] MutateMessages(byte[] original, int seed)
    {
        var random = new Random((seed * 104729) + original.Length);
        ModelProto model = ModelProto.Parser.ParseFrom(original);
        GraphProto graph = model.Graph;
        List<GraphProto> graphs = [graph];
        for (int i = 0; i < graphs.Count; i++)
            graphs.AddRange(graphs[i].Node.SelectMany(static node => node.Attribute).Select(static one => one.G).OfType<GraphProto>());
        if (graphs.Count > 1) graph = graphs[random.Next(graphs.Count)];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            NodeProto node = graph.Node[random.Next(graph.Node.Count)];
            AttributeProto? attribute = node.Attribute.Count == 0 ? null : node.Attribute[random.Next(node.Attribute.Count)];
            TensorProto? tensor = graph.Initializer.Count == 0 ? attribute?.T : graph.Initializer[random.Next(graph.Initializer.Count)];
            long value = Interesting[random.Next(Interesting.Length)];
            switch (random.Next(10))
            {
                case 0 or 1 when attribute is not null:
                    if (attribute.Ints.Count > 0) attribute.Ints[random.Next(attribute.Ints.Count)] = value;
                    else attribute.I = value;
                    break;
                case 2 when attribute is not null:
                    if (random.Next(2) == 0 && attribute.Ints.Count > 0) attribute.Ints.RemoveAt(0);
                    else attribute.Ints.Add(value);
                    break;
                case 3 when tensor is { Dims.Count: > 0 }: tensor.Dims[random.Next(tensor.Dims.Count)] = value; break;
                case 4 when tensor is not null:
                    // Shapes, scales, pads: the elements decide sizes.
                    if (tensor.Int64Data.Count > 0) tensor.Int64Data[random.Next(tensor.Int64Data.Count)] = value;
                    else if (tensor.FloatData.Count > 0) tensor.FloatData[random.Next(tensor.FloatData.Count)] = value;
                    else if (tensor.RawData.Length >= 8)
                        tensor.RawData = ByteString.CopyFrom([.. tensor.RawData.Span[..^8], .. BitConverter.GetBytes(value)]);
                    break;
                case 5 when node.Input.Count > 0: node.Input.RemoveAt(random.Next(node.Input.Count)); break;
                case 6 when node.Input.Count > 0: node.Input[random.Next(node.Input.Count)] =
                    random.Next(2) == 0 ? "" : graph.Node[random.Next(graph.Node.Count)].Output[0]; break;
                case 7: node.OpType = graph.Node[random.Next(graph.Node.Count)].OpType; break;
                case 8: model.OpsetImport[0].Version = random.Next(5, 27); break;
                default:
                    TensorShapeProto? shape =
                        graph.Input.Count == 0 ? null : graph.Input[random.Next(graph.Input.Count)].Type?.TensorType?.Shape;
                    if (shape is { Dim.Count: > 0 }) shape.Dim[random.Next(shape.Dim.Count)] = new() { DimParam = "n" };
                    break;
            }
        }
        return model.ToByteArray();
    }
}
