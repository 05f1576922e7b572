using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Upstride.Geometry;

/// <summary>
/// A transposed convolution over one to three spatial axes with batch, channels and groups: everything that its sizes depend on, checked.
/// The ordinary convolution that is its adjoint runs over the same geometry from output to input.
/// </summary>
/// <example>
/// <code><![CDATA[
/// var geometry = ConvTransposeGeometry.PyTorch(
///     input: [1, 56, 85, 85], weight: [56, 1, 9, 9], stride: 3, padding: 4, outputPadding: 2);
/// Console.WriteLine(string.Join(", ", geometry.OutputShape)); // 1, 1, 255, 255
/// Console.WriteLine(geometry.Explain());                      // the equations above
/// ]]></code>
/// </example>
public sealed partial class ConvTransposeGeometry : IEquatable<ConvTransposeGeometry>
{
    private ConvTransposeGeometry(
        int batch, int inputChannels, int outputChannels, int groups, ImmutableArray<ConvTransposeAxis> axes, Layout layout)
    {
        Batch = batch;
        InputChannels = inputChannels;
        OutputChannels = outputChannels;
        Groups = groups;
        Axes = axes;
        Layout = layout;
    }

    /// <summary>Images in the batch; may be zero.</summary>
    public int Batch { get; }

    /// <summary>Channels of the input.</summary>
    public int InputChannels { get; }

    /// <summary>Channels of the output.</summary>
    public int OutputChannels { get; }

    /// <summary>Groups: the channels of both sides fall into this many parts, each made of its own part alone.</summary>
    public int Groups { get; }

    /// <summary>The spatial axes, outermost first.</summary>
    public ImmutableArray<ConvTransposeAxis> Axes { get; }

    /// <summary>The spatial axes brought to three by axes of one element in front.</summary>
    internal ImmutableArray<ConvTransposeAxis> ThreeAxes =>
        [.. Arrays.Repeat(ConvTransposeAxis.Create(1, 1), 3 - Axes.Length), .. Axes];

    /// <summary>Whether each place of the output is made of the same place of the input alone.</summary>
    internal bool IsPlaceByPlace => Axes.All(static axis => axis is { Kernel: 1, Stride: 1, Head: 0, Tail: 0 });

    /// <summary>
    /// The same products of the same elements, their places in one row where each is made of one, so that no row ends early.
    /// </summary>
    internal ConvTransposeGeometry InOneRow => Axes.Length > 1 && IsPlaceByPlace
        ? new(Batch, InputChannels, OutputChannels, Groups, [ConvTransposeAxis.Create(InputPlane, 1)], Layout) : this;

    /// <summary>The position of the channels in input and output.</summary>
    public Layout Layout { get; }

    /// <summary>Input channels of one group.</summary>
    public int InputChannelsPerGroup => InputChannels / Groups;

    /// <summary>Output channels of one group.</summary>
    public int OutputChannelsPerGroup => OutputChannels / Groups;

    /// <summary>[batch, input channels, input...], or with the channels last.</summary>
    public ImmutableArray<nint> InputShape => Shape(InputChannels, static axis => axis.Input);

    /// <summary>[batch, output channels, output...], or with the channels last.</summary>
    public ImmutableArray<nint> OutputShape => Shape(OutputChannels, static axis => axis.Output);

    /// <summary>[input channels, output channels of a group, kernel...], whatever the layout.</summary>
    public ImmutableArray<nint> WeightShape => [InputChannels, OutputChannelsPerGroup, .. Axes.Select(static axis => (nint)axis.Kernel)];

    /// <summary>Elements of one channel of one input image.</summary>
    public int InputPlane => Product(static axis => axis.Input);

    /// <summary>Elements of one channel of one output image.</summary>
    public int OutputPlane => Product(static axis => axis.Output);

    /// <summary>Taps of the kernel over all axes.</summary>
    public int KernelTaps => Product(static axis => axis.Kernel);

    /// <summary>Elements of the input.</summary>
    public int InputLength => Batch * InputChannels * InputPlane;

    /// <summary>Elements of the output.</summary>
    public int OutputLength => Batch * OutputChannels * OutputPlane;

    /// <summary>Elements of the weights.</summary>
    public int WeightLength => InputChannels * OutputChannelsPerGroup * KernelTaps;

    /// <summary>Multiply-adds of the definition, uncropped: every input element times every tap of its group's output channels.</summary>
    public long MultiplyAdds => (long)InputLength * OutputChannelsPerGroup * KernelTaps;

    /// <summary>Multiply-adds that reach a kept output: those of <see cref="MultiplyAdds"/> that are not cropped.</summary>
    internal double KeptMultiplyAdds
    {
        get
        {
            double products = (double)Batch * InputChannels * OutputChannelsPerGroup;
            foreach (ConvTransposeAxis axis in Axes)
            {
                long kept = 0;
                for (int tap = 0; tap < axis.Kernel; tap++)
                {
                    (int first, int end) = axis.InputsThrough(tap);
                    kept += end - first;
                }
                products *= kept;
            }
            return products;
        }
    }

    /// <summary>
    /// The ordinary convolution with the same weights that takes this one's output shape back to its input shape: the gradient by its
    /// input.
    /// </summary>
    public ConvolutionGeometry Adjoint => new(this);

