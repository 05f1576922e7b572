using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>
/// Takes shapes and settings apart for the dialects, and refuses those that cannot be, by the name the user gave them under.
/// </summary>
internal static class ShapeReading
{
    /// <summary>The shape of an activation tensor: [batch, channels, sizes...], or with the channels last.</summary>
    internal readonly record struct Activation(long Batch, long Channels, ImmutableArray<long> Sizes)
    {
        public int Rank => Sizes.Length;
    }

    /// <summary>The shape of weights; the channels that are not on the side of the whole tensor are those of one group.</summary>
    internal readonly record struct Weights(long InputChannels, long OutputChannels, ImmutableArray<long> Kernel);

    internal static Activation ReadActivation(string parameter, ReadOnlySpan<nint> shape, Layout layout)
    {
        if (NoLayout(layout) is { } error) throw new GeometryException(error);
        bool first = layout == Layout.ChannelsFirst;
        if (shape.Length is < 3 or > 5)
        {
            throw Fault(parameter,
                $"{parameter} is {Text(shape)} with {shape.Length} lengths, and must have 3 to 5: "
                + $"{(first ? "[batch, channels, 1 to 3 sizes]" : "[batch, 1 to 3 sizes, channels]")}");
        }
        ReadOnlySpan<nint> sizes = first ? shape[2..] : shape[1..^1];
        foreach (nint size in sizes)
            if (size < 1)
                throw Fault(parameter, $"{parameter} is {Text(shape)}, and its sizes must be at least 1: the batch alone may be empty");
        return new(shape[0], first ? shape[1] : shape[^1], Longs(sizes));
    }

    internal static Weights ReadWeights(string parameter, ReadOnlySpan<nint> shape, int axes, WeightLayout layout)
    {
        RequireLengths(parameter, shape, axes, layout switch
        {
            WeightLayout.InputOutputKernel => "[input channels, output channels per group, kernel...]",
            WeightLayout.KernelOutputInput => "[kernel..., output channels, input channels]",
            _ => "[kernel..., input channels, output channels]",
        });
        return layout switch
        {
            WeightLayout.InputOutputKernel => new(shape[0], shape[1], Longs(shape[2..])),
            WeightLayout.KernelOutputInput => new(shape[^1], shape[^2], Longs(shape[..^2])),
            _ => new(shape[^2], shape[^1], Longs(shape[..^2])),
        };
    }

    /// <summary>The weights of an ordinary convolution, [output channels, input channels per group, kernel...].</summary>
    internal static Weights ReadConvolutionWeights(string parameter, ReadOnlySpan<nint> shape, int axes)
    {
        RequireLengths(parameter, shape, axes, "[output channels, input channels per group, kernel...]");
        return new(shape[1], shape[0], Longs(shape[2..]));
    }

    private static void RequireLengths(string parameter, ReadOnlySpan<nint> shape, int axes, string expected)
    {
        if (shape.Length != axes + 2)
            throw Fault(parameter,
                $"{parameter} is {Text(shape)} with {shape.Length} lengths, and must have {axes} + 2 for {axes} spatial axes: {expected}");
    }

    /// <summary>The output channels of all groups; the two factors are checked first, so that the product cannot overflow.</summary>
    internal static long OutputChannels(Weights weights, int groups, string parameter) =>
        (ConvTransposeAxis.AtLeastOne(parameter, groups)
        ?? ConvTransposeAxis.AtLeastOne("outputChannels", weights.OutputChannels)) is { } error
            ? throw new GeometryException(error)
            : weights.OutputChannels * groups;

    /// <summary>The channels that both tensors name must be the same.</summary>
    internal static void RequireSame(string what, string parameter, long value, string other, long expected)
    {
        if (value != expected)
            throw Fault(parameter,
                $"{parameter} has {value} {what} and {other} has {expected}, and both must be equal: change one of them");
    }

