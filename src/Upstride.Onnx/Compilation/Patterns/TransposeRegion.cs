using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Patterns;

/// <summary>
/// Nodes that hang together between transpositions of one order, which bring values in, and those that undo it, which let them out.
/// </summary>
internal sealed class TransposeRegion
{
    private readonly Graph _graph;
    private readonly GraphLinks _links;
    private readonly int[] _order;
    private readonly HashSet<GraphNode> _entries = [], _inner = [], _exits = [];
    private readonly Dictionary<GraphValue, GraphValue> _moved = new(ReferenceEqualityComparer.Instance);

    private TransposeRegion(Graph graph, GraphLinks links, int[] order) => (_graph, _links, _order) = (graph, links, order);

    /// <summary>The regions of an order: axis a of a value within lies at <paramref name="order"/>[a] outside.</summary>
    public static IEnumerable<TransposeRegion> Find(Graph graph, int[] order)
    {
        var links = new GraphLinks(graph);
        var within = new HashSet<GraphValue>(ReferenceEqualityComparer.Instance);
        var exits = new List<GraphNode>();
        foreach (GraphNode node in graph.Nodes)
        {
            if (node.Operator is TransposeOperator transpose && node.Inputs[0] is { Constant: null } input)
            {
                int[] own = transpose.Order(node.Operands());
                if (own.AsSpan().SequenceEqual(order)) within.Add(node.Outputs[0]!);
                else if (within.Contains(input) && own.Length == order.Length && Arrays.Range(0, own.Length).All(a =>
                    order[own[a]] == a))
                    exits.Add(node);
            }
            else if (Takes(node, within, order))
            {
                foreach (GraphValue? output in node.Outputs)
                    if (output is not null) within.Add(output);
            }
        }

        // From the exits back, whatever they hang on, and on to the other exits of that.
        while (exits.Count > 0)
        {
            var region = new TransposeRegion(graph, links, order);
            region.Grow(exits[^1], within);
            exits.RemoveAll(region._exits.Contains);
            yield return region;
        }
    }

    /// <summary>Changes the graph where fewer elements are moved then.</summary>
    public bool TryApply()
    {
        long saved = _exits.Sum(static exit => (long)exit.Outputs[0]!.Type!.Value.Shape.Count)
            + _entries.Where(entry => !IsReadOutside(entry.Outputs[0]!)).Sum(static entry =>
                (long)entry.Outputs[0]!.Type!.Value.Shape.Count)
            - _inner.SelectMany(static node => node.Outputs).OfType<GraphValue>().Where(IsReadOutside)
            .Sum(static value => (long)value.Type!.Value.Shape.Count);
        if (saved <= 0) return false;
        foreach (GraphNode entry in _entries) _moved.Add(entry.Outputs[0]!, entry.Inputs[0]!);
        var nodes = new List<GraphNode>();
        foreach (GraphNode node in _graph.Nodes)
        {
            if (!_inner.Contains(node))
            {
                if (!_exits.Contains(node)) nodes.Add(node);
                else if (_links.IsOutput(node.Outputs[0]!))
                    nodes.Add(new(node.Name, "Identity", new Operators.Views.IdentityOperator(), [_moved[node.Inputs[0]!]], node.Outputs));
                continue;
            }
            if (Moved(node) is not { } moved) return false;
            nodes.Add(moved);
            foreach (GraphValue? output in node.Outputs)
                if (output is not null && IsReadOutside(output))
                    nodes.Add(new(node.Name, "Transpose", new TransposeOperator(_order), [_moved[output]], [output]));
        }
        Dictionary<GraphValue, GraphValue> replaced = new(ReferenceEqualityComparer.Instance);
        foreach (GraphNode exit in _exits)
            if (!_links.IsOutput(exit.Outputs[0]!)) replaced.Add(exit.Outputs[0]!, _moved[exit.Inputs[0]!]);
        foreach (GraphNode node in nodes)
            node.Inputs = [.. node.Inputs.Select(input => input is null ? null : replaced.GetValueOrDefault(input, input))];
        _graph.Nodes.Clear();
        _graph.Nodes.AddRange(nodes);
        new DeadNodes().Apply(_graph);
        return true;
    }

