using System.Numerics.Tensors;
using Upstride.Kernels;

namespace Upstride.Onnx.Operators.Recurrent;

/// <summary>
/// <c>LSTM</c>: gates i (input), o (output), f (forget) and c (candidate). The cell becomes <c>f C + i c</c>, the state <c>o h(C)</c>; the
/// peepholes add the cell, times a factor each, to the gates. With <c>input_forget</c> what is forgotten is what is not let in.
/// </summary>
internal sealed class LstmOperator(NodeAttributes node) : RecurrentOperator(node, gates: 4, "Sigmoid", "Tanh", "Tanh")
{
    private readonly bool _coupled = node.Flag("input_forget", fallback: false);

    protected override bool HasCell => true;

    protected override unsafe void Step(int direction, Span<float> gates, Span<float> products, ReadOnlySpan<float> bias,
        ReadOnlySpan<float> peepholes, Span<float> state, Span<float> cell)
    {
        if (IsUsual && !_coupled && peepholes.IsEmpty)
        {
            fixed (float* input = gates, product = products, addend = bias, own = state, memory = cell)
                RecurrentGates.Lstm(input, product, addend, own, memory, Hidden);
            return;
        }
        StepByFunctions(direction, gates, products, bias, peepholes, state, cell);
    }

    private void StepByFunctions(int direction, Span<float> gates, Span<float> products, ReadOnlySpan<float> bias,
        ReadOnlySpan<float> peepholes, Span<float> state, Span<float> cell)
    {
        TensorPrimitives.Add(gates, products, gates);
        TensorPrimitives.Add(gates, bias, gates);
        Span<float> input = Gate(gates, 0), output = Gate(gates, 1), forget = Gate(gates, 2), candidate = Gate(gates, 3);
        Peep(input, peepholes, 0, cell);
        Apply(direction, 0, input);
        if (_coupled)
        {
            TensorPrimitives.Subtract(1f, input, forget);
        }
        else
        {
            Peep(forget, peepholes, 2, cell);
            Apply(direction, 0, forget);
        }
        Apply(direction, 1, candidate);
        TensorPrimitives.Multiply(cell, forget, cell);
        TensorPrimitives.MultiplyAdd(input, candidate, cell, cell);
        Peep(output, peepholes, 1, cell);
        Apply(direction, 0, output);

        // The cell itself is not bounded by clip, and goes through its function as it is.
        Functions[(direction * FunctionsOfDirection) + 2](cell, state);
        TensorPrimitives.Multiply(state, output, state);
    }

    private void Peep(Span<float> sums, ReadOnlySpan<float> peepholes, int which, ReadOnlySpan<float> cell)
    {
        if (!peepholes.IsEmpty) TensorPrimitives.MultiplyAdd(Gate(peepholes, which), cell, sums, sums);
    }
}
