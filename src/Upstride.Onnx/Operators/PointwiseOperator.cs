using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators;

/// <summary>A function of each element of one floating-point tensor, in place where the input is not read again.</summary>
internal abstract class PointwiseOperator : Operator
{
    public sealed override ImmutableArray<TensorType> Infer(Operands inputs) => [inputs.Float(0)];

    public sealed override Computation Prepare(Operands inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings) =>
        new(frame => Apply(frame.Input<float>(0), frame.Output<float>(0)));

    public sealed override bool MayOverwrite(int input, Operands inputs) => input == 0;

    /// <summary>Computes it; <paramref name="destination"/> is as long, and may be the same memory.</summary>
    protected abstract void Apply(ReadOnlySpan<float> input, Span<float> destination);
}
