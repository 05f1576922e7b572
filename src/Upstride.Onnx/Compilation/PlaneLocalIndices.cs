using Upstride.Onnx.Operators;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// Keeps the indices of a maximum pooling within their planes where only unpooling reads them: nobody sees the numbers that ONNX counts
/// over the whole tensor.
/// </summary>
internal sealed class PlaneLocalIndices : GraphPass
{
    public override void Apply(Graph graph)
    {
        var links = new GraphLinks(graph);
        foreach (GraphNode pooling in graph.Nodes)
        {
            if (pooling is not { OperatorName: "MaxPool", Outputs: [_, { } indices] } || links.IsOutput(indices)) continue;
            IReadOnlyList<GraphNode> readers = links.Readers(indices);
            if (readers.Count == 0 || pooling.Operator.WithPlaneIndices(pooling.Operands()) is not var (pool, plane)) continue;

            // A reader whose planes are of another size finds other places by the same number.
            Operator?[] unpools =
                [.. readers.Select(reader => reader.Inputs.Length > 1 && reader.Inputs[1] == indices && reader.Inputs[0] != indices
                && reader.Operator.WithPlaneIndices(reader.Operands()) is var (unpool, unpooled) && unpooled == plane ? unpool : null)];
            if (Array.IndexOf(unpools, null) >= 0) continue;
            pooling.Operator = pool;
            for (int i = 0; i < unpools.Length; i++) readers[i].Operator = unpools[i]!;
        }
    }
}
