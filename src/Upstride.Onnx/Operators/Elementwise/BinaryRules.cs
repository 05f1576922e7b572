using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary>What the operators of two tensors require alike.</summary>
internal static class BinaryRules
{
    /// <exception cref="OnnxUnsupportedException">Shapes that broadcast otherwise.</exception>
    public static void RequireNumpyBroadcasting(NodeAttributes node)
    {
        if (node.Opset >= 7) return;
        if (node.Flag("broadcast", fallback: false) || node.Has("axis"))
            throw node.Unsupported("broadcasting along an attribute's axis, as before opset 7, is not supported");
        node.Ignore("consumed_inputs");
    }

    /// <summary>The type of input 0, whose elements must be of the type of those of input 1.</summary>
    /// <exception cref="OnnxFormatException">They are not.</exception>
    public static TensorType RequireSameElements(NodeInputs inputs, int first = 0, int second = 1) =>
        inputs[first].Element == inputs[second].Element
        ? inputs[first]
        : throw inputs.Fault($"input {first} is {inputs[first]} and input {second} is {inputs[second]}: the element types must be equal");
}
