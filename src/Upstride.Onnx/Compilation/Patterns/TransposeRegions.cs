using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Takes out the transpositions around parts of a graph that are in another order of axes (NHWC, as TensorFlow's exporters leave it) and do
/// not mind it: what is between a transposition and the one that undoes it is computed in the order of outside. A part is changed where
/// that moves fewer elements than before; what something else reads of it in the old order is transposed for it.
/// </summary>
internal sealed class TransposeRegions : GraphPass
{
    public override void Apply(Graph graph)
    {
        // Each change takes a transposition away, so that it ends.
        while (Orders(graph).Any(order => TransposeRegion.Find(graph, order).Any(static region => region.TryApply())))
        {
        }
    }

    // Every order in which elements really move, once.
    private static List<int[]> Orders(Graph graph)
    {
        var orders = new List<int[]>();
        foreach (GraphNode node in graph.Nodes)
        {
            if (node is not { Operator: TransposeOperator transpose, Inputs: [{ Constant: null, Type: { } type }] }) continue;
            int[] order = transpose.Order(node.Operands());
            if (!ConsecutiveTransposes.LeavesElements(type.Shape, order)
                && !orders.Exists(known => known.AsSpan().SequenceEqual(order))) orders.Add(order);
        }
        return orders;
    }
}
