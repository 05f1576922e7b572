namespace Upstride.Onnx;

/// <summary>
/// A model that is not valid: damaged, truncated, lying about its sizes, or a graph that breaks a rule of the ONNX specification. The
/// message begins with the node at fault where there is one.
/// </summary>
public sealed class OnnxFormatException : Exception
{
    /// <param name="fault">What is wrong.</param>
    /// <param name="node">The node at fault, as messages call it; null where none is.</param>
    /// <param name="inner">The cause, where another component found the fault.</param>
    public OnnxFormatException(string fault, string? node = null, Exception? inner = null)
        : base(node is null ? fault : $"{node}: {fault}", inner)
    {
        Fault = fault;
        Node = node;
    }

    /// <summary>What is wrong, without the node.</summary>
    public string Fault { get; }

    /// <summary>The node at fault: <c>node 'up1' (ConvTranspose)</c>; null where none is.</summary>
    public string? Node { get; }
}