    /// <summary>One value for each axis, none below <paramref name="minimum"/>.</summary>
    internal static ImmutableArray<int> Expand(PerAxis values, int axes, string parameter, int fallback, int minimum)
    {
        ImmutableArray<int> all = values.Expand(axes, parameter, fallback);
        for (int axis = 0; axis < axes; axis++)
        {
            if (all[axis] < minimum)
                throw Fault(parameter, $"{parameter} = {all[axis]}{On(axis, axes)}, and must be at least {minimum}");
        }
        return all;
    }

    /// <summary>ONNX's pads, [starts..., ends...], as a pair for each axis; zeros where none are given.</summary>
    internal static ImmutableArray<(int Head, int Tail)> ReadOnnxPads(ReadOnlySpan<nint> pads, OnnxAutoPad autoPad, int axes)
    {
        if (NoneOf(nameof(autoPad), autoPad) is { } error) throw new GeometryException(error);
        if (pads.IsEmpty) return [.. Arrays.Repeat((0, 0), axes)];
        if (autoPad != OnnxAutoPad.NotSet)
            throw Fault(nameof(pads),
                $"pads = {Text(pads)} together with autoPad = {autoPad}, and only one of them may be given: leave out one");
        if (pads.Length != 2 * axes)
            throw Fault(nameof(pads),
                $"pads is {Text(pads)} with {pads.Length} values, and must have 2*{axes} for {axes} spatial axes: [starts..., ends...]");
        foreach (nint pad in pads)
        {
            if (pad < 0) throw Fault(nameof(pads),
                $"pads = {Text(pads)}, and none may be negative: extend the output by outputPadding or outputShape instead");
            if (pad > int.MaxValue) throw Fault(nameof(pads), $"pads = {Text(pads)}, and none may exceed {int.MaxValue}");
        }
        var pairs = ImmutableArray.CreateBuilder<(int Head, int Tail)>(axes);
        for (int axis = 0; axis < axes; axis++) pairs.Add(((int)pads[axis], (int)pads[axes + axis]));
        return pairs.DrainToImmutable();
    }

    /// <summary>ONNX's kernel_shape, where given, repeats the weights' sizes.</summary>
    internal static void RequireKernelShape(PerAxis kernelShape, ImmutableArray<long> kernel)
    {
        ImmutableArray<int> given = kernelShape.Values;
        if (given.IsEmpty) return;
        if (given.Length != kernel.Length || !given.Select(static size => (long)size).SequenceEqual(kernel))
            throw Fault(nameof(kernelShape),
                $"kernelShape = {kernelShape} and weight's kernel is {string.Join('x', kernel)}, and both must be equal: leave "
                + $"kernelShape out");
    }

    /// <summary>The axes without any crop.</summary>
    internal static ImmutableArray<ConvTransposeAxis> Uncropped(
        ImmutableArray<long> input, ImmutableArray<long> kernel, ImmutableArray<int> stride, ImmutableArray<int> dilation) =>
        [.. Arrays.Range(0, input.Length).Select(a => ConvTransposeAxis.Create(input[a], kernel[a], stride[a], dilation[a]))];

    /// <summary>" on axis 1", and nothing where there is but one axis.</summary>
    internal static Sentence On(int axis, int axes)
    {
        if (axes == 1) return "";
        return $" on axis {axis}";
    }

    /// <summary>The refusal of a layout that is none of those there are.</summary>
    internal static GeometryError? NoLayout(Layout layout) => NoneOf(nameof(layout), layout);

    /// <summary>The refusal of a value that is none of its enumeration's.</summary>
    internal static GeometryError? NoneOf<TEnum>(string parameter, TEnum value) where TEnum : struct, Enum =>
        Enum.IsDefined(value)
        ? null : new(parameter, $"{parameter} = {value}, and must be one of {string.Join(", ", Enum.GetNames<TEnum>())}");

    internal static string Text(ReadOnlySpan<nint> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    internal static GeometryException Fault(string parameter, Sentence message) => new(new(parameter, message));

    private static ImmutableArray<long> Longs(ReadOnlySpan<nint> lengths)
    {
        var longs = ImmutableArray.CreateBuilder<long>(lengths.Length);
        foreach (nint length in lengths) longs.Add(length);
        return longs.DrainToImmutable();
    }
}
