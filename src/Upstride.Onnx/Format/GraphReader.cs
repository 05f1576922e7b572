using System.Collections.Immutable;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Compilation.Control;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Control;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Format;

/// <summary>
/// Makes a graph of a model's messages: names become references, attributes become operators, and every rule of the graph is checked.
/// </summary>
internal sealed class GraphReader
{
    // A refusal stays readable, whatever a file names.
    private const int MaximalKinds = 20;
    private const int MaximalName = 60;

    private readonly GraphProto _graph;
    private readonly int _opset;
    private readonly ExternalFiles? _external;
    private readonly Dictionary<string, GraphValue> _values = new(StringComparer.Ordinal);
    private readonly GraphReader? _outer;
    private readonly List<(GraphValue Own, GraphValue Outer)> _captured = [];

    private GraphReader(GraphProto graph, int opset, ExternalFiles? external, GraphReader? outer = null) =>
        (_graph, _opset, _external, _outer) = (graph, opset, external, outer);

    /// <summary>Reads a model.</summary>
    /// <param name="model">The messages.</param>
    /// <param name="external">Where external files are; null where there may be none.</param>
    /// <exception cref="OnnxFormatException">A rule of the format is broken.</exception>
    /// <exception cref="OnnxUnsupportedException">Operators, opsets or types that are not supported: all operators at once.</exception>
    public static OnnxModel Read(ModelProto model, ExternalFiles? external)
    {
        if (model.Graph is null) throw new OnnxFormatException("the model has no graph");
        OperatorSetIdProto[] defaults = [.. model.OpsetImport.Where(static import => import.Domain is "" or "ai.onnx")];
        if (defaults is not [var import])
            throw new OnnxFormatException($"the model names {defaults.Length} versions of ONNX's operator set, and must name one");
        if (import.Version is < OperatorTable.OldestOpset or > OperatorTable.NewestOpset)
            throw new OnnxUnsupportedException(
                $"the model is of opset {import.Version}, and {OperatorTable.OldestOpset} to {OperatorTable.NewestOpset} are supported: "
                    + $"convert it");
        FunctionInlining.Apply(model, import.Version);
        var reader = new GraphReader(model.Graph, (int)import.Version, external);
        reader.RequireKnownOperators();
        return reader.Read();
    }

    private OnnxModel Read()
    {
        ReadInitializers();

        // An initialiser among the inputs is a default. Files of the first years list all of theirs.
        ImmutableArray<OnnxValueInfo> optional =
            [.. _graph.Input.Where(input => _values.ContainsKey(input.Name)).DistinctBy(static input => input.Name, StringComparer.Ordinal)
            .Select(OptionalInfo)];
        GraphValue[] optionalValues = [.. optional.Select(input => _values[input.Name])];
        ImmutableArray<OnnxValueInfo> inputs =
            [.. _graph.Input.Where(input => !_values.ContainsKey(input.Name)).Select(static input => ValueInfo(input, "input"))];
        GraphValue[] inputValues = [.. inputs.Select(input => Define(input.Name, "an input"))];
        GraphNode[] nodes = [.. ReadNodes()];
        ImmutableArray<OnnxValueInfo> outputs = [.. _graph.Output.Select(static output => ValueInfo(output, "output"))];
        if (outputs.IsEmpty) throw new OnnxFormatException("the graph has no outputs");
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (outputs.Select(static output => output.Name).FirstOrDefault(name => !names.Add(name)) is { } twice)
            throw new OnnxFormatException(
            $"output '{twice}' is given {outputs.Count(output => string.Equals(output.Name, twice, StringComparison.Ordinal))} times, "
                + $"and once must do: outputs are known by their names");
        GraphValue[] outputValues = [.. outputs.Select(output => _values.GetValueOrDefault(output.Name)
            ?? throw new OnnxFormatException($"output '{output.Name}' is written by no node, and is neither an input nor an initialiser"))];
        return new(new() { Nodes = NodeOrder.Sort(nodes), Inputs = [.. inputValues, .. optionalValues], Outputs = outputValues }, inputs,
            optional, outputs, _opset);
    }

