namespace Upstride.Onnx.Compilation.Control;

/// <summary>A graph within a node. Never changed: each use has a clone.</summary>
/// <param name="Graph">Its inputs are its own and, after them, what it reads of the graphs around it.</param>
/// <param name="Formals">How many inputs of its own it has.</param>
/// <param name="Captured">The values around it that stand for the others, in their order.</param>
internal sealed record Body(Graph Graph, int Formals, GraphValue[] Captured)
{
    /// <summary>
    /// Its nodes in the place of one that names it: reading <paramref name="inputs"/>, writing <paramref name="outputs"/>, null for what
    /// nobody wants.
    /// </summary>
    public List<GraphNode> Inline(ReadOnlySpan<GraphValue> inputs, ReadOnlySpan<GraphValue?> outputs)
    {
        var values = new Dictionary<GraphValue, GraphValue>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < Graph.Inputs.Length; i++) values[Graph.Inputs[i]] = inputs[i];
        HashSet<GraphValue> written = new(Graph.Nodes.SelectMany(static node => node.Outputs).OfType<GraphValue>(),
            ReferenceEqualityComparer.Instance);

        // A result is written where it belongs; one that is an input, a constant, or there twice is handed on.
        var passed = new List<(GraphValue From, GraphValue To)>();
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] is not { } output) continue;
            if (!written.Contains(Graph.Outputs[i]) || !values.TryAdd(Graph.Outputs[i], output)) passed.Add((Graph.Outputs[i], output));
        }
        var nodes = new List<GraphNode>(Graph.Nodes.Count + passed.Count);
        foreach (GraphNode node in Graph.Nodes)
            nodes.Add(new(node.Name, node.OperatorName, node.Operator, [.. node.Inputs.Select(OwnOrNull)],
                [.. node.Outputs.Select(OwnOrNull)]));
        foreach ((GraphValue from, GraphValue to) in passed)
            nodes.Add(new($"output '{from.Name}' (Identity)", "Identity", new Operators.Views.IdentityOperator(), [Own(from)], [to]));
        return nodes;

        GraphValue? OwnOrNull(GraphValue? value) => value is null ? null : Own(value);

        GraphValue Own(GraphValue value)
        {
            if (!values.TryGetValue(value, out GraphValue? own))
                values.Add(value, own = new(value.Name) { Type = value.Type, Constant = value.Constant });
            return own;
        }
    }
}
