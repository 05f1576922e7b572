using System.Numerics.Tensors;
using Upstride.Kernels;

namespace Upstride.Onnx.Operators.Recurrent;

/// <summary>
/// <c>GRU</c>: gates z (update), r (reset) and h (candidate); the state becomes <c>(1 - z) h + z H</c>. The reset is applied to the state
/// before its product with the candidate's weights or, with <c>linear_before_reset</c>, to that product and its bias.
/// </summary>
internal sealed class GruOperator(NodeAttributes node) : RecurrentOperator(node, gates: 3, "Sigmoid", "Tanh")
{
    private readonly bool _linearBeforeReset = node.Flag("linear_before_reset", fallback: false);

    protected override bool LastGateIsLate => !_linearBeforeReset;

    protected override void StepEarly(int direction, Span<float> gates, Span<float> products, ReadOnlySpan<float> bias,
        ReadOnlySpan<float> state, Span<float> lateState)
    {
        Span<float> reset = Sums(gates, products, bias, 1);
        Apply(direction, 0, reset);
        TensorPrimitives.Multiply(reset, state, lateState);
    }

    protected override unsafe void Step(int direction, Span<float> gates, Span<float> products, ReadOnlySpan<float> bias,
        ReadOnlySpan<float> peepholes, Span<float> state, Span<float> cell)
    {
        if (IsUsual && _linearBeforeReset)
        {
            fixed (float* input = gates, product = products, addend = bias, own = state)
                RecurrentGates.Gru(input, product, addend, own, Hidden);
            return;
        }
        StepByFunctions(direction, gates, products, bias, state);
    }

    private void StepByFunctions(int direction, Span<float> gates, Span<float> products, ReadOnlySpan<float> bias, Span<float> state)
    {
        Span<float> update = Sums(gates, products, bias, 0), candidate = Gate(gates, 2), product = Gate(products, 2);
        Apply(direction, 0, update);
        TensorPrimitives.Add(product, Gate(bias, 2), product);
        if (_linearBeforeReset)
        {
            Span<float> reset = Sums(gates, products, bias, 1);
            Apply(direction, 0, reset);
            TensorPrimitives.Multiply(product, reset, product);
        }
        TensorPrimitives.Add(candidate, product, candidate);
        Apply(direction, 1, candidate);

        // h + z (H - h).
        TensorPrimitives.Subtract(state, candidate, state);
        TensorPrimitives.MultiplyAdd(state, update, candidate, state);
    }

    private Span<float> Sums(Span<float> gates, Span<float> products, ReadOnlySpan<float> bias, int gate)
    {
        Span<float> sums = Gate(gates, gate);
        TensorPrimitives.Add(sums, Gate(products, gate), sums);
        TensorPrimitives.Add(sums, Gate(bias, gate), sums);
        return sums;
    }
}
