using Google.Protobuf;
using System.Numerics.Tensors;
using Upstride.Onnx.Format;

namespace Upstride.Onnx.Tests.Runtime;

/// <summary>One node of a model by itself, and how far two right results of it may lie apart.</summary>
internal sealed class NodeModel
{
    // Unit in the last place of numbers from 1 to 2, twice the relative error of a rounding: two results err by one each.
    private const float Epsilon = 1f / (1 << 23);

    private readonly ModelProto _model;
    private readonly NodeProto _node;

    public NodeModel(ModelProto model, NodeProto node)
    {
        _node = node;
        _model = new() { IrVersion = model.IrVersion, Graph = new() { Name = "node" } };
        _model.OpsetImport.AddRange(model.OpsetImport);
        _model.Graph.Node.Add(node);
        _model.Graph.Initializer.AddRange(model.Graph.Initializer.Where(tensor => node.Input.Contains(tensor.Name)));
        Inputs = [.. node.Input.Where(name => name.Length > 0 && _model.Graph.Initializer.All(tensor => tensor.Name != name))
            .Distinct(StringComparer.Ordinal)];
        foreach (string output in Outputs)
            _model.Graph.Output.Add(new ValueInfoProto
                { Name = output, Type = new() { TensorType = new() { ElemType = (int)OnnxElementType.Float32 } } });
    }

    public string Name => $"{_node.Name} ({_node.OpType})";

    /// <summary>The values that it reads but for initialisers.</summary>
    public string[] Inputs { get; }

    public string[] Outputs => [.. _node.Output.Where(static name => name.Length > 0)];

    /// <summary>What Upstride makes of the inputs.</summary>
    public IReadOnlyDictionary<string, OnnxTensor> Run(IReadOnlyDictionary<string, OnnxTensor> values) => Run(_model, values);

    /// <summary>
    /// How far each element of the first output may lie from another right result: of a sum of products, their number times epsilon times
    /// the
    /// sum of magnitudes, which the node itself makes of the magnitudes of its inputs; nothing where elements are moved, compared or
    /// rounded once.
    /// </summary>
    public float[] Bound(IReadOnlyDictionary<string, OnnxTensor> values, OnnxTensor result)
    {
        switch (_node.OpType)
        {
            case "Conv" or "ConvTranspose" or "Gemm" or "MatMul":
                long[] weight = [.. Shape(_node.Input[1], values)];

                // All but the output channels are summed over, and the bias.
                long outputs =
                    _node.OpType switch { "Conv" => weight[0], "ConvTranspose" => weight[1], "MatMul" => weight[^1], _ =>
                    Math.Max(1, result.Shape[^1]) };
                long products = weight.Aggregate(1L, static (product, length) => product * length) / outputs + 1;
                OnnxTensor magnitudes =
                    Run(Magnitudes(),
                    values.ToDictionary(static one => one.Key, static one => Magnitude(one.Value), StringComparer.Ordinal))[Outputs[0]];
                return Array.ConvertAll(magnitudes.Floats.ToArray(), magnitude => products * Epsilon * magnitude);
            case "Resize" or "Upsample" when _node.Attribute.FirstOrDefault(static one => one.Name == "mode")?.S.ToStringUtf8() is "linear"
                or "cubic":
                // A position is a rounded product of numbers up to the size, and four weights of four taps at most move by as much.
                float largest = TensorPrimitives.MaxMagnitude(values[_node.Input[0]].Floats);
                return Same(result, (4 * result.Shape.Max() + 16) * Epsilon * Math.Abs(largest));
            case "Sigmoid":
                // Values up to 1, from an exponential, a sum and a quotient.
                return Same(result, 4 * Epsilon);
            default:
                return Same(result, 0);
        }
    }

    private static float[] Same(OnnxTensor result, float bound)
    {
        var bounds = new float[result.Length];
        Array.Fill(bounds, bound);
        return bounds;
    }

    private IEnumerable<long> Shape(string name, IReadOnlyDictionary<string, OnnxTensor> values) =>
        _model.Graph.Initializer.FirstOrDefault(tensor => tensor.Name == name) is { } weight
        ? weight.Dims : values[name].Shape.Select(static length => (long)length);

    private ModelProto Magnitudes()
    {
        ModelProto copy = _model.Clone();
        foreach (TensorProto tensor in copy.Graph.Initializer.Where(static tensor => tensor.DataType == (int)OnnxElementType.Float32))
        {
            ReadOnlySpan<float> values = TensorDecoder.Decode(tensor, tensor.Name, external: null).Floats;
            tensor.ClearRawData();
            tensor.FloatData.Clear();
            foreach (float value in values) tensor.FloatData.Add(Math.Abs(value));
        }
        return copy;
    }

    private static OnnxTensor Magnitude(OnnxTensor tensor) => tensor.ElementType == OnnxElementType.Float32
        ? OnnxTensor.Create([.. tensor.Floats.ToArray().Select(Math.Abs)], [.. tensor.Shape])
        : tensor;

    private IReadOnlyDictionary<string, OnnxTensor> Run(ModelProto model, IReadOnlyDictionary<string, OnnxTensor> values)
    {
        ModelProto typed = model.Clone();
        foreach (string name in Inputs)
            typed.Graph.Input.Add(new ValueInfoProto
                { Name = name, Type = new() { TensorType = new() { ElemType = (int)values[name].ElementType } } });
        using OnnxSession session = OnnxSession.Load(new MemoryStream(typed.ToByteArray()));
        return session.Run(Inputs.ToDictionary(static name => name, name => values[name], StringComparer.Ordinal));
    }
}
