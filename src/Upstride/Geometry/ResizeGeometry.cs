using System.Collections.Immutable;

namespace Upstride.Geometry;

/// <summary>
/// A resize of a tensor: one axis for each of its dimensions, most of them copied as they are, and the method that makes the values.
/// </summary>
public sealed partial class ResizeGeometry
{
    private ResizeGeometry(ImmutableArray<ResizeAxis> axes, ResizeMethod method)
    {
        Axes = axes;
        Method = method;
        InputShape = [.. axes.Select(static axis => (nint)axis.Input)];
        OutputShape = [.. axes.Select(static axis => (nint)axis.Output)];
    }

    /// <summary>One axis for each dimension of the tensor, outermost first.</summary>
    public ImmutableArray<ResizeAxis> Axes { get; }

    /// <summary>How the values are made.</summary>
    public ResizeMethod Method { get; }

    /// <summary>The input's lengths.</summary>
    public ImmutableArray<nint> InputShape { get; }

    /// <summary>The output's lengths.</summary>
    public ImmutableArray<nint> OutputShape { get; }

    /// <summary>Elements of the input.</summary>
    public int InputLength => Axes.Aggregate(1, static (product, axis) => product * axis.Input);

    /// <summary>Elements of the output.</summary>
    public int OutputLength => Axes.Aggregate(1, static (product, axis) => product * axis.Output);

    /// <summary>The resize of a tensor along these axes, one for each of its dimensions.</summary>
    /// <exception cref="GeometryException">No axis or one that was not made, a method that is none, or a tensor of more than
    /// <see cref="Array.MaxLength"/> elements.</exception>
    public static ResizeGeometry Create(IEnumerable<ResizeAxis> axes, ResizeMethod method)
    {
        ArgumentNullException.ThrowIfNull(axes);
        ArgumentNullException.ThrowIfNull(method);
        ImmutableArray<ResizeAxis> all = [.. axes];
        if (method.Fault() is { } fault) throw new GeometryException(fault);
        if (all.Any(static axis => axis.Output == 0 && !axis.IsIdentity))
            throw new GeometryException(new(nameof(axes),
                "axes holds default(ResizeAxis), which has no size: make the axis by ToSize, ByRatio, ByScale, Matlab or Identity"));
        if (all.IsEmpty) throw new GeometryException(new("input", "input has no dimension, and must have at least one"));
        // An empty batch must not hide an absurd image, so one image at least is counted.
        GeometryError? error = ConvTransposeGeometry.TooLarge("input", "input", [.. all.Select(static axis => Math.Max(1L, axis.Input))])
            ?? ConvTransposeGeometry.TooLarge("output", "output", [.. all.Select(static axis => Math.Max(1L, axis.Output))]);
        return error is null ? new(all, method) : throw new GeometryException(error);
    }

    /// <summary>
    /// The resize of the spatial axes of [batch, channels, space...] (or with the channels last) to <paramref name="size"/>.
    /// </summary>
    /// <exception cref="GeometryException">A size below one, or a rank other than 3 to 5.</exception>
    public static ResizeGeometry ToSize(ReadOnlySpan<nint> inputShape, PerAxis size, ResizeMethod method,
        Layout layout = Layout.ChannelsFirst)
    {
        ArgumentNullException.ThrowIfNull(method);
        ImmutableArray<int> sizes = size.Expand(SpatialRank(inputShape), nameof(size));
        return Spatial(inputShape, method, layout, (axis, input) => ResizeAxis.ToSize(input, sizes[axis], method.Coordinates));
    }

    /// <summary>
    /// The resize of the spatial axes of [batch, channels, space...] (or with the channels last) by scales, one for all axes or one for
    /// each, by the rule of <see cref="ResizeAxis.ByScale(long, float, ResizeCoordinates, float, float)"/>: ONNX's, in single precision.
    /// </summary>
    /// <exception cref="GeometryException">A scale that is not positive, a rank other than 3 to 5, or neither one scale nor one for each
    /// axis.</exception>
    public static ResizeGeometry ByScale(ReadOnlySpan<nint> inputShape, ReadOnlySpan<float> scale, ResizeMethod method,
        Layout layout = Layout.ChannelsFirst)
    {
        ArgumentNullException.ThrowIfNull(method);
        float[] scales = Scales(scale, SpatialRank(inputShape));
        return Spatial(inputShape, method, layout,
            (axis, input) => ResizeAxis.ByScale(input, scales[scales.Length == 1 ? 0 : axis], method.Coordinates));
    }

