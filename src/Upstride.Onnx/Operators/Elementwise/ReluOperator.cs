using System.Numerics.Tensors;
using Upstride.Algorithms;

namespace Upstride.Onnx.Operators.Elementwise;

/// <summary><c>Relu</c>: max(x, 0), of integers from opset 14 on.</summary>
internal sealed class ReluOperator : PointwiseOperator
{
    public ReluOperator(NodeAttributes node) => node.Ignore("consumed_inputs");

    protected override bool TakesIntegers => true;

    public override Activation AsActivation(NodeInputs inputs) => Activation.Relu;

    protected override void Apply(ReadOnlySpan<float> input, Span<float> destination) => TensorPrimitives.Max(input, 0f, destination);

    protected override void Apply(ReadOnlySpan<long> input, Span<long> destination) => TensorPrimitives.Max(input, 0L, destination);
}
