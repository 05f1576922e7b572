using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>The same elements under another shape.</summary>
    /// <param name="value">Any shape.</param>
    /// <param name="shape">Of as many elements.</param>
    /// <exception cref="GeometryException">Another number of elements.</exception>
    public static Variable<T> Reshape<T>(Variable<T> value, params ReadOnlySpan<nint> shape)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        Require.Length(value.Length, shape, nameof(value));
        return Operations.Reshape<T>.Run(value, [.. shape]);
    }

    /// <summary>Tensors one after another along an axis.</summary>
    /// <param name="axis">From 0; the channels are 1.</param>
    /// <param name="values">Equal in every other axis; at least one.</param>
    /// <exception cref="ArgumentException">No tensor, or an axis that there is not.</exception>
    /// <exception cref="GeometryException">Shapes that differ in another axis.</exception>
    public static Variable<T> Concat<T>(int axis, params ReadOnlySpan<Variable<T>> values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (values.IsEmpty) throw new ArgumentException("values is empty, and must hold at least one tensor", nameof(values));
        nint[] shape = [.. values[0].Shape];
        RequireAxis(axis, shape.Length);
        for (int i = 1; i < values.Length; i++)
        {
            ReadOnlySpan<nint> other = values[i].Shape.AsSpan();
            if (other.Length != shape.Length || !other[..axis].SequenceEqual(shape.AsSpan(0, axis))
                || !other[(axis + 1)..].SequenceEqual(shape.AsSpan(axis + 1)))
                throw new GeometryException(new(nameof(values),
                $"values[{i}] has shape {TensorMemory.Text(other)} and values[0] has {TensorMemory.Text(values[0].Shape.AsSpan())}: all "
                    + $"axes but {axis} must be equal: change one of them"));
            shape[axis] += other[axis];
        }
        return Concatenation<T>.Run(axis, [.. shape], values.ToArray());
    }

    /// <summary>A stretch of an axis.</summary>
    /// <param name="value">Any shape.</param>
    /// <param name="axis">From 0; the channels are 1.</param>
    /// <param name="start">The first index.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="ArgumentException">An axis that there is not.</exception>
    /// <exception cref="GeometryException">A stretch that is not within the axis.</exception>
    public static Variable<T> Slice<T>(Variable<T> value, int axis, int start, int length)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        RequireAxis(axis, value.Shape.Length);
        if (start < 0 || length < 0 || (long)start + length > value.Shape[axis])
            throw new GeometryException(new(nameof(start),
                $"start = {start} and length = {length}, and 0 <= start and start + length <= {value.Shape[axis]} must hold on axis "
                + $"{axis} of {TensorMemory.Text(value.Shape.AsSpan())}"));
        return Slicing<T>.Run(value, axis, start, value.Shape.SetItem(axis, length));
    }

    /// <summary>
    /// Channels become space: [batch, channels*r*r, h, w] to [batch, channels, h*r, w*r], as PyTorch's <c>pixel_shuffle</c>; over one or
    /// three axes likewise.
    /// </summary>
    /// <param name="value">[batch, channels * block, sizes...].</param>
    /// <param name="factor">r, of every axis or for each.</param>
    /// <exception cref="GeometryException">Channels that the block does not divide.</exception>
    public static Variable<T> PixelShuffle<T>(Variable<T> value, PerAxis factor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        return Shuffling<T>.Run(value, Tape<T>.Of([value]).Plans.OfShuffle(value.Shape, factor, inverse: false), inverse: false);
    }

    /// <summary>Space becomes channels: the inverse of <see cref="PixelShuffle"/>.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="factor">Divides every size.</param>
    /// <exception cref="GeometryException">A size that the factor does not divide.</exception>
    public static Variable<T> PixelUnshuffle<T>(Variable<T> value, PerAxis factor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        return Shuffling<T>.Run(value, Tape<T>.Of([value]).Plans.OfShuffle(value.Shape, factor, inverse: true), inverse: true);
    }

    /// <summary>Another size by interpolation.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="size">The output's sizes.</param>
    /// <param name="method">Nearest, linear, cubic, area; see <see cref="ResizeMethod"/>.</param>
    /// <exception cref="GeometryException">A size below 1, or as many sizes as neither one nor the axes.</exception>
    public static Variable<T> Resize<T>(Variable<T> value, PerAxis size, ResizeMethod method)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(method);
        return Resizing<T>.Run(value, Tape<T>.Of([value]).Plans.OfResize(value.Shape, size, method));
    }

    /// <summary>Another size by interpolation, by factors: PyTorch's <c>interpolate(scale_factor=...)</c>.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="scale">The factor of every axis, or for each; the output's sizes are floor(size * factor).</param>
    /// <param name="method">Nearest, linear, cubic, area; see <see cref="ResizeMethod"/>.</param>
    /// <param name="recomputeScale">Whether the places between the samples follow from the sizes, and not from the factors.</param>
    /// <exception cref="GeometryException">A factor that is not above 0 or leaves nothing, or as many as neither one nor the
    /// axes.</exception>
    public static Variable<T> ResizeByScale<T>(Variable<T> value, ReadOnlySpan<double> scale, ResizeMethod method,
        bool recomputeScale = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(method);
        TapeCache<T> plans = Tape<T>.Of([value]).Plans;
        ResizePlan<T> plan = plans.OfResize(value.Shape, [.. scale], method);
        if (!recomputeScale) return Resizing<T>.Run(value, plan);
        Span<int> sizes = stackalloc int[value.Shape.Length - 2];
        for (int axis = 0; axis < sizes.Length; axis++) sizes[axis] = (int)plan.Geometry.OutputShape[axis + 2];
        return Resize(value, PerAxis.Create(sizes), method);
    }

    private static void RequireAxis(int axis, int rank)
    {
        if (axis < 0 || axis >= rank)
            throw new ArgumentOutOfRangeException(nameof(axis), axis,
                $"axis = {axis}, and must be 0 .. {rank - 1} for a tensor of rank {rank}");
    }
}
