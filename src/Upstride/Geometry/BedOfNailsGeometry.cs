using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>
/// A bed of nails: every input is at the first corner of a block of stride x stride zeros, so that an axis of n elements becomes one
/// of n*stride.
/// </summary>
public sealed class BedOfNailsGeometry
{
    private readonly SpatialShape _output;

    private BedOfNailsGeometry(SpatialShape input, SpatialShape output, ImmutableArray<int> stride)
    {
        _output = output;
        Stride = stride;
        InputShape = input.ToShape();
        OutputShape = output.ToShape();
        (int batch, int channels, int[] space) = input.Strides();
        (int batchTo, int channelsTo, int[] spaceTo) = output.Strides();
        Copy = CopyLoops.Create([
            ((int)input.Batch, batch, batchTo), ((int)input.Channels, channels, channelsTo),
            .. Arrays.Range(0, stride.Length).Select(axis => ((int)input.Space[axis], space[axis], spaceTo[axis] * stride[axis]))]);
    }

    /// <summary>Outputs for each input along each spatial axis.</summary>
    public ImmutableArray<int> Stride { get; }

    /// <summary>The input's lengths.</summary>
    public ImmutableArray<nint> InputShape { get; }

    /// <summary>The output's lengths.</summary>
    public ImmutableArray<nint> OutputShape { get; }

    internal int OutputLength => _output.Length;

    internal CopyLoops Copy { get; }

    /// <summary>The bed of nails over [batch, channels, space...], or with the channels last.</summary>
    /// <exception cref="GeometryException">A stride below one, a rank other than 3 to 5, or an output that no array holds.</exception>
    public static BedOfNailsGeometry Create(ReadOnlySpan<nint> inputShape, PerAxis stride, Layout layout = Layout.ChannelsFirst)
    {
        SpatialShape input = SpatialShape.Of(inputShape, layout, "input");
        ImmutableArray<int> strides = stride.Expand(input.Space.Length, nameof(stride));
        foreach (int one in strides)
            if (ConvTransposeAxis.AtLeastOne(nameof(stride), one) is { } error) throw new GeometryException(error);
        SpatialShape output = input with { Space = [.. input.Space.Select((length, axis) => length * strides[axis])] };
        return new(input, output.Checked("output"), strides);
    }
}
