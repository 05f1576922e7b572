namespace Upstride.Onnx.Compilation;

/// <summary>Takes out nodes whose outputs nobody reads, and the outputs that nobody reads of those that stay.</summary>
internal sealed class DeadNodes : GraphPass
{
    public override void Apply(Graph graph)
    {
        var read = new HashSet<GraphValue>(graph.Outputs, ReferenceEqualityComparer.Instance);
        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            GraphNode node = graph.Nodes[i];
            if (!node.Outputs.Any(output => output is not null && read.Contains(output)))
            {
                graph.Nodes.RemoveAt(i);
                continue;
            }

            // Output 0 is never optional.
            for (int output = 1; output < node.Outputs.Length; output++)
                if (node.Outputs[output] is { } value && !read.Contains(value)) node.Outputs[output] = null;
            foreach (GraphValue? input in node.Inputs)
                if (input is not null) read.Add(input);
        }
    }
}
