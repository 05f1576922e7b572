using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Operators;

/// <summary>
/// Max-pooling that remembers where each maximum was. Of equal elements the first one counts; a NaN in a window comes out, the last one
/// if there are several. Indices count within their own plane, row-major over the spatial axes (PyTorch's).
/// </summary>
public static class MaxPool
{
    /// <summary>Pools <paramref name="input"/>.</summary>
    /// <param name="input">A tensor of shape <see cref="PoolGeometry.InputShape"/> and any strides.</param>
    /// <param name="geometry">The windows.</param>
    /// <returns>Maxima and indices, dense, of shape <see cref="PoolGeometry.OutputShape"/>.</returns>
    /// <exception cref="GeometryException">A shape that is not the geometry's.</exception>
    public static (Tensor<T> Output, Tensor<int> Indices) Forward<T>(in ReadOnlyTensorSpan<T> input, PoolGeometry geometry)
        where T : INumberBase<T>, IComparisonOperators<T, T, bool>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Shape(input.Lengths, geometry.InputShape.AsSpan(), nameof(input));
        Tensor<T> output = TensorMemory.Create<T>(geometry.OutputShape.AsSpan(), out Span<T> elements);
        Tensor<int> indices = TensorMemory.Create<int>(geometry.OutputShape.AsSpan(), out Span<int> places);
        Forward(TensorMemory.Contiguous(input), geometry, elements, places);
        return (output, indices);
    }

    /// <summary>Pools <paramref name="input"/>.</summary>
    /// <param name="input">The input in row-major order.</param>
    /// <param name="geometry">The windows.</param>
    /// <param name="destination">The maxima in row-major order.</param>
    /// <param name="indices">Where they was.</param>
    /// <exception cref="GeometryException">A length that is not the shape's.</exception>
    /// <exception cref="ArgumentException">Input, destination and indices share memory.</exception>
    public static void Forward<T>(ReadOnlySpan<T> input, PoolGeometry geometry, Span<T> destination, Span<int> indices)
        where T : INumberBase<T>, IComparisonOperators<T, T, bool>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Length(input.Length, geometry.InputShape.AsSpan(), nameof(input));
        Require.Length(destination.Length, geometry.OutputShape.AsSpan(), nameof(destination));
        Require.Length(indices.Length, geometry.OutputShape.AsSpan(), nameof(indices));
        Require.Disjoint<T, T>(input, destination, nameof(input));
        Require.Disjoint<T, int>(input, indices, nameof(input), nameof(indices));
        Require.Disjoint<T, int>(destination, indices, nameof(destination), nameof(indices));
        int missing = 3 - geometry.Axes.Length;
        MaxPoolKernel.Run(
            input, geometry.Planes.Outer, geometry.Planes.Inner,
            Windows(geometry, 0 - missing), Windows(geometry, 1 - missing), Windows(geometry, 2 - missing), destination, indices);
    }

    /// <summary>The gradient with respect to the input: each output's gradient goes to where its maximum was.</summary>
    /// <param name="outputGradient">A tensor of shape <see cref="PoolGeometry.OutputShape"/> and any strides.</param>
    /// <param name="indices">What <see cref="Forward{T}(in ReadOnlyTensorSpan{T}, PoolGeometry)"/> returned.</param>
    /// <param name="geometry">The windows.</param>
    /// <returns>A dense tensor of shape <see cref="PoolGeometry.InputShape"/>.</returns>
    /// <exception cref="GeometryException">A shape that is not the geometry's, or an index outside the plane.</exception>
    public static Tensor<T> InputGradient<T>(in ReadOnlyTensorSpan<T> outputGradient, in ReadOnlyTensorSpan<int> indices,
        PoolGeometry geometry)
        where T : IAdditionOperators<T, T, T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Shape(outputGradient.Lengths, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Require.Shape(indices.Lengths, geometry.OutputShape.AsSpan(), nameof(indices));
        Tensor<T> gradient = TensorMemory.Create<T>(geometry.InputShape.AsSpan(), out Span<T> elements);
        InputGradient(TensorMemory.Contiguous(outputGradient), TensorMemory.Contiguous(indices), geometry, elements);
        return gradient;
    }

    /// <summary>The gradient with respect to the input: each output's gradient goes to where its maximum was.</summary>
    /// <param name="outputGradient">The output's gradient in row-major order.</param>
    /// <param name="indices">Where the maxima was.</param>
    /// <param name="geometry">The windows.</param>
    /// <param name="destination">The input's gradient in row-major order.</param>
    /// <exception cref="GeometryException">A length that is not the shape's, or an index outside the plane.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public static void InputGradient<T>(ReadOnlySpan<T> outputGradient, ReadOnlySpan<int> indices, PoolGeometry geometry,
        Span<T> destination)
        where T : IAdditionOperators<T, T, T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Length(outputGradient.Length, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Require.Length(indices.Length, geometry.OutputShape.AsSpan(), nameof(indices));
        Require.Length(destination.Length, geometry.InputShape.AsSpan(), nameof(destination));
        Require.Disjoint<T, T>(outputGradient, destination, nameof(outputGradient));
        Require.Disjoint<int, T>(indices, destination, nameof(indices));
        IndexedPlanes planes = geometry.Planes;
        MaxPoolIndices.RequireInside(indices, planes.Large, nameof(indices));
        if (typeof(T) == typeof(Half))
        {
            // Windows that overlap add up in single precision, and are rounded once.
            float[] single = new float[outputGradient.Length], sums = new float[destination.Length];
            TensorPrimitives.ConvertToSingle(Reinterpret.As<T, Half>(outputGradient), single);
            IndexedCopy.ScatterAdd<float>(single, indices, planes.Outer, planes.Inner, planes.Small, planes.Large, sums);
            TensorPrimitives.ConvertToHalf(sums, Reinterpret.As<T, Half>(destination));
            return;
        }
        IndexedCopy.ScatterAdd(outputGradient, indices, planes.Outer, planes.Inner, planes.Small, planes.Large, destination);
    }

    // A missing axis is one window over one element.
    private static PoolWindows Windows(PoolGeometry geometry, int index)
    {
        if (index < 0) return new(1, [0], [1], 1);
        PoolAxis axis = geometry.Axes[index];
        int[] first = new int[axis.Output], count = new int[axis.Output];
        for (int o = 0; o < axis.Output; o++) (first[o], count[o]) = axis.WindowOf(o);
        return new(axis.Input, first, count, axis.Dilation);
    }
}
