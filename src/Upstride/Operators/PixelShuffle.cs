using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Operators;

/// <summary>Pixel shuffle (depth to space) and its inverse, which is also its gradient.</summary>
public static class PixelShuffle
{
    /// <summary>Turns channels into blocks of pixels.</summary>
    /// <param name="input">[batch, channels*r*r, h, w] (or one or three axes, or the channels last); of any strides.</param>
    /// <param name="factor">r, for all spatial axes or for each.</param>
    /// <param name="order">Which channel goes where.</param>
    /// <param name="layout">The position of the channels.</param>
    /// <returns>[batch, channels, h*r, w*r], dense.</returns>
    /// <exception cref="GeometryException">Channels that the factors' product does not divide, or a rank other than 3 to 5.</exception>
    public static Tensor<T> Forward<T>(
        in ReadOnlyTensorSpan<T> input, PerAxis factor, PixelShuffleOrder order = PixelShuffleOrder.ChannelMajor,
            Layout layout = Layout.ChannelsFirst)
    {
        var geometry = PixelShuffleGeometry.Create(input.Lengths, factor, order, layout);
        Tensor<T> output = TensorMemory.Create<T>(geometry.OutputShape.AsSpan(), out Span<T> elements);
        Forward(TensorMemory.Contiguous(input), geometry, elements);
        return output;
    }

    /// <summary>Turns channels into blocks of pixels.</summary>
    /// <param name="input">The input in row-major order, of shape <see cref="PixelShuffleGeometry.InputShape"/>.</param>
    /// <param name="geometry">The sizes.</param>
    /// <param name="destination">The output in row-major order.</param>
    /// <exception cref="GeometryException">A length that is not the shape's.</exception>
    /// <exception cref="ArgumentException">Destination and input share memory.</exception>
    public static void Forward<T>(ReadOnlySpan<T> input, PixelShuffleGeometry geometry, Span<T> destination)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Run(input, geometry.Copy, geometry.InputShape.AsSpan(), destination);
    }

    /// <summary>Turns blocks of pixels into channels: the inverse (space to depth).</summary>
    /// <param name="input">[batch, channels, h*r, w*r] (or one or three axes, or the channels last); of any strides.</param>
    /// <param name="factor">r, for all spatial axes or for each.</param>
    /// <param name="order">Which channel goes where.</param>
    /// <param name="layout">The position of the channels.</param>
    /// <returns>[batch, channels*r*r, h, w], dense.</returns>
    /// <exception cref="GeometryException">A spatial axis that its factor does not divide, or a rank other than 3 to 5.</exception>
    public static Tensor<T> Inverse<T>(
        in ReadOnlyTensorSpan<T> input, PerAxis factor, PixelShuffleOrder order = PixelShuffleOrder.ChannelMajor,
            Layout layout = Layout.ChannelsFirst)
    {
        var geometry = PixelShuffleGeometry.OfOutput(input.Lengths, factor, order, layout);
        Tensor<T> output = TensorMemory.Create<T>(geometry.InputShape.AsSpan(), out Span<T> elements);
        Inverse(TensorMemory.Contiguous(input), geometry, elements);
        return output;
    }

    /// <summary>Turns blocks of pixels into channels: the inverse, and the gradient with respect to the input.</summary>
    /// <param name="input">The input in row-major order, of shape <see cref="PixelShuffleGeometry.OutputShape"/>.</param>
    /// <param name="geometry">The shuffle that is undone.</param>
    /// <param name="destination">The output in row-major order, of shape <see cref="PixelShuffleGeometry.InputShape"/>.</param>
    /// <exception cref="GeometryException">A length that is not the shape's.</exception>
    /// <exception cref="ArgumentException">Destination and input share memory.</exception>
    public static void Inverse<T>(ReadOnlySpan<T> input, PixelShuffleGeometry geometry, Span<T> destination)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Run(input, geometry.Copy.Reversed, geometry.OutputShape.AsSpan(), destination);
    }

    private static void Run<T>(ReadOnlySpan<T> input, CopyLoops copy, ReadOnlySpan<nint> shape, Span<T> destination)
    {
        Require.Length(input.Length, shape, nameof(input));
        Require.Length(destination.Length, shape, nameof(destination));
        Require.Disjoint<T, T>(input, destination, nameof(input));
        if (input.IsEmpty) return;
        StridedCopy.Run(input, copy.Lengths.AsSpan(), copy.SourceStrides.AsSpan(), copy.DestinationStrides.AsSpan(), destination);
    }
}
