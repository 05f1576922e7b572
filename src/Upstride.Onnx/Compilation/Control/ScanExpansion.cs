using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Control;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Control;

/// <summary>Makes one operator of a <c>Scan</c>.</summary>
internal sealed class ScanExpansion(GraphNode node, ScanOperator scan)
{
    private readonly int _states = scan.InputCount - scan.ScanInputs;
    private readonly int _collected = node.Outputs.Length - (scan.InputCount - scan.ScanInputs);

    /// <summary>Compiles a body for inputs.</summary>
    public delegate Graph Compiler(Body body, ReadOnlySpan<GraphValue> inputs);

    public GraphNode Node(Compiler compile, OnnxLimits limits)
    {
        Body body = scan.Body;
        if (body.Formals != scan.InputCount || body.Graph.Outputs.Length != node.Outputs.Length || _collected < 0)
            throw new OnnxFormatException($"the node has {scan.InputCount} inputs and {node.Outputs.Length} outputs, and its body "
                + $"{body.Formals} and {body.Graph.Outputs.Length}: they must be equal", node.Name);
        Require.AllThere(node, 0, scan.InputCount);
        GraphValue[] states = [.. node.Inputs.Take(_states).Cast<GraphValue>()];
        GraphValue[] scanned = [.. node.Inputs.Skip(_states).Take(scan.ScanInputs).Cast<GraphValue>()];
        GraphValue[] captured = [.. node.Inputs.Skip(scan.InputCount).Cast<GraphValue>()];
        if (states.Concat(scanned).Concat(captured).Any(static value => value.Sequence is not null))
            throw new OnnxFormatException("an input is a sequence of tensors, and must be a tensor", node.Name);
        var slices = new (int Axis, bool Backwards)[scanned.Length];
        GraphValue[] parts = new GraphValue[scanned.Length];
        int length = -1;
        for (int i = 0; i < slices.Length; i++)
        {
            TensorShape shape = scanned[i].Type!.Value.Shape;
            int axis = Axis(At(scan.InputAxes, i), shape.Rank);
            if (length >= 0 && shape[axis] != length)
                throw new OnnxFormatException($"scanned inputs of lengths {length} and {shape[axis]}, which must be equal", node.Name);
            length = shape[axis];
            slices[i] = (axis, At(scan.InputDirections, i) == 1);
            parts[i] = new(scanned[i].Name)
            {
                Type = scanned[i].Type!.Value.WithShape(new([.. shape.Lengths[..axis], .. shape.Lengths[(axis + 1)..]])),
            };
        }
        Graph graph;
        try
        {
            graph = compile(body, [.. states.Select(static state => new GraphValue(state.Name) { Type = state.Type }), .. parts,
                .. captured]);
        }
        catch (ValueNeededException needed) when (!needed.Inputs.Any() || needed.Inputs.Any(input => input < scan.InputCount))
        {
            throw new OnnxUnsupportedException(
                $"{node.Name}: sizes within its body are known only as it runs, which is not supported here: each turn must have the same");
        }
        for (int i = 0; i < _states; i++)
            if (graph.Outputs[i].Type != states[i].Type)
                throw new OnnxFormatException(
                    $"state {i} is {states[i].Type}, and {graph.Outputs[i].Type} after a turn: they must be equal",
                    node.Name);
        (int, bool)[] collected = [.. Arrays.Range(0, _collected).Select(i =>
            (Axis(At(scan.OutputAxes, i), graph.Outputs[_states + i].Type!.Value.Shape.Rank + 1), At(scan.OutputDirections, i) == 1))];
        var iteration = new Iteration(Counted: false, length, -1, -1, GoesOn: true, _states, 0, slices, collected);
        return new(node.Name, node.OperatorName, new IterationOperator(graph, iteration, limits), node.Inputs, node.Outputs);
    }

    private static long At(long[] values, int index) => index < values.Length ? values[index] : 0;

    private int Axis(long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis)
        : throw new OnnxFormatException($"axis {axis} of {rank}, which has no such axis", node.Name);
}
