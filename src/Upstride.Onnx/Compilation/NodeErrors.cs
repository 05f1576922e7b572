using Upstride.Geometry;

namespace Upstride.Onnx.Compilation;

/// <summary>Makes of every refusal by a floor beneath an <see cref="OnnxFormatException"/> that names the node.</summary>
internal static class NodeErrors
{
    /// <summary>Runs <paramref name="action"/> for a node.</summary>
    /// <exception cref="OnnxFormatException">The node's attributes or inputs break a rule.</exception>
    public static T For<T>(GraphNode node, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (OnnxFormatException fault) when (fault.Node is null)
        {
            throw new OnnxFormatException(fault.Fault, node.Name, fault);
        }
        catch (GeometryException fault)
        {
            throw new OnnxFormatException(fault.Error.Message, node.Name, fault);
        }
        catch (Exception fault) when (fault is ArgumentException or OverflowException)
        {
            throw new OnnxFormatException(fault.Message, node.Name, fault);
        }
    }
}
