using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Operators;

// The ordinary convolution as TensorFlow and Keras have it.
public static partial class Convolution
{
    /// <summary><c>tf.nn.conv1d/2d/3d</c>, with its own weight layout.</summary>
    /// <param name="input">[batch, sizes..., input channels], or with the channels second.</param>
    /// <param name="filters">[kernel..., input channels / groups, output channels].</param>
    /// <param name="strides">Default 1.</param>
    /// <param name="padding">SAME, VALID, or amounts at each end; default VALID. VALID drops what is left, SAME pads, more at the
    /// end.</param>
    /// <param name="dilations">Default 1.</param>
    /// <param name="groups">Divides both channel counts; TensorFlow takes it from the filters.</param>
    /// <param name="layout">Of input and output.</param>
    /// <param name="settings">How it is computed.</param>
    /// <returns>SAME: sizes input/stride, rounded up; VALID: (input - extent + 1)/stride, rounded up.</returns>
    /// <exception cref="GeometryException">Shapes that do not fit each other, or a kernel longer than the padded input.</exception>
    /// <exception cref="NotSupportedException">The algorithm that was asked for refuses.</exception>
    public static Tensor<T> TensorFlow<T>(
        in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> filters, PerAxis strides = default, Padding padding = default,
        PerAxis dilations = default, int groups = 1, Layout layout = Layout.ChannelsLast, ComputeSettings? settings = null)
        where T : INumber<T> => Lowered(input, filters, default, strides, padding, dilations, groups, layout, settings);

    /// <summary><c>keras.layers.Conv1D/2D/3D</c>, with its own weight layout.</summary>
    /// <param name="input">[batch, sizes..., input channels], or with the channels second.</param>
    /// <param name="kernel">[kernel..., input channels / groups, filters].</param>
    /// <param name="bias">[filters], or empty for none.</param>
    /// <param name="strides">Default 1.</param>
    /// <param name="padding">SAME or VALID; default VALID.</param>
    /// <param name="dilationRate">Default 1.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="layout">Of input and output.</param>
    /// <param name="settings">How it is computed.</param>
    /// <returns>SAME: sizes input/stride, rounded up; VALID: (input - extent + 1)/stride, rounded up.</returns>
    /// <exception cref="GeometryException">Strides above 1 together with a dilation above 1, shapes that do not fit each other, or a
    /// kernel longer than the padded input.</exception>
    /// <exception cref="NotSupportedException">The algorithm that was asked for refuses.</exception>
    public static Tensor<T> Keras<T>(
        in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> kernel, in ReadOnlyTensorSpan<T> bias = default, PerAxis strides = default,
        Padding padding = default, PerAxis dilationRate = default, int groups = 1, Layout layout = Layout.ChannelsLast,
            ComputeSettings? settings = null)
        where T : INumber<T>
    {
        if (padding.Kind == PaddingKind.Explicit)
            throw new GeometryException(new("padding", $"padding = {padding}, and Keras knows SAME and VALID: pad the input before"));
        if (strides.Values.Any(static step => step > 1) && dilationRate.Values.Any(static step => step > 1))
            throw new GeometryException(
                new("dilationRate",
                $"strides = {strides} together with dilationRate = {dilationRate}, and Keras allows only one of them above 1"));
        return Lowered(input, kernel, bias, strides, padding, dilationRate, groups, layout, settings);
    }

    private static Tensor<T> Lowered<T>(
        in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> filters, in ReadOnlyTensorSpan<T> bias, PerAxis strides, Padding padding,
            PerAxis dilations,
        int groups, Layout layout, ComputeSettings? settings)
        where T : INumber<T>
    {
        if (filters.Rank is < 3 or > 5)
            throw new GeometryException(
                new("filters",
                $"filters has {filters.Rank} axes, and [kernel..., input channels / groups, output channels] with one to three kernel "
                    + $"axes is needed"));
        ReadOnlySpan<nint> stored = filters.Lengths;
        nint[] weight = [stored[^1], stored[^2], .. stored[..^2]];
        ConvolutionGeometry geometry = ConvolutionGeometry.Create(input.Lengths, weight, strides, padding, dilations, groups, layout);

        // A convolution's (output, input) are its adjoint's (input, output).
        ReadOnlySpan<T> ordered = WeightOrder.ToInputOutputKernel(filters, WeightLayout.KernelOutputInput);
        using Plan<T> plan = ConvolutionPlan.Create(geometry, ordered, TensorMemory.Contiguous(bias), settings: settings);
        return plan.Run(input);
    }
}
