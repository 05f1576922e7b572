namespace Upstride.Onnx.Compilation.Control;

/// <summary>How many nodes the loops and branches of a graph, and of those within it, may be written out to.</summary>
/// <param name="nodes">Those of the stages before.</param>
internal sealed class ExpansionBudget(long nodes = 0)
{
    // Beyond so many a plan would take longer than anybody waits.
    public const long MaximalNodes = 50_000;

    /// <summary>Nodes so far.</summary>
    public long Nodes { get; private set; } = nodes;

    /// <summary>Counts nodes that are to be compiled.</summary>
    /// <exception cref="OnnxUnsupportedException">There are too many.</exception>
    public void Take(int count, string node)
    {
        Nodes += count + 1;
        if (Nodes > MaximalNodes)
            throw new OnnxUnsupportedException($"{node}: the graph has more than {MaximalNodes} nodes once its loops and branches are "
                + "written out, which is too many");
    }
}
