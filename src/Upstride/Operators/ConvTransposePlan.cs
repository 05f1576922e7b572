using System.Numerics;
using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>Makes plans of the transposed convolution and its gradients.</summary>
/// <example>
/// <code><![CDATA[
/// using var plan = ConvTransposePlan.Create<float>(geometry, weights, biases, Activation.Relu);
/// plan.Run(features, image);
/// Console.WriteLine(plan.Explain()); // the algorithm, why not the others, what it costs
/// ]]></code>
/// </example>
public static class ConvTransposePlan
{
    /// <summary>The transposed convolution: input to <c>activation(output + bias + residual)</c>.</summary>
    /// <param name="geometry">Sizes, channels and layout.</param>
    /// <param name="weight">[input channels, output channels of a group, kernel...].</param>
    /// <param name="bias">[output channels], or empty.</param>
    /// <param name="activation">What follows it. Default none.</param>
    /// <param name="residual">Whether each run is given a tensor of the output's shape that is added before the activation.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="GeometryException">Weights or a bias that do not fit the geometry.</exception>
    /// <exception cref="ArgumentException">More workspace than the settings allow.</exception>
    /// <exception cref="NotSupportedException">The algorithm that the settings name refuses the problem.</exception>
    public static Plan<T> Create<T>(
        ConvTransposeGeometry geometry, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias = default, Activation? activation = null,
        bool residual = false, ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return new(geometry, PlanRole.Forward, weight, new(bias, activation ?? Activation.None, residual), settings);
    }

    /// <summary>Output gradient to input gradient.</summary>
    /// <param name="geometry">Sizes, channels and layout of the transposed convolution.</param>
    /// <param name="weight">[input channels, output channels of a group, kernel...].</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="GeometryException">Weights that do not fit the geometry.</exception>
    /// <exception cref="ArgumentException">More workspace than the settings allow.</exception>
    /// <exception cref="NotSupportedException">The algorithm that the settings name refuses the problem.</exception>
    public static Plan<T> CreateInputGradient<T>(ConvTransposeGeometry geometry, ReadOnlySpan<T> weight, ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return new(geometry, PlanRole.InputGradient, weight, Epilogue<T>.None, settings);
    }

    /// <summary>Input and output gradient to the gradient of the weights.</summary>
    /// <param name="geometry">Sizes, channels and layout of the transposed convolution.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <exception cref="ArgumentException">More workspace than the settings allow.</exception>
    /// <exception cref="NotSupportedException">The algorithm that the settings name refuses the problem.</exception>
    public static Plan<T> CreateWeightGradient<T>(ConvTransposeGeometry geometry, ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return new(geometry, PlanRole.WeightGradient, default, Epilogue<T>.None, settings);
    }
}
