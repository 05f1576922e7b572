namespace Upstride.Onnx.Compilation.Control;

/// <summary>How many nodes the loops and branches of a graph, and of those within it, may be written out to.</summary>
internal sealed class ExpansionBudget
{
    // Beyond so many a plan would take longer than anybody waits.
    public const long MaximalNodes = 50_000;

    private long _nodes;

    /// <summary>Counts nodes that are to be compiled.</summary>
    /// <exception cref="OnnxUnsupportedException">There are too many.</exception>
    public void Take(int nodes, string node)
    {
        _nodes += nodes + 1;
        if (_nodes > MaximalNodes)
            throw new OnnxUnsupportedException($"{node}: the graph has more than {MaximalNodes} nodes once its loops and branches are "
                + "written out, which is too many");
    }
}
