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
        TensorAccess.RequireShape(input.Lengths, geometry.InputShape.AsSpan(), nameof(input));
        TensorAccess.RequireShape(indices.Lengths, geometry.InputShape.AsSpan(), nameof(indices));
        Tensor<T> output = TensorAccess.Create<T>(geometry.OutputShape.AsSpan(), out Span<T> elements);
        Forward(TensorAccess.Contiguous(input), TensorAccess.Contiguous(indices), geometry, elements);
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
        TensorAccess.RequireLength(input.Length, geometry.InputShape.AsSpan(), nameof(input));
        TensorAccess.RequireLength(indices.Length, geometry.InputShape.AsSpan(), nameof(indices));
        TensorAccess.RequireLength(destination.Length, geometry.OutputShape.AsSpan(), nameof(destination));
        TensorAccess.RequireDisjoint<T, T>(input, destination, nameof(input));
        TensorAccess.RequireDisjoint<int, T>(indices, destination, nameof(indices));
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
        TensorAccess.RequireShape(outputGradient.Lengths, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        TensorAccess.RequireShape(indices.Lengths, geometry.InputShape.AsSpan(), nameof(indices));
        Tensor<T> gradient = TensorAccess.Create<T>(geometry.InputShape.AsSpan(), out Span<T> elements);
        InputGradient(TensorAccess.Contiguous(outputGradient), TensorAccess.Contiguous(indices), geometry, elements);
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
        TensorAccess.RequireLength(outputGradient.Length, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        TensorAccess.RequireLength(indices.Length, geometry.InputShape.AsSpan(), nameof(indices));
        TensorAccess.RequireLength(destination.Length, geometry.InputShape.AsSpan(), nameof(destination));
        TensorAccess.RequireDisjoint<T, T>(outputGradient, destination, nameof(outputGradient));
        TensorAccess.RequireDisjoint<int, T>(indices, destination, nameof(indices));
        IndexedPlanes planes = geometry.Planes;
        MaxPoolIndices.RequireInside(indices, planes.Large, nameof(indices));
        IndexedCopy.Gather(outputGradient, indices, planes.Outer, planes.Inner, planes.Small, planes.Large, destination);
    }
}
