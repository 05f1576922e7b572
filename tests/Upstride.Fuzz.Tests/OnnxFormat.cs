using Google.Protobuf;
using Upstride.Onnx;
using Upstride.Onnx.Format;
using Upstride.Onnx.Tests;

namespace Upstride.Fuzz.Tests;

/// <summary>ONNX models as messages that stay valid: any field of any of them, nodes of other models, shapes and attributes; loaded and run.</summary>
internal sealed class OnnxFormat : FileFormat
{
    private static readonly OnnxSessionSettings s_settings = new()
    {
        Limits = new() { MaximalMemory = 1 << 25, MaximalOperations = 1_000_000_000 },
        Compute = new() { Threads = 1 },
    };

    private const int MostElements = 1 << 16;

    public override string Name => "onnx";

    public override IReadOnlyList<byte[]> Seeds { get; } = [.. Made().Select(static builder => builder.ToBytes()), .. Shared()];

    public override byte[] Mutant(Random random)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(Numbers.Pick(Seeds, random));
        if (random.Next(6) == 0 && ModelProto.Parser.ParseFrom(Numbers.Pick(Seeds, random)).Graph is { Node.Count: > 0 } other)
        {
            // A node of another model reads what there is here.
            NodeProto node = Numbers.Pick(other.Node, random);
            for (int i = 0; i < node.Input.Count; i++) node.Input[i] = MessageMutator.Name(model, random);
            model.Graph.Node.Insert(random.Next(model.Graph.Node.Count + 1), node);
        }
        for (int change = random.Next(1, 4); change > 0; change--) MessageMutator.Change(model, random);
        byte[] bytes = model.ToByteArray();
        return random.Next(20) == 0 ? Numbers.Scramble(bytes, random) : bytes;
    }

    public override void Use(byte[] file)
    {
        using OnnxSession session = OnnxSession.Load(new MemoryStream(file), s_settings);
        var inputs = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        foreach (OnnxValueInfo input in session.Inputs)
        {
            nint[] shape = input.Dimensions is { } dimensions ? [.. dimensions.Select(static dimension => (nint)(dimension.Length ?? 2))] : [1, 1, 4, 4];
            double elements = shape.Aggregate(1.0, static (product, length) => product * length);

            // What the model asks for is no cost of the model's.
            if (elements > MostElements) return;
            inputs[input.Name] = OnnxTensor.Zeros(input.ElementType, shape);
        }
        session.Run(inputs);
    }

    public override bool IsDocumented(Exception fault) =>
        fault is OnnxFormatException or OnnxUnsupportedException || (fault is ArgumentException and not ArgumentOutOfRangeException && fault.Message.StartsWith("input '", StringComparison.Ordinal));

    // Of every kind of operator that has sizes of its own; the cases of ONNX's tests are added where they are.
    private static IEnumerable<ModelBuilder> Made()
    {
        yield return new ModelBuilder().Input("x", "n", "2", "h", "w").Random("w", 1, 2, 2, 3, 3).Node("ConvTranspose", "x w", "c", ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }), ("dilations", new long[] { 1, 2 })).Node("Relu", "c", "y").Output("y");
        yield return new ModelBuilder().Input("x", "1", "4", "6").Random("w", 1, 6, 2, 3).Random("b", 2, 6).Node("Conv", "x w b", "y", ("group", 2), ("dilations", new long[] { 2 }), ("pads", new long[] { 1, 2 })).Output("y");
        yield return new ModelBuilder().Input("x", "1", "1", "5", "5").Node("MaxPool", "x", "p i", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }), ("ceil_mode", 1)).Node("Shape", "x", "s").Node("MaxUnpool", "p i s", "y", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 })).Output("y");
        yield return new ModelBuilder().Input("x", "1", "1", "h", "w").Floats("scales", [4], 1, 1, 2, 2).Node("Resize", "x - scales", "y", ("mode", "linear")).Output("y");
        yield return new ModelBuilder().Input("x", OnnxElementType.UInt8, "1", "1", "4", "4").Integers("sizes", 1, 1, 7, 9).Node("Resize", "x - - sizes", "y", ("mode", "nearest")).Output("y", OnnxElementType.UInt8);
        yield return new ModelBuilder().Input("x", "1", "1", "4", "4").Node("AveragePool", "x", "y", ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 1, 2 }), ("pads", new long[] { 1, 1, 1, 1 })).Output("y");
        yield return new ModelBuilder().Input("x", "2", "3").Integers("s", 3, -1).Node("Reshape", "x s", "r").Integers("reps", 2, 3).Node("Tile", "r reps", "t").Integers("p", 1, 0, 2, 1).Node("Pad", "t p", "y").Output("y");
        yield return new ModelBuilder().Input("x", OnnxElementType.Float16, "2", "3").Half("w", [3, 4], new float[12]).Node("MatMul", "x w", "m").Node("Softmax", "m", "y").Output("y", OnnxElementType.Float16);
        yield return new ModelBuilder().Input("x", "1", "2", "4").Integers("image", 3, 3).Integers("block", 2, 1).Node("Col2Im", "x image block", "y").Output("y");
        yield return new ModelBuilder().Input("x", "4", "5").Integers("a", 1, 0).Integers("b", 4, 5).Node("Slice", "x a b", "s").Integers("shape", 2, 3, 5).Node("Expand", "s shape", "e").Node("ReduceSum", "e", "y").Output("y");
    }

    private static IEnumerable<byte[]> Shared()
    {
        string folder = SharedData.Find("conformance", "onnx") ?? "";
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "model.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(static file => file.Length < 1 << 16) : [];
    }
}
