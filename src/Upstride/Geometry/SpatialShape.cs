using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>An activation tensor taken apart: batch, channels and one to three spatial axes, wherever the channels stand.</summary>
internal readonly record struct SpatialShape(long Batch, long Channels, ImmutableArray<long> Space, Layout Layout)
{
    /// <summary>Elements of one channel of one image.</summary>
    public int Plane => (int)Space.Aggregate(1L, static (product, length) => product * length);

    /// <summary>Elements of the tensor.</summary>
    public int Length => (int)Batch * (int)Channels * Plane;

    /// <summary>How many planes lie one after another: all where the channels come first, else one for each image.</summary>
    public int Outer => (int)(Layout == Layout.ChannelsFirst ? Batch * Channels : Batch);

    /// <summary>How many planes interleave: one where the channels come first, else all channels.</summary>
    public int Inner => (int)(Layout == Layout.ChannelsFirst ? 1 : Channels);

    /// <summary>The tensor's shape taken apart.</summary>
    /// <exception cref="GeometryException">A rank other than 3 to 5, an axis or channels below one, or more than
    /// <see cref="Array.MaxLength"/> elements.</exception>
    public static SpatialShape Of(ReadOnlySpan<nint> shape, Layout layout, string parameter)
    {
        if (ShapeReading.NoLayout(layout) is { } error) throw new GeometryException(error);
        if (shape.Length is < 3 or > 5)
            throw new GeometryException(new(parameter,
                $"{parameter} has rank {shape.Length}, and must have batch, channels and 1 to 3 spatial axes: rank 3 to 5"));
        var space = new long[shape.Length - 2];
        for (int axis = 0; axis < space.Length; axis++) space[axis] = shape[axis + (layout == Layout.ChannelsFirst ? 2 : 1)];
        return new SpatialShape(shape[0], layout == Layout.ChannelsFirst ? shape[1] : shape[^1], [.. space], layout).Checked(parameter);
    }

    /// <summary>This shape, if a tensor can have it.</summary>
    /// <exception cref="GeometryException">An axis or channels below one, or more than <see cref="Array.MaxLength"/> elements.</exception>
    public SpatialShape Checked(string parameter)
    {
        foreach (long length in Space.Add(Channels).Add(Batch + 1))
            if (length < 1)
                throw new GeometryException(new(parameter,
                    $"{parameter} has shape [{string.Join(", ", ToShape())}], and every length must be at least 1, but a batch may be empty"));
        // An empty batch must not hide an absurd image, so one image at least is counted.
        return ConvTransposeGeometry.TooLarge(parameter, parameter, [Math.Max(1, Batch), Channels, .. Space]) is { } error
            ? throw new GeometryException(error) : this;
    }

    /// <summary>The lengths in the layout's order.</summary>
    public ImmutableArray<nint> ToShape() => Layout == Layout.ChannelsFirst
        ? [(nint)Batch, (nint)Channels, .. Space.Select(static length => (nint)length)]
        : [(nint)Batch, .. Space.Select(static length => (nint)length), (nint)Channels];

    /// <summary>Distances in memory between neighbours along batch, channels and the spatial axes.</summary>
    public (int Batch, int Channels, int[] Space) Strides()
    {
        var space = new int[Space.Length];
        int stride = Inner;
        for (int axis = space.Length - 1; axis >= 0; axis--)
        {
            space[axis] = stride;
            stride *= (int)Space[axis];
        }
        return ((int)Channels * Plane, Layout == Layout.ChannelsFirst ? Plane : 1, space);
    }
}
