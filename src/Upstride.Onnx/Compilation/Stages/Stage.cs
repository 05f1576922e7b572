namespace Upstride.Onnx.Compilation.Stages;

/// <summary>
/// A graph that is planned once the shapes of its inputs are known: a model's, or what is left of it behind nodes whose sizes come out as
/// they run. A plan of it may leave another stage, whose inputs' shapes its run gives.
/// </summary>
/// <param name="graph">Never changed: each plan has a clone.</param>
internal sealed class Stage(Graph graph)
{
    /// <summary>The most stages that a run may have, which is a turn of a loop each at worst.</summary>
    public const int MaximalCount = 1000;

    /// <summary>The most elements that a plan may depend on: larger ones would make what it is known by itself a burden.</summary>
    public const int MaximalKeyElements = 4096;

    // A model of some thousand nodes has a hundred stages: they are copied from each to the next.
    private const long MaximalNodes = 1_000_000;

    public Graph Graph => graph;

    /// <summary>How many stages there are before it.</summary>
    public int Depth { get; private init; }

    /// <summary>What a run has and does before it.</summary>
    public StageCost Before { get; private init; }

    /// <summary>What its plans are known by besides their inputs: those of the stages before.</summary>
    public string Key { get; private init; } = "";

    /// <summary>Which of the model's outputs its outputs are.</summary>
    public int[] Outputs { get; private init; } = [.. Arrays.Range(0, graph.Outputs.Length)];

    /// <summary>Nodes that loops and branches were written out to before it.</summary>
    public long Expanded { get; private init; }

    /// <summary>The inputs whose elements a plan depends on; grows as plans are made, one at a time.</summary>
    public HashSet<int> ValueInputs { get; } = [];

    private long Nodes { get; init; } = graph.Nodes.Count;

    // Which inputs are the model's; null where all are.
    private bool[]? Given { get; init; }

    // Which inputs were selected between the stage before and this one; null where none were.
    private bool[]? Chosen { get; init; }

    /// <summary>Whether an input comes from outside, as sizes do that a user gives.</summary>
    public bool IsGiven(int input) => Given is null || Given[input];

    /// <summary>Bytes of the inputs that were selected, which nobody has counted yet.</summary>
    public long ChosenBytes(OnnxTensor?[] inputs) =>
        Chosen is null ? 0 : inputs.Where((_, i) => Chosen[i]).Sum(static input => input!.Type.Bytes);

    /// <summary>The stage after this one.</summary>
    /// <param name="rest">What is left.</param>
    /// <param name="outputs">Which of the model's outputs its outputs are.</param>
    /// <param name="given">Which of its inputs are the model's.</param>
    /// <param name="chosen">Which of its inputs are selected before it.</param>
    /// <param name="cost">What a run has and does before it.</param>
    /// <param name="key">What the plan that leaves it is known by.</param>
    /// <param name="expanded">Nodes that loops and branches were written out to so far.</param>
    /// <exception cref="OnnxUnsupportedException">There are too many.</exception>
    public Stage Next(Graph rest, int[] outputs, bool[] given, bool[] chosen, StageCost cost, string key, long expanded)
    {
        if (Depth + 2 > MaximalCount || Nodes + rest.Nodes.Count > MaximalNodes)
        {
            string node = rest.Nodes.FirstOrDefault()?.Name ?? "the model";
            throw new OnnxUnsupportedException(
                $"{node}: {Depth + 1} times the sizes of what follows came out of a run, with {rest.Nodes.Count} nodes left, and at most "
                + $"{MaximalCount - 1} times and {MaximalNodes} nodes in all are supported: a loop with sizes of its own in each turn must "
                + "have fewer turns");
        }
        return new(rest)
        {
            Depth = Depth + 1,
            Before = cost,
            Key = $"{key} > ",
            Outputs = outputs,
            Expanded = expanded,
            Nodes = Nodes + rest.Nodes.Count,
            Given = given,
            Chosen = chosen,
        };
    }
}

/// <summary>What a run has and has done before a stage.</summary>
/// <param name="Bytes">Bytes of memory that it holds.</param>
/// <param name="Operations">Floating-point operations.</param>
internal readonly record struct StageCost(long Bytes, double Operations);
