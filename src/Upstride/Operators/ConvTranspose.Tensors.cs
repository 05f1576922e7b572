using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Operators;

// The same calls over Tensor<T>, from which the compiler infers the element type.
public static partial class ConvTranspose
{
    /// <summary>PyTorch's <c>conv_transpose1d/2d/3d</c>.</summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">[input channels, output channels / groups, kernel...].</param>
    /// <param name="bias">[output channels], or none.</param>
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
        Tensor<T> input, Tensor<T> weight, Tensor<T>? bias = null, PerAxis stride = default, PerAxis padding = default,
        PerAxis outputPadding = default, int groups = 1, PerAxis dilation = default, PerAxis outputSize = default,
            ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        return Forward<T>(
            input.AsReadOnlyTensorSpan(), weight.AsReadOnlyTensorSpan(), TensorMemory.OrEmpty(bias), stride, padding, outputPadding, groups,
                dilation, outputSize, settings);
    }

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
        Tensor<T> value, Tensor<T> filter, ReadOnlySpan<nint> outputShape, PerAxis strides, Padding padding, PerAxis dilations = default,
        Layout layout = Layout.ChannelsLast, ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(filter);
        return TensorFlow<T>(value.AsReadOnlyTensorSpan(), filter.AsReadOnlyTensorSpan(), outputShape, strides, padding, dilations, layout,
            settings);
    }
}
