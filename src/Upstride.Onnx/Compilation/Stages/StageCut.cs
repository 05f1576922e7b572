using Upstride.Onnx.Compilation.Control;

namespace Upstride.Onnx.Compilation.Stages;

/// <summary>
/// Divides a graph while its types are found: the nodes whose inputs' types are known are one stage; those that wait for sizes which come
/// out of a run are left for the next. Every node that need not wait is of the first, wherever it stands.
/// </summary>
internal sealed class StageCut
{
    private readonly List<GraphNode> _waiting = [];
    private readonly HashSet<GraphNode> _selections = [];
    private readonly HashSet<GraphValue> _unknown = [];
    private readonly HashSet<GraphValue> _needed = [];

    /// <summary>Whether a node reads what is not known before another stage.</summary>
    public bool Waits(GraphNode node)
    {
        if (_unknown.Count == 0) return false;

        // What a turn of a loop reads it hands on: its nodes wait by themselves.
        return node.Operator is LoopTurn ? node.Inputs[0] is { } condition && _unknown.Contains(condition)
            : node.Inputs.Any(input => input is not null && (_unknown.Contains(input)
                || (input.Sequence is { } sequence && sequence.Any(_unknown.Contains))));
    }

    /// <summary>Leaves a node for the next stage.</summary>
    public void Postpone(GraphNode node)
    {
        _waiting.Add(node);
        foreach (GraphValue? output in node.Outputs)
            if (output is not null) _unknown.Add(output);
    }

    /// <summary>Has a node, whose inputs' types are known, select at the end of the stage.</summary>
    public void Select(GraphNode node)
    {
        _selections.Add(node);
        Postpone(node);
    }

    /// <summary>Leaves a node for the next stage, whose plan depends on the elements of these values.</summary>
    public void Need(GraphNode node, IEnumerable<GraphValue> values)
    {
        _needed.UnionWith(values);
        Postpone(node);
    }

    /// <summary>
    /// The graph of the stage, whose outputs are those of the model that it computes and after them what the next stage reads; and what
    /// leads to the next stage, null where there is none.
    /// </summary>
    public (Graph Graph, StageLink? Link) Divide(Graph graph)
    {
        List<GraphNode> waiting = Alive(graph);
        if (waiting.Count == 0) return (graph, null);
        GraphNode[] selections = [.. waiting.Where(_selections.Contains)];
        List<GraphNode> rest = [.. waiting.Where(node => !_selections.Contains(node))];
        int[] known = [.. Arrays.Range(0, graph.Outputs.Length).Where(i => !_unknown.Contains(graph.Outputs[i]))];
        int[] later = [.. Arrays.Range(0, graph.Outputs.Length).Where(i => _unknown.Contains(graph.Outputs[i]))];
        HashSet<GraphValue> written = [.. rest.SelectMany(static node => node.Outputs).OfType<GraphValue>()];
        GraphValue[] crossing = [.. rest.SelectMany(Read).Concat(later.Select(i => graph.Outputs[i]))
            .Where(value => value.Constant is null && !written.Contains(value)).Distinct()];

        // Where each value is found after a run: among the inputs, then the outputs, then what was selected.
        var places = new Dictionary<GraphValue, int>();
        for (int i = 0; i < graph.Inputs.Length; i++) places.TryAdd(graph.Inputs[i], i);
        List<GraphValue> outputs = [.. known.Select(i => graph.Outputs[i])];
        for (int i = 0; i < outputs.Count; i++) places.TryAdd(outputs[i], graph.Inputs.Length + i);
        foreach (GraphValue value in crossing.Concat(selections.SelectMany(Read)))
        {
            if (value.Constant is null && !_unknown.Contains(value) && places.TryAdd(value, graph.Inputs.Length + outputs.Count))
                outputs.Add(value);
        }
        int next = graph.Inputs.Length + outputs.Count;
        foreach (GraphNode selection in selections)
        {
            foreach (GraphValue? output in selection.Outputs)
            {
                if (output is not null) places.Add(output, next);
                next++;
            }
        }
        return (new() { Nodes = graph.Nodes, Inputs = graph.Inputs, Outputs = [.. outputs] }, new()
        {
            Known = known,
            Selections = [.. selections.Select(node => new StageSelection(node,
                [.. node.Inputs.Select(input => input is null or { Constant: not null } ? -1 : places[input])],
                [.. node.Inputs.Select(static input => input?.Constant)]))],
            Rest = new Graph { Nodes = rest, Inputs = crossing, Outputs = [.. later.Select(i => graph.Outputs[i])] }.Clone(),
            Later = later,
            Sources = [.. crossing.Select(value => places[value])],
            Needed = [.. Arrays.Range(0, crossing.Length).Where(i => _needed.Contains(crossing[i]))],
        });
    }

    // The nodes that wait and lead to an output.
    private List<GraphNode> Alive(Graph graph)
    {
        var read = new HashSet<GraphValue>(graph.Outputs);
        var alive = new List<GraphNode>();
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            if (!_waiting[i].Outputs.Any(output => output is not null && read.Contains(output))) continue;
            alive.Add(_waiting[i]);
            read.UnionWith(Read(_waiting[i]));

            // Output 0 is never optional.
            GraphValue?[] outputs = _waiting[i].Outputs;
            for (int output = 1; output < outputs.Length; output++)
                if (outputs[output] is { } value && !read.Contains(value)) outputs[output] = null;
        }
        alive.Reverse();
        return alive;
    }

    // What a node reads, the tensors of a sequence one by one.
    private static IEnumerable<GraphValue> Read(GraphNode node) =>
        node.Inputs.OfType<GraphValue>().SelectMany(static input => input.Sequence ?? [input]);
}

/// <summary>What leads from a stage to the next.</summary>
internal sealed class StageLink
{
    /// <summary>Which of the stage's own outputs it computes itself.</summary>
    public required int[] Known { get; init; }

    /// <summary>What is selected between the two.</summary>
    public required StageSelection[] Selections { get; init; }

    /// <summary>What is left.</summary>
    public required Graph Rest { get; init; }

    /// <summary>Which of the stage's own outputs are those of <see cref="Rest"/>.</summary>
    public required int[] Later { get; init; }

    /// <summary>Where each input of <see cref="Rest"/> is found: among the inputs, then the outputs, then what was selected.</summary>
    public required int[] Sources { get; init; }

    /// <summary>The inputs of <see cref="Rest"/> whose elements its plan depends on.</summary>
    public required int[] Needed { get; init; }
}

/// <summary>A node that selects between two stages.</summary>
/// <param name="Node">The node.</param>
/// <param name="Sources">Where each input is found, as in <see cref="StageLink.Sources"/>; -1 for a constant and one left out.</param>
/// <param name="Constants">The inputs that are constants.</param>
internal sealed record StageSelection(GraphNode Node, int[] Sources, OnnxTensor?[] Constants)
{
    /// <summary>Its inputs, of all that a stage has.</summary>
    public OnnxTensor?[] Inputs(List<OnnxTensor?> values) =>
        [.. Sources.Select((source, i) => source >= 0 ? values[source] : Constants[i])];
}
