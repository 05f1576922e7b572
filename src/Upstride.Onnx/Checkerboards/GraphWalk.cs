using System.Collections.Immutable;
using Upstride.Explain.Diagnosis;
using Upstride.Geometry;
using Upstride.Onnx.Format;
using Upstride.Onnx.Operators;

namespace Upstride.Onnx.Checkerboards;

/// <summary>Walks the nodes of a file for upsamplings and the chains that they begin.</summary>
internal sealed class GraphWalk
{
    private static readonly string[] Activations =
        ["Relu", "LeakyRelu", "PRelu", "Tanh", "Sigmoid", "Clip", "Elu", "Selu", "Softplus", "HardSigmoid", "HardSwish", "Gelu", "Mish",
        "Celu", "ThresholdedRelu"];

    private readonly GraphProto _graph;
    private readonly int _opset;
    private readonly ExternalFiles? _external;
    private readonly Dictionary<string, TensorProto> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeProto> _writers = new(StringComparer.Ordinal);
    private readonly ILookup<string, NodeProto> _readers;

    public GraphWalk(ModelProto model, ExternalFiles? external)
    {
        _graph = model.Graph ?? throw new OnnxFormatException("the model has no graph");
        _external = external;
        _opset = (int)(model.OpsetImport.FirstOrDefault(static set => set.Domain.Length == 0)?.Version ?? 1);
        foreach (TensorProto tensor in _graph.Initializer) _constants[tensor.Name] = tensor;
        foreach (NodeProto node in _graph.Node)
        {
            foreach (string output in node.Output) _writers[output] = node;
            if (node.OpType is "Constant" && node.Output.Count == 1
                && node.Attribute.FirstOrDefault(
                static attribute => attribute.Name is "value")?.T is { } value) _constants[node.Output[0]] = value;
        }
        _readers = _graph.Node.SelectMany(static node => node.Input.Select(input => (input, node)))
            .ToLookup(static pair => pair.input, static pair => pair.node, StringComparer.Ordinal);
    }

    /// <summary>What a node is called.</summary>
    public static string NameOf(NodeProto node) => node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? node.OpType;

    /// <summary>Every upsampling, in the order of the file.</summary>
    public IEnumerable<OnnxUpsampling> Layers()
    {
        foreach (NodeProto node in _graph.Node)
            if (LayerOf(node) is { } layer) yield return new(NameOf(node), node.OpType, LayerDiagnosis.Of(layer));
    }

    /// <summary>Chains that begin with a forward upsampling which no other chain went through.</summary>
    public IEnumerable<OnnxPatternChain> Chains()
    {
        var met = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (NodeProto node in _graph.Node)
        {
            if (node.OpType is not "ConvTranspose" || met.Contains(node) || LayerOf(node) is not { Assumed: false } first) continue;
            PatternChain field = PatternChain.Flat(first.InputChannels, first.Kernel.Length);
            var names = ImmutableArray.CreateBuilder<string>();
            var left = ImmutableArray.CreateBuilder<string>();
            for (NodeProto? at = node; at is not null; at = OnlyReader(at))
            {
                if (Activations.Contains(at.OpType, StringComparer.Ordinal))
                {
                    if (!left.Contains(at.OpType)) left.Add(at.OpType);
                    continue;
                }
                if (Through(field, at) is not { } next) break;
                met.Add(at);
                if (at.OpType is not ("Identity" or "Dropout" or "BatchNormalization")) names.Add(NameOf(at));
                field = next;
            }
            if (names.Count > 1) yield return new(names.ToImmutable(), field.PatternDb, left.ToImmutable());
        }
    }

    /// <summary>The layer of a node; null for a node that upsamples nothing.</summary>
    public UpsamplingLayer? LayerOf(NodeProto node)
    {
        if (node.OpType is not ("ConvTranspose" or "Conv" or "DepthToSpace")) return null;
        try
        {
            return node.OpType is "DepthToSpace" ? SubPixel(node) : Convolving(node);
        }
        catch (GeometryException fault)
        {
            throw new OnnxFormatException(fault.Error.Message, NameOf(node), fault);
        }
    }

