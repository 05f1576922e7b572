using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>The mean of each window: PyTorch's <c>avg_pool1d/2d/3d</c>.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="stride">The kernel where null.</param>
    /// <param name="padding">Default 0; at most half the kernel.</param>
    /// <param name="ceilMode">Whether a last window that does not fit is kept.</param>
    /// <param name="countIncludePad">Whether the zeros of the padding count; those beyond it never do.</param>
    /// <param name="divisorOverride">What sums are divided by instead of the number of elements.</param>
    /// <exception cref="GeometryException">Sizes that do not fit each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A divisor of 0.</exception>
    public static Variable<T> AveragePool<T>(Variable<T> value, PerAxis kernelSize, PerAxis? stride = null, PerAxis padding = default,
        bool ceilMode = false, bool countIncludePad = true, int? divisorOverride = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        if (divisorOverride == 0) throw new ArgumentOutOfRangeException(nameof(divisorOverride), "divisorOverride = 0, and must not be 0");
        PoolGeometry geometry = Tape<T>.Of([value]).Plans.OfPool(value.Shape, kernelSize, stride, padding, default, ceilMode);
        Variable<T> pooled = value;
        for (int axis = 2; axis < value.Shape.Length; axis++)
        {
            int index = axis - 2, axes = value.Shape.Length - 2, size = (int)value.Shape[axis];
            int kernel = kernelSize.Expand(axes, nameof(kernelSize))[index], pad = padding.Expand(axes, nameof(padding), 0)[index];
            int step = (stride ?? kernelSize).Expand(axes, nameof(stride), 1)[index];
            pooled = AxisMap<T>.Run(pooled, axis,
                AxisTaps.Create(size, Enumerable.Range(0, (int)geometry.OutputShape[axis]).Select(output =>
            {
                int start = output * step - pad, end = Math.Min(start + kernel, size + pad);
                int from = Math.Max(0, start), to = Math.Min(end, size);
                double share = divisorOverride is null ? 1.0 / (countIncludePad ? end - start : to - from) : 1;
                return Enumerable.Range(from, to - from).Select(place => (place, share));
            })));
        }
        return divisorOverride is { } divisor ? pooled * T.CreateTruncating(1.0 / divisor) : pooled;
    }

    /// <summary>The means of windows that share the input evenly: PyTorch's <c>adaptive_avg_pool1d/2d/3d</c>.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="outputSize">Windows of every axis, or for each.</param>
    /// <returns>[batch, channels, outputSize...].</returns>
    /// <exception cref="GeometryException">A size below 1, or as many as neither one nor the axes.</exception>
    public static Variable<T> AdaptiveAveragePool<T>(Variable<T> value, PerAxis outputSize)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] sizes = AdaptiveSizes(value, outputSize);
        Variable<T> pooled = value;
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            int size = (int)value.Shape[axis + 2], windows = sizes[axis];
            pooled = AxisMap<T>.Run(pooled, axis + 2, AxisTaps.Create(size, Enumerable.Range(0, windows).Select(window =>
            {
                (int from, int to) = AdaptiveWindow(window, windows, size);
                return Enumerable.Range(from, to - from).Select(place => (place, 1.0 / (to - from)));
            })));
        }
        return pooled;
    }

    /// <summary>The largest elements of windows that share the input evenly: PyTorch's <c>adaptive_max_pool1d/2d/3d</c>.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="outputSize">Windows of every axis, or for each.</param>
    /// <returns>[batch, channels, outputSize...].</returns>
    /// <exception cref="GeometryException">A size below 1, or as many as neither one nor the axes.</exception>
    public static Variable<T> AdaptiveMaxPool<T>(Variable<T> value, PerAxis outputSize)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] sizes = AdaptiveSizes(value, outputSize);
        Tape<T> tape = Tape<T>.Of([value]);
        Variable<T> pooled = value;

        // Axis by axis: the first of the largest elements is the same.
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            AxisGroups groups = AxisGroups.OfAxes(pooled.Shape.AsSpan(), axis + 2, axis + 3);
            Buffers.PooledBuffer<int> places = tape.Indices.Take(groups.Outer * sizes[axis] * groups.Inner);
            ReadOnlySpan<T> elements = pooled.Elements;
            for (int outer = 0; outer < groups.Outer; outer++)
                for (int window = 0; window < sizes[axis]; window++)
                    for (int inner = 0; inner < groups.Inner; inner++)
                    {
                        (int from, int to) = AdaptiveWindow(window, sizes[axis], groups.Middle);
                        int best = (outer * groups.Middle + from) * groups.Inner + inner;
                        for (int place = from + 1; place < to; place++)
                        {
                            int other = (outer * groups.Middle + place) * groups.Inner + inner;
                            if (elements[other] > elements[best] || (T.IsNaN(elements[other]) && !T.IsNaN(elements[best]))) best = other;
                        }
                        places.Span[(outer * sizes[axis] + window) * groups.Inner + inner] = best;
                    }
            pooled = Gathering<T>.Run(tape, pooled, places, pooled.Shape.SetItem(axis + 2, sizes[axis]));
        }
        return pooled;
    }

    private static int[] AdaptiveSizes<T>(Variable<T> value, PerAxis outputSize)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        Require.Rank(value.Shape.AsSpan(), 3, 5, nameof(value));
        int[] sizes = [.. outputSize.Expand(value.Shape.Length - 2, nameof(outputSize))];
        foreach (int size in sizes)
            if (size < 1) throw new GeometryException(new(nameof(outputSize), $"outputSize = {size}, and must be at least 1"));
        for (int axis = 2; axis < value.Shape.Length; axis++)
            if (value.Shape[axis] < 1)
                throw new GeometryException(new(nameof(value),
                    $"value has shape {TensorMemory.Text(value.Shape.AsSpan())}, and its sizes must be at least 1"));
        return sizes;
    }

    private static (int From, int To) AdaptiveWindow(int window, int windows, int size) =>
        ((int)((long)window * size / windows), (int)(((long)(window + 1) * size + windows - 1) / windows));
}
