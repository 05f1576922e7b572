using System.Collections.Immutable;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Views;

/// <summary>The elements of input 0 under a shape that the compiler found.</summary>
internal sealed class FixedViewOperator(TensorShape shape) : ViewOperator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => inputs.Shape(0).Count == shape.Count
        ? [inputs[0].WithShape(shape)]
        : throw inputs.Fault($"{inputs[0]} has {inputs.Shape(0).Count} elements, and the shape {shape} needs {shape.Count}");
}
