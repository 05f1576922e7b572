using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Views;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Makes one transposition of two that follow each other, and a view of one that leaves the elements where they are: where both undo each
/// other, or only axes of length 1 move.
/// </summary>
internal sealed class ConsecutiveTransposes : GraphPass
{
    public override void Apply(Graph graph)
    {
        var links = new GraphLinks(graph);
        bool changed = false;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            if (graph.Nodes[i] is not { Operator: TransposeOperator transpose, Inputs: [{ } input] } node) continue;
            int[] order = transpose.Order(node.Operands());
            if (links.WriterOf(input) is { Operator: TransposeOperator first, Inputs: [{ } source] } before)
            {
                int[] inner = first.Order(before.Operands());
                (input, order) = (source, [.. order.Select(axis => inner[axis])]);
            }
            bool still = LeavesElements(input.Type!.Value.Shape, order);
            if (!still && input == node.Inputs[0]) continue;
            TensorShape shape = node.Outputs[0]!.Type!.Value.Shape;
            links.Replace(i, still
                ? new(node.Name, "Reshape", new FixedViewOperator(shape), [input], node.Outputs)
                : new(node.Name, node.OperatorName, new TransposeOperator(order), [input], node.Outputs));
            changed = true;
        }
        if (changed) new DeadNodes().Apply(graph);
    }

    /// <summary>Whether the axes that are longer than 1 keep their order.</summary>
    public static bool LeavesElements(TensorShape shape, IEnumerable<int> order)
    {
        int last = -1;
        foreach (int axis in order)
        {
            if (shape[axis] == 1) continue;
            if (axis < last) return false;
            last = axis;
        }
        return true;
    }
}
