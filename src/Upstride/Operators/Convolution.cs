using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>
/// The ordinary convolution (correlation, as networks have it) over one, two or three spatial axes, in one call: the adjoint of the
/// transposed convolution with the same weights. For repeated calls, create a <see cref="ConvolutionPlan"/>.
/// </summary>
/// <example>
/// <code><![CDATA[
/// Tensor<float> y = Convolution.Forward(x, w, stride: 2, padding: 1); // [1, 2, 6, 6] and [3, 2, 3, 3] give [1, 3, 3, 3]
/// ]]></code>
/// </example>
public static partial class Convolution
{
    /// <summary>PyTorch's <c>conv1d/2d/3d</c>.</summary>
    /// <param name="input">[batch, input channels, sizes...], any strides.</param>
    /// <param name="weight">[output channels, input channels / groups, kernel...].</param>
    /// <param name="bias">[output channels], or empty.</param>
    /// <param name="stride">Default 1.</param>
    /// <param name="padding">Default 0.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <returns>[batch, output channels, sizes...].</returns>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Tensor<T> Forward<T>(
        in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> weight, in ReadOnlyTensorSpan<T> bias = default, PerAxis stride = default,
        PerAxis padding = default, PerAxis dilation = default, int groups = 1, ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ConvolutionGeometry geometry = ConvolutionGeometry.Create(input.Lengths, weight.Lengths, stride, padding, dilation, groups);
        using Plan<T> plan =
            ConvolutionPlan.Create(geometry, TensorMemory.Contiguous(weight), TensorMemory.Contiguous(bias), settings: settings);
        return plan.Run(input);
    }

    /// <summary>PyTorch's <c>conv1d/2d/3d</c>, over tensors from which the compiler infers the element type.</summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">[output channels, input channels / groups, kernel...].</param>
    /// <param name="bias">[output channels], or none.</param>
    /// <param name="stride">Default 1.</param>
    /// <param name="padding">Default 0.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <returns>[batch, output channels, sizes...].</returns>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Tensor<T> Forward<T>(
        Tensor<T> input, Tensor<T> weight, Tensor<T>? bias = null, PerAxis stride = default, PerAxis padding = default,
        PerAxis dilation = default, int groups = 1, ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        return Forward<T>(input.AsReadOnlyTensorSpan(), weight.AsReadOnlyTensorSpan(), TensorMemory.OrEmpty(bias), stride, padding,
            dilation, groups, settings);
    }

    /// <summary>The convolution of a geometry, over contiguous tensors.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="input">Of the geometry's input shape.</param>
    /// <param name="weight">[output channels, input channels of a group, kernel...].</param>
    /// <param name="bias">[output channels], or empty.</param>
    /// <param name="destination">Of the geometry's output shape; overwritten; may not share memory with what is read.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="GeometryException">A length that does not fit the geometry.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public static void Forward<T>(
        ConvolutionGeometry geometry, ReadOnlySpan<T> input, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, Span<T> destination,
        ComputeSettings? settings = null)
        where T : INumber<T>
    {
        Require.Disjoint<T, T>(weight, destination, nameof(weight));
        Require.Disjoint<T, T>(bias, destination, nameof(bias));
        using Plan<T> plan = ConvolutionPlan.Create(geometry, weight, bias, settings: settings);
        plan.Run(input, destination);
    }

    /// <summary>The gradient with respect to the input: the transposed convolution of the output gradient with the same weights.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="outputGradient">Of the geometry's output shape.</param>
    /// <param name="weight">[output channels, input channels of a group, kernel...].</param>
    /// <param name="destination">Of the geometry's input shape; overwritten; may not share memory with what is read.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="GeometryException">A length that does not fit the geometry.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public static void InputGradient<T>(
        ConvolutionGeometry geometry, ReadOnlySpan<T> outputGradient, ReadOnlySpan<T> weight, Span<T> destination,
            ComputeSettings? settings = null)
        where T : INumber<T>
    {
        Require.Disjoint<T, T>(weight, destination, nameof(weight));
        using Plan<T> plan = ConvolutionPlan.CreateInputGradient(geometry, weight, settings);
        plan.Run(outputGradient, destination);
    }

    /// <summary>The gradient with respect to the input, over tensors of any strides.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="outputGradient">Of the geometry's output shape.</param>
    /// <param name="weight">[output channels, input channels of a group, kernel...].</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <returns>A tensor of the geometry's input shape.</returns>
    /// <exception cref="GeometryException">A shape that does not fit the geometry.</exception>
    public static Tensor<T> InputGradient<T>(
        ConvolutionGeometry geometry, in ReadOnlyTensorSpan<T> outputGradient, in ReadOnlyTensorSpan<T> weight,
            ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Shape(weight.Lengths, geometry.WeightShape.AsSpan(), nameof(weight));
        using Plan<T> plan = ConvolutionPlan.CreateInputGradient(geometry, TensorMemory.Contiguous(weight), settings);
        return plan.Run(outputGradient);
    }

    /// <summary>The gradient with respect to the weights.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="input">Of the geometry's input shape.</param>
    /// <param name="outputGradient">Of the geometry's output shape.</param>
    /// <param name="destination">[output channels, input channels of a group, kernel...]; overwritten; may not share memory with what is
    /// read.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="GeometryException">A length that does not fit the geometry.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public static void WeightGradient<T>(
        ConvolutionGeometry geometry, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> destination,
            ComputeSettings? settings = null)
        where T : INumber<T>
    {
        using Plan<T> plan = ConvolutionPlan.CreateWeightGradient<T>(geometry, settings);
        plan.Run(input, outputGradient, destination);
    }

    /// <summary>The gradient with respect to the weights, over tensors of any strides.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="input">Of the geometry's input shape.</param>
    /// <param name="outputGradient">Of the geometry's output shape.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <returns>[output channels, input channels of a group, kernel...].</returns>
    /// <exception cref="GeometryException">A shape that does not fit the geometry.</exception>
    public static Tensor<T> WeightGradient<T>(
        ConvolutionGeometry geometry, in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> outputGradient,
            ComputeSettings? settings = null)
        where T : INumber<T>
    {
        using Plan<T> plan = ConvolutionPlan.CreateWeightGradient<T>(geometry, settings);
        Tensor<T> gradient = TensorMemory.Create<T>(geometry.WeightShape.AsSpan(), out _);
        plan.Run(input, outputGradient, gradient.AsTensorSpan());
        return gradient;
    }

    /// <summary>The gradient with respect to the bias: for each channel the sum of the output gradient.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="outputGradient">Of the geometry's output shape.</param>
    /// <param name="destination">[output channels]; overwritten.</param>
    /// <exception cref="GeometryException">A length that does not fit the geometry.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public static void BiasGradient<T>(ConvolutionGeometry geometry, ReadOnlySpan<T> outputGradient, Span<T> destination)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Length(outputGradient.Length, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Require.Length(destination.Length, [geometry.OutputChannels], nameof(destination));
        Require.Disjoint<T, T>(outputGradient, destination, nameof(outputGradient));
        ChannelSum.Run(outputGradient, geometry.Adjoint.InputPlane, geometry.Layout, destination);
    }

    /// <summary>The gradient with respect to the bias, over a tensor of any strides.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="outputGradient">Of the geometry's output shape.</param>
    /// <returns>[output channels].</returns>
    /// <exception cref="GeometryException">A shape that does not fit the geometry.</exception>
    public static Tensor<T> BiasGradient<T>(ConvolutionGeometry geometry, in ReadOnlyTensorSpan<T> outputGradient)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Shape(outputGradient.Lengths, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Tensor<T> gradient = TensorMemory.Create([geometry.OutputChannels], out Span<T> elements);
        BiasGradient(geometry, TensorMemory.Contiguous(outputGradient), elements);
        return gradient;
    }
}
