using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>
/// The transposed convolution over one, two or three spatial axes, as many as the input has beside batch and channels, in one call.
/// For repeated calls, create a <see cref="ConvTransposePlan"/>.
/// </summary>
/// <example>
/// <code><![CDATA[
/// Tensor<float> y = ConvTranspose.Forward(x, w, bias, stride: 2, padding: 1);
/// Tensor<float> t = ConvTranspose.TensorFlow(value, filter, outputShape: [1, 4, 4, 1], strides: 1, Padding.Valid);
/// ]]></code>
/// </example>
public static partial class ConvTranspose
{
    /// <summary>PyTorch's <c>conv_transpose1d/2d/3d</c>.</summary>
    /// <param name="input">[batch, input channels, sizes...], any strides.</param>
    /// <param name="weight">[input channels, output channels / groups, kernel...].</param>
    /// <param name="bias">[output channels], or empty.</param>
    /// <param name="stride">Default 1.</param>
    /// <param name="padding">Default 0.</param>
    /// <param name="outputPadding">Default 0.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="outputSize">The output's sizes, instead of <paramref name="outputPadding"/>.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <returns>[batch, output channels, sizes...].</returns>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Tensor<T> Forward<T>(
        in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> weight, in ReadOnlyTensorSpan<T> bias = default, PerAxis stride = default,
        PerAxis padding = default, PerAxis outputPadding = default, int groups = 1, PerAxis dilation = default,
        PerAxis outputSize = default, ComputeSettings? settings = null)
        where T : INumber<T> => Forward(
            ConvTransposeGeometry.PyTorch(input.Lengths, weight.Lengths, stride, padding, outputPadding, groups, dilation, outputSize),
            input, TensorMemory.Contiguous(weight), TensorMemory.Contiguous(bias), settings);

    /// <summary>TensorFlow's <c>conv1d/2d/3d_transpose</c>.</summary>
    /// <param name="value">[batch, sizes..., input channels], or with the channels second.</param>
    /// <param name="filter">[kernel..., output channels, input channels].</param>
    /// <param name="outputShape">The whole output shape, in the layout of <paramref name="value"/>.</param>
    /// <param name="strides">For the spatial axes alone.</param>
    /// <param name="padding">The forward convolution's.</param>
    /// <param name="dilations">Default 1.</param>
    /// <param name="layout">Of value and output.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <returns>A tensor of <paramref name="outputShape"/>.</returns>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Tensor<T> TensorFlow<T>(
        in ReadOnlyTensorSpan<T> value, in ReadOnlyTensorSpan<T> filter, ReadOnlySpan<nint> outputShape, PerAxis strides, Padding padding,
        PerAxis dilations = default, Layout layout = Layout.ChannelsLast, ComputeSettings? settings = null)
        where T : INumber<T> => Forward(
            ConvTransposeGeometry.TensorFlow(value.Lengths, filter.Lengths, outputShape, strides, padding, dilations, layout),
            value, WeightOrder.ToInputOutputKernel(filter, WeightLayout.KernelOutputInput), default, settings);

    /// <summary>Keras' <c>Conv1D/2D/3DTranspose</c>.</summary>
    /// <param name="input">[batch, sizes..., input channels], or with the channels second.</param>
    /// <param name="kernel">[kernel..., filters, input channels].</param>
    /// <param name="bias">[filters], or empty.</param>
    /// <param name="strides">Default 1.</param>
    /// <param name="padding">Same or valid.</param>
    /// <param name="outputPadding">Null: not given, which differs from 0.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="layout">Of input and output.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <returns>[batch, sizes..., filters], or with the channels second.</returns>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Tensor<T> Keras<T>(
        in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> kernel, in ReadOnlyTensorSpan<T> bias = default, PerAxis strides = default,
        Padding padding = default, PerAxis outputPadding = default, PerAxis dilation = default, Layout layout = Layout.ChannelsLast,
        ComputeSettings? settings = null)
        where T : INumber<T> => Forward(
            ConvTransposeGeometry.Keras(input.Lengths, kernel.Lengths, strides, padding, outputPadding, dilation, layout),
            input, WeightOrder.ToInputOutputKernel(kernel, WeightLayout.KernelOutputInput), TensorMemory.Contiguous(bias), settings);

    /// <summary>ONNX's <c>ConvTranspose</c>.</summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">[input channels, output channels / group, kernel...].</param>
    /// <param name="bias">[output channels], or empty.</param>
    /// <param name="autoPad">How pads are found.</param>
    /// <param name="pads">The heads of all axes, then the tails; or empty.</param>
    /// <param name="strides">Default 1.</param>
    /// <param name="dilations">Default 1.</param>
    /// <param name="outputPadding">Default 0.</param>
    /// <param name="outputShape">The output's sizes, or its whole shape; or empty.</param>
    /// <param name="group">Divides both channel counts.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <returns>[batch, output channels, sizes...].</returns>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Tensor<T> Onnx<T>(
        in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> weight, in ReadOnlyTensorSpan<T> bias = default,
        OnnxAutoPad autoPad = OnnxAutoPad.NotSet, ReadOnlySpan<nint> pads = default, PerAxis strides = default, PerAxis dilations = default,
        PerAxis outputPadding = default, ReadOnlySpan<nint> outputShape = default, int group = 1, ComputeSettings? settings = null)
        where T : INumber<T> => Forward(
            ConvTransposeGeometry.Onnx(input.Lengths, weight.Lengths, autoPad, pads, strides, dilations, outputPadding, outputShape, group),
            input, TensorMemory.Contiguous(weight), TensorMemory.Contiguous(bias), settings);

    /// <summary>
    /// JAX's <c>lax.conv_transpose</c>; without <paramref name="transposeKernel"/> the weights are not flipped, so its values differ from
    /// every other framework's.
    /// </summary>
    /// <param name="input">[batch, sizes..., input channels], or with the channels second.</param>
    /// <param name="weight">[kernel..., input channels, output channels], the last two the other way round with
    /// <paramref name="transposeKernel"/>.</param>
    /// <param name="strides">For the spatial axes alone.</param>
    /// <param name="padding">Of the stretched input; see <paramref name="useConsistentPadding"/>.</param>
    /// <param name="rhsDilation">Default 1.</param>
    /// <param name="transposeKernel">Whether the weights are those of the convolution that this one is the gradient of.</param>
    /// <param name="layout">Of input and output.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <param name="useConsistentPadding">Whether explicit amounts of padding are those of the convolution that this one is the gradient
    /// of.</param>
    /// <returns>[batch, sizes..., output channels], or with the channels second.</returns>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Tensor<T> Jax<T>(
        in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> weight, PerAxis strides, Padding padding, PerAxis rhsDilation = default,
        bool transposeKernel = false, Layout layout = Layout.ChannelsLast, ComputeSettings? settings = null,
            bool useConsistentPadding = false)
        where T : INumber<T> => Forward(
            ConvTransposeGeometry.Jax(input.Lengths, weight.Lengths, strides, padding, rhsDilation, transposeKernel, layout,
                useConsistentPadding),
            input, WeightOrder.ToInputOutputKernel(weight,
                transposeKernel ? WeightLayout.KernelOutputInput : WeightLayout.KernelInputOutputFlipped), default, settings);

    /// <summary>The transposed convolution of a geometry, over contiguous tensors.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="input">Of the geometry's input shape.</param>
    /// <param name="weight">[input channels, output channels of a group, kernel...].</param>
    /// <param name="bias">[output channels], or empty.</param>
    /// <param name="destination">Of the geometry's output shape; overwritten; may not share memory with what is read.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="GeometryException">A length that does not fit the geometry.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public static void Forward<T>(
        ConvTransposeGeometry geometry, ReadOnlySpan<T> input, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, Span<T> destination,
        ComputeSettings? settings = null)
        where T : INumber<T>
    {
        Require.Disjoint<T, T>(weight, destination, nameof(weight));
        Require.Disjoint<T, T>(bias, destination, nameof(bias));
        using Plan<T> plan = ConvTransposePlan.Create(geometry, weight, bias, settings: settings);
        plan.Run(input, destination);
    }

    private static Tensor<T> Forward<T>(
        ConvTransposeGeometry geometry, in ReadOnlyTensorSpan<T> input, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias,
            ComputeSettings? settings)
        where T : INumber<T>
    {
        using Plan<T> plan = ConvTransposePlan.Create(geometry, weight, bias, settings: settings);
        return plan.Run(input);
    }
}
