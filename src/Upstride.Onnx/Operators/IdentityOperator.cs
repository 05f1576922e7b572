using System.Collections.Immutable;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators;

/// <summary><c>Identity</c>: the input itself.</summary>
internal sealed class IdentityOperator : ViewOperator
{
    public override ImmutableArray<TensorType> Infer(Operands inputs) => [inputs[0]];
}
