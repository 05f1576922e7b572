using Google.Protobuf;
using Upstride.Onnx.Format;

namespace Upstride.Onnx.Tests;

/// <summary>Writes small models for tests, valid or not, node by node.</summary>
internal sealed class ModelBuilder
{
    private readonly ModelProto _model = new() { IrVersion = 8, Graph = new() { Name = "test" } };

    public ModelBuilder(long opset = 17) => _model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });

    /// <summary>The messages, for tests that break them.</summary>
    public ModelProto Proto => _model;

    /// <summary>A length may be a number, a name, or empty for neither.</summary>
    public ModelBuilder Input(string name, params string[] lengths) => Input(name, OnnxElementType.Float32, lengths);

    public ModelBuilder Input(string name, OnnxElementType type, params string[] lengths)
    {
        _model.Graph.Input.Add(Info(name, type, lengths));
        return this;
    }

    public ModelBuilder Output(string name, OnnxElementType type = OnnxElementType.Float32)
    {
        _model.Graph.Output.Add(new ValueInfoProto { Name = name, Type = new() { TensorType = new() { ElemType = (int)type } } });
        return this;
    }

    public ModelBuilder Floats(string name, long[] shape, params float[] elements)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)OnnxElementType.Float32 };
        tensor.Dims.AddRange(shape);
        tensor.FloatData.AddRange(elements);
        _model.Graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>Half-precision elements.</summary>
    public ModelBuilder Half(string name, long[] shape, params float[] elements)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)OnnxElementType.Float16 };
        tensor.Dims.AddRange(shape);
        tensor.Int32Data.AddRange(elements.Select(static element => (int)BitConverter.HalfToUInt16Bits((Half)element)));
        _model.Graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>Random weights of a fixed seed, in [-1, 1).</summary>
    public ModelBuilder Random(string name, int seed, params long[] shape)
    {
        var random = new Random(seed);
        return Floats(name, shape,
            [.. Enumerable.Range(0, (int)shape.Aggregate(1L, static (product, length) => product * length))
            .Select(_ => (random.NextSingle() * 2) - 1)]);
    }

    public ModelBuilder Integers(string name, params long[] elements)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)OnnxElementType.Int64 };
        tensor.Dims.Add(elements.Length);
        tensor.Int64Data.AddRange(elements);
        _model.Graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>Numbers of eight bits.</summary>
    public ModelBuilder Bytes(string name, OnnxElementType type, long[] shape, params int[] elements)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type };
        tensor.Dims.AddRange(shape);
        tensor.Int32Data.AddRange(elements);
        _model.Graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>Random numbers of eight bits with a sign.</summary>
    public ModelBuilder RandomBytes(string name, int seed, params long[] shape)
    {
        var random = new Random(seed);
        return Bytes(name, OnnxElementType.Int8, shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, static (product, length) =>
            product * length)).Select(_ => random.Next(-128, 128))]);
    }

    /// <summary>
    /// A node whose name is its first output's with <c>node-</c> before it; several inputs or outputs are joined by spaces, - stands for
    /// one left out. The operator is of the domain before a colon, if any: <c>com.microsoft:Gelu</c>.
    /// </summary>
    public ModelBuilder Node(string operatorName, string inputs, string outputs, params (string Name, object Value)[] attributes)
    {
        string[] names = outputs.Split(' ');
        string[] parts = operatorName.Split(':');
        var node = new NodeProto { Name = "node-" + names[0], OpType = parts[^1] };
        if (parts is [var domain, _])
        {
            node.Domain = domain;
            if (_model.OpsetImport.All(one => one.Domain != domain))
                _model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = 1 });
        }
        node.Input.AddRange(inputs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static input => input == "-" ? "" : input));
        node.Output.AddRange(names.Select(static output => output == "-" ? "" : output));
        foreach ((string name, object value) in attributes) node.Attribute.Add(Attribute(name, value));
        _model.Graph.Node.Add(node);
        return this;
    }

    /// <summary>One number or truth value without axes.</summary>
    public ModelBuilder Scalar(string name, object value)
    {
        var tensor = new TensorProto { Name = name };
        switch (value)
        {
            case long number: tensor.DataType = (int)OnnxElementType.Int64; tensor.Int64Data.Add(number); break;
            case bool truth: tensor.DataType = (int)OnnxElementType.Boolean; tensor.Int32Data.Add(truth ? 1 : 0); break;
            default: throw new ArgumentException($"no scalar of {value.GetType().Name}", nameof(value));
        }
        _model.Graph.Initializer.Add(tensor);
        return this;
    }

    public byte[] ToBytes() => _model.ToByteArray();

    public OnnxModel Build() => OnnxModel.Load(new MemoryStream(ToBytes()));

    public OnnxSession Session(OnnxSessionSettings? settings = null) => new(Build(), settings);

    /// <summary>A session in which not even the number of axes of the inputs is declared.</summary>
    public OnnxSession SessionOfOpenRank()
    {
        foreach (ValueInfoProto input in _model.Graph.Input) input.Type.TensorType.Shape = null;
        return Session();
    }

    public void Save(string path) => File.WriteAllBytes(path, ToBytes());

    public static ValueInfoProto Info(string name, OnnxElementType type, params string[] lengths)
    {
        var shape = new TensorShapeProto();
        foreach (string length in lengths)
        {
            shape.Dim.Add(long.TryParse(length, out long number) ? new() { DimValue = number }
                : length.Length > 0 ? new() { DimParam = length } : new TensorShapeProto.Types.Dimension());
        }
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = shape } } };
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case int number: (attribute.I, attribute.Type) = (number, AttributeProto.Types.AttributeType.Int); break;
            case float number: (attribute.F, attribute.Type) = (number, AttributeProto.Types.AttributeType.Float); break;
            case string text: (attribute.S, attribute.Type) =
                (ByteString.CopyFromUtf8(text), AttributeProto.Types.AttributeType.String); break;
            case long[] numbers:
                attribute.Ints.AddRange(numbers);
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                break;
            case float[] numbers:
                attribute.Floats.AddRange(numbers);
                attribute.Type = AttributeProto.Types.AttributeType.Floats;
                break;
            case string[] texts:
                attribute.Strings.AddRange(texts.Select(ByteString.CopyFromUtf8));
                attribute.Type = AttributeProto.Types.AttributeType.Strings;
                break;
            case TensorProto tensor: (attribute.T, attribute.Type) = (tensor, AttributeProto.Types.AttributeType.Tensor); break;
            case ModelBuilder body:
                body.Proto.Graph.Name = name;
                foreach (ValueInfoProto input in body.Proto.Graph.Input)
                    if (input.Type.TensorType is { Shape.Dim.Count: 0, ElemType: (int)OnnxElementType.Float32 } open) open.Shape = null;
                (attribute.G, attribute.Type) = (body.Proto.Graph, AttributeProto.Types.AttributeType.Graph);
                break;
            default: throw new ArgumentException($"no attribute of {value.GetType().Name}", nameof(value));
        }
        return attribute;
    }
}
