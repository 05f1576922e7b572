namespace Upstride.Geometry;

public sealed partial class ConvTransposeGeometry
{
    /// <summary>
    /// JAX's <c>lax.conv_transpose</c>. SAME gives <c>input*stride</c> and VALID <c>(input - 1)*stride + max(extent, stride)</c>; explicit
    /// amounts pad
    /// the stretched input, <c>(input - 1)*stride + 1</c> long, so that an amount a crops <c>extent - 1 - a</c>, and amounts of 0 are not
    /// VALID.
    /// </summary>
    /// <remarks>
    /// JAX correlates the stretched input with the weights as they are: they are the flipped weights of every other framework
    /// (<see cref="WeightLayout.KernelInputOutputFlipped"/>) unless <paramref name="transposeKernel"/> is set
    /// (<see cref="WeightLayout.KernelOutputInput"/>). The sizes are the same either way.
    /// </remarks>
    /// <param name="input">[batch, sizes..., input channels], or with the channels second.</param>
    /// <param name="weight">[kernel..., input channels, output channels], the last two the other way round with
    /// <paramref name="transposeKernel"/>.</param>
    /// <param name="strides">For the spatial axes alone.</param>
    /// <param name="padding">Explicit amounts pad the stretched input, and may be negative; see
    /// <paramref name="useConsistentPadding"/>.</param>
    /// <param name="rhsDilation">Default 1.</param>
    /// <param name="transposeKernel">Whether the weights are those of the convolution that this one is the gradient of.</param>
    /// <param name="layout">Channels last or first, of input and output.</param>
    /// <param name="useConsistentPadding">
    /// Whether explicit amounts are the padding of the convolution that this one is the gradient of, and so crop the output, as PyTorch's
    /// do.
    /// </param>
    /// <exception cref="GeometryException">Shapes that do not fit each other, or an output that is not positive.</exception>
    public static ConvTransposeGeometry Jax(
        ReadOnlySpan<nint> input, ReadOnlySpan<nint> weight, PerAxis strides, Padding padding, PerAxis rhsDilation = default,
        bool transposeKernel = false, Layout layout = Layout.ChannelsLast, bool useConsistentPadding = false)
    {
        ShapeReading.Activation x = ShapeReading.ReadActivation(nameof(input), input, layout);
        ShapeReading.Weights w = ShapeReading.ReadWeights(
            nameof(weight), weight, x.Rank, transposeKernel ? WeightLayout.KernelOutputInput : WeightLayout.KernelInputOutputFlipped);
        ShapeReading.RequireSame("input channels", nameof(weight), w.InputChannels, nameof(input), x.Channels);
        var stride = ShapeReading.Expand(strides, x.Rank, nameof(strides), fallback: 1, minimum: 1);
        var dilation = ShapeReading.Expand(rhsDilation, x.Rank, nameof(rhsDilation), fallback: 1, minimum: 1);
        var amounts = padding.Kind == PaddingKind.Explicit ? padding.Expand(x.Rank, nameof(padding)) : default;
        var axes = ShapeReading.Uncropped(x.Sizes, w.Kernel, stride, dilation).ToArray();
        for (int a = 0; a < axes.Length; a++)
        {
            axes[a] = padding.Kind switch
            {
                PaddingKind.Same => axes[a].CropTo((long)axes[a].Input * axes[a].Stride),
                PaddingKind.Valid => axes[a].WithCrop(0, -ValidExtension(axes[a])),
                _ when useConsistentPadding => axes[a].WithCrop(amounts[a].Head, amounts[a].Tail),
                _ => CropAsJax(axes[a], amounts[a], ShapeReading.On(a, x.Rank)),
            };
        }
        return Create(x.Batch, x.Channels, w.OutputChannels, groups: 1, axes, layout);
    }

    private static ConvTransposeAxis CropAsJax(ConvTransposeAxis axis, (int Head, int Tail) amounts, Sentence where)
    {
        (long head, long tail) = EquivalentConvolution.CropOfPadding(axis.Extent, amounts.Head, amounts.Tail);
        long output = axis.Full - head - tail;
        if (output < 1)
        {
            throw ShapeReading.Fault(
                "padding",
                $"(input - 1)*strides + 1 + head + tail - (extent - 1) = ({axis.Input} - 1)*{axis.Stride} + 1 + "
                    + $"{ConvTransposeAxis.Sign(amounts.Head)} + {ConvTransposeAxis.Sign(amounts.Tail)} - ({axis.Extent} - 1) = "
                    + $"{output}{where}, and the output must be positive: pad the stretched input more, by up to extent - 1 = "
                    + $"{axis.Extent - 1} at each end");
        }
        return axis.WithCrop(head, tail);
    }
}