    /// <summary>
    /// The same by scales in double precision, by the rule of <see cref="ResizeAxis.ByScale(long, double, ResizeCoordinates)"/>: PyTorch's
    /// <c>interpolate(scale_factor=...)</c>. Where <c>recompute_scale_factor</c> is set, PyTorch resizes to floor(input*scale):
    /// <see cref="ToSize"/>.
    /// </summary>
    /// <exception cref="GeometryException">A scale that is not positive, a rank other than 3 to 5, or neither one scale nor one for each
    /// axis.</exception>
    public static ResizeGeometry ByScale(ReadOnlySpan<nint> inputShape, ReadOnlySpan<double> scale, ResizeMethod method,
        Layout layout = Layout.ChannelsFirst)
    {
        ArgumentNullException.ThrowIfNull(method);
        double[] scales = Scales(scale, SpatialRank(inputShape));
        return Spatial(inputShape, method, layout,
            (axis, input) => ResizeAxis.ByScale(input, scales[scales.Length == 1 ? 0 : axis], method.Coordinates));
    }

    private static T[] Scales<T>(ReadOnlySpan<T> scale, int rank) => scale.Length == 1 || scale.Length == rank
        ? scale.ToArray()
        : throw new GeometryException(new(nameof(scale),
        $"scale has {scale.Length} values for {rank} spatial axes: give one value, or {rank}"));

    /// <summary>MATLAB's <c>imresize(image, scale, 'bicubic')</c> over [channels, height, width].</summary>
    /// <exception cref="GeometryException">A scale that is not positive and finite, or a rank other than 3.</exception>
    public static ResizeGeometry MatlabBicubic(ReadOnlySpan<nint> inputShape, double scale)
    {
        RequireImage(inputShape);
        return Create([ResizeAxis.Identity(inputShape[0]), ResizeAxis.Matlab(inputShape[1], scale),
            ResizeAxis.Matlab(inputShape[2], scale)], ResizeMethod.MatlabBicubic);
    }

    /// <summary>MATLAB's <c>imresize(image, [height width], 'bicubic')</c> over [channels, height, width].</summary>
    /// <exception cref="GeometryException">A size below one, or a rank other than 3.</exception>
    public static ResizeGeometry MatlabBicubic(ReadOnlySpan<nint> inputShape, int height, int width)
    {
        RequireImage(inputShape);
        return Create([ResizeAxis.Identity(inputShape[0]), ResizeAxis.ToSize(inputShape[1], height),
            ResizeAxis.ToSize(inputShape[2], width)], ResizeMethod.MatlabBicubic);
    }

    /// <summary>The axes in the order that they are resized in: those that shrink most first.</summary>
    internal int[] AxesByScale => Arrays.Range(0, Axes.Length).Sorted((a, b) => Axes[a].Scale.CompareTo(Axes[b].Scale));

    private static void RequireImage(ReadOnlySpan<nint> inputShape)
    {
        if (inputShape.Length != 3)
            throw new GeometryException(new("image",
                $"image has rank {inputShape.Length}, and must have three dimensions: [channels, height, width]"));
    }

    private static int SpatialRank(ReadOnlySpan<nint> inputShape) => inputShape.Length is >= 3 and <= 5
        ? inputShape.Length - 2
        : throw new GeometryException(new("input",
        $"input has rank {inputShape.Length}, and must have batch, channels and 1 to 3 spatial axes: rank 3 to 5"));

    private static ResizeGeometry Spatial(ReadOnlySpan<nint> inputShape, ResizeMethod method, Layout layout,
        Func<int, long, ResizeAxis> create)
    {
        if (ShapeReading.NoLayout(layout) is { } error) throw new GeometryException(error);
        int firstSpatial = layout == Layout.ChannelsFirst ? 2 : 1;
        var axes = new ResizeAxis[inputShape.Length];
        for (int dimension = 0; dimension < axes.Length; dimension++)
        {
            int axis = dimension - firstSpatial;
            axes[dimension] = axis >= 0 && axis < axes.Length - 2
                ? create(axis, inputShape[dimension])
                : ResizeAxis.Identity(inputShape[dimension]);
        }
        return Create(axes, method);
    }
}
