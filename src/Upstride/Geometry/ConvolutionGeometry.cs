using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>
/// An ordinary (strided, dilated, padded) convolution over one to three spatial axes: the adjoint of a transposed one, read from output
/// to input. Its output has <c>(input + head + tail - extent)/stride + 1</c> elements on an axis, rounded down.
/// </summary>
public sealed class ConvolutionGeometry : IEquatable<ConvolutionGeometry>
{
    internal ConvolutionGeometry(ConvTransposeGeometry adjoint) => Adjoint = adjoint;

    /// <summary>
    /// The transposed convolution with the same weights that takes this one's output shape back to its input shape: the gradient by its
    /// input.
    /// </summary>
    public ConvTransposeGeometry Adjoint { get; }

    /// <summary>Images in the batch; may be zero.</summary>
    public int Batch => Adjoint.Batch;

    /// <summary>Channels of the input.</summary>
    public int InputChannels => Adjoint.OutputChannels;

    /// <summary>Channels of the output.</summary>
    public int OutputChannels => Adjoint.InputChannels;

    /// <summary>Groups: the channels of both sides fall into this many parts, each made of its own part alone.</summary>
    public int Groups => Adjoint.Groups;

    /// <summary>The position of the channels in input and output.</summary>
    public Layout Layout => Adjoint.Layout;

    /// <summary>[batch, input channels, input...], or with the channels last.</summary>
    public ImmutableArray<nint> InputShape => Adjoint.OutputShape;

    /// <summary>[batch, output channels, output...], or with the channels last.</summary>
    public ImmutableArray<nint> OutputShape => Adjoint.InputShape;

    /// <summary>[output channels, input channels of a group, kernel...], whatever the layout.</summary>
    public ImmutableArray<nint> WeightShape => Adjoint.WeightShape;

    /// <summary>The convolution with the same padding at both ends, as PyTorch has it.</summary>
    /// <param name="input">[batch, input channels, sizes...], or with the channels last.</param>
    /// <param name="weight">[output channels, input channels / groups, kernel...], whatever the layout.</param>
    /// <param name="stride">Default 1.</param>
    /// <param name="padding">Default 0.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="layout">Of input and output.</param>
    /// <exception cref="GeometryException">Shapes that do not fit each other, or a kernel longer than the padded input.</exception>
    public static ConvolutionGeometry Create(
        ReadOnlySpan<nint> input, ReadOnlySpan<nint> weight, PerAxis stride = default, PerAxis padding = default,
        PerAxis dilation = default, int groups = 1, Layout layout = Layout.ChannelsFirst)
    {
        ImmutableArray<int> amounts = padding.Values.IsEmpty ? [0] : padding.Values;
        if (amounts.Min() < 0)
            throw ShapeReading.Fault(nameof(padding),
                $"padding = {padding}, and must be at least 0: crop the input, or give Padding.Explicit");
        return Create(input, weight, stride, Padding.Explicit([.. amounts.Select(static amount => (amount, amount))]), dilation, groups,
            layout);
    }

    /// <summary>
    /// The convolution with SAME (output <c>input/stride</c> rounded up, the odd element of padding at the end), VALID or other padding at
    /// each end.
    /// </summary>
    /// <param name="input">[batch, input channels, sizes...], or with the channels last.</param>
    /// <param name="weight">[output channels, input channels / groups, kernel...], whatever the layout.</param>
    /// <param name="stride">Default 1.</param>
    /// <param name="padding">Explicit amounts may be negative: they drop elements of the input.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="layout">Of input and output.</param>
    /// <exception cref="GeometryException">Shapes that do not fit each other, or a kernel longer than the padded input.</exception>
    public static ConvolutionGeometry Create(
        ReadOnlySpan<nint> input, ReadOnlySpan<nint> weight, PerAxis stride, Padding padding,
        PerAxis dilation = default, int groups = 1, Layout layout = Layout.ChannelsFirst)
    {
        ShapeReading.Activation x = ShapeReading.ReadActivation(nameof(input), input, layout);
        ImmutableArray<(int Head, int Tail)> amounts =
            padding.Kind == PaddingKind.Explicit ? padding.Expand(x.Rank, nameof(padding)) : default;
        return Create(x, weight, (stride, nameof(stride)), (dilation, nameof(dilation)), (groups, nameof(groups)), layout,
            (axis, size) => padding.Kind switch
        {
            PaddingKind.Same => OfSame(size, axis, largerHalfFirst: false),
            PaddingKind.Valid => ConvTransposeAxis.OfConvolution(size, axis.Kernel, axis.Stride, axis.Dilation),
            _ => ConvTransposeAxis.OfConvolution(size, axis.Kernel, axis.Stride, axis.Dilation, amounts[axis.Index].Head,
                amounts[axis.Index].Tail),
        });
    }