    // A graph within a node: what it reads of the graphs around it becomes inputs after its own.
    private Body ReadBody(GraphProto graph)
    {
        var reader = new GraphReader(graph, _opset, _external, this);
        reader.ReadInitializers();
        GraphValue[] inputs = [.. graph.Input.Select(input => reader._values.GetValueOrDefault(input.Name)
            ?? reader.Define(input.Name, "an input"))];
        GraphNode[] nodes = [.. reader.ReadNodes()];
        GraphValue[] outputs = [.. graph.Output.Select(output => reader.Find(output.Name)
            ?? throw new OnnxFormatException($"output '{output.Name}' of the graph '{Short(graph.Name)}' is written by no node"))];
        return new(
            new() { Nodes = NodeOrder.Sort(nodes), Inputs = [.. inputs, .. reader._captured.Select(static one => one.Own)], Outputs =
                outputs },
            inputs.Length, [.. reader._captured.Select(static one => one.Outer)]);
    }

    // A value by its name, also one of the graphs around; null where there is none.
    private GraphValue? Find(string name)
    {
        if (_values.TryGetValue(name, out GraphValue? own)) return own;
        if (_outer?.Find(name) is not { } outer) return null;
        own = new GraphValue(name) { Constant = outer.Constant, Type = outer.Constant?.Type };
        _values.Add(name, own);
        if (own.Constant is null) _captured.Add((own, outer));
        return own;
    }

    // The nodes of a graph, and of those within them, whose operators are not known.
    private static void AddUnknown(GraphProto graph, List<(NodeProto Node, string Name)> unknown)
    {
        for (int index = 0; index < graph.Node.Count; index++)
        {
            NodeProto node = graph.Node[index];
            if (!OperatorTable.Knows(node.Domain, node.OpType)) unknown.Add((node, NodeName(node, index)));
            foreach (AttributeProto attribute in node.Attribute)
                if (attribute.G is not null) AddUnknown(attribute.G, unknown);
        }
    }

    private void RequireKnownOperators()
    {
        var nodes = new List<(NodeProto Node, string Name)>();
        AddUnknown(_graph, nodes);
        if (nodes.Count == 0) return;
        (string Kind, int Count, string First)[] unknown =
            [.. nodes.GroupBy(static one => Kind(one.Node), static one => one.Name, StringComparer.Ordinal)
            .Select(static kind => (kind.Key, kind.Count(), kind.First()))];
        string kinds =
            string.Join(", ",
            unknown.Take(MaximalKinds)
                .Select(static one => $"{one.Kind} ({(one.Count == 1 ? "" : $"{one.Count} nodes, the first is ")}{one.First})"));
        string more = unknown.Length > MaximalKinds ? $", and {unknown.Length - MaximalKinds} more" : "";
        throw new OnnxUnsupportedException(
            $"opset {_opset}: {(unknown.Length == 1 ? "an operator is" : $"{unknown.Length} operators are")} not supported: {kinds}{more}");
    }

    private void ReadInitializers()
    {
        if (_graph.SparseInitializer.Count > 0)
            throw new OnnxUnsupportedException("the graph has sparse initialisers, which are not supported");
        foreach (TensorProto tensor in _graph.Initializer)
        {
            GraphValue value = Define(tensor.Name, "an initialiser");
            value.Constant = TensorDecoder.Decode(tensor, $"initialiser '{tensor.Name}'", _external);
            value.Type = value.Constant.Type;

            // What of the bytes is needed is held by the constant.
            tensor.ClearRawData();
        }
    }

