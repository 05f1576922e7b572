namespace Upstride.Geometry;

public sealed partial class ConvTransposeGeometry
{
    /// <summary>
    /// TensorFlow's <c>conv2d_transpose</c> and its siblings: the gradient, by its input, of the convolution that takes
    /// <paramref name="outputShape"/> to the shape of <paramref name="value"/>. That convolution's padding is what is cropped at the start:
    /// with SAME <c>max(full - output, 0)/2</c> rounded down, with VALID nothing; the rest goes at the end, and where the
    /// output is longer than the full one the end is extended.
    /// </summary>
    /// <param name="value">[batch, sizes..., input channels], or with the channels second.</param>
    /// <param name="filter">[kernel..., output channels, input channels].</param>
    /// <param name="outputShape">The whole output shape, [batch, sizes..., output channels], or with the channels second.</param>
    /// <param name="strides">For the spatial axes alone.</param>
    /// <param name="padding">The forward convolution's padding; explicit amounts may not be negative.</param>
    /// <param name="dilations">For the spatial axes alone; default 1.</param>
    /// <param name="layout">NHWC or NCHW, of value and output.</param>
    /// <exception cref="GeometryException">Batches or channels that differ, or an output that the forward convolution does not take to the
    /// input's size.</exception>
    public static ConvTransposeGeometry TensorFlow(
        ReadOnlySpan<nint> value, ReadOnlySpan<nint> filter, ReadOnlySpan<nint> outputShape, PerAxis strides, Padding padding,
        PerAxis dilations = default, Layout layout = Layout.ChannelsLast)
    {
        ShapeReading.Activation x = ShapeReading.ReadActivation(nameof(value), value, layout);
        ShapeReading.Weights w = ShapeReading.ReadWeights(nameof(filter), filter, x.Rank, WeightLayout.KernelOutputInput);
        if (outputShape.Length != value.Length)
            throw ShapeReading.Fault(nameof(outputShape),
                $"outputShape is {ShapeReading.Text(outputShape)} with {outputShape.Length} lengths and value has {value.Length}, and "
                + $"both must be equal: give batch and channels too");
        ShapeReading.Activation y = ShapeReading.ReadActivation(nameof(outputShape), outputShape, layout);
        ShapeReading.RequireSame("input channels", nameof(filter), w.InputChannels, nameof(value), x.Channels);
        ShapeReading.RequireSame("output channels", nameof(outputShape), y.Channels, nameof(filter), w.OutputChannels);
        ShapeReading.RequireSame("images in its batch", nameof(outputShape), y.Batch, nameof(value), x.Batch);
        var stride = ShapeReading.Expand(strides, x.Rank, nameof(strides), fallback: 1, minimum: 1);
        var dilation = ShapeReading.Expand(dilations, x.Rank, nameof(dilations), fallback: 1, minimum: 1);
        var amounts = padding.Kind == PaddingKind.Explicit ? padding.Expand(x.Rank, nameof(padding)) : default;
        var axes = ShapeReading.Uncropped(x.Sizes, w.Kernel, stride, dilation).ToArray();
        for (int a = 0; a < axes.Length; a++)
        {
            (int Head, int Tail) pads = amounts.IsDefault ? (0, 0) : amounts[a];
            RequireForwardSize(axes[a], y.Sizes[a], padding.Kind, pads, ShapeReading.On(a, x.Rank));
            axes[a] = padding.Kind == PaddingKind.Same
                ? axes[a].CropTo(y.Sizes[a]) : axes[a].WithCrop(pads.Head, axes[a].Full - y.Sizes[a] - pads.Head);
        }
        return Create(x.Batch, x.Channels, y.Channels, groups: 1, axes, layout);
    }

    private static void RequireForwardSize(ConvTransposeAxis axis, long output, PaddingKind kind, (int Head, int Tail) pads, Sentence where)
    {
        if (Math.Min(pads.Head, pads.Tail) < 0)
            throw ShapeReading.Fault("padding",
                $"padding = ({pads.Head}, {pads.Tail}){where}, and neither may be negative: choose another outputShape instead");
        if (ConvTransposeAxis.AtLeastOne("outputShape", output) is { } error) throw new GeometryException(error);

        // Every output that the forward convolution rounds to the same input: the largest is a stride less one above the smallest.
        bool same = kind == PaddingKind.Same;
        long smallest = same ? EquivalentConvolution.StretchedLength(axis.Input, axis.Stride) : (long)axis.Full - pads.Head - pads.Tail;
        long largest = smallest + axis.Stride - 1;
        if (output >= smallest && output <= largest) return;
        long forward = Integers.DivideDown(output - smallest, axis.Stride) + axis.Input;
        string rule = same ? $"ceil(outputShape / strides) = ceil({output} / {axis.Stride})"
            : kind == PaddingKind.Valid
            ? $"floor((outputShape - extent) / strides) + 1 = floor(({output} - {axis.Extent}) / {axis.Stride}) + 1"
            : $"floor((outputShape + head + tail - extent) / strides) + 1 = floor(({output} + {pads.Head} + {pads.Tail} - {axis.Extent}) "
            + $"/ {axis.Stride}) + 1";
        throw ShapeReading.Fault("outputShape",
            $"the forward convolution gives {rule} = {forward}{where}, and must give the input's {axis.Input}: use an outputShape of "
            + $"{smallest} .. {largest}");
    }
}
