using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Kernels.Functions;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Tensors;
using Upstride.Operators;

namespace Upstride.Onnx.Operators.Convolutions;

/// <summary><c>Conv</c> (opset 1 on).</summary>
internal sealed class ConvOperator(NodeAttributes node) : ConvolutionOperator(node)
{
    /// <summary>
    /// <c>FusedConv</c> of ONNX Runtime: a convolution, a residual as input 3, and an activation by name with its parameters.
    /// </summary>
    public static Operator Fused(NodeAttributes node)
    {
        string name = node.Text("activation", "");
        float[] parameters = node.Floats("activation_params") ?? [];
        Activation activation = (name, parameters) switch
        {
            ("", []) => Activation.None,
            ("Relu", []) => Activation.Relu,
            ("Tanh", []) => Activation.Tanh,
            ("Sigmoid", []) => Activation.Sigmoid,
            ("LeakyRelu", [var slope]) => Activation.LeakyRelu(slope),
            ("Clip", [var least, var most]) => Activation.Clip(least, most),
            ("HardSigmoid", [var alpha, var beta]) => UnaryOperator.Of(new HardSigmoid(alpha, beta)).AsFunction(name)!,
            _ => throw node.Unsupported($"activation '{name}' with {parameters.Length} parameters is not supported"),
        };
        return new ConvOperator(node).With(activation);
    }

    public override (ConvTransposeGeometry Geometry, bool Reversed) Sizes(NodeInputs inputs) => (Geometry(inputs).Adjoint, true);

    protected override TensorShape OutputShape(NodeInputs inputs) => new(Geometry(inputs).OutputShape.AsSpan());

    protected override long MultiplyAdds(NodeInputs inputs) => Geometry(inputs).Adjoint.MultiplyAdds;

    protected override Plan<float> CreatePlan(NodeInputs inputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, bool residual,
        ComputeSettings settings) =>
        ConvolutionPlan.Create(Geometry(inputs), weight, bias, Activation, residual, settings);

    // [output channels, input channels of a group, kernel...].
    protected override int OutputChannelOf(int row, TensorShape weight) => row / weight[1];

    // Output channels are in groups as the input channels are.
    protected override int InputChannelOf(int row, TensorShape weight) =>
        (row / weight[1] / (weight[0] / Group) * weight[1]) + (row % weight[1]);

    /// <summary>The sizes for an input and weights of these shapes.</summary>
    public ConvolutionGeometry Geometry(TensorShape input, TensorShape weight) => ConvolutionGeometry.Onnx(
        input.Lengths, weight.Lengths, AutoPad, Pads, Strides, Dilations, Group, KernelShape);

    private ConvolutionGeometry Geometry(NodeInputs inputs) => Geometry(inputs.Shape(0), inputs.Shape(1));
}
