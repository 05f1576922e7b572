using System.Collections.Immutable;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx;

/// <summary>An input or output of a model as the model declares it.</summary>
/// <param name="Name">The name.</param>
/// <param name="ElementType">The element type.</param>
/// <param name="Dimensions">The axes, outermost first; null where the model leaves even their number open.</param>
public sealed record OnnxValueInfo(string Name, OnnxElementType ElementType, ImmutableArray<OnnxDimension>? Dimensions)
{
    /// <summary>The name, the element type and the shape: <c>x: float32 [batch, 3, 8, 8]</c>.</summary>
    public override string ToString() => $"{Name}: {TypeText}";

    internal string TypeText => ElementType.Text + (Dimensions is { } dimensions ? $" [{string.Join(", ", dimensions)}]" : " of any shape");
}
