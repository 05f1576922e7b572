using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// Gives every value of a graph its place. A view lies where its input lies; the inputs of the model are read where they were given, and
/// its results written straight into the arrays that are handed out; everything else lies in one arena, where values share a place that do
/// not live at the same time, and an elementwise operator writes over an input that nothing reads after it. What is joined along the
/// outermost axis is written where it is read joined, and what is cut along it is read where it lies.
/// </summary>
internal sealed class BufferPlan
{
    // With more candidates than this, all or none of them are in place: each alone would take a plan of its own.
    private const int MaximalTrials = 32;

    private readonly Graph _graph;
    private readonly IReadOnlySet<GraphNode> _inPlace;
    private readonly Dictionary<GraphValue, GraphValue> _roots = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<GraphValue, (GraphValue Whole, long Offset)> _parts = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<GraphValue, Block> _blocks = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<GraphValue, TensorLocation> _places = new(ReferenceEqualityComparer.Instance);

    private BufferPlan(Graph graph, IReadOnlySet<GraphNode> inPlace)
    {
        _graph = graph;
        _inPlace = inPlace;
        foreach (GraphNode node in graph.Nodes)
            if (node.Operator.IsView) _roots[node.Outputs[0]!] = RootOf(node.Inputs[0]!);
        for (int i = 0; i < graph.Inputs.Length; i++)
            _places.TryAdd(graph.Inputs[i],
                graph.Inputs[i].Constant is { } value ? new TensorLocation.Constant(value) : new TensorLocation.Input(i));
        ClaimResults();
        foreach (GraphNode node in graph.Nodes)
            if (inPlace.Contains(node)) FindParts(node);
        FindLives();
        ShareInPlace();
        Bytes = Allocate([.. _blocks.Values.Where(static block => block.Shared is null)]);
    }

    /// <summary>Bytes of the arena.</summary>
    public long Bytes { get; }

    /// <summary>
    /// The plan of a graph, in which the parts of a value are written and read in place where that takes no more memory than copies: a part
    /// that lives long keeps the place of all of them.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="known">The <see cref="InPlace"/> of its plan where it was made before: any numbers give a plan that is right.</param>
    public static BufferPlan Of(Graph graph, int[]? known = null)
    {
        if (known is not null)
            return new(graph, known.Where(index => index >= 0 && index < graph.Nodes.Count).Select(index => graph.Nodes[index])
                .Where(IsPartial).ToHashSet());
        var none = new BufferPlan(graph, new HashSet<GraphNode>());
        HashSet<GraphNode> candidates = [.. graph.Nodes.Where(IsPartial)];
        if (candidates.Count == 0) return none;
        var best = new BufferPlan(graph, candidates);
        if (best.Bytes <= none.Bytes) return best;
        if (candidates.Count > MaximalTrials) return none;
        HashSet<GraphNode> kept = [];
        best = none;
        foreach (GraphNode candidate in graph.Nodes.Where(candidates.Contains))
        {
            HashSet<GraphNode> more = [.. kept, candidate];
            var trial = new BufferPlan(graph, more);
            if (trial.Bytes <= best.Bytes) (best, kept) = (trial, more);
        }
        return best;
    }

    /// <summary>Which of the graph's nodes have their parts in place.</summary>
    public int[] InPlace =>
        [.. Arrays.Range(0, _graph.Nodes.Count).Where(index => _inPlace.Contains(_graph.Nodes[index]))];

    /// <summary>Where a value lies.</summary>
    public TensorLocation PlaceOf(GraphValue value)
    {
        GraphValue root = RootOf(value);
        if (!_places.TryGetValue(root, out TensorLocation? place))
        {
            (GraphValue whole, long offset) = WholeOf(root);
            _places.Add(root, place = root.Constant is { } constant
                ? new TensorLocation.Constant(constant)
                : new TensorLocation.InArena(_blocks[whole].Owner.Offset + offset, root.Type!.Value));
        }
        return place;
    }

    private GraphValue RootOf(GraphValue value) => _roots.GetValueOrDefault(value, value);