    /// <summary>ONNX's operator <c>Conv</c>.</summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">[output channels, input channels / group, kernel...].</param>
    /// <param name="autoPad">The attribute <c>auto_pad</c>; SAME gives <c>input/stride</c> rounded up.</param>
    /// <param name="pads">[starts..., ends...], none negative; only with NOTSET.</param>
    /// <param name="strides">Default 1.</param>
    /// <param name="dilations">Default 1.</param>
    /// <param name="group">Divides both channel counts.</param>
    /// <param name="kernelShape">The kernel's sizes, to be those of <paramref name="weight"/>; default: taken from there.</param>
    /// <exception cref="GeometryException">Pads together with auto_pad, negative pads, shapes that do not fit each other, or a kernel
    /// longer than the padded input.</exception>
    public static ConvolutionGeometry Onnx(
        ReadOnlySpan<nint> input, ReadOnlySpan<nint> weight, OnnxAutoPad autoPad = OnnxAutoPad.NotSet, ReadOnlySpan<nint> pads = default,
        PerAxis strides = default, PerAxis dilations = default, int group = 1, PerAxis kernelShape = default)
    {
        ShapeReading.Activation x = ShapeReading.ReadActivation(nameof(input), input, Layout.ChannelsFirst);
        ShapeReading.RequireKernelShape(kernelShape, ShapeReading.ReadConvolutionWeights(nameof(weight), weight, x.Rank).Kernel);
        ImmutableArray<(int Head, int Tail)> amounts = ShapeReading.ReadOnnxPads(pads, autoPad, x.Rank);
        bool same = autoPad is OnnxAutoPad.SameUpper or OnnxAutoPad.SameLower;
        return Create(x, weight, (strides, nameof(strides)), (dilations, nameof(dilations)), (group, nameof(group)), Layout.ChannelsFirst,
            (axis, size) => same
            ? OfSame(size, axis, largerHalfFirst: autoPad == OnnxAutoPad.SameLower)
            : ConvTransposeAxis.OfConvolution(size, axis.Kernel, axis.Stride, axis.Dilation, amounts[axis.Index].Head,
            amounts[axis.Index].Tail));
    }

    /// <inheritdoc/>
    public bool Equals(ConvolutionGeometry? other) => other is not null && Adjoint.Equals(other.Adjoint);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ConvolutionGeometry);

    /// <inheritdoc/>
    public override int GetHashCode() => ~Adjoint.GetHashCode();

    /// <summary>The convolution of which the transposed one of this line is the adjoint.</summary>
    public override string ToString() => $"adjoint of {Adjoint}";

    private readonly record struct Filter(int Index, long Kernel, int Stride, int Dilation);

    private static ConvolutionGeometry Create(
        ShapeReading.Activation x, ReadOnlySpan<nint> weight, (PerAxis Values, string Name) stride, (PerAxis Values, string Name) dilation,
        (int Count, string Name) groups, Layout layout, Func<Filter, long, ConvTransposeAxis> transposed)
    {
        ShapeReading.Weights w = ShapeReading.ReadConvolutionWeights(nameof(weight), weight, x.Rank);
        if ((ConvTransposeAxis.AtLeastOne(groups.Name, groups.Count) ?? ConvTransposeAxis.AtLeastOne("inputChannels", x.Channels)
            ?? ConvTransposeAxis.AtLeastOne("outputChannels", w.OutputChannels)) is { } error) throw new GeometryException(error);
        if (x.Channels % groups.Count != 0)
            throw ShapeReading.Fault(groups.Name,
                $"inputChannels % {groups.Name} = {x.Channels} % {groups.Count} = {x.Channels % groups.Count}, and must be 0: choose "
                + $"{groups.Name} to divide both channel counts");
        if (w.OutputChannels % groups.Count != 0)
            throw ShapeReading.Fault(groups.Name,
                $"outputChannels % {groups.Name} = {w.OutputChannels} % {groups.Count} = {w.OutputChannels % groups.Count}, and must be "
                + $"0: choose {groups.Name} to divide both channel counts");
        if (w.InputChannels != x.Channels / groups.Count)
            throw ShapeReading.Fault(nameof(weight),
                $"weight has {w.InputChannels} input channels per group and input has {x.Channels} / {groups.Count} = "
                + $"{x.Channels / groups.Count}, and both must be equal: change one of them");
        var strides = ShapeReading.Expand(stride.Values, x.Rank, stride.Name, fallback: 1, minimum: 1);
        var dilations = ShapeReading.Expand(dilation.Values, x.Rank, dilation.Name, fallback: 1, minimum: 1);

        // The adjoint's own check calls this convolution's input an output, so the input is checked here, by its name.
        if (ConvTransposeGeometry.TooLarge("input", "input", [Math.Max(x.Batch, 1), x.Channels, .. x.Sizes]) is { } tooLarge)
            throw new GeometryException(tooLarge);
        var axes = new ConvTransposeAxis[x.Rank];
        for (int a = 0; a < axes.Length; a++) axes[a] = transposed(new(a, w.Kernel[a], strides[a], dilations[a]), x.Sizes[a]);
        return new(ConvTransposeGeometry.Create(x.Batch, w.OutputChannels, x.Channels, groups.Count, axes, layout));
    }

    /// <summary>SAME: <c>input/stride</c> outputs, rounded up; what the kernel needs beyond the input is padding.</summary>
    private static ConvTransposeAxis OfSame(long input, Filter filter, bool largerHalfFirst) =>
        ConvTransposeAxis.Create(Integers.DivideUp(input, filter.Stride), filter.Kernel, filter.Stride, filter.Dilation)
            .CropTo(input, largerHalfFirst: largerHalfFirst);
}
