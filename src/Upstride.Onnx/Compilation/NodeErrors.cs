using Upstride.Geometry;

namespace Upstride.Onnx.Compilation;

/// <summary>Makes of every refusal by a lower layer one of the two exceptions that are documented, which names the node.</summary>
internal static class NodeErrors
{
    /// <summary>Runs <paramref name="action"/> for a node.</summary>
    /// <param name="node">What messages call the node.</param>
    /// <param name="action">What may be refused.</param>
    /// <exception cref="OnnxFormatException">The node's attributes or inputs break a rule.</exception>
    /// <exception cref="OnnxUnsupportedException">Something about the node is not supported.</exception>
    public static T For<T>(string node, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception fault) when (Refusal(node, fault) is not null)
        {
            throw Refusal(node, fault)!;
        }
    }

    /// <summary>The exception that tells of a lower layer's refusal; null for one that is documented as it is, and for what is no refusal.</summary>
    public static Exception? Refusal(string node, Exception fault) => fault switch
    {
        OnnxFormatException { Node: not null } or OnnxUnsupportedException { NamesNode: true } => null,
        OnnxFormatException format => new OnnxFormatException(format.Fault, node, fault),
        GeometryException geometry => new OnnxFormatException(geometry.Error.Message, node, fault),
        ArgumentException or OverflowException => new OnnxFormatException(fault.Message, node, fault),
        NotSupportedException => new OnnxUnsupportedException(fault.Message, node, fault),
        AggregateException { InnerExceptions: [var only, ..] } => Refusal(node, only),
        _ => null,
    };
}
