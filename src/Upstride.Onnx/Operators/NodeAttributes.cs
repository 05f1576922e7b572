using System.Text;
using Upstride.Onnx.Compilation.Control;
using Upstride.Onnx.Format;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators;

/// <summary>
/// One node as it is in the file, for an operator's constructor. An attribute that the constructor does not read is refused after it.
/// </summary>
internal sealed class NodeAttributes
{
    private readonly Dictionary<string, AttributeProto> _unread = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AttributeProto> _attributes = new(StringComparer.Ordinal);

    private readonly Func<GraphProto, Body>? _bodies;

    /// <param name="node">The message.</param>
    /// <param name="name">What messages call the node.</param>
    /// <param name="opset">The version of the operator set.</param>
    /// <param name="bodies">Reads a graph within the node; null where there may be none.</param>
    /// <exception cref="OnnxFormatException">Two attributes of one name.</exception>
    public NodeAttributes(NodeProto node, string name, int opset, Func<GraphProto, Body>? bodies = null)
    {
        _bodies = bodies;
        Node = name;
        Opset = opset;
        InputCount = node.Input.Count;
        OutputCount = node.Output.Count;
        foreach (AttributeProto attribute in node.Attribute)
        {
            if (!_attributes.TryAdd(attribute.Name, attribute)) throw Fault($"attribute {attribute.Name} is given twice");
            _unread.Add(attribute.Name, attribute);
        }
    }

    /// <summary>What messages call the node: <c>node 'up1' (ConvTranspose)</c>.</summary>
    public string Node { get; }

    /// <summary>The version of the operator set, which decides what the operator means.</summary>
    public int Opset { get; }

    /// <summary>Inputs that the node names, with those left out between them.</summary>
    public int InputCount { get; }

    /// <summary>Outputs that the node names, with those left out between them.</summary>
    public int OutputCount { get; }

    public bool Has(string name) => _attributes.ContainsKey(name);

    public float Float(string name, float fallback) => Find(name, AttributeProto.Types.AttributeType.Float)?.F ?? fallback;

    public long Integer(string name, long fallback) => Find(name, AttributeProto.Types.AttributeType.Int)?.I ?? fallback;

    /// <summary>An integer that must lie within 32 bits.</summary>
    public int Int32(string name, int fallback) => Narrow(name, Integer(name, fallback));

    /// <summary>0 or 1 as a truth value.</summary>
    public bool Flag(string name, bool fallback) => Integer(name, fallback ? 1 : 0) != 0;

    /// <summary>Text in UTF-8.</summary>
    public string Text(string name, string fallback) => Find(name, AttributeProto.Types.AttributeType.String) is { } found
        ? Encoding.UTF8.GetString(found.S.Span)
        : fallback;

    /// <summary>One of several words.</summary>
    /// <exception cref="OnnxFormatException">None of them.</exception>
    public T Choice<T>(string name, string fallback, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        string text = Text(name, fallback);
        foreach ((string word, T value) in choices)
            if (string.Equals(word, text, StringComparison.Ordinal)) return value;
        var words = new List<string>();
        foreach ((string word, _) in choices) words.Add(word);
        throw Fault($"attribute {name} = '{text}', and must be one of {string.Join(", ", words)}");
    }

    /// <summary>Integers; null where the attribute is not there.</summary>
    public long[]? Integers(string name) => Find(name, AttributeProto.Types.AttributeType.Ints)?.Ints.ToArray();

    /// <summary>Integers that must lie within 32 bits; empty where the attribute is not there.</summary>
    public int[] Int32s(string name) => [.. (Integers(name) ?? []).Select(value => Narrow(name, value))];

    /// <summary>Numbers; null where the attribute is not there.</summary>
    public float[]? Floats(string name) => Find(name, AttributeProto.Types.AttributeType.Floats)?.Floats.ToArray();

    /// <summary>Texts in UTF-8; null where the attribute is not there.</summary>
    public string[]? Texts(string name) => Find(name, AttributeProto.Types.AttributeType.Strings) is { } found
        ? [.. found.Strings.Select(static text => Encoding.UTF8.GetString(text.Span))]
        : null;

    /// <summary>A tensor; null where the attribute is not there.</summary>
    public OnnxTensor? Tensor(string name) => Find(name, AttributeProto.Types.AttributeType.Tensor) is not { } found ? null
        : found.T is null ? throw Fault($"attribute {name} says that it is a tensor, and holds none")
        : TensorDecoder.Decode(found.T, $"attribute {name}", external: null);

    /// <summary>A graph, which may read values of the graph that the node is in.</summary>
    /// <exception cref="OnnxFormatException">It is missing.</exception>
    public Body Body(string name) =>
        Find(name, AttributeProto.Types.AttributeType.Graph)?.G is { } graph && _bodies is not null
        ? _bodies(graph) : throw Fault($"attribute {name} is needed, and must be a graph");

    /// <summary>The element type that an attribute names by its number; null where the attribute is not there.</summary>
    /// <exception cref="OnnxUnsupportedException">It is none that is read.</exception>
    public OnnxElementType? ElementType(string name) => !Has(name) ? null
        : ElementTypes.Of(Int32(name, 0))
        ?? throw Unsupported($"attribute {name} is {ElementTypes.NameOf(Int32(name, 0))}, which is not supported");

    /// <summary>Marks an attribute as known that changes nothing here.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names) _unread.Remove(name);
    }

    /// <summary>Refuses the operator in models that are older than it.</summary>
    /// <exception cref="OnnxFormatException">The model is of an opset before <paramref name="since"/>.</exception>
    public void RequireOpset(int since)
    {
        if (Opset < since) throw Fault($"the operator came with opset {since}, and the model is of opset {Opset}");
    }

    /// <summary>A fault of the graph at this node.</summary>
    public OnnxFormatException Fault(string fault) => new(fault, Node);

    /// <summary>A valid node that is not supported.</summary>
    public OnnxUnsupportedException Unsupported(string reason) => new($"{Node}: {reason}");

    /// <summary>Complains of attributes that the operator does not have.</summary>
    /// <exception cref="OnnxFormatException">There are some.</exception>
    internal void RequireAllRead()
    {
        if (_unread.Count > 0)
            throw Fault($"the operator has no attribute {string.Join(", ", _unread.Keys.Order(StringComparer.Ordinal))} at opset {Opset}");
    }

    private AttributeProto? Find(string name, AttributeProto.Types.AttributeType type)
    {
        if (!_attributes.TryGetValue(name, out AttributeProto? found)) return null;
        _unread.Remove(name);

        // Files of the first years leave the type out.
        return found.Type == AttributeProto.Types.AttributeType.Undefined || found.Type == type
            ? found : throw Fault($"attribute {name} is of type {found.Type}, and must be {type}");
    }

    private int Narrow(string name, long value) => value is >= int.MinValue and <= int.MaxValue
        ? (int)value
        : throw Fault($"attribute {name} = {value}, and must lie within 32 bits");
}
