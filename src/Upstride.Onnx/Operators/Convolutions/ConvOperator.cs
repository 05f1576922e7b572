using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators.Convolutions;

/// <summary><c>Conv</c> (opset 1 on).</summary>
internal sealed class ConvOperator(NodeAttributes node) : ConvolutionOperator(node)
{
    protected override TensorShape OutputShape(NodeInputs inputs) => new(Geometry(inputs).OutputShape.AsSpan());

    protected override long MultiplyAdds(NodeInputs inputs) => Geometry(inputs).Adjoint.MultiplyAdds;

    protected override Plan<float> CreatePlan(NodeInputs inputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, bool residual, ComputeSettings settings) =>
        ConvolutionPlan.Create(Geometry(inputs), weight, bias, Activation, residual, settings);

    // [output channels, input channels of a group, kernel...].
    protected override int OutputChannelOf(int row, TensorShape weight) => row / weight[1];

    private ConvolutionGeometry Geometry(NodeInputs inputs) => ConvolutionGeometry.Onnx(
        inputs.Shape(0).Lengths, inputs.Shape(1).Lengths, AutoPad, Pads, Strides, Dilations, Group, KernelShape);
}
