namespace Upstride.Onnx.Compilation;

/// <summary>
/// The nodes of a model in an order in which each comes after those it reads from. The compiler's passes change it in place.
/// </summary>
internal sealed class Graph
{
    public required List<GraphNode> Nodes { get; init; }

    public required GraphValue[] Inputs { get; init; }

    public required GraphValue[] Outputs { get; init; }

    /// <summary>A graph with nodes and values of its own; operators and constants, which never change, are shared.</summary>
    public Graph Clone()
    {
        var copies = new Dictionary<GraphValue, GraphValue>(ReferenceEqualityComparer.Instance);
        return new()
        {
            Inputs = [.. Inputs.Select(Copy)],
            Nodes = [.. Nodes.Select(
                node => new GraphNode(node.Name, node.OperatorName, node.Operator, [.. node.Inputs.Select(CopyOrNull)],
                    [.. node.Outputs.Select(CopyOrNull)]))],
            Outputs = [.. Outputs.Select(Copy)],
        };

        GraphValue? CopyOrNull(GraphValue? value) => value is null ? null : Copy(value);

        GraphValue Copy(GraphValue value)
        {
            if (!copies.TryGetValue(value, out GraphValue? copy))
            {
                copies.Add(value, copy = new(value.Name)
                {
                    Type = value.Type,
                    Constant = value.Constant,
                    Dequantization = value.Dequantization,
                });
                copy.Sequence = value.Sequence?.Select(Copy).ToArray();
            }
            return copy;
        }
    }
}
