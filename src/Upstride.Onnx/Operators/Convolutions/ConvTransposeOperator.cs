using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators.Convolutions;

/// <summary><c>ConvTranspose</c> (opset 1 on).</summary>
internal sealed class ConvTransposeOperator(NodeAttributes node) : ConvolutionOperator(node)
{
    private readonly nint[] _sizes = [.. (node.Integers("output_shape") ?? []).Select(static size => (nint)size)];
    private readonly PerAxis _outputPadding = node.Int32s("output_padding");

    /// <summary>
    /// Without strides and dilations it is a convolution: its padding, <c>kernel - 1 - pad</c>, and weights, the flipped kernels with both
    /// channel axes exchanged; null else.
    /// </summary>
    /// <param name="weight">[input channels, output channels of a group, kernel...].</param>
    public (int[] Padding, OnnxTensor Weight)? AsConvolution(OnnxTensor weight)
    {
        TensorShape shape = weight.Type.Shape;
        if (SymmetricPaddingOfUnitStride(shape.Rank - 2) is not { } pads || _sizes.Length > 0
            || _outputPadding.Values.Any(static padding => padding != 0)) return null;
        int taps = shape.CountOfAxes(2, shape.Rank), inputs = shape[0] / Group, outputs = shape[1];
        var flipped = new float[weight.Length];
        for (int row = 0; row < shape[0] * outputs; row++)
        {
            int target = (OutputChannel(row, shape, Group) * inputs) + (row / outputs % inputs);
            weight.Floats.Slice(row * taps, taps).CopyTo(flipped.AsSpan(target * taps));
            flipped.AsSpan(target * taps, taps).Reverse();
        }
        nint[] lengths = [outputs * Group, inputs, .. shape.Lengths[2..]];
        return ([.. pads.Select((pad, axis) => shape[axis + 2] - 1 - pad)], new(new(weight.ElementType, new(lengths)), flipped));
    }

    public override OverlapMap Overlap(NodeInputs inputs) => OverlapMap.Of(Geometry(inputs));

    public override (ConvTransposeGeometry Geometry, bool Reversed) Sizes(NodeInputs inputs) => (Geometry(inputs), false);

    protected override TensorShape OutputShape(NodeInputs inputs) => new(Geometry(inputs).OutputShape.AsSpan());

    protected override long MultiplyAdds(NodeInputs inputs) => Geometry(inputs).MultiplyAdds;

    protected override Plan<float> CreatePlan(NodeInputs inputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, bool residual,
        ComputeSettings settings) =>
        ConvTransposePlan.Create(Geometry(inputs), weight, bias, Activation, residual, settings);

    protected override int OutputChannelOf(int row, TensorShape weight) => OutputChannel(row, weight, Group);

    protected override int InputChannelOf(int row, TensorShape weight) => row / weight[1];

    /// <summary>The output channel of a row of weights [input channels, output channels of a group, kernel...].</summary>
    public static int OutputChannel(int row, TensorShape weight, int groups)
    {
        (int input, int output) = Math.DivRem(row, weight[1]);
        return (input / (weight[0] / groups) * weight[1]) + output;
    }

    /// <summary>The sizes for an input and weights of these shapes.</summary>
    public ConvTransposeGeometry Geometry(TensorShape input, TensorShape weight) => ConvTransposeGeometry.Onnx(
        input.Lengths, weight.Lengths, AutoPad, Pads, Strides, Dilations, _outputPadding, _sizes, Group, KernelShape);

    private ConvTransposeGeometry Geometry(NodeInputs inputs) => Geometry(inputs.Shape(0), inputs.Shape(1));
}
