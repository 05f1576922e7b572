using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>A part of a convolution or of a transposed one, by its own sizes.</summary>
internal sealed class PartialConvolution : ConvolutionOperator
{
    private readonly ConvTransposeGeometry _geometry;
    private readonly bool _reversed;

    private PartialConvolution(ConvolutionOperator whole, ConvTransposeGeometry geometry, bool reversed) : base(whole) =>
        (_geometry, _reversed) = (geometry, reversed);

    /// <summary>The part of <paramref name="whole"/> with the sizes of <paramref name="geometry"/>.</summary>
    public static Operator Of(ConvolutionOperator whole, ConvTransposeGeometry geometry, bool reversed) =>
        new PartialConvolution(whole, geometry, reversed).With(whole.Activation);

    public override (ConvTransposeGeometry Geometry, bool Reversed) Sizes(NodeInputs inputs) => (_geometry, _reversed);

    protected override TensorShape OutputShape(NodeInputs inputs)
    {
        ReadOnlySpan<nint> input = (_reversed ? _geometry.OutputShape : _geometry.InputShape).AsSpan();
        return inputs.Shape(0).Lengths.SequenceEqual(input)
            ? new((_reversed ? _geometry.InputShape : _geometry.OutputShape).AsSpan())
            : throw inputs.Fault($"input 0 is {inputs[0]}, and the part of the convolution is for {new TensorShape(input)}");
    }

    protected override long MultiplyAdds(NodeInputs inputs) => _geometry.MultiplyAdds;

    protected override Plan<float> CreatePlan(NodeInputs inputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, bool residual,
        ComputeSettings settings) => _reversed
        ? ConvolutionPlan.Create(new ConvolutionGeometry(_geometry), weight, bias, Activation, residual, settings)
        : ConvTransposePlan.Create(_geometry, weight, bias, Activation, residual, settings);

    protected override int OutputChannelOf(int row, TensorShape weight) => throw NothingIsTakenIn();

    protected override int InputChannelOf(int row, TensorShape weight) => throw NothingIsTakenIn();

    private static InvalidOperationException NothingIsTakenIn() => new("nothing is taken into a part's weights");
}
