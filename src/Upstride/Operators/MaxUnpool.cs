using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Operators;

/// <summary>
/// Max-unpooling: each input goes to the place that its index names, everything else is zero. Indices count within their own plane of the
/// output, row-major over the spatial axes (PyTorch's, whose indices address the output itself whatever size was asked for); where
/// several name one place the last one stays. <see cref="MaxPoolIndices"/> converts ONNX's.
/// </summary>
public static class MaxUnpool
{
    /// <summary>Unpools <paramref name="input"/>.</summary>
    /// <param name="input">A tensor of shape <see cref="UnpoolGeometry.InputShape"/> and any strides.</param>
    /// <param name="indices">Its places in the output's planes, of the same shape.</param>
    /// <param name="geometry">The sizes.</param>
    /// <returns>A dense tensor of shape <see cref="UnpoolGeometry.OutputShape"/>.</returns>
    /// <exception cref="GeometryException">A shape that is not the geometry's, or an index outside the output's plane.</exception>
    public static Tensor<T> Forward<T>(in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<int> indices, UnpoolGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Shape(input.Lengths, geometry.InputShape.AsSpan(), nameof(input));
        Require.Shape(indices.Lengths, geometry.InputShape.AsSpan(), nameof(indices));
        Tensor<T> output = TensorMemory.Create<T>(geometry.OutputShape.AsSpan(), out Span<T> elements);
        Forward(TensorMemory.Contiguous(input), TensorMemory.Contiguous(indices), geometry, elements);
        return output;
    }

    /// <summary>Unpools <paramref name="input"/>.</summary>
    /// <param name="input">The input in row-major order.</param>
    /// <param name="indices">Its places in the output's planes.</param>
    /// <param name="geometry">The sizes.</param>
    /// <param name="destination">The output in row-major order.</param>
    /// <exception cref="GeometryException">A length that is not the shape's, or an index outside the output's plane.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public static void Forward<T>(ReadOnlySpan<T> input, ReadOnlySpan<int> indices, UnpoolGeometry geometry, Span<T> destination)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Length(input.Length, geometry.InputShape.AsSpan(), nameof(input));
        Require.Length(indices.Length, geometry.InputShape.AsSpan(), nameof(indices));
        Require.Length(destination.Length, geometry.OutputShape.AsSpan(), nameof(destination));
        Require.Disjoint<T, T>(input, destination, nameof(input));
        Require.Disjoint<int, T>(indices, destination, nameof(indices));
        IndexedPlanes planes = geometry.Planes;
        MaxPoolIndices.RequireInside(indices, planes.Large, nameof(indices));
        IndexedCopy.Scatter(input, indices, planes.Outer, planes.Inner, planes.Small, planes.Large, destination);
    }

    /// <summary>The gradient with respect to the input: what is at each input's place.</summary>
    /// <param name="outputGradient">A tensor of shape <see cref="UnpoolGeometry.OutputShape"/> and any strides.</param>
    /// <param name="indices">The inputs' places in the output's planes.</param>
    /// <param name="geometry">The sizes.</param>
    /// <returns>A dense tensor of shape <see cref="UnpoolGeometry.InputShape"/>.</returns>
    /// <exception cref="GeometryException">A shape that is not the geometry's, or an index outside the output's plane.</exception>
    public static Tensor<T> InputGradient<T>(in ReadOnlyTensorSpan<T> outputGradient, in ReadOnlyTensorSpan<int> indices,
        UnpoolGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Shape(outputGradient.Lengths, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Require.Shape(indices.Lengths, geometry.InputShape.AsSpan(), nameof(indices));
        Tensor<T> gradient = TensorMemory.Create<T>(geometry.InputShape.AsSpan(), out Span<T> elements);
        InputGradient(TensorMemory.Contiguous(outputGradient), TensorMemory.Contiguous(indices), geometry, elements);
        return gradient;
    }

    /// <summary>The gradient with respect to the input: what is at each input's place.</summary>
    /// <param name="outputGradient">The output's gradient in row-major order.</param>
    /// <param name="indices">The inputs' places in the output's planes.</param>
    /// <param name="geometry">The sizes.</param>
    /// <param name="destination">The input's gradient in row-major order.</param>
    /// <exception cref="GeometryException">A length that is not the shape's, or an index outside the output's plane.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public static void InputGradient<T>(ReadOnlySpan<T> outputGradient, ReadOnlySpan<int> indices, UnpoolGeometry geometry,
        Span<T> destination)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Length(outputGradient.Length, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Require.Length(indices.Length, geometry.InputShape.AsSpan(), nameof(indices));
        Require.Length(destination.Length, geometry.InputShape.AsSpan(), nameof(destination));
        Require.Disjoint<T, T>(outputGradient, destination, nameof(outputGradient));
        Require.Disjoint<int, T>(indices, destination, nameof(indices));
        IndexedPlanes planes = geometry.Planes;
        MaxPoolIndices.RequireInside(indices, planes.Large, nameof(indices));
        IndexedCopy.Gather(outputGradient, indices, planes.Outer, planes.Inner, planes.Small, planes.Large, destination);
    }
}
