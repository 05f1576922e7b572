using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>A pooling over one to three spatial axes, each channel for itself.</summary>
public sealed partial class PoolGeometry
{
    private readonly SpatialShape _input;
    private readonly SpatialShape _output;

    private PoolGeometry(SpatialShape input, ImmutableArray<PoolAxis> axes)
    {
        Axes = axes;
        _input = input;
        _output = (input with { Space = [.. axes.Select(static axis => (long)axis.Output)] }).Checked("output");
        InputShape = _input.ToShape();
        OutputShape = _output.ToShape();
    }

    /// <summary>The spatial axes, outermost first.</summary>
    public ImmutableArray<PoolAxis> Axes { get; }

    /// <summary>The position of the channels.</summary>
    public Layout Layout => _input.Layout;

    /// <summary>The input's lengths.</summary>
    public ImmutableArray<nint> InputShape { get; }

    /// <summary>The output's lengths.</summary>
    public ImmutableArray<nint> OutputShape { get; }

    /// <summary>Elements of one channel of one input image: indices lie below it.</summary>
    public int InputPlane => _input.Plane;

    internal IndexedPlanes Planes => new(_output, _input);

    /// <summary>The pooling with padding alike at both ends, as PyTorch gives it.</summary>
    /// <param name="inputShape">[batch, channels, space...], or with the channels last.</param>
    /// <param name="kernel">Taps of the window along each axis.</param>
    /// <param name="stride">Distance between windows; the kernel where <see langword="null"/>.</param>
    /// <param name="padding">Padding at both ends, at most half the kernel's extent.</param>
    /// <param name="dilation">Distance between taps.</param>
    /// <param name="ceilMode">Whether a last window that does not fit is kept.</param>
    /// <param name="layout">The position of the channels.</param>
    /// <exception cref="GeometryException">Sizes that <see cref="PoolAxis.Create"/> refuses, padding above half the extent, or a rank other
    /// than 3 to 5.</exception>
    public static PoolGeometry PyTorch(
        ReadOnlySpan<nint> inputShape, PerAxis kernel, PerAxis? stride = null, PerAxis padding = default, PerAxis dilation = default,
        bool ceilMode = false, Layout layout = Layout.ChannelsFirst)
    {
        SpatialShape input = SpatialShape.Of(inputShape, layout, "input");
        int rank = input.Space.Length;
        ImmutableArray<int> kernels = kernel.Expand(rank, nameof(kernel)), strides = (stride ?? kernel).Expand(rank, nameof(stride)),
            paddings = padding.Expand(rank, nameof(padding), 0), dilations = dilation.Expand(rank, nameof(dilation), 1);
        var axes = new PoolAxis[rank];
        for (int a = 0; a < rank; a++)
        {
            axes[a] = PoolAxis.Create(input.Space[a], kernels[a], strides[a], paddings[a], paddings[a], dilations[a], ceilMode);
            long extent = (kernels[a] - 1L) * dilations[a] + 1;
            if (paddings[a] > extent / 2)
                throw new GeometryException(new(nameof(padding),
                    $"padding = {paddings[a]}, and must be at most half the window's extent, floor({extent}/2) = {extent / 2}: pad less"));
        }
        return new(input, [.. axes]);
    }

    /// <summary>The pooling along these axes, for padding of any kind.</summary>
    /// <exception cref="GeometryException">Axes whose number or inputs are not the shape's.</exception>
    public static PoolGeometry Create(ReadOnlySpan<nint> inputShape, IEnumerable<PoolAxis> axes, Layout layout = Layout.ChannelsFirst)
    {
        SpatialShape input = SpatialShape.Of(inputShape, layout, "input");
        ArgumentNullException.ThrowIfNull(axes);
        ImmutableArray<PoolAxis> all = [.. axes];
        if (!input.Space.SequenceEqual(all.Select(static axis => (long)axis.Input)))
            throw new GeometryException(new(nameof(axes),
                $"the axes are {string.Join('x', all.Select(static axis => axis.Input))} long, and the input's are "
                + $"{string.Join('x', input.Space)}"));
        return new(input, all);
    }
}

/// <summary>Small planes whose elements name places in large planes: how both lie in memory.</summary>
internal readonly record struct IndexedPlanes(int Outer, int Inner, int Small, int Large)
{
    public IndexedPlanes(SpatialShape small, SpatialShape large) : this(small.Outer, small.Inner, small.Plane, large.Plane)
    {
    }
}
