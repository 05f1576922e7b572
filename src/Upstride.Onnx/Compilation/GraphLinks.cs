namespace Upstride.Onnx.Compilation;

/// <summary>Who writes and who reads each value of a graph, for passes that take neighbours together.</summary>
internal sealed class GraphLinks
{
    private readonly Graph _graph;
    private readonly Dictionary<GraphValue, GraphNode> _writers;
    private readonly Dictionary<GraphValue, List<GraphNode>> _readers;
    private readonly HashSet<GraphValue> _outputs;

    public GraphLinks(Graph graph)
    {
        _graph = graph;
        _writers = new(graph.Nodes.Count, ReferenceEqualityComparer.Instance);
        _readers = new(graph.Nodes.Count, ReferenceEqualityComparer.Instance);
        _outputs = new(graph.Outputs, ReferenceEqualityComparer.Instance);
        foreach (GraphNode node in graph.Nodes)
        {
            foreach (GraphValue? output in node.Outputs)
                if (output is not null) _writers[output] = node;
            foreach (GraphValue? input in node.Inputs)
                if (input is not null) ReadersOf(input).Add(node);
        }
    }

    /// <summary>The node that writes a value; null for an input of the graph and a constant.</summary>
    public GraphNode? WriterOf(GraphValue? value) => value is null ? null : _writers.GetValueOrDefault(value);

    /// <summary>The node's place among all.</summary>
    public int IndexOf(GraphNode node) => _graph.Nodes.IndexOf(node);

    /// <summary>The nodes that read a value, one that reads it twice twice.</summary>
    public IReadOnlyList<GraphNode> Readers(GraphValue value) => ReadersOf(value);

    /// <summary>Whether the value is an output of the graph.</summary>
    public bool IsOutput(GraphValue value) => _outputs.Contains(value);

    /// <summary>
    /// The node that alone reads output 0 of <paramref name="node"/>, once; null where there is none, or the graph gives the output out.
    /// </summary>
    public GraphNode? OnlyReader(GraphNode node) =>
        node.Outputs[0] is { } output && !IsOutput(output) && ReadersOf(output) is [var reader] ? reader : null;

    /// <summary>Lets <paramref name="node"/> compute what its only reader did, in the reader's place: the reader is gone.</summary>
    /// <param name="node">Keeps its operator; the caller changes that.</param>
    /// <param name="reader">From <see cref="OnlyReader"/>.</param>
    /// <param name="inputs">What the node reads from now on.</param>
    public void Absorb(GraphNode node, GraphNode reader, GraphValue?[] inputs)
    {
        foreach (GraphNode gone in (ReadOnlySpan<GraphNode>)[node, reader])
            foreach (GraphValue? input in gone.Inputs)
                if (input is not null) ReadersOf(input).Remove(gone);
        node.Inputs = inputs;
        foreach (GraphValue? input in inputs)
            if (input is not null) ReadersOf(input).Add(node);
        node.Outputs[0] = reader.Outputs[0];
        _writers[node.Outputs[0]!] = node;
        _graph.Nodes[_graph.Nodes.IndexOf(reader)] = node;
        _graph.Nodes.Remove(node);
    }

    /// <summary>Puts <paramref name="node"/>, which writes the same values, where another stood.</summary>
    public void Replace(int index, GraphNode node)
    {
        foreach (GraphValue? input in _graph.Nodes[index].Inputs)
            if (input is not null) ReadersOf(input).Remove(_graph.Nodes[index]);
        foreach (GraphValue? input in node.Inputs)
            if (input is not null) ReadersOf(input).Add(node);
        foreach (GraphValue? output in node.Outputs)
            if (output is not null) _writers[output] = node;
        _graph.Nodes[index] = node;
    }

    private List<GraphNode> ReadersOf(GraphValue value)
    {
        if (!_readers.TryGetValue(value, out List<GraphNode>? readers)) _readers.Add(value, readers = []);
        return readers;
    }
}
