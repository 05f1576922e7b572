namespace Upstride.Onnx;

/// <summary>
/// A valid model that needs what is not there: an operator, an opset, an element type, more memory or work than the limits allow. The
/// message says what, and at which node.
/// </summary>
public sealed class OnnxUnsupportedException : NotSupportedException
{
    /// <param name="message">What is missing and which nodes need it.</param>
    /// <param name="inner">The cause, where another component found it.</param>
    public OnnxUnsupportedException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    internal OnnxUnsupportedException(string message, string node, Exception inner)
        : base(message.StartsWith(node, StringComparison.Ordinal) ? message : $"{node}: {message}", inner) => NamesNode = true;

    /// <summary>Whether the message names the node.</summary>
    internal bool NamesNode { get; }
}
