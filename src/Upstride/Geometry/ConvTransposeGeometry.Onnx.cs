using System.Collections.Immutable;

namespace Upstride.Geometry;

public sealed partial class ConvTransposeGeometry
{
    /// <summary>
    /// ONNX's operator <c>ConvTranspose</c> (opset 11 on): the output is
    /// <c>stride*(input - 1) + outputPadding + (kernel - 1)*dilation + 1 - head - tail</c>. With an output shape, or with SAME, whose
    /// output
    /// is <c>input*stride</c>, the pads follow from the size: SAME_UPPER takes the smaller half at the start, everything else the larger.
    /// </summary>
    /// <remarks>
    /// Where the specification and its implementations part, this follows the specification: SAME gives <c>input*stride</c> also with a
    /// kernel
    /// shorter than the stride (ONNX Runtime: <c>(input - 1)*stride + extent</c>) and also with an output padding (shape inference adds
    /// it).
    /// </remarks>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">[input channels, output channels / group, kernel...].</param>
    /// <param name="autoPad">The attribute <c>auto_pad</c>.</param>
    /// <param name="pads">[starts..., ends...], none negative; only with NOTSET, and not read where an output shape is given.</param>
    /// <param name="strides">Default 1.</param>
    /// <param name="dilations">Default 1.</param>
    /// <param name="outputPadding">Default 0.</param>
    /// <param name="outputShape">The sizes, or the whole shape, of which the sizes are read.</param>
    /// <param name="group">Divides both channel counts.</param>
    /// <param name="kernelShape">The kernel's sizes, to be those of <paramref name="weight"/>; default: taken from there.</param>
    /// <exception cref="GeometryException">Pads together with auto_pad, negative pads, channels that the groups do not divide, an output
    /// that is not positive, or shapes that do not fit each other.</exception>
    public static ConvTransposeGeometry Onnx(
        ReadOnlySpan<nint> input, ReadOnlySpan<nint> weight, OnnxAutoPad autoPad = OnnxAutoPad.NotSet, ReadOnlySpan<nint> pads = default,
        PerAxis strides = default, PerAxis dilations = default, PerAxis outputPadding = default, ReadOnlySpan<nint> outputShape = default,
        int group = 1, PerAxis kernelShape = default)
    {
        ShapeReading.Activation x = ShapeReading.ReadActivation(nameof(input), input, Layout.ChannelsFirst);
        ShapeReading.Weights w = ShapeReading.ReadWeights(nameof(weight), weight, x.Rank, WeightLayout.InputOutputKernel);
        ShapeReading.RequireKernelShape(kernelShape, w.Kernel);
        if (group >= 1 && x.Channels % group != 0)
            throw ShapeReading.Fault(nameof(group),
                $"input channels % group = {x.Channels} % {group} = {x.Channels % group}, and must be 0: choose a group that divides the "
                + $"channels");
        ShapeReading.RequireSame("input channels", nameof(weight), w.InputChannels, nameof(input), x.Channels);
        var stride = ShapeReading.Expand(strides, x.Rank, nameof(strides), fallback: 1, minimum: 1);
        var dilation = ShapeReading.Expand(dilations, x.Rank, nameof(dilations), fallback: 1, minimum: 1);
        var outputPaddings = ShapeReading.Expand(outputPadding, x.Rank, nameof(outputPadding), fallback: 0, minimum: 0);
        ImmutableArray<(int Head, int Tail)> given = ShapeReading.ReadOnnxPads(pads, autoPad, x.Rank);
        ReadOnlySpan<nint> sizes = outputShape.Length == x.Rank + 2 ? outputShape[2..] : outputShape;
        if (sizes.Length != 0 && sizes.Length != x.Rank)
            throw ShapeReading.Fault(nameof(outputShape),
                $"outputShape is {ShapeReading.Text(outputShape)} with {outputShape.Length} lengths, and must have {x.Rank} or {x.Rank} "
                + $"+ 2 for {x.Rank} spatial axes: give the sizes, or the whole shape");
        bool same = autoPad is OnnxAutoPad.SameUpper or OnnxAutoPad.SameLower;
        var axes = ShapeReading.Uncropped(x.Sizes, w.Kernel, stride, dilation).ToArray();
        for (int a = 0; a < axes.Length; a++)
        {
            long? output = sizes.Length != 0 ? sizes[a] : same ? (long)axes[a].Input * axes[a].Stride : null;
            if (output is { } size && ConvTransposeAxis.AtLeastOne(nameof(outputShape), size) is { } error)
                throw new GeometryException(error);
            axes[a] = output is { } length
                ? axes[a].CropTo(length, outputPaddings[a], largerHalfFirst: autoPad != OnnxAutoPad.SameUpper)
                : CropAsOnnx(axes[a], given[a], outputPaddings[a], ShapeReading.On(a, x.Rank));
        }
        return Create(x.Batch, x.Channels, ShapeReading.OutputChannels(w, group, nameof(group)), group, axes);
    }

    private static ConvTransposeAxis CropAsOnnx(ConvTransposeAxis axis, (int Head, int Tail) pads, int outputPadding, Sentence where)
    {
        long output = (long)axis.Full + outputPadding - pads.Head - pads.Tail;
        if (output < 1)
        {
            throw ShapeReading.Fault(
                nameof(pads),
                $"strides*(input - 1) + outputPadding + (kernel - 1)*dilations + 1 - head - tail = {axis.Stride}*({axis.Input} - 1) + "
                    + $"{outputPadding} + ({axis.Kernel} - 1)*{axis.Dilation} + 1 - {pads.Head} - {pads.Tail} = {output}{where}, and the "
                    + $"output must be positive: use smaller pads or a larger kernel");
        }
        return axis.WithCrop(pads.Head, (long)pads.Tail - outputPadding);
    }
}
