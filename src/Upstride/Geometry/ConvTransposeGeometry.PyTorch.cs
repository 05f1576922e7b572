namespace Upstride.Geometry;

public sealed partial class ConvTransposeGeometry
{
    /// <summary>
    /// PyTorch's <c>ConvTranspose1d/2d/3d</c>: the output is
    /// <c>(input - 1)*stride - 2*padding + dilation*(kernel - 1) + outputPadding + 1</c>, cropped by padding at the start and
    /// padding - outputPadding at the end.
    /// </summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">[input channels, output channels / groups, kernel...].</param>
    /// <param name="stride">Default 1.</param>
    /// <param name="padding">Default 0.</param>
    /// <param name="outputPadding">Default 0; below the stride or below the dilation.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="outputSize">Sizes, or a whole output shape of which the sizes are read; takes the place of
    /// <paramref name="outputPadding"/>, as it does there.</param>
    /// <exception cref="GeometryException">Shapes that do not fit each other, an output padding or output size out of range, an output that
    /// is not positive.</exception>
    public static ConvTransposeGeometry PyTorch(
        ReadOnlySpan<nint> input, ReadOnlySpan<nint> weight, PerAxis stride = default, PerAxis padding = default,
        PerAxis outputPadding = default, int groups = 1, PerAxis dilation = default, PerAxis outputSize = default)
    {
        ShapeReading.Activation x = ShapeReading.ReadActivation(nameof(input), input, Layout.ChannelsFirst);
        ShapeReading.Weights w = ShapeReading.ReadWeights(nameof(weight), weight, x.Rank, WeightLayout.InputOutputKernel);
        ShapeReading.RequireSame("input channels", nameof(weight), w.InputChannels, nameof(input), x.Channels);
        var strides = ShapeReading.Expand(stride, x.Rank, nameof(stride), fallback: 1, minimum: 1);
        var dilations = ShapeReading.Expand(dilation, x.Rank, nameof(dilation), fallback: 1, minimum: 1);
        var paddings = ShapeReading.Expand(padding, x.Rank, nameof(padding), fallback: 0, minimum: 0);
        var outputPaddings = ShapeReading.Expand(outputPadding, x.Rank, nameof(outputPadding), fallback: 0, minimum: 0);
        var axes = ShapeReading.Uncropped(x.Sizes, w.Kernel, strides, dilations).ToArray();
        if (!outputSize.Values.IsEmpty)
        {
            PerAxis sizes = outputSize.Values.Length == x.Rank + 2 ? PerAxis.Create(outputSize.Values.AsSpan()[2..]) : outputSize;
            outputPaddings =
                [.. sizes.Expand(x.Rank, nameof(outputSize))
                .Select((size, a) => OutputPaddingFor(size, axes[a], paddings[a], ShapeReading.On(a, x.Rank)))];
        }
        for (int a = 0; a < axes.Length; a++)
            axes[a] = CropAsPyTorch(axes[a], paddings[a], outputPaddings[a], ShapeReading.On(a, x.Rank));
        return Create(x.Batch, x.Channels, ShapeReading.OutputChannels(w, groups, nameof(groups)), groups, axes);
    }

    /// <summary>The output paddings that PyTorch takes lie below this, <c>max(stride, dilation)</c>.</summary>
    internal static int OutputPaddingLimit(int stride, int dilation) => Math.Max(stride, dilation);

    private static ConvTransposeAxis CropAsPyTorch(ConvTransposeAxis axis, int padding, int outputPadding, Sentence where)
    {
        int limit = OutputPaddingLimit(axis.Stride, axis.Dilation);
        if (outputPadding >= limit)
            throw ShapeReading.Fault(nameof(outputPadding),
                $"outputPadding = {outputPadding} must be less than max(stride, dilation) = max({axis.Stride}, {axis.Dilation}) = "
                + $"{limit}{where}: use 0 .. {limit - 1}, or a larger stride");
        long output = axis.Full - 2L * padding + outputPadding;
        if (output < 1)
        {
            throw ShapeReading.Fault(
                nameof(padding),
                $"(input - 1)*stride - 2*padding + dilation*(kernel - 1) + outputPadding + 1 = ({axis.Input} - 1)*{axis.Stride} - "
                    + $"2*{padding} + {axis.Dilation}*({axis.Kernel} - 1) + {outputPadding} + 1 = {output}{where}, and the output must "
                    + $"be positive: use a smaller padding or a larger kernel");
        }
        return axis.WithCrop(padding, (long)padding - outputPadding);
    }

    private static int OutputPaddingFor(int outputSize, ConvTransposeAxis axis, int padding, Sentence where)
    {
        long smallest = axis.Full - 2L * padding;
        long largest = smallest + axis.Stride - 1;
        if (outputSize < smallest || outputSize > largest)
            throw ShapeReading.Fault(nameof(outputSize),
                $"outputSize = {outputSize} must lie in full - 2*padding .. full - 2*padding + stride - 1 = {axis.Full} - 2*{padding} .. "
                + $"{axis.Full} - 2*{padding} + {axis.Stride} - 1 = {smallest} .. {largest}{where}: choose one of these");
        return (int)(outputSize - smallest);
    }
}
