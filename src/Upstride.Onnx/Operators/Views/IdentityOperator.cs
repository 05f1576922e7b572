using System.Collections.Immutable;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Views;

/// <summary><c>Identity</c>: the input itself.</summary>
internal sealed class IdentityOperator : ViewOperator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs) => [inputs[0]];

    public override (Operator Operator, int Inputs)? WithAxes(NodeInputs inputs, ReadOnlySpan<int> places) => (this, 1);
}