    /// <summary>The weights of a node's input as numbers; null where they are no constant of single, double or half precision.</summary>
    public (int[] Shape, double[] Values)? Weights(NodeProto node, int input)
    {
        if (input >= node.Input.Count || !_constants.TryGetValue(node.Input[input], out TensorProto? tensor)) return null;
        OnnxTensor decoded = TensorDecoder.Decode(tensor, $"tensor '{node.Input[input]}'", _external);
        return decoded.Type.Storage == Tensors.Storage.Float
            ? ([.. decoded.Shape.Select(static length => checked((int)length))],
                [.. decoded.Floats.ToArray().Select(static value => (double)value)])
            : null;
    }

    private UpsamplingLayer? Convolving(NodeProto node)
    {
        var attributes = new NodeAttributes(node, NameOf(node), _opset);
        bool backward = node.OpType is "Conv";
        int[] strides = attributes.Int32s("strides"), dilations = attributes.Int32s("dilations"),
            kernel = attributes.Int32s("kernel_shape");
        if (backward && strides.All(static step => step == 1)) return null;
        string name = NameOf(node);
        if (Weights(node, 1) is ({ Length: >= 3 and <= 5 } shape, var values))
        {
            return Marked(UpsamplingLayer.Create(
                name, shape, values, strides.Length == 0 ? 1 : strides, dilations.Length == 0 ? default(PerAxis) : dilations,
                    attributes.Int32("group", 1)), backward);
        }
        return kernel.Length is >= 1 and <= 3
            ? Marked(UpsamplingLayer.Equal(
                name, kernel, strides.Length == 0 ? 1 : strides, dilations.Length == 0 ? default(PerAxis) : dilations), backward)
            : null;
    }

    private static UpsamplingLayer Marked(UpsamplingLayer layer, bool backward) => backward ? layer.AsBackward() : layer;

    // A sub-pixel layer is the convolution before the shuffle, where its weights are known.
    private UpsamplingLayer? SubPixel(NodeProto node)
    {
        var attributes = new NodeAttributes(node, NameOf(node), _opset);
        if (node.Input.Count == 0 || !_writers.TryGetValue(node.Input[0], out NodeProto? before) || before.OpType is not "Conv"
            || Weights(before, 1) is not ({ Length: 4 } shape, var values)) return null;
        var convolution = new NodeAttributes(before, NameOf(before), _opset);
        if (convolution.Int32("group", 1) != 1 || convolution.Int32s("strides").Any(static step => step != 1)
            || convolution.Int32s("dilations").Any(static step => step != 1)) return null;
        return UpsamplingLayer.OfSubPixel(
            NameOf(node), shape, values, attributes.Int32("blocksize", 1), attributes.Text("mode", "DCR") is "DCR");
    }

    private PatternChain? Through(PatternChain field, NodeProto node)
    {
        try
        {
            switch (node.OpType)
            {
                case "ConvTranspose":
                    return LayerOf(node) is { Assumed: false } layer ? field.Through(layer) : null;
                case "Conv" when Weights(node, 1) is ({ Length: >= 3 and <= 5 } shape, var values):
                    var attributes = new NodeAttributes(node, NameOf(node), _opset);
                    int[] Steps(string name) => attributes.Int32s(name) is { Length: > 0 } given ? given
                        : [.. Arrays.Repeat(1, shape.Length - 2)];
                    return field.ThroughConvolution(
                        NameOf(node), shape, values, Steps("strides"), Steps("dilations"), attributes.Int32("group", 1));
                case "BatchNormalization" when Weights(node, 1) is var (_, scale) && Weights(node, 4) is var (_, variance):
                    float epsilon = new NodeAttributes(node, NameOf(node), _opset).Float("epsilon", 1e-5f);
                    return field.Scaled([.. scale.Zip(variance, (one, spread) => one / Math.Sqrt(spread + epsilon))]);
                case "DepthToSpace":
                    var shuffle = new NodeAttributes(node, NameOf(node), _opset);
                    return field.Shuffled(shuffle.Int32("blocksize", 1), shuffle.Text("mode", "DCR") is "DCR");
                case "Identity" or "Dropout":
                    return field;
                default:
                    return null;
            }
        }
        catch (GeometryException)
        {
            // Layers that do not fit each other, or too long a field, end the chain.
            return null;
        }
    }

    private NodeProto? OnlyReader(NodeProto node)
    {
        string output = node.Output[0];
        NodeProto[] readers = [.. _readers[output]];
        return readers is [var one] && string.Equals(one.Input[0], output, StringComparison.Ordinal) ? one : null;
    }
}