    private void Grow(GraphNode exit, HashSet<GraphValue> within)
    {
        var open = new Stack<GraphValue>([exit.Inputs[0]!]);
        var seen = new HashSet<GraphValue>(ReferenceEqualityComparer.Instance);
        while (open.TryPop(out GraphValue? value))
        {
            if (!within.Contains(value) || !seen.Add(value)) continue;
            GraphNode writer = _links.WriterOf(value)!;
            if (writer.Operator is TransposeOperator)
            {
                _entries.Add(writer);
            }
            else if (_inner.Add(writer))
            {
                foreach (GraphValue? input in writer.Inputs)
                    if (input is { Constant: null }) open.Push(input);
                foreach (GraphValue? output in writer.Outputs)
                    if (output is not null) open.Push(output);
            }
            foreach (GraphNode reader in _links.Readers(value))
                if (reader.Operator is TransposeOperator turn && IsInverse(turn.Order(reader.Operands()))) _exits.Add(reader);
        }
    }

    private bool IsInverse(int[] own) => own.Length == _order.Length && Arrays.Range(0, own.Length).All(a => _order[own[a]] == a);

    private bool IsReadOutside(GraphValue value) => _links.IsOutput(value)
        || _links.Readers(value).Any(reader => !_inner.Contains(reader) && !_exits.Contains(reader));

    // The same node on values in the order of outside.
    private GraphNode? Moved(GraphNode node)
    {
        if (node.Operator.WithAxes(node.Operands(), _order) is not var (op, count)) return null;
        GraphValue?[] inputs = [.. node.Inputs.Take(count).Select(input => input is null ? null
            : input.Constant is { } constant ? Outside(input, constant) : _moved[input])];
        var moved = new GraphNode(node.Name, node.OperatorName, op, inputs, [.. node.Outputs.Select(output =>
        {
            if (output is null) return null;
            var value = new GraphValue(output.Name) { Type = output.Type!.Value.WithShape(Outside(output.Type.Value.Shape)) };
            _moved.Add(output, value);
            return value;
        })]);
        var types = op.Infer(moved.Operands());
        for (int i = 0; i < moved.Outputs.Length; i++)
            if (moved.Outputs[i] is { } output && output.Type != types[i]) return null;
        return moved;
    }

    private TensorShape Outside(TensorShape shape)
    {
        var lengths = new nint[_order.Length];
        for (int axis = 0; axis < lengths.Length; axis++) lengths[_order[axis]] = shape[axis];
        return new(lengths);
    }

    // A constant that broadcasts, with all axes, in the order of outside; one number needs none.
    private GraphValue Outside(GraphValue value, OnnxTensor constant)
    {
        if (constant.Length == 1) return value;
        TensorShape own = constant.Type.Shape;
        var full = new TensorShape([.. Arrays.Repeat((nint)1, _order.Length - own.Rank), .. own.Lengths]);
        OnnxTensor within = constant.WithShape(full);
        var inverse = new int[_order.Length];
        for (int axis = 0; axis < inverse.Length; axis++) inverse[_order[axis]] = axis;
        TensorType type = within.Type.WithShape(Outside(full));
        var turned = new OnnxTensor(type, type.NewArray());
        StridedGather gather = StridedGather.Transpose(full, inverse);
        var settings = new Upstride.Algorithms.ComputeSettings { Threads = 1 };
        switch (type.Storage)
        {
            case Storage.Float: gather.Run(within.Elements<float>(), turned.Writable<float>(), settings); break;
            case Storage.Integer: gather.Run(within.Elements<long>(), turned.Writable<long>(), settings); break;
            default: gather.Run(within.Elements<bool>(), turned.Writable<bool>(), settings); break;
        }
        return new(value.Name) { Constant = turned, Type = type };
    }

    // Whether a node can be computed in the order of outside: what it reads is within, or constant and of no more axes.
    private static bool Takes(GraphNode node, HashSet<GraphValue> within, int[] order)
    {
        if (!node.Inputs.Any(input => input is not null && within.Contains(input))) return false;
        if (node.Outputs.Any(output => output is not null && output.Type!.Value.Shape.Rank != order.Length)) return false;
        if (node.Operator.WithAxes(node.Operands(), order) is not var (_, count)) return false;
        return node.Inputs.Take(count).All(input => input is null || within.Contains(input)
            || (input.Constant is { } constant && constant.Type.Shape.Rank <= order.Length));
    }
}
