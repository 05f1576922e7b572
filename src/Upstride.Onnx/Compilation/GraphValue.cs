using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>A tensor of a graph: an input, a constant, or a node's output.</summary>
internal sealed class GraphValue(string name)
{
    public string Name { get; } = name;

    /// <summary>Element type and shape, where they are known.</summary>
    public TensorType? Type { get; set; }

    /// <summary>The elements, where they do not depend on the model's inputs.</summary>
    public OnnxTensor? Constant { get; set; }

    /// <summary>The node that made a constant of quantized ones, whose inputs are these, its scale and its zero point.</summary>
    public GraphNode? Dequantization { get; set; }

    /// <summary>The tensors, where it is a sequence of tensors and not one.</summary>
    public IReadOnlyList<GraphValue>? Sequence { get; set; }

    public override string ToString() => $"{Name}: {Type?.ToString() ?? "?"}";
}
