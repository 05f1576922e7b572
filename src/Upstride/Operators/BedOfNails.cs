using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Operators;

/// <summary>Zero-insertion upsampling: each input at the first corner of a block of zeros.</summary>
public static class BedOfNails
{
    /// <summary>Upsamples <paramref name="input"/>.</summary>
    /// <param name="input">[batch, channels, space...], or with the channels last; of any strides.</param>
    /// <param name="stride">Outputs for each input along each spatial axis.</param>
    /// <param name="layout">The position of the channels.</param>
    /// <returns>A dense tensor, its spatial axes <paramref name="stride"/> times as long.</returns>
    /// <exception cref="GeometryException">A stride below one, or a rank other than 3 to 5.</exception>
    public static Tensor<T> Forward<T>(in ReadOnlyTensorSpan<T> input, PerAxis stride, Layout layout = Layout.ChannelsFirst)
    {
        var geometry = BedOfNailsGeometry.Create(input.Lengths, stride, layout);
        Tensor<T> output = TensorMemory.Create<T>(geometry.OutputShape.AsSpan(), out Span<T> elements);
        Forward(TensorMemory.Contiguous(input), geometry, elements);
        return output;
    }

    /// <summary>Upsamples <paramref name="input"/>.</summary>
    /// <param name="input">The input in row-major order.</param>
    /// <param name="geometry">The sizes.</param>
    /// <param name="destination">The output in row-major order.</param>
    /// <exception cref="GeometryException">A length that is not the shape's.</exception>
    /// <exception cref="ArgumentException">Destination and input share memory.</exception>
    public static void Forward<T>(ReadOnlySpan<T> input, BedOfNailsGeometry geometry, Span<T> destination)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Length(input.Length, geometry.InputShape.AsSpan(), nameof(input));
        Require.Length(destination.Length, geometry.OutputShape.AsSpan(), nameof(destination));
        Require.Disjoint<T, T>(input, destination, nameof(input));
        if (input.IsEmpty) return;
        destination.Clear();
        CopyLoops copy = geometry.Copy;
        StridedCopy.Run(input, copy.Lengths.AsSpan(), copy.SourceStrides.AsSpan(), copy.DestinationStrides.AsSpan(), destination);
    }

    /// <summary>The gradient with respect to the input: what is at the nails.</summary>
    /// <param name="outputGradient">A tensor of shape <see cref="BedOfNailsGeometry.OutputShape"/> and any strides.</param>
    /// <param name="geometry">The sizes.</param>
    /// <returns>A dense tensor of shape <see cref="BedOfNailsGeometry.InputShape"/>.</returns>
    /// <exception cref="GeometryException">A shape that is not the geometry's.</exception>
    public static Tensor<T> InputGradient<T>(in ReadOnlyTensorSpan<T> outputGradient, BedOfNailsGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Shape(outputGradient.Lengths, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Tensor<T> gradient = TensorMemory.Create<T>(geometry.InputShape.AsSpan(), out Span<T> elements);
        InputGradient(TensorMemory.Contiguous(outputGradient), geometry, elements);
        return gradient;
    }

    /// <summary>The gradient with respect to the input: what is at the nails.</summary>
    /// <param name="outputGradient">The output's gradient in row-major order.</param>
    /// <param name="geometry">The sizes.</param>
    /// <param name="destination">The input's gradient in row-major order.</param>
    /// <exception cref="GeometryException">A length that is not the shape's.</exception>
    /// <exception cref="ArgumentException">Destination and gradient share memory.</exception>
    public static void InputGradient<T>(ReadOnlySpan<T> outputGradient, BedOfNailsGeometry geometry, Span<T> destination)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Length(outputGradient.Length, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Require.Length(destination.Length, geometry.InputShape.AsSpan(), nameof(destination));
        Require.Disjoint<T, T>(outputGradient, destination, nameof(outputGradient));
        if (destination.IsEmpty) return;
        CopyLoops copy = geometry.Copy.Reversed;
        StridedCopy.Run(outputGradient, copy.Lengths.AsSpan(), copy.SourceStrides.AsSpan(), copy.DestinationStrides.AsSpan(), destination);
    }
}
