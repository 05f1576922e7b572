using Upstride.Onnx.Compilation;

namespace Upstride.Onnx.Format;

/// <summary>Puts nodes into an order in which each comes after those it reads from, and otherwise as they was.</summary>
internal static class NodeOrder
{
    /// <exception cref="OnnxFormatException">Nodes that wait for each other.</exception>
    public static List<GraphNode> Sort(GraphNode[] nodes)
    {
        var writers = new Dictionary<GraphValue, int>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < nodes.Length; i++)
            foreach (GraphValue? output in nodes[i].Outputs)
                if (output is not null) writers.Add(output, i);

        var readers = new List<int>[nodes.Length];
        var missing = new int[nodes.Length];
        for (int i = 0; i < nodes.Length; i++) readers[i] = [];
        for (int i = 0; i < nodes.Length; i++)
        {
            foreach (GraphValue? input in nodes[i].Inputs)
            {
                if (input is null || !writers.TryGetValue(input, out int writer)) continue;
                readers[writer].Add(i);
                missing[i]++;
            }
        }

        var ready = new PriorityQueue<int, int>();
        for (int i = 0; i < nodes.Length; i++)
            if (missing[i] == 0) ready.Enqueue(i, i);
        var order = new List<GraphNode>(nodes.Length);
        while (ready.TryDequeue(out int next, out _))
        {
            order.Add(nodes[next]);
            foreach (int reader in readers[next])
                if (--missing[reader] == 0) ready.Enqueue(reader, reader);
        }
        return order.Count == nodes.Length
            ? order
            : throw new OnnxFormatException("it waits for its own output, by way of the nodes between: a graph must have no cycle",
            nodes[Array.FindIndex(missing, static count => count > 0)].Name);
    }
}
