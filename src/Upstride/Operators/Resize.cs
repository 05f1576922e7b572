using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>Resizing in one call; <see cref="ResizePlan{T}"/> does the same many times.</summary>
/// <example>
/// <code><![CDATA[
/// Tensor<float> larger = Resize.Forward<float>(image, size: (int[])[8, 12], ResizeMethod.PyTorchBicubic());
/// ]]></code>
/// </example>
public static class Resize
{
    /// <summary>Resizes the spatial axes of <paramref name="input"/> to <paramref name="size"/>.</summary>
    /// <param name="input">[batch, channels, space...], or with the channels last; of any strides.</param>
    /// <param name="size">Output elements along each spatial axis.</param>
    /// <param name="method">How the values are made.</param>
    /// <param name="layout">The position of the channels.</param>
    /// <returns>A dense tensor of the new size in the same layout.</returns>
    /// <exception cref="GeometryException">A size below one, or a rank other than 3 to 5.</exception>
    public static Tensor<T> Forward<T>(in ReadOnlyTensorSpan<T> input, PerAxis size, ResizeMethod method,
        Layout layout = Layout.ChannelsFirst)
        where T : unmanaged, IFloatingPoint<T> => Forward(input, ResizeGeometry.ToSize(input.Lengths, size, method, layout));

    /// <summary>Resizes <paramref name="input"/> as <paramref name="geometry"/> says.</summary>
    /// <param name="input">A tensor of shape <see cref="ResizeGeometry.InputShape"/> and any strides.</param>
    /// <param name="geometry">The sizes and the method.</param>
    /// <returns>A dense tensor of shape <see cref="ResizeGeometry.OutputShape"/>.</returns>
    /// <exception cref="GeometryException">A shape that is not the geometry's.</exception>
    public static Tensor<T> Forward<T>(in ReadOnlyTensorSpan<T> input, ResizeGeometry geometry) where T : unmanaged, IFloatingPoint<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Shape(input.Lengths, geometry.InputShape.AsSpan(), nameof(input));
        Tensor<T> output = TensorMemory.Create<T>(geometry.OutputShape.AsSpan(), out Span<T> elements);
        ResizePlan<T>.Create(geometry).Forward(TensorMemory.Contiguous(input), elements);
        return output;
    }

    /// <summary>Resizes <paramref name="input"/> as <paramref name="geometry"/> says.</summary>
    /// <param name="input">The input in row-major order.</param>
    /// <param name="geometry">The sizes and the method.</param>
    /// <param name="destination">The output in row-major order.</param>
    /// <exception cref="GeometryException">A length that is not the shape's.</exception>
    /// <exception cref="ArgumentException">Destination and input share memory.</exception>
    public static void Forward<T>(ReadOnlySpan<T> input, ResizeGeometry geometry, Span<T> destination)
        where T : unmanaged, IFloatingPoint<T> =>
        ResizePlan<T>.Create(geometry).Run(input, destination);

    /// <summary>The gradient with respect to the input of a resize.</summary>
    /// <param name="outputGradient">A tensor of shape <see cref="ResizeGeometry.OutputShape"/> and any strides.</param>
    /// <param name="geometry">The resize's sizes and method.</param>
    /// <returns>A dense tensor of shape <see cref="ResizeGeometry.InputShape"/>.</returns>
    /// <exception cref="GeometryException">A shape that is not the geometry's.</exception>
    public static Tensor<T> InputGradient<T>(in ReadOnlyTensorSpan<T> outputGradient, ResizeGeometry geometry)
        where T : unmanaged, IFloatingPoint<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Shape(outputGradient.Lengths, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Tensor<T> gradient = TensorMemory.Create<T>(geometry.InputShape.AsSpan(), out Span<T> elements);
        ResizePlan<T>.Create(geometry).RunGradient(TensorMemory.Contiguous(outputGradient), elements);
        return gradient;
    }

    /// <summary>The gradient with respect to the input of a resize.</summary>
    /// <param name="outputGradient">The output's gradient in row-major order.</param>
    /// <param name="geometry">The resize's sizes and method.</param>
    /// <param name="destination">The input's gradient in row-major order.</param>
    /// <exception cref="GeometryException">A length that is not the shape's.</exception>
    /// <exception cref="ArgumentException">Destination and gradient share memory.</exception>
    public static void InputGradient<T>(ReadOnlySpan<T> outputGradient, ResizeGeometry geometry, Span<T> destination)
        where T : unmanaged, IFloatingPoint<T> =>
        ResizePlan<T>.Create(geometry).RunGradient(outputGradient, destination);
}
