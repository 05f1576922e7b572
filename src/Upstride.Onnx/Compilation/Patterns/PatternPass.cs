using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// A pass that recognises what a node and nodes before it compute together, and lets one operator compute it in the last one's place. What
/// else reads of the nodes between keeps them; those that nobody reads any more are gone.
/// </summary>
internal abstract class PatternPass : GraphPass
{
    public sealed override void Apply(Graph graph)
    {
        var expressions = new Expressions(new GraphLinks(graph));
        bool changed = false;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            GraphNode node = graph.Nodes[i];
            if (node.RoundsOutput || node.Outputs is not [{ } output] || output.Type!.Value.Storage != Result) continue;
            if (Match(node, expressions) is not { } found) continue;
            var whole = new GraphNode(node.Name, found.OperatorName, found.Operator, found.Inputs, node.Outputs);
            if (whole.Operator.Infer(whole.Operands())[0] != output.Type!.Value) continue;
            graph.Nodes[i] = whole;
            changed = true;
        }
        if (changed) new DeadNodes().Apply(graph);
    }

    /// <summary>What the outputs of the nodes are that it looks at.</summary>
    protected virtual Storage Result => Storage.Float;

    /// <summary>What the expression that ends in <paramref name="node"/> is; null where it is not what this pass knows.</summary>
    protected abstract Replacement? Match(GraphNode node, Expressions expressions);

    /// <summary>One operator in the place of an expression.</summary>
    /// <param name="OperatorName">What it is called.</param>
    /// <param name="Operator">Computes it.</param>
    /// <param name="Inputs">Reads it.</param>
    protected sealed record Replacement(string OperatorName, Operator Operator, GraphValue?[] Inputs);
}
