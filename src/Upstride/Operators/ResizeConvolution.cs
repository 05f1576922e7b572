using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>
/// Nearest-neighbour enlargement by whole factors followed by a convolution with stride 1, in one: it equals a transposed convolution
/// whose stride is the factor and whose kernel is the flipped one convolved with as many ones, and is computed as that, at the small
/// size. The cure for checkerboards: its overlap is even by construction.
/// </summary>
/// <remarks>Source of the cure: Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", Distill, 2016.</remarks>
public static class ResizeConvolution
{
    /// <summary>The fused operator in one call.</summary>
    /// <param name="input">[batch, input channels, sizes...].</param>
    /// <param name="weight">The convolution's, [output channels, input channels / groups, kernel...].</param>
    /// <param name="scale">The whole factor of the enlargement, of every axis or for each.</param>
    /// <param name="bias">[output channels], or empty.</param>
    /// <param name="padding">The convolution's, in elements of the enlarged input; default 0.</param>
    /// <param name="groups">Divides both channel counts.</param>
    /// <param name="settings">Threads, memory, the algorithm.</param>
    /// <returns>[batch, output channels, sizes...].</returns>
    /// <exception cref="GeometryException">Shapes or parameters that do not fit each other.</exception>
    public static Tensor<T> Forward<T>(
        in ReadOnlyTensorSpan<T> input, in ReadOnlyTensorSpan<T> weight, PerAxis scale, in ReadOnlyTensorSpan<T> bias = default,
        PerAxis padding = default, int groups = 1, ComputeSettings? settings = null)
        where T : INumber<T>
    {
        ConvTransposeGeometry geometry = ConvTransposeGeometry.ResizeConvolution(input.Lengths, weight.Lengths, scale, padding, groups);
        T[] fused = FuseWeights<T>(geometry, weight.Lengths, TensorMemory.Contiguous(weight));
        using Plan<T> plan = ConvTransposePlan.Create(geometry, fused, TensorMemory.Contiguous(bias), settings: settings);
        return plan.Run(input);
    }

    /// <summary>
    /// The weights of the transposed convolution, [input channels, output channels / groups, kernel + scale - 1...]: each axis of the
    /// flipped kernel convolved with scale ones.
    /// </summary>
    /// <param name="geometry">From <see cref="ConvTransposeGeometry.ResizeConvolution"/>.</param>
    /// <param name="weightShape">The convolution's, [output channels, input channels / groups, kernel...].</param>
    /// <param name="weight">The convolution's weights.</param>
    /// <exception cref="GeometryException">Weights that do not fit their shape.</exception>
    public static T[] FuseWeights<T>(ConvTransposeGeometry geometry, ReadOnlySpan<nint> weightShape, ReadOnlySpan<T> weight)
        where T : INumber<T>
    {
        ArgumentNullException.ThrowIfNull(geometry);
        Require.Length(weight.Length, weightShape, nameof(weight));
        var fused = new T[geometry.WeightLength];
        FuseWeights(geometry, weightShape, weight, transposed: false, fused);
        return fused;
    }

    /// <summary>
    /// As the public one, or the transposed map: from a gradient by the fused weights to the gradient by the convolution's.
    /// </summary>
    internal static void FuseWeights<T>(
        ConvTransposeGeometry geometry, ReadOnlySpan<nint> weightShape, ReadOnlySpan<T> source, bool transposed, Span<T> destination)
        where T : INumber<T>
    {
        int inputs = geometry.InputChannelsPerGroup, outputs = geometry.OutputChannelsPerGroup;
        var axes = geometry.ThreeAxes;
        Span<int> kernel = [1, 1, 1];
        for (int a = 0; a < weightShape.Length - 2; a++) kernel[3 - (weightShape.Length - 2) + a] = (int)weightShape[a + 2];
        destination.Fill(T.Zero);
        int at = 0;
        for (int output = 0; output < geometry.OutputChannels; output++)
        for (int input = 0; input < inputs; input++)
        {
            int channel = ((output / outputs * inputs) + input) * outputs + output % outputs;
            for (int t0 = 0; t0 < kernel[0]; t0++)
            for (int t1 = 0; t1 < kernel[1]; t1++)
            for (int t2 = 0; t2 < kernel[2]; t2++, at++)
            for (int u0 = 0; u0 < axes[0].Stride; u0++)
            for (int u1 = 0; u1 < axes[1].Stride; u1++)
            for (int u2 = 0; u2 < axes[2].Stride; u2++)
            {
                int tap = ((kernel[0] - 1 - t0 + u0) * axes[1].Kernel + kernel[1] - 1 - t1 + u1) * axes[2].Kernel + kernel[2] - 1 - t2 + u2;
                int fused = channel * geometry.KernelTaps + tap;
                if (transposed) destination[at] += source[fused];
                else destination[fused] += source[at];
            }
        }
    }
}
