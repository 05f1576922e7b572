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

    public override OverlapMap Overlap(Operands inputs) => OverlapMap.Of(Geometry(inputs));

    protected override TensorShape OutputShape(Operands inputs) => new(Geometry(inputs).OutputShape.AsSpan());

    protected override Plan<float> CreatePlan(Operands inputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, bool residual, ComputeSettings settings) =>
        ConvTransposePlan.Create(Geometry(inputs), weight, bias, Activation, residual, settings);

    protected override int OutputChannelOf(int row, TensorShape weight) => OutputChannel(row, weight, Group);

    /// <summary>The output channel of a row of weights [input channels, output channels of a group, kernel...].</summary>
    public static int OutputChannel(int row, TensorShape weight, int groups)
    {
        (int input, int output) = Math.DivRem(row, weight[1]);
        return (input / (weight[0] / groups) * weight[1]) + output;
    }

    private ConvTransposeGeometry Geometry(Operands inputs) => ConvTransposeGeometry.Onnx(
        inputs.Shape(0).Lengths, inputs.Shape(1).Lengths, AutoPad, Pads, Strides, Dilations, _outputPadding, _sizes, Group, KernelShape);
}
