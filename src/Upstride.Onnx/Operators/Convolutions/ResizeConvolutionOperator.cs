using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators.Convolutions;

/// <summary>
/// An enlargement by nearest neighbour and the convolution after it, which the compiler took together: inputs X, the fused weights, and
/// optionally B.
/// </summary>
internal sealed class ResizeConvolutionOperator : ConvolutionOperator
{
    private const int MaxScale = 32;
    private const double MaxGrowth = 16, SmallWeights = 1 << 22;

    private readonly int[] _scale;
    private readonly int[] _padding;
    private readonly TensorShape _convolutionWeight;

    private ResizeConvolutionOperator(ConvolutionOperator convolution, int[] scale, int[] padding, TensorShape convolutionWeight)
        : base(convolution) =>
        (_scale, _padding, _convolutionWeight) = (scale, padding, convolutionWeight);

    /// <summary>The fused operator and its weights; null where they would not give the same output.</summary>
    /// <param name="convolution">A convolution, or a transposed one of stride 1, which is a convolution too; without an activation.</param>
    /// <param name="scale">The factor of the enlargement for each spatial axis.</param>
    /// <param name="input">The enlargement's input, [batch, channels, sizes...].</param>
    /// <param name="output">The convolution's output.</param>
    /// <param name="weight">The convolution's weights.</param>
    public static (ResizeConvolutionOperator Operator, OnnxTensor Weight)? Create(ConvolutionOperator convolution, int[] scale,
        TensorShape input, TensorShape output, OnnxTensor weight)
    {
        (int[] Padding, OnnxTensor Weight)? plain = convolution switch
        {
            ConvOperator => convolution.SymmetricPaddingOfUnitStride(scale.Length) is { } given ? (given, weight) : null,
            ConvTransposeOperator transposed => transposed.AsConvolution(weight),
            _ => null,
        };
        if (plain is not var (padding, kernel)) return null;

        // The border agrees where it lies in what the kernel adds to the enlarged input: outputs beyond that would be none of its sums.
        TensorShape shape = kernel.Type.Shape;
        if (padding.Where((pad, axis) => pad < 0 || pad > shape[axis + 2] - 1).Any()) return null;

        // An enlargement by hundreds makes kernels of hundreds, which take more than they save.
        double elements = Arrays.Range(0, scale.Length)
            .Aggregate((double)shape[0] * shape[1], (product, axis) => product * (shape[axis + 2] + scale[axis] - 1));
        if (scale.Any(static factor => factor > MaxScale) || elements > Math.Max(SmallWeights, MaxGrowth * weight.Length)) return null;
        var fused = new ResizeConvolutionOperator(convolution, scale, padding, shape);
        ConvTransposeGeometry geometry = fused.Geometry(input);
        if (!geometry.OutputShape.AsSpan().SequenceEqual(output.Lengths)) return null;
        float[] weights = ResizeConvolution.FuseWeights(geometry, shape.Lengths, kernel.Floats);
        return (fused, new(new(weight.ElementType, new(geometry.WeightShape.AsSpan())), weights));
    }

    public override (ConvTransposeGeometry Geometry, bool Reversed) Sizes(NodeInputs inputs) => (Geometry(inputs.Shape(0)), false);

    protected override long MultiplyAdds(NodeInputs inputs) => Geometry(inputs.Shape(0)).MultiplyAdds;

    protected override TensorShape OutputShape(NodeInputs inputs) => new(Geometry(inputs.Shape(0)).OutputShape.AsSpan());

    protected override Plan<float> CreatePlan(NodeInputs inputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, bool residual,
        ComputeSettings settings) =>
        ConvTransposePlan.Create(Geometry(inputs.Shape(0)), weight, bias, Activation, residual, settings);

    protected override int OutputChannelOf(int row, TensorShape weight) => ConvTransposeOperator.OutputChannel(row, weight, Group);

    protected override int InputChannelOf(int row, TensorShape weight) => row / weight[1];

    private ConvTransposeGeometry Geometry(TensorShape input) =>
        ConvTransposeGeometry.ResizeConvolution(input.Lengths, _convolutionWeight.Lengths, _scale, _padding, Group);
}
