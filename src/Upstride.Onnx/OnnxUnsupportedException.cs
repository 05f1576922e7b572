namespace Upstride.Onnx;

/// <summary>A valid model that needs what is not there: an operator, an opset, an element type. The message names all of it, node by node.</summary>
public sealed class OnnxUnsupportedException : NotSupportedException
{
    /// <param name="message">What is missing and which nodes need it.</param>
    /// <param name="inner">The cause, where another component found it.</param>
    public OnnxUnsupportedException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
