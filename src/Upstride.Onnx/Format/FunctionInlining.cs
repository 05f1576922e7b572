using Google.Protobuf.Collections;

namespace Upstride.Onnx.Format;

/// <summary>
/// Puts the nodes of a model's own functions where they are called, their values under new names, so that a graph of operators is left.
/// </summary>
internal sealed class FunctionInlining
{
    // A small file whose functions call each other could ask for any number of nodes, or copies of any tensor.
    private const int MaximalNodes = 50_000;
    private const long MaximalBytes = 1L << 30;
    private const int MaximalDepth = 64;

    private readonly Dictionary<(string Domain, string Name, string Overload), FunctionProto> _functions = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private long _nodes;
    private long _bytes;

    private FunctionInlining(ModelProto model)
    {
        foreach (FunctionProto function in model.Functions)
            if (!_functions.TryAdd((function.Domain, function.Name, function.Overload), function))
                throw new OnnxFormatException($"function '{GraphReader.Short(function.Name)}' is there twice");
        Reserve(model.Graph);
    }

    /// <summary>Replaces every call of a function in the model's graph.</summary>
    /// <param name="model">Changed in place.</param>
    /// <param name="opset">The version of the operator set that the model's nodes are of.</param>
    /// <exception cref="OnnxFormatException">Two functions of one name, functions that call each other without end, or a call that does
    /// not fit.</exception>
    /// <exception cref="OnnxUnsupportedException">A function is of another opset than the model, or the calls make too large a
    /// graph.</exception>
    public static void Apply(ModelProto model, long opset)
    {
        if (model.Functions.Count == 0) return;
        foreach (FunctionProto function in model.Functions)
            foreach (OperatorSetIdProto import in function.OpsetImport)
                if (import.Domain is "" or "ai.onnx" && import.Version != opset)
                    throw new OnnxUnsupportedException($"function '{GraphReader.Short(function.Name)}' is of opset {import.Version}, and "
                        + $"the model of opset {opset}: both must be equal");
        new FunctionInlining(model).Expand(model.Graph.Node, 0);
    }

    private void Expand(RepeatedField<NodeProto> nodes, int depth)
    {
        var expanded = new List<NodeProto>(nodes.Count);
        foreach (NodeProto node in nodes)
        {
            foreach (AttributeProto attribute in node.Attribute)
                if (attribute.G is not null) Expand(attribute.G.Node, depth);
            if (!_functions.TryGetValue((node.Domain, node.OpType, node.Overload), out FunctionProto? function))
            {
                expanded.Add(node);
                continue;
            }
            string called = $"function '{GraphReader.Short(function.Name)}'";
            if (depth == MaximalDepth) throw new OnnxFormatException($"{called} is called {depth} functions deep: none may call itself");
            _nodes += function.Node.Count;
            _bytes += function.CalculateSize();
            if (_nodes > MaximalNodes || _bytes > MaximalBytes)
                throw new OnnxUnsupportedException($"the calls of {called} and others make more than {MaximalNodes} nodes or "
                    + $"{MaximalBytes} bytes of them");
            if (node.Input.Count > function.Input.Count || node.Output.Count > function.Output.Count)
                throw new OnnxFormatException($"{called} has {function.Input.Count} inputs and {function.Output.Count} outputs, and is "
                    + $"called with {node.Input.Count} and {node.Output.Count}");
            RepeatedField<NodeProto> body = Body(node, function);
            Expand(body, depth + 1);
            expanded.AddRange(body);
        }
        nodes.Clear();
        nodes.AddRange(expanded);
    }

    // The function's nodes for one call.
    private RepeatedField<NodeProto> Body(NodeProto call, FunctionProto function)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal) { [""] = "" };
        var body = new RepeatedField<NodeProto>();
        for (int i = 0; i < function.Input.Count; i++) names[function.Input[i]] = i < call.Input.Count ? call.Input[i] : "";
        for (int i = 0; i < call.Output.Count; i++)
        {
            if (call.Output[i].Length == 0 || names.TryAdd(function.Output[i], call.Output[i])) continue;

            // An output that is an input, or another output, by another name.
            body.Add(new NodeProto { Name = $"{call.Name}/{function.Output[i]}", OpType = "Identity" });
            body[^1].Input.Add(names[function.Output[i]]);
            body[^1].Output.Add(call.Output[i]);
        }
        foreach (NodeProto node in function.Node)
        {
            NodeProto copy = node.Clone();
            copy.Name = $"{(call.Name.Length > 0 ? call.Name : call.OpType)}/{(node.Name.Length > 0 ? node.Name : node.OpType)}";
            Bind(copy, call, function, names);
            body.Add(copy);
        }
        return body;
    }

    private void Bind(NodeProto node, NodeProto call, FunctionProto function, Dictionary<string, string> names)
    {
        for (int i = 0; i < node.Input.Count; i++) node.Input[i] = NameOf(node.Input[i], names);
        for (int i = 0; i < node.Output.Count; i++) node.Output[i] = NameOf(node.Output[i], names);
        for (int i = node.Attribute.Count - 1; i >= 0; i--)
        {
            AttributeProto attribute = node.Attribute[i];
            if (attribute.RefAttrName.Length > 0)
            {
                AttributeProto? given = call.Attribute.Concat(function.AttributeProto)
                    .FirstOrDefault(one => string.Equals(one.Name, attribute.RefAttrName, StringComparison.Ordinal));
                if (given is null)
                {
                    node.Attribute.RemoveAt(i);
                    continue;
                }
                node.Attribute[i] = given.Clone();
                node.Attribute[i].Name = attribute.Name;

                // A graph that the call gives reads what is around the call.
                continue;
            }
            if (attribute.G is not { } graph) continue;
            foreach (ValueInfoProto input in graph.Input) input.Name = NameOf(input.Name, names);
            foreach (ValueInfoProto output in graph.Output) output.Name = NameOf(output.Name, names);
            foreach (TensorProto tensor in graph.Initializer) tensor.Name = NameOf(tensor.Name, names);
            foreach (NodeProto inner in graph.Node) Bind(inner, call, function, names);
        }
    }

    private string NameOf(string name, Dictionary<string, string> names)
    {
        if (names.TryGetValue(name, out string? known)) return known;
        string fresh = name;
        for (int i = 1; !_names.Add(fresh); i++) fresh = $"{name}#{_names.Count + i}";
        names.Add(name, fresh);
        return fresh;
    }

    private void Reserve(GraphProto graph)
    {
        foreach (ValueInfoProto value in graph.Input.Concat(graph.Output)) _names.Add(value.Name);
        foreach (TensorProto tensor in graph.Initializer) _names.Add(tensor.Name);
        foreach (NodeProto node in graph.Node)
        {
            foreach (string output in node.Output) _names.Add(output);
            foreach (AttributeProto attribute in node.Attribute)
                if (attribute.G is not null) Reserve(attribute.G);
        }
    }
}
