using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>Makes plans of the ordinary convolution and its gradients: the transposed convolution's, the other way round.</summary>
public static class ConvolutionPlan
{
    /// <summary>The convolution: input to <c>activation(output + bias + residual)</c>.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="weight">[output channels, input channels of a group, kernel...].</param>
    /// <param name="bias">[output channels], or empty.</param>
    /// <param name="activation">What follows it. Default none.</param>
    /// <param name="residual">Whether each run is given a tensor of the output's shape that is added before the activation.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="GeometryException">Weights or a bias that do not fit the geometry.</exception>
    /// <exception cref="ArgumentException">More workspace than the settings allow.</exception>
    /// <exception cref="NotSupportedException">The algorithm that the settings name refuses the problem.</exception>
    public static Plan<T> Create<T>(
        ConvolutionGeometry geometry, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias = default, Activation? activation = null,
        bool residual = false, ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return new(geometry.Adjoint, PlanRole.ConvolutionForward, weight, new(bias, activation ?? Activation.None, residual), settings);
    }

    /// <summary>Output gradient to input gradient: the transposed convolution with the same weights.</summary>
    /// <param name="geometry">Sizes, channels and layout of the convolution.</param>
    /// <param name="weight">[output channels, input channels of a group, kernel...].</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="GeometryException">Weights that do not fit the geometry.</exception>
    /// <exception cref="ArgumentException">More workspace than the settings allow.</exception>
    /// <exception cref="NotSupportedException">The algorithm that the settings name refuses the problem.</exception>
    public static Plan<T> CreateInputGradient<T>(ConvolutionGeometry geometry, ReadOnlySpan<T> weight, ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return new(geometry.Adjoint, PlanRole.ConvolutionInputGradient, weight, Epilogue<T>.None, settings);
    }

    /// <summary>Input and output gradient to the gradient of the weights.</summary>
    /// <param name="geometry">Sizes, channels and layout of the convolution.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="ArgumentException">More workspace than the settings allow.</exception>
    /// <exception cref="NotSupportedException">The algorithm that the settings name refuses the problem.</exception>
    public static Plan<T> CreateWeightGradient<T>(ConvolutionGeometry geometry, ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return new(geometry.Adjoint, PlanRole.ConvolutionWeightGradient, default, Epilogue<T>.None, settings);
    }
}