    /// <summary>The geometry of these axes and channels.</summary>
    /// <exception cref="GeometryException">Channels that the groups do not divide, a number of axes other than 1 to 3, or a tensor of more
    /// than <see cref="Array.MaxLength"/> elements.</exception>
    public static ConvTransposeGeometry Create(
        long batch, long inputChannels, long outputChannels, long groups, IEnumerable<ConvTransposeAxis> axes,
            Layout layout = Layout.ChannelsFirst) =>
        TryCreate(batch, inputChannels, outputChannels, groups, axes, layout, out ConvTransposeGeometry? geometry, out GeometryError? error)
            ? geometry
            : throw new GeometryException(error);

    /// <summary>The geometry of these axes and channels, or the reason why there is none.</summary>
    public static bool TryCreate(
        long batch, long inputChannels, long outputChannels, long groups, IEnumerable<ConvTransposeAxis> axes, Layout layout,
        [NotNullWhen(true)] out ConvTransposeGeometry? geometry, [NotNullWhen(false)] out GeometryError? error)
    {
        ArgumentNullException.ThrowIfNull(axes);
        ImmutableArray<ConvTransposeAxis> all = [.. axes];
        geometry = null;
        error = ShapeReading.NoLayout(layout) ?? Fault(batch, inputChannels, outputChannels, groups, all);
        if (error is not null) return false;
        geometry = new((int)batch, (int)inputChannels, (int)outputChannels, (int)groups, all, layout);
        return true;
    }

    /// <summary>The same problem with its channels first or last.</summary>
    /// <exception cref="GeometryException">A layout that is none.</exception>
    public ConvTransposeGeometry WithLayout(Layout layout) =>
        ShapeReading.NoLayout(layout) is { } error ? throw new GeometryException(error)
        : layout == Layout ? this : new(Batch, InputChannels, OutputChannels, Groups, Axes, layout);

    /// <summary>The same problem with another number of images.</summary>
    /// <exception cref="GeometryException">A tensor of more than <see cref="Array.MaxLength"/> elements.</exception>
    public ConvTransposeGeometry WithBatch(long batch) =>
        batch == Batch ? this : Create(batch, InputChannels, OutputChannels, Groups, Axes, Layout);

    /// <inheritdoc/>
    public bool Equals(ConvTransposeGeometry? other) =>
        other is not null && Batch == other.Batch && InputChannels == other.InputChannels && OutputChannels == other.OutputChannels
        && Groups == other.Groups && Layout == other.Layout && Axes.SequenceEqual(other.Axes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ConvTransposeGeometry);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        Axes.Aggregate(HashCode.Combine(Batch, InputChannels, OutputChannels, Groups, Layout), HashCode.Combine);

    private static GeometryError? Fault(long batch, long inputChannels, long outputChannels, long groups,
        ImmutableArray<ConvTransposeAxis> axes)
    {
        if (axes.Length is < 1 or > 3) return new("input", $"{axes.Length} spatial axes were given, and there must be 1, 2 or 3");
        foreach (ConvTransposeAxis axis in axes)
            if (axis.NotCreated(nameof(axes)) is { } missing) return missing;
        if (batch is < 0 or > int.MaxValue) return new("batch", $"batch = {batch}, and must be 0 .. {int.MaxValue}");
        if ((ConvTransposeAxis.AtLeastOne(nameof(inputChannels), inputChannels)
            ?? ConvTransposeAxis.AtLeastOne(nameof(outputChannels), outputChannels)
            ?? ConvTransposeAxis.AtLeastOne(nameof(groups), groups)) is { } error) return error;
        if (inputChannels % groups != 0)
            return new("groups",
                $"inputChannels % groups = {inputChannels} % {groups} = {inputChannels % groups}, and must be 0: choose groups that "
                + $"divide both channel counts");
        if (outputChannels % groups != 0)
            return new("groups",
                $"outputChannels % groups = {outputChannels} % {groups} = {outputChannels % groups}, and must be 0: choose groups that "
                + $"divide both channel counts");

        // An empty batch must not hide an absurd image, so one image at least is counted.
        long images = Math.Max(batch, 1);
        return TooLarge("input", "input", [images, inputChannels, .. axes.Select(static axis => (long)axis.Input)])
            ?? TooLarge("output", "output", [images, outputChannels, .. axes.Select(static axis => (long)axis.Output)])
            ?? TooLarge("weight", "weight", [inputChannels, outputChannels / groups, .. axes.Select(static axis => (long)axis.Kernel)]);
    }

    /// <summary>The refusal of a tensor that no array can hold; null where one can.</summary>
    internal static GeometryError? TooLarge(string parameter, string what, ReadOnlySpan<long> lengths)
    {
        // Five lengths may leave 128 bits, and so look small again.
        BigInteger product = 1;
        foreach (long length in lengths) product *= length;
        return product <= Array.MaxLength
            ? null
            : new(parameter,
            $"the {what} would have {string.Join(" * ", lengths.ToArray())} = {product} elements, more than an array's "
                + $"{Array.MaxLength}: split it or make it smaller");
    }

    private ImmutableArray<nint> Shape(int channels, Func<ConvTransposeAxis, nint> size) =>
        Layout == Layout.ChannelsFirst ? [Batch, channels, .. Axes.Select(size)] : [Batch, .. Axes.Select(size), channels];

    private int Product(Func<ConvTransposeAxis, int> size)
    {
        int product = 1;
        foreach (ConvTransposeAxis axis in Axes) product *= size(axis);
        return product;
    }
}