    private List<GraphNode> ReadNodes()
    {
        // Outputs first: a node may are before the one it reads from.
        var outputs = new GraphValue?[_graph.Node.Count][];
        for (int i = 0; i < outputs.Length; i++)
        {
            string name = NameOf(_graph.Node[i], i);
            if (_graph.Node[i].Output is not [{ Length: > 0 }, ..])
                throw new OnnxFormatException("output 0 has no name, and every operator needs its first output", name);
            outputs[i] = [.. _graph.Node[i].Output.Select(output => output.Length == 0 ? null : Define(output, $"an output of {name}"))];
        }
        var nodes = new List<GraphNode>(outputs.Length);
        for (int i = 0; i < outputs.Length; i++)
        {
            NodeProto node = _graph.Node[i];
            string name = NameOf(node, i);
            GraphValue?[] inputs = [.. node.Input.Select(input => input.Length == 0 ? null : Find(input)
                ?? throw new OnnxFormatException(
                $"input '{input}' is written by no node, and is neither an input of the graph nor an initialiser", name))];
            Operator op =
                NodeErrors.For(name, () => OperatorTable.Create(node.Domain, node.OpType, new(node, name, _opset, ReadBody)));
            if (op is ControlOperator control) inputs = [.. inputs, .. control.Bodies.SelectMany(static body => body.Captured)];
            nodes.Add(new(name, node.OpType, op, inputs, outputs[i]));
        }
        return nodes;
    }

    private GraphValue Define(string name, string what)
    {
        if (name.Length == 0) throw new OnnxFormatException($"{what} has no name");
        var value = new GraphValue(name);
        return _values.TryAdd(name, value)
            ? value : throw new OnnxFormatException($"{what} is named '{name}', and so is another value: names must be unique");
    }

    private static string NameOf(NodeProto node, int index) => $"{NodeName(node, index)} ({Short(node.OpType)})";

    private static string NodeName(NodeProto node, int index) => $"node {(node.Name.Length > 0 ? $"'{Short(node.Name)}'" : $"#{index}")}";

    private static string Kind(NodeProto node) =>
        node.Domain is "" or "ai.onnx" ? Short(node.OpType) : $"{Short(node.OpType)} of domain '{Short(node.Domain)}'";

    /// <summary>A name of the file as it stands in messages.</summary>
    public static string Short(string name) => name.Length <= MaximalName ? name : string.Concat(name.AsSpan(0, MaximalName - 3), "...");

    // What a file declares of an initialiser counts for little beside what it holds.
    private OnnxValueInfo OptionalInfo(ValueInfoProto info)
    {
        OnnxTensor value = _values[info.Name].Constant!;
        return info.Type is { ValueCase: TypeProto.ValueOneofCase.TensorType, TensorType: { Shape: { } shape } declared }
            && declared.ElemType == (int)value.ElementType
            ? new(info.Name, value.ElementType, [.. shape.Dim.Select(dim => Dimension(dim, info.Name))])
            : new(info.Name, value.ElementType, [.. value.Shape.Select(static length => new OnnxDimension(length, null))]);
    }

    private static OnnxValueInfo ValueInfo(ValueInfoProto info, string what)
    {
        if (info.Type is null || info.Type.ValueCase == TypeProto.ValueOneofCase.None)
            throw new OnnxFormatException($"{what} '{info.Name}' has no type");
        if (info.Type.ValueCase != TypeProto.ValueOneofCase.TensorType)
            throw new OnnxUnsupportedException($"{what} '{info.Name}' is no tensor but of {info.Type.ValueCase}, which is not supported");
        TypeProto.Types.Tensor type = info.Type.TensorType;
        if (ElementTypes.Of(type.ElemType) is not { } element)
            throw new OnnxUnsupportedException(
                $"{what} '{info.Name}' is of type {ElementTypes.NameOf(type.ElemType)}, which is not supported");
        return new(info.Name, element, type.Shape is null ? null : [.. type.Shape.Dim.Select(dim => Dimension(dim, info.Name))]);
    }

    private static OnnxDimension Dimension(TensorShapeProto.Types.Dimension dim, string name) => dim.ValueCase switch
    {
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam when dim.DimParam.Length > 0 => new(null, dim.DimParam),
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when dim.DimValue >= 0 => new(dim.DimValue, null),
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when dim.DimValue != -1 =>
            throw new OnnxFormatException($"'{name}' has an axis of length {dim.DimValue}, and none may be negative"),
        _ => new(null, null),
    };
}
