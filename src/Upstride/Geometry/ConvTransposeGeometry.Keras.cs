namespace Upstride.Geometry;

public sealed partial class ConvTransposeGeometry
{
    /// <summary>
    /// Keras' <c>Conv1D/2D/3DTranspose</c>. VALID gives <c>(input - 1)*stride + max(extent, stride)</c> and SAME <c>input*stride</c>; with
    /// an
    /// output padding given, VALID gives <c>full + outputPadding</c> and SAME <c>(input - 1)*stride + extent % 2 + outputPadding</c>, so
    /// that an output
    /// padding of 0 is not the same as none. It is cropped as TensorFlow crops: with SAME the smaller half at the start, with VALID
    /// nothing there.
    /// </summary>
    /// <param name="input">[batch, sizes..., input channels], or with the channels second.</param>
    /// <param name="kernel">[kernel..., filters, input channels].</param>
    /// <param name="strides">Default 1; above 1 only without dilation.</param>
    /// <param name="padding"><see cref="Padding.Valid"/> or <see cref="Padding.Same"/>.</param>
    /// <param name="outputPadding">Below the stride; <c>default</c> is none, which is not 0.</param>
    /// <param name="dilation">Default 1; above 1 only with strides of 1.</param>
    /// <param name="layout">Channels last or first, of input and output.</param>
    /// <exception cref="GeometryException">Strides together with dilation, an output padding not below the stride, explicit padding, no
    /// filters, or shapes that do not fit each other.</exception>
    public static ConvTransposeGeometry Keras(
        ReadOnlySpan<nint> input, ReadOnlySpan<nint> kernel, PerAxis strides = default, Padding padding = default,
        PerAxis outputPadding = default, PerAxis dilation = default, Layout layout = Layout.ChannelsLast)
    {
        ShapeReading.Activation x = ShapeReading.ReadActivation(nameof(input), input, layout);
        ShapeReading.Weights w = ShapeReading.ReadWeights(nameof(kernel), kernel, x.Rank, WeightLayout.KernelOutputInput);
        if (ConvTransposeAxis.AtLeastOne("filters", w.OutputChannels) is { } error) throw new GeometryException(error);
        ShapeReading.RequireSame("input channels", nameof(kernel), w.InputChannels, nameof(input), x.Channels);
        if (padding.Kind == PaddingKind.Explicit)
            throw ShapeReading.Fault(nameof(padding),
                $"padding = {padding}, and Keras has none but SAME and VALID: use one of them, or another dialect");
        var stride = ShapeReading.Expand(strides, x.Rank, nameof(strides), fallback: 1, minimum: 1);
        var dilations = ShapeReading.Expand(dilation, x.Rank, nameof(dilation), fallback: 1, minimum: 1);
        if (stride.Max() > 1 && dilations.Max() > 1)
            throw ShapeReading.Fault(nameof(dilation),
                $"max(strides) = {stride.Max()} and max(dilation) = {dilations.Max()}, and one of them must be 1: Keras does not stride "
                + $"and dilate together");
        bool padded = !outputPadding.Values.IsEmpty;
        var outputPaddings = ShapeReading.Expand(outputPadding, x.Rank, nameof(outputPadding), fallback: 0, minimum: 0);
        var axes = ShapeReading.Uncropped(x.Sizes, w.Kernel, stride, dilations).ToArray();
        for (int a = 0; a < axes.Length; a++)
        {
            if (outputPaddings[a] >= stride[a])
                throw ShapeReading.Fault(nameof(outputPadding),
                    $"outputPadding = {outputPaddings[a]} must be less than strides = {stride[a]}{ShapeReading.On(a, x.Rank)}: use 0 .. "
                    + $"{stride[a] - 1}, or larger strides");
            axes[a] = CropAsKeras(axes[a], padding.Kind, padded ? outputPaddings[a] : null, ShapeReading.On(a, x.Rank));
        }
        return Create(x.Batch, x.Channels, w.OutputChannels, groups: 1, axes, layout);
    }

    private static ConvTransposeAxis CropAsKeras(ConvTransposeAxis axis, PaddingKind kind, int? outputPadding, Sentence where)
    {
        if (kind == PaddingKind.Valid) return axis.WithCrop(0, -(outputPadding ?? ValidExtension(axis)));
        if (outputPadding is not { } extra) return axis.CropTo((long)axis.Input * axis.Stride);
        long start = (long)(axis.Input - 1) * axis.Stride;
        long output = start + axis.Extent % 2 + extra;
        if (output < 1)
        {
            throw ShapeReading.Fault(
                nameof(outputPadding),
                $"(input - 1)*strides + extent % 2 + outputPadding = ({axis.Input} - 1)*{axis.Stride} + {axis.Extent} % 2 + {extra} = "
                    + $"{output}{where}, and the output must be positive: leave outputPadding out, or use a larger one");
        }
        return axis.CropTo(output);
    }

    /// <summary>
    /// What Keras and JAX add at the end of a VALID output so that it has <c>(input - 1)*stride + max(extent, stride)</c> elements.
    /// </summary>
    private static int ValidExtension(ConvTransposeAxis axis) => Math.Max(axis.Stride - axis.Extent, 0);
}
