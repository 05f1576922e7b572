using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators;

/// <summary><c>ConvTranspose</c> (opset 1 on).</summary>
internal sealed class ConvTransposeOperator(NodeAttributes node) : WindowOperator(node)
{
    private readonly nint[] _sizes = [.. (node.Integers("output_shape") ?? []).Select(static size => (nint)size)];
    private readonly PerAxis _outputPadding = node.Int32s("output_padding");

    protected override TensorShape OutputShape(Operands inputs) => new(Geometry(inputs).OutputShape.AsSpan());

    protected override Plan<float> CreatePlan(Operands inputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, bool residual, ComputeSettings settings) =>
        ConvTransposePlan.Create(Geometry(inputs), weight, bias, Activation, residual, settings);

    private ConvTransposeGeometry Geometry(Operands inputs) => ConvTransposeGeometry.Onnx(
        inputs.Shape(0).Lengths, inputs.Shape(1).Lengths, AutoPad, Pads, Strides, Dilations, _outputPadding, _sizes, Group, KernelShape);
}
