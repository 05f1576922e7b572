using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Operators;

public static partial class ConvTranspose
{
    /// <summary>The gradient with respect to the input: the convolution of the output gradient with the same weights.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="outputGradient">Of the geometry's output shape.</param>
    /// <param name="weight">[input channels, output channels of a group, kernel...].</param>
    /// <param name="destination">Of the geometry's input shape; overwritten; may not share memory with what is read.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="GeometryException">A length that does not fit the geometry.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public static void InputGradient<T>(
        ConvTransposeGeometry geometry, ReadOnlySpan<T> outputGradient, ReadOnlySpan<T> weight, Span<T> destination,
            ComputeSettings? settings = null)
        where T : INumber<T>
    {
        Require.Disjoint<T, T>(weight, destination, nameof(weight));
        using Plan<T> plan = ConvTransposePlan.CreateInputGradient(geometry, weight, settings);
        plan.Run(outputGradient, destination);
    }

    /// <summary>The gradient with respect to the input, as a new tensor of the geometry's input shape.</summary>
    /// <exception cref="GeometryException">A shape that does not fit the geometry.</exception>
    public static Tensor<T> InputGradient<T>(
        ConvTransposeGeometry geometry, in ReadOnlyTensorSpan<T> outputGradient, in ReadOnlyTensorSpan<T> weight,
            ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Shape(weight.Lengths, geometry.WeightShape.AsSpan(), nameof(weight));
        using Plan<T> plan = ConvTransposePlan.CreateInputGradient(geometry, TensorMemory.Contiguous(weight), settings);
        return plan.Run(outputGradient);
    }

    /// <summary>The gradient with respect to the weights: for each tap the correlation of input and output gradient.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="input">Of the geometry's input shape.</param>
    /// <param name="outputGradient">Of the geometry's output shape.</param>
    /// <param name="destination">[input channels, output channels of a group, kernel...]; overwritten; may not share memory with what is
    /// read.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="GeometryException">A length that does not fit the geometry.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public static void WeightGradient<T>(
        ConvTransposeGeometry geometry, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> destination,
            ComputeSettings? settings = null)
        where T : INumber<T>
    {
        using Plan<T> plan = ConvTransposePlan.CreateWeightGradient<T>(geometry, settings);
        plan.Run(input, outputGradient, destination);
    }

    /// <summary>
    /// The gradient with respect to the weights, as a new tensor [input channels, output channels of a group, kernel...].
    /// </summary>
    /// <exception cref="GeometryException">A shape that does not fit the geometry.</exception>
    public static Tensor<T> WeightGradient<T>(
        ConvTransposeGeometry geometry, in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> outputGradient,
            ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        using Plan<T> plan = ConvTransposePlan.CreateWeightGradient<T>(geometry, settings);
        Tensor<T> gradient = TensorMemory.Create<T>(geometry.WeightShape.AsSpan(), out _);
        plan.Run(input, outputGradient, gradient.AsTensorSpan());
        return gradient;
    }

    /// <summary>The gradient with respect to the bias: for each channel the sum of the output gradient.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="outputGradient">Of the geometry's output shape.</param>
    /// <param name="destination">[output channels]; overwritten.</param>
    /// <exception cref="GeometryException">A length that does not fit the geometry.</exception>
    /// <exception cref="ArgumentException">The destination shares memory with what is read.</exception>
    public static void BiasGradient<T>(ConvTransposeGeometry geometry, ReadOnlySpan<T> outputGradient, Span<T> destination)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Length(outputGradient.Length, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Require.Length(destination.Length, [geometry.OutputChannels], nameof(destination));
        Require.Disjoint<T, T>(outputGradient, destination, nameof(outputGradient));
        ChannelSum.Run(outputGradient, geometry.OutputPlane, geometry.Layout, destination);
    }

    /// <summary>The gradient with respect to the bias, over a tensor of any strides.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="outputGradient">Of the geometry's output shape.</param>
    /// <returns>[output channels].</returns>
    /// <exception cref="GeometryException">A shape that does not fit the geometry.</exception>
    public static Tensor<T> BiasGradient<T>(ConvTransposeGeometry geometry, in ReadOnlyTensorSpan<T> outputGradient)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Shape(outputGradient.Lengths, geometry.OutputShape.AsSpan(), nameof(outputGradient));
        Tensor<T> gradient = TensorMemory.Create([geometry.OutputChannels], out Span<T> elements);
        BiasGradient(geometry, TensorMemory.Contiguous(outputGradient), elements);
        return gradient;
    }
}
