using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators;

/// <summary><c>Conv</c> (opset 1 on).</summary>
internal sealed class ConvOperator(NodeAttributes node) : WindowOperator(node)
{
    /// <summary>Groups of channels.</summary>
    public int Groups => Group;

    /// <summary>The padding of each axis where it is the same at both ends and given as numbers, and strides and dilations are 1; null else.</summary>
    public int[]? SymmetricPaddingOfUnitStride(int axes)
    {
        if (AutoPad is not (OnnxAutoPad.NotSet or OnnxAutoPad.Valid) || Strides.Values.Any(static stride => stride != 1) || Dilations.Values.Any(static dilation => dilation != 1)) return null;
        if (Pads.Length == 0) return new int[axes];
        return Pads.Length == 2 * axes && Pads.AsSpan(0, axes).SequenceEqual(Pads.AsSpan(axes)) ? [.. Pads.Take(axes).Select(static pad => (int)pad)] : null;
    }

    protected override TensorShape OutputShape(Operands inputs) => new(Geometry(inputs).OutputShape.AsSpan());

    protected override Plan<float> CreatePlan(Operands inputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, bool residual, ComputeSettings settings) =>
        ConvolutionPlan.Create(Geometry(inputs), weight, bias, Activation, residual, settings);

    // [output channels, input channels of a group, kernel...].
    protected override int OutputChannelOf(int row, TensorShape weight) => row / weight[1];

    private ConvolutionGeometry Geometry(Operands inputs) => ConvolutionGeometry.Onnx(
        inputs.Shape(0).Lengths, inputs.Shape(1).Lengths, AutoPad, Pads, Strides, Dilations, Group, KernelShape);
}
