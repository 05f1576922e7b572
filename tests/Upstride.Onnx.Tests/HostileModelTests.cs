using Google.Protobuf;
using Upstride.Onnx.Format;

namespace Upstride.Onnx.Tests;

/// <summary>Models that break a rule, each by hand, and what is said of them.</summary>
public class HostileModelTests
{
    private static ModelBuilder Valid() => new ModelBuilder().Input("x", "n").Node("Relu", "x", "y").Output("y");

    [Fact]
    public void The_valid_model_is_valid() => Assert.Equal(["Relu"], Valid().Build().Operators.Keys);

    [Fact]
    public void A_file_that_ends_anywhere_is_refused_or_read()
    {
        byte[] bytes = new ModelBuilder().Input("x", "1", "2", "5").Random("w", 1, 3, 2, 3)
            .Node("Conv", "x w", "y", ("pads", new long[] { 1, 1 })).Output("y").ToBytes();
        int refused = 0;
        for (int length = 0; length < bytes.Length; length++)
        {
            try
            {
                OnnxModel.Load(new MemoryStream(bytes, 0, length));
            }
            catch (Exception fault) when (fault is OnnxFormatException or OnnxUnsupportedException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, bytes.Length - 3, bytes.Length);
    }

    [Fact]
    public void A_length_that_lies_costs_nothing()
    {
        // Field 7, the graph, of 2^31 - 1 bytes; in it field 5, an initialiser, and so on: nothing follows.
        byte[] bytes =
            [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x2A, 0xF0, 0xFF, 0xFF, 0xFF, 0x07, 0x4A, 0xE0, 0xFF, 0xFF, 0xFF, 0x07, 1, 2, 3];
        foreach (Stream stream in (Stream[])[new MemoryStream(bytes), new Pipe(bytes)])
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.StartsWith("the model is not a valid ONNX file: ",
                Assert.Throws<OnnxFormatException>(() => OnnxModel.Load(stream)).Message, StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public void An_empty_file_has_no_graph() => Fault("the model has no graph", new ModelProto());

    [Fact]
    public void The_first_output_must_have_a_name()
    {
        Fault("node 'node--' (MaxPool): output 0 has no name, and every operator needs its first output",
            new ModelBuilder().Input("x", "1", "1", "4").Node("MaxPool", "x", "- y", ("kernel_shape", new long[] { 2 }))
            .Output("y", OnnxElementType.Int64).Proto);
        ModelProto model = Valid().Proto;
        model.Graph.Node.Add(new NodeProto { Name = "none", OpType = "Relu", Input = { "x" } });
        Fault("node 'none' (Relu): output 0 has no name, and every operator needs its first output", model);
    }

    [Fact]
    public void Padding_by_a_billion_is_refused_at_once()
    {
        // Every window meets the input: the dilation steps over it only where the arithmetic says so, and nothing goes through them one by
        // one.
        ModelBuilder builder = new ModelBuilder().Input("x", "1", "1", "n")
            .Node("MaxPool", "x", "y", ("kernel_shape", new long[] { 3 }), ("dilations", new long[] { 1 << 29 }),
            ("strides", new long[] { 1 }), ("pads", new long[] { (1 << 30) - 1, 100 })).Output("y");
        using OnnxSession session = builder.Session();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        OnnxFormatException fault = Assert.Throws<OnnxFormatException>(() => Values.Run(session, ("x", Values.Random(1, 1, 1, 2))));
        Assert.Equal(
            "node 'node-y' (MaxPool): window 1 covers -1073741822 .. 2 in steps of 536870912 and meets none of the inputs 0 .. 1: pad less",
                fault.Message);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void The_opset_must_be_known()
    {
        Unsupported("the model is of opset 27, and 6 to 26 are supported: convert it",
            new ModelBuilder(27).Input("x").Node("Relu", "x", "y").Output("y"));
        Unsupported("the model is of opset 5, and 6 to 26 are supported: convert it",
            new ModelBuilder(5).Input("x").Node("Relu", "x", "y").Output("y"));
        ModelProto none = Valid().Proto;
        none.OpsetImport.Clear();
        Fault("the model names 0 versions of ONNX's operator set, and must name one", none);
    }

    [Fact]
    public void All_unknown_operators_are_named_at_once()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "n").Node("Optional", "x", "a").Node("Relu", "a", "b").Node("Frobnicate", "b",
            "y")
            .Output("y");
        builder.Proto.Graph.Node[2].Domain = "com.example";
        builder.Proto.Graph.Node[0].Name = "";
        Unsupported("opset 17: 2 operators are not supported: Optional (node #0), Frobnicate of domain 'com.example' (node 'node-y')",
            builder);
    }

    [Fact]
    public void A_refusal_groups_unknown_operators_by_kind_and_stays_short_whatever_the_file_names()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "n");
        for (int i = 0; i < 14; i++) builder.Node("Optional", "x", $"g{i}");
        Unsupported("opset 17: an operator is not supported: Optional (14 nodes, the first is node 'node-g0')", builder.Output("g0"));
        for (int i = 0; i < 400; i++) builder.Node(new string('Q', 1000) + i, "x", $"q{i}" + new string('z', 1000));
        string message = Assert.Throws<OnnxUnsupportedException>(builder.Build).Message;
        Assert.StartsWith("opset 17: 2 operators are not supported: Optional (14 nodes, the first is node 'node-g0'), QQQ", message,
            StringComparison.Ordinal);
        Assert.InRange(message.Length, 100, 1000);
        for (int i = 0; i < 100; i++) builder.Node($"Other{i}", "x", $"o{i}");
        Assert.EndsWith(", and 82 more", Assert.Throws<OnnxUnsupportedException>(builder.Build).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OnnxElementType.UInt8, 300, "300 is outside uint8, which holds 0 .. 255")]
    [InlineData(OnnxElementType.Int8, -129, "-129 is outside int8, which holds -128 .. 127")]
    [InlineData(OnnxElementType.Int16, 40000, "40000 is outside int16, which holds -32768 .. 32767")]
    public void An_integer_outside_its_type_is_refused(OnnxElementType type, int value, string rule)
    {
        var tensor = new TensorProto { Name = "w", DataType = (int)type, Dims = { 1 }, Int32Data = { value } };
        ModelProto model = Valid().Proto;
        model.Graph.Initializer.Add(tensor);
        Fault($"initialiser 'w': its element {rule}", model);
        Assert.StartsWith($"element 0 = {rule}", Assert.Throws<ArgumentException>(() => OnnxTensor.Create<long>(type, [value], 1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task External_data_in_a_pipe_is_refused_before_it_is_opened()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs mkfifo");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("upstride-");
        try
        {
            using (var make = System.Diagnostics.Process.Start("mkfifo", Path.Combine(folder.FullName, "fifo.bin"))) make.WaitForExit();
            string path = Path.Combine(folder.FullName, "model.onnx");
            File.WriteAllBytes(path, External("fifo.bin", "0", null).ToByteArray());
            OnnxFormatException refused = await Task.Run(() => Assert.Throws<OnnxFormatException>(() => OnnxModel.Load(path)))
                .WaitAsync(TimeSpan.FromSeconds(60));
            Assert.Equal(
                "initialiser 'w' needs 8 bytes from 0 on, and its external file 'fifo.bin' holds none: it must be a regular file",
                    refused.Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_cycle_is_named() => Fault(
        "node 'node-a' (Add): it waits for its own output, by way of the nodes between: a graph must have no cycle",
        new ModelBuilder().Input("x", "n").Node("Add", "x b", "a").Node("Relu", "a", "b").Output("b").Proto);

    [Fact]
    public void A_missing_value_is_named() => Fault(
        "node 'node-y' (Add): input 'w' is written by no node, and is neither an input of the graph nor an initialiser",
        new ModelBuilder().Input("x", "n").Node("Add", "x w", "y").Output("y").Proto);

    [Fact]
    public void A_missing_output_is_named() => Fault(
        "output 'z' is written by no node, and is neither an input nor an initialiser", Valid().Output("z").Proto);

    [Fact]
    public void An_output_is_given_once() => Fault(
        "output 'y' is given 2 times, and once must do: outputs are known by their names", Valid().Output("y").Proto);

    [Fact]
    public void A_name_stands_for_one_value()
    {
        Fault("an output of node 'node-x' (Relu) is named 'x', and so is another value: names must be unique",
            new ModelBuilder().Input("x", "n").Node("Relu", "x", "x").Output("x").Proto);
        Fault("an initialiser is named 'w', and so is another value: names must be unique",
            Valid().Floats("w", [1], 1).Floats("w", [1], 1).Proto);
        Fault("an initialiser has no name", Valid().Floats("", [1], 1).Proto);
    }

    [Fact]
    public void Attributes_must_be_the_operators()
    {
        Fault("node 'node-y' (Relu): the operator has no attribute alpha at opset 17",
            new ModelBuilder().Input("x", "n").Node("Relu", "x", "y", ("alpha", 1f)).Output("y").Proto);
        Fault("node 'node-y' (Conv): attribute strides is of type Int, and must be Ints",
            new ModelBuilder().Input("x", "n").Node("Conv", "x x", "y", ("strides", 1)).Output("y").Proto);
        Fault("node 'node-y' (Conv): attribute group is given twice",
            new ModelBuilder().Input("x", "n").Node("Conv", "x x", "y", ("group", 1), ("group", 1)).Output("y").Proto);
        Fault("node 'node-y' (Conv): attribute strides = 4294967296, and must lie within 32 bits",
            new ModelBuilder().Input("x", "n").Node("Conv", "x x", "y", ("strides", new[] { 1L << 32 })).Output("y").Proto);
        Fault(
            "node 'node-y' (Conv): attribute auto_pad = 'SAME', and must be one of NOTSET, SAME_UPPER, SAME_LOWER, VALID",
            new ModelBuilder().Input("x", "n").Node("Conv", "x x", "y", ("auto_pad", "SAME")).Output("y").Proto);
    }

    [Fact]
    public void Elements_must_fit_the_shape()
    {
        Fault("initialiser 'w' is float32 [2, 2], which is 4 elements, and holds 3", Valid().Floats("w", [2, 2], 1, 2, 3).Proto);
        Fault("initialiser 'w': a shape of [-1], and no length may be negative", Valid().Floats("w", [-1], 1).Proto);
        Fault("initialiser 'w': a shape of [65536, 65536] has more than 2147483591 elements", Valid().Floats("w", [65536, 65536], 1).Proto);
        Fault("initialiser 'w': a shape of [9223372036854775807, 9223372036854775807] has more than 2147483591 elements",
            Valid().Floats("w", [long.MaxValue, long.MaxValue], 1).Proto);
        ModelProto raw = Valid().Floats("w", [2]).Proto;
        raw.Graph.Initializer[0].RawData = ByteString.CopyFrom(1, 2, 3);
        Fault("initialiser 'w' is float32 [2], which is 2 * 4 = 8 bytes, and holds 3", raw);
        ModelProto text = Valid().Floats("w", [2], 1, 2).Proto;
        text.Graph.Initializer[0].DataType = 8;
        Assert.Equal("initialiser 'w' is of type string, which is not supported",
            Assert.Throws<OnnxUnsupportedException>(() => Load(text)).Message);
    }

    [Fact]
    public void Inputs_and_outputs_must_be_tensors()
    {
        ModelProto sequence = Valid().Proto;
        sequence.Graph.Input[0].Type = new() { SequenceType = new() };
        Assert.Equal("input 'x' is no tensor but of SequenceType, which is not supported",
            Assert.Throws<OnnxUnsupportedException>(() => Load(sequence)).Message);
        ModelProto none = Valid().Proto;
        none.Graph.Output[0].Type = null;
        Fault("output 'y' has no type", none);
        ModelProto sparse = Valid().Proto;
        sparse.Graph.SparseInitializer.Add(new SparseTensorProto());
        Assert.Equal("the graph has sparse initialisers, which are not supported",
            Assert.Throws<OnnxUnsupportedException>(() => Load(sparse)).Message);
        Fault("'x' has an axis of length -7, and none may be negative",
            new ModelBuilder().Input("x", "-7").Node("Relu", "x", "y").Output("y").Proto);
        ModelProto nothing = Valid().Proto;
        nothing.Graph.Output.Clear();
        Fault("the graph has no outputs", nothing);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        // An attribute in an attribute in an attribute: field 6, a graph, whose field 1 is a node, whose field 5 is an attribute. Fields
        // that
        // are not read are skipped whole, so that only groups, which are read from within, can nest.
        byte[] groups = [.. Enumerable.Repeat((byte)0x0B, 100_000)];
        Assert.Throws<OnnxFormatException>(() => OnnxModel.Load(new MemoryStream(groups)));
        var shape = new byte[] { };
        for (int i = 0; i < 2000; i++) shape = [0x3A, .. Varint(shape.Length), .. shape];
        Assert.Throws<OnnxFormatException>(() => OnnxModel.Load(new MemoryStream(shape)));
    }

    [Fact]
    public void A_shape_from_nothing_is_not_allocated_while_loading()
    {
        using OnnxSession session = new ModelBuilder().Input("x", "1").Integers("shape", 1 << 15, 1 << 15)
            .Node("ConstantOfShape", "shape", "big").Node("Add", "big x", "y").Output("y")
            .Session(new() { Limits = new() { MaximalMemory = 1 << 26 } });
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<OnnxUnsupportedException>(() => Values.Run(session, ("x", Values.Random(1, 1))));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 22);
    }

    [Fact]
    public void What_constants_need_in_between_is_bounded_too()
    {
        // Three vectors of 400 numbers make 64 million products before they are summed.
        ModelBuilder builder = new ModelBuilder().Input("x", "1");
        foreach (string name in (string[])["i", "j", "k"]) builder.Random(name, 1, 400);
        using OnnxSession session = builder.Node("Einsum", "i j k i j k", "big", ("equation", "i,j,k,i,j,k->"))
            .Node("Add", "big x", "y").Output("y").Session(new() { Limits = new() { MaximalMemory = 1 << 26 } });
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<OnnxUnsupportedException>(() => Values.Run(session, ("x", Values.Random(1, 1))));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 22);
    }

    [Fact]
    public void External_data_is_read_beside_the_model_and_nowhere_else()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("upstride-");
        try
        {
            string inside = Directory.CreateDirectory(Path.Combine(folder.FullName, "model")).FullName;
            byte[] data = new byte[12];
            BitConverter.GetBytes(5f).CopyTo(data, 4);
            BitConverter.GetBytes(6f).CopyTo(data, 8);
            File.WriteAllBytes(Path.Combine(inside, "weights.bin"), data);
            File.WriteAllBytes(Path.Combine(folder.FullName, "secret.bin"), data);
            File.CreateSymbolicLink(Path.Combine(inside, "link.bin"), Path.Combine(folder.FullName, "secret.bin"));

            Assert.Equal([6f, 8], Run("weights.bin", "4", null));
            Assert.Equal([6f, 8], Run("weights.bin", "4", "8"));
            Assert.Equal([6f, 8], Run("./weights.bin", "4", "8"));
            Refused("initialiser 'w': its external file '../secret.bin' is outside the model's folder, and must be inside", "../secret.bin",
                "0", null);
            Refused("initialiser 'w': its external file 'link.bin' is outside the model's folder, and must be inside", "link.bin", "0",
                null);
            string absolute = Path.Combine(inside, "weights.bin");
            Refused($"initialiser 'w': its external file '{absolute}' is outside the model's folder, and must be inside", absolute, "0",
                null);
            Refused("initialiser 'w': its external file 'none.bin' is not there", "none.bin", "0", null);
            Refused("initialiser 'w' needs 8 bytes from 8 on, and its external file 'weights.bin' has 12", "weights.bin", "8", null);
            Refused("initialiser 'w' needs 8 bytes, and its external file states 4", "weights.bin", "0", "4");
            Refused("initialiser 'w': the offset of its external file is '-1', and must be a number of bytes", "weights.bin", "-1", null);

            ModelProto stream = External("weights.bin", "0", null);
            Fault("initialiser 'w' lies in an external file, and may not here", stream);

            float[] Run(string location, string offset, string? length)
            {
                File.WriteAllBytes(Path.Combine(inside, "model.onnx"), External(location, offset, length).ToByteArray());
                using OnnxSession session = OnnxSession.Load(Path.Combine(inside, "model.onnx"));
                return Values.Run(session, ("x", OnnxTensor.Create([1f, 2], 2))).Floats.ToArray();
            }

            void Refused(string message, string location, string offset, string? length) =>
                Assert.Equal(message, Assert.Throws<OnnxFormatException>(() => Run(location, offset, length)).Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ModelProto External(string location, string offset, string? length)
    {
        ModelProto model = new ModelBuilder().Input("x", "n").Floats("w", [2]).Node("Add", "x w", "y").Output("y").Proto;
        TensorProto tensor = model.Graph.Initializer[0];
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset });
        if (length is not null) tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = length });
        return model;
    }

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>();
        for (; value >= 128; value >>= 7) bytes.Add((byte)(value | 128));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static OnnxModel Load(ModelProto model) => OnnxModel.Load(new MemoryStream(model.ToByteArray()));

    private static void Fault(string message, ModelProto model) =>
        Assert.Equal(message, Assert.Throws<OnnxFormatException>(() => Load(model)).Message);

    private static void Unsupported(string message, ModelBuilder builder) =>
        Assert.Equal(message, Assert.Throws<OnnxUnsupportedException>(builder.Build).Message);

    // A stream that does not know its length.
    private sealed class Pipe(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
