using Upstride.Geometry;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// Gives every value of a graph its place. A view lies where its input lies; the inputs of the model are read where they were given, and
/// its results written straight into the arrays that are handed out; everything else lies in one arena, where values share a place that do
/// not live at the same time, and an elementwise operator writes over an input that nothing reads after it.
/// </summary>
internal sealed class BufferPlan
{
    private readonly Graph _graph;
    private readonly Dictionary<GraphValue, GraphValue> _roots = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<GraphValue, Block> _blocks = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<GraphValue, TensorLocation> _places = new(ReferenceEqualityComparer.Instance);

    public BufferPlan(Graph graph)
    {
        _graph = graph;
        foreach (GraphNode node in graph.Nodes)
            if (node.Operator.IsView) _roots[node.Outputs[0]!] = RootOf(node.Inputs[0]!);
        for (int i = 0; i < graph.Inputs.Length; i++)
            _places.TryAdd(graph.Inputs[i],
                graph.Inputs[i].Constant is { } value ? new TensorLocation.Constant(value) : new TensorLocation.Input(i));
        ClaimResults();
        FindLives();
        ShareInPlace();
        Bytes = Allocate([.. _blocks.Values.Distinct()]);
    }

    /// <summary>Bytes of the arena.</summary>
    public long Bytes { get; }

    /// <summary>Where a value lies.</summary>
    public TensorLocation PlaceOf(GraphValue value)
    {
        GraphValue root = RootOf(value);
        if (!_places.TryGetValue(root, out TensorLocation? place))
            _places.Add(root,
                place = root.Constant is { } constant
                ? new TensorLocation.Constant(constant) : new TensorLocation.InArena(_blocks[root].Offset, root.Type!.Value));
        return place;
    }

    private GraphValue RootOf(GraphValue value) => _roots.GetValueOrDefault(value, value);

    private void ClaimResults()
    {
        for (int i = 0; i < _graph.Outputs.Length; i++)
        {
            GraphValue root = RootOf(_graph.Outputs[i]);
            if (root.Constant is null) _places.TryAdd(root, new TensorLocation.Result(i));
        }
    }

    private void FindLives()
    {
        for (int step = 0; step < _graph.Nodes.Count; step++)
        {
            foreach (GraphValue? input in _graph.Nodes[step].Inputs) Touch(input, step);
            foreach (GraphValue? output in _graph.Nodes[step].Outputs) Touch(output, step);
        }
        foreach (GraphValue output in _graph.Outputs) Touch(output, _graph.Nodes.Count);
    }

    private void Touch(GraphValue? value, int step)
    {
        if (value is null) return;
        GraphValue root = RootOf(value);
        if (root.Constant is not null || _places.ContainsKey(root)) return;
        if (_blocks.TryGetValue(root, out Block? block))
            block.Last = step;
        else
            _blocks.Add(root, new() { First = step, Last = step, Bytes = root.Type!.Value.Bytes });
    }

    private void ShareInPlace()
    {
        for (int step = 0; step < _graph.Nodes.Count; step++)
        {
            GraphNode node = _graph.Nodes[step];
            if (node.Operator.IsView || node.Outputs is not [{ } output, ..] || !_blocks.TryGetValue(output, out Block? target)) continue;
            for (int i = 0; i < node.Inputs.Length; i++)
            {
                if (node.Inputs[i] is not { } input || !_blocks.TryGetValue(RootOf(input), out Block? source)) continue;
                if (source.Last != step || source.Bytes != target.Bytes || source.First > step) continue;
                if (node.Inputs.Count(other => other is not null && _blocks.GetValueOrDefault(RootOf(other)) == source) != 1) continue;
                if (!node.Operator.MayOverwrite(i, node.Operands())) continue;
                source.Last = target.Last;
                foreach (GraphValue key in _blocks.Where(pair => pair.Value == target).Select(static pair => pair.Key).ToArray())
                    _blocks[key] = source;
                break;
            }
        }
    }

    // No order is best for every graph, and each takes next to no time: the one that needs the least memory is used, and gives the offsets
    // last.
    private static long Allocate(Block[] blocks)
    {
        IEnumerable<Block>[] orders =
        [
            blocks.OrderByDescending(static block => block.Bytes).ThenBy(static block => block.First),
            blocks.OrderByDescending(static block => block.Bytes * (block.Last - block.First + 1.0)),
            blocks.OrderByDescending(static block => block.Last - block.First).ThenByDescending(static block => block.Bytes),
            blocks.OrderBy(static block => block.First).ThenByDescending(static block => block.Bytes),
        ];
        return Pack(orders.MinBy(Pack)!);
    }

    // Each block at the lowest offset where nothing lies that lives at the same time.
    private static long Pack(IEnumerable<Block> blocks)
    {
        var placed = new List<Block>();
        long total = 0;
        foreach (Block block in blocks)
        {
            long offset = 0;
            foreach (Block other in placed)
            {
                // The placed ones are in the order of their offsets, so that the first gap that is large enough is the lowest.
                if (other.Last < block.First || other.First > block.Last) continue;
                if (other.Offset - offset >= block.Bytes) break;
                offset = Math.Max(offset, Align(other.Offset + other.Bytes));
            }
            block.Offset = offset;
            int index = placed.FindIndex(other => other.Offset > offset);
            placed.Insert(index < 0 ? placed.Count : index, block);
            total = Math.Max(total, Align(offset + block.Bytes));
        }
        return total;
    }

    private static long Align(long bytes) => Integers.RoundUp(bytes, Arena.Alignment);

    private sealed class Block
    {
        public int First { get; init; }

        public int Last { get; set; }

        public long Bytes { get; init; }

        public long Offset { get; set; }
    }
}