    // The value in whose place a value lies, and how many bytes from its start.
    private (GraphValue Whole, long Offset) WholeOf(GraphValue value)
    {
        (GraphValue whole, long offset) = (RootOf(value), 0);
        while (_parts.TryGetValue(whole, out (GraphValue Whole, long Offset) part)) (whole, offset) = (part.Whole, offset + part.Offset);
        return (whole, offset);
    }

    private static bool IsPartial(GraphNode node)
    {
        NodeInputs operands = node.Operands();
        return node.Inputs.Length > 0 && (node.Operator.PlaceOfInput(operands, 0) ?? node.Operator.PlaceInInput(operands, 0)) is not null;
    }

    private void FindParts(GraphNode node)
    {
        NodeInputs operands = node.Operands();
        if (node.Operator.PlaceInInput(operands, 0) is not null)
        {
            for (int i = 0; i < node.Outputs.Length; i++)
                if (node.Outputs[i] is { } part && node.Operator.PlaceInInput(operands, i) is { } place)
                    AddPart(part, node.Inputs[0]!, place);
            return;
        }
        for (int i = 0; i < node.Inputs.Length; i++)
            if (node.Operator.PlaceOfInput(operands, i) is { } place) AddPart(node.Inputs[i]!, node.Outputs[0]!, place);
    }

    // Neither may have a place of its own, and a value is part of one other at most.
    private void AddPart(GraphValue value, GraphValue of, int place)
    {
        (GraphValue part, GraphValue whole) = (RootOf(value), RootOf(of));
        if (part.Constant is not null || whole.Constant is not null || _places.ContainsKey(part) || _parts.ContainsKey(part)) return;
        (GraphValue last, _) = WholeOf(whole);
        if (_places.ContainsKey(last) || last == part || part.Type!.Value.Shape.Count == 0) return;
        _parts.Add(part, (whole, (long)place * part.Type.Value.Storage.Bytes));
    }

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
        (GraphValue whole, _) = WholeOf(root);
        if (_blocks.TryGetValue(whole, out Block? block))
            block.Last = step;
        else
            _blocks.Add(whole, new() { First = step, Last = step, Bytes = whole.Type!.Value.Bytes });
    }

    private void ShareInPlace()
    {
        for (int step = 0; step < _graph.Nodes.Count; step++)
        {
            GraphNode node = _graph.Nodes[step];
            if (node.Operator.IsView || node.Outputs is not [{ } output, ..] || BlockOf(output) is not { } target) continue;
            for (int i = 0; i < node.Inputs.Length; i++)
            {
                if (node.Inputs[i] is not { } input || BlockOf(RootOf(input)) is not { } source) continue;
                if (source.Last != step || source.Bytes != target.Bytes || source.First > step) continue;
                if (CountReads(node, source) != 1 || !node.Operator.MayOverwrite(i, node.Operands())) continue;
                source.Last = target.Last;
                target.Shared = source;
                break;
            }
        }
    }

    // How many inputs of a node lie in a block.
    private int CountReads(GraphNode node, Block block)
    {
        int count = 0;
        foreach (GraphValue? input in node.Inputs)
            if (input is not null && _blocks.GetValueOrDefault(WholeOf(input).Whole)?.Owner == block) count++;
        return count;
    }

    // The block of a value that fills it; null for one that lies elsewhere or is a part of another.
    private Block? BlockOf(GraphValue value) => _parts.ContainsKey(value) ? null : _blocks.GetValueOrDefault(value)?.Owner;

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
        // A graph has some hundred blocks and many plans are tried: nothing is allocated for each block.
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
            int index = placed.Count;
            while (index > 0 && placed[index - 1].Offset > offset) index--;
            placed.Insert(index, block);
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

        /// <summary>The block whose place it has; null where it has its own.</summary>
        public Block? Shared { get; set; }

        /// <summary>The block whose place it has in the end.</summary>
        public Block Owner
        {
            get
            {
                Block owner = this;
                while (owner.Shared is { } next) owner = next;
                return owner;
            }
        }
    }
}
