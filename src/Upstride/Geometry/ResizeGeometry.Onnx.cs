namespace Upstride.Geometry;

/// <summary>What ONNX's Resize makes of sizes that do not keep the aspect ratio.</summary>
public enum ResizeAspectRatio
{
    /// <summary>The sizes as they are.</summary>
    Stretch,

    /// <summary>The largest scale, the same for all axes, at which no axis exceeds its size.</summary>
    NotLarger,

    /// <summary>The smallest scale, the same for all axes, at which no axis falls short of its size.</summary>
    NotSmaller,
}

public sealed partial class ResizeGeometry
{
    /// <summary>
    /// ONNX's Resize (opset 10 to 19; Upsample is asymmetric and floor) by <c>scales</c>: an axis of scale 1 is copied as it is, whatever
    /// the coordinates and the region of interest say, as ONNX Runtime does.
    /// </summary>
    /// <param name="inputShape">The input's lengths, of any rank.</param>
    /// <param name="scales">One for each dimension, or for each of <paramref name="axes"/>.</param>
    /// <param name="method">How the values are made.</param>
    /// <param name="roi">For crop and resize: all starts, then all ends; empty stands for the whole input.</param>
    /// <param name="axes">The dimensions that <paramref name="scales"/> and <paramref name="roi"/> speak of, negative ones from the end;
    /// empty for all.</param>
    /// <exception cref="GeometryException">Counts that do not fit the rank or the axes, an axis named twice, or a scale or size out of
    /// range.</exception>
    public static ResizeGeometry OnnxScales(
        ReadOnlySpan<nint> inputShape, ReadOnlySpan<float> scales, ResizeMethod method, ReadOnlySpan<float> roi = default,
            ReadOnlySpan<long> axes = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        int[] dimensions = OnnxAxes(inputShape.Length, axes, scales.Length, nameof(scales));
        (float[] starts, float[] ends) = OnnxRegion(dimensions.Length, roi, method);
        ResizeAxis[] all = Identities(inputShape);
        for (int i = 0; i < dimensions.Length; i++)
        {
            if (scales[i] != 1)
                all[dimensions[i]] = ResizeAxis.ByScale(inputShape[dimensions[i]], scales[i], method.Coordinates, starts[i], ends[i]);
        }
        return Create(all, method);
    }

    /// <summary>
    /// ONNX's Resize to <c>sizes</c>: an axis that keeps its size is copied as it is, unless a region of interest other than the whole is
    /// cropped from it (where the text of the standard, not ONNX Runtime, is followed).
    /// </summary>
    /// <param name="inputShape">The input's lengths, of any rank.</param>
    /// <param name="sizes">One for each dimension, or for each of <paramref name="axes"/>.</param>
    /// <param name="method">How the values are made.</param>
    /// <param name="aspectRatio">Whether the sizes only bound one common scale.</param>
    /// <param name="roi">For crop and resize: all starts, then all ends; empty stands for the whole input.</param>
    /// <param name="axes">The dimensions that <paramref name="sizes"/> and <paramref name="roi"/> speak of, negative ones from the end;
    /// empty for all.</param>
    /// <exception cref="GeometryException">Counts that do not fit the rank or the axes, an axis named twice, or a size out of
    /// range.</exception>
    public static ResizeGeometry OnnxSizes(
        ReadOnlySpan<nint> inputShape, ReadOnlySpan<long> sizes, ResizeMethod method,
            ResizeAspectRatio aspectRatio = ResizeAspectRatio.Stretch,
        ReadOnlySpan<float> roi = default, ReadOnlySpan<long> axes = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        if (ShapeReading.NoneOf(nameof(aspectRatio), aspectRatio) is { } error) throw new GeometryException(error);
        int[] dimensions = OnnxAxes(inputShape.Length, axes, sizes.Length, nameof(sizes));
        (float[] starts, float[] ends) = OnnxRegion(dimensions.Length, roi, method);
        ResizeAxis[] all = Identities(inputShape);
        int widest = aspectRatio == ResizeAspectRatio.Stretch ? -1 : BoundingAxis(inputShape, sizes, dimensions, aspectRatio);
        for (int i = 0; i < dimensions.Length; i++)
        {
            int d = dimensions[i];
            if (widest >= 0)
                all[d] = ResizeAxis.ByRatio(inputShape[d], sizes[widest], inputShape[dimensions[widest]], method.Coordinates, starts[i],
                    ends[i]);
            else if (sizes[i] != inputShape[d]
                || (method.Coordinates == ResizeCoordinates.TensorFlowCropAndResize && (starts[i] != 0 || ends[i] != 1)))
                all[d] = ResizeAxis.ToSize(inputShape[d], sizes[i], method.Coordinates, starts[i], ends[i]);
        }
        return Create(all, method);
    }

    // The axis whose size/input is the least (not larger) or the greatest (not smaller), compared as fractions.
    private static int BoundingAxis(ReadOnlySpan<nint> inputShape, ReadOnlySpan<long> sizes, int[] dimensions,
        ResizeAspectRatio aspectRatio)
    {
        int best = 0;
        for (int i = 1; i < dimensions.Length; i++)
        {
            Int128 left = (Int128)sizes[i] * inputShape[dimensions[best]], right = (Int128)sizes[best] * inputShape[dimensions[i]];
            if (aspectRatio == ResizeAspectRatio.NotLarger ? left < right : left > right) best = i;
        }
        return best;
    }

    private static ResizeAxis[] Identities(ReadOnlySpan<nint> inputShape)
    {
        var all = new ResizeAxis[inputShape.Length];
        for (int d = 0; d < all.Length; d++) all[d] = ResizeAxis.Identity(inputShape[d]);
        return all;
    }

    private static int[] OnnxAxes(int rank, ReadOnlySpan<long> axes, int values, string parameter)
    {
        int[] dimensions = axes.IsEmpty ? [.. Arrays.Range(0, rank)] : new int[axes.Length];
        for (int i = 0; i < axes.Length; i++)
        {
            if (axes[i] < -rank || axes[i] >= rank)
                throw new GeometryException(new(nameof(axes),
                    $"axes[{i}] = {axes[i]}, and must be {-rank} .. {rank - 1} for an input of rank {rank}"));
            dimensions[i] = (int)(axes[i] < 0 ? axes[i] + rank : axes[i]);
            if (dimensions.AsSpan(0, i).Contains(dimensions[i]))
                throw new GeometryException(new(nameof(axes), $"axes names dimension {dimensions[i]} twice"));
        }
        return values == dimensions.Length ? dimensions : throw new GeometryException(new(
            parameter, $"{parameter} has {values} values, and must have one for each of {dimensions.Length} "
                + $"{(axes.IsEmpty ? "dimensions" : "axes")}"));
    }

    private static (float[] Starts, float[] Ends) OnnxRegion(int count, ReadOnlySpan<float> roi, ResizeMethod method)
    {
        if (method.Coordinates != ResizeCoordinates.TensorFlowCropAndResize || roi.IsEmpty)
            return (new float[count], [.. Arrays.Repeat(1f, count)]);
        return roi.Length == 2 * count ? (roi[..count].ToArray(), roi[count..].ToArray()) : throw new GeometryException(new(
            nameof(roi), $"roi has {roi.Length} values, and must have a start and an end for each of {count} axes: {2 * count}"));
    }
}
