namespace Upstride.Onnx.Tiling;

/// <summary>A node that keeps a graph from going through in tiles.</summary>
/// <param name="node">What messages call the node; null where it is the graph as a whole.</param>
/// <param name="reason">Why.</param>
internal sealed class TilingRefusedException(string? node, string reason)
    : Exception(node is null ? reason : $"{node} {reason}")
{
    /// <summary>What messages call the node; null where it is the graph as a whole.</summary>
    public string? Node { get; } = node;
}
