using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Operations;
using Upstride.Operators;

namespace Upstride.Learning;

public static partial class Functions
{
    /// <summary>The largest element of each window, and where it was: PyTorch's <c>max_pool1d/2d/3d</c>.</summary>
    /// <param name="value">[batch, channels, sizes...].</param>
    /// <param name="kernelSize">Of every axis, or for each.</param>
    /// <param name="stride">The kernel where null.</param>
    /// <param name="padding">Default 0; at most half the extent of the window, (kernel - 1)*dilation + 1.</param>
    /// <param name="dilation">Default 1.</param>
    /// <param name="ceilMode">Whether a last window that does not fit is kept.</param>
    /// <exception cref="GeometryException">Sizes that do not fit each other.</exception>
    public static (Variable<T> Output, PoolIndices<T> Indices) MaxPool<T>(
        Variable<T> value, PerAxis kernelSize, PerAxis? stride = null, PerAxis padding = default, PerAxis dilation = default,
            bool ceilMode = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        return MaxPooling<T>.Run(value, Tape<T>.Of([value]).Plans.OfPool(value.Shape, kernelSize, stride, padding, dilation, ceilMode));
    }

    /// <summary>Puts each element to where the maximum of a pooling was, among zeros.</summary>
    /// <param name="value">[batch, channels, sizes...], of the shape of the pooling's output.</param>
    /// <param name="indices">From <see cref="MaxPool"/>; the output has the size of that pooling's input.</param>
    /// <exception cref="GeometryException">Another shape than the pooling's.</exception>
    public static Variable<T> MaxUnpool<T>(Variable<T> value, PoolIndices<T> indices)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(indices);
        return MaxUnpool(value, indices, default);
    }

    /// <summary>The same with an output of given sizes: PyTorch's <c>output_size</c>.</summary>
    /// <param name="value">[batch, channels, sizes...], of the shape of the pooling's output.</param>
    /// <param name="indices">From <see cref="MaxPool"/>: places in an output of these sizes, counted row by row.</param>
    /// <param name="outputSize">Of every axis, or for each; less than a stride from what the pooling's windows span. The size of that
    /// pooling's input where none is given.</param>
    /// <exception cref="GeometryException">Another shape than the pooling's, sizes too far from its windows, or an index beyond
    /// them.</exception>
    public static Variable<T> MaxUnpool<T>(Variable<T> value, PoolIndices<T> indices, PerAxis outputSize)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(indices);
        _ = indices.Values;
        // The channels may be others' than the pooling's no more than the places: each index belongs to one element.
        Require.Shape(value.Shape.AsSpan(), indices.Geometry.OutputShape.AsSpan(), nameof(value));
        if (outputSize.Values.IsEmpty)
            return IndexedMove<T>.Run(IndexedMoveKind.Scatter, value, indices, indices.Geometry.Planes, indices.Geometry.InputShape);
        ImmutableArray<nint> shape = UnpooledShape(indices.Geometry, outputSize);
        IndexedPlanes planes = indices.Geometry.Planes with { Large = TensorMemory.Length(shape.AsSpan()[2..]) };
        foreach (int index in indices.Values)
            if (index >= planes.Large)
                throw new GeometryException(new(nameof(outputSize),
                    $"an index is {index}, and outputSize = {outputSize} has places 0 .. {planes.Large - 1}: use a larger size"));
        return IndexedMove<T>.Run(IndexedMoveKind.Scatter, value, indices, planes, shape);
    }

    private static ImmutableArray<nint> UnpooledShape(PoolGeometry geometry, PerAxis outputSize)
    {
        nint[] shape = [.. geometry.OutputShape];
        ImmutableArray<int> sizes = outputSize.Expand(shape.Length - 2, nameof(outputSize));
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            PoolAxis window = geometry.Axes[axis];
            long usual = (window.Output - 1L) * window.Stride - 2L * window.Head + window.Kernel;
            if (Math.Abs(sizes[axis] - usual) >= window.Stride)
                throw new GeometryException(new(nameof(outputSize),
                    $"outputSize = {sizes[axis]} on axis {axis + 2}, and {usual - window.Stride} < outputSize < {usual + window.Stride} "
                        + $"must "
                    + $"hold: (input - 1)*stride - 2*padding + kernel = {usual}, give or take less than a stride"));
            shape[axis + 2] = sizes[axis];
        }
        return [.. shape];
    }
}
