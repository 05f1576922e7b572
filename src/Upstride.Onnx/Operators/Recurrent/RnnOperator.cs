using System.Numerics.Tensors;

namespace Upstride.Onnx.Operators.Recurrent;

/// <summary><c>RNN</c>: the state becomes <c>f(X W + H R + B)</c>.</summary>
internal sealed class RnnOperator(NodeAttributes node) : RecurrentOperator(node, gates: 1, "Tanh")
{
    protected override void Step(int direction, Span<float> gates, Span<float> products, ReadOnlySpan<float> bias,
        ReadOnlySpan<float> peepholes, Span<float> state, Span<float> cell)
    {
        TensorPrimitives.Add(gates, products, gates);
        TensorPrimitives.Add(gates, bias, gates);
        Apply(direction, 0, gates);
        gates.CopyTo(state);
    }
}
