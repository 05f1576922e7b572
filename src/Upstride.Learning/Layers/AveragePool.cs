using System.Numerics;
using Upstride.Geometry;

namespace Upstride.Learning.Layers;

/// <summary>PyTorch's <c>AvgPool1d/2d/3d</c>: the mean of each window.</summary>
/// <param name="kernelSize">Of every axis, or for each.</param>
/// <param name="stride">The kernel where null.</param>
/// <param name="padding">Default 0; at most half the kernel.</param>
/// <param name="ceilMode">Whether a last window that does not fit is kept.</param>
/// <param name="countIncludePad">Whether the zeros of the padding count.</param>
/// <param name="divisorOverride">What sums are divided by instead of the number of elements.</param>
public sealed class AvgPool<T>(PerAxis kernelSize, PerAxis? stride = null, PerAxis padding = default, bool ceilMode = false,
    bool countIncludePad = true, int? divisorOverride = null) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Of every axis, or for each.</summary>
    public PerAxis KernelSize { get; } = kernelSize;

    /// <summary>As given; the kernel where null.</summary>
    public PerAxis? Stride { get; } = stride;

    /// <summary>As given; none for 0.</summary>
    public PerAxis Padding { get; } = padding;

    /// <summary>Whether a last window that does not fit is kept.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <summary>Whether the zeros of the padding count.</summary>
    public bool CountIncludePad { get; } = countIncludePad;

    /// <summary>What sums are divided by instead of the number of elements; null where by that.</summary>
    public int? DivisorOverride { get; } = divisorOverride;

    /// <summary>The means.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <exception cref="GeometryException">Sizes that do not fit each other.</exception>
    public override Variable<T> Forward(Variable<T> input) =>
        Functions.AveragePool(input, KernelSize, Stride, Padding, CeilMode, CountIncludePad, DivisorOverride);
}

/// <summary>PyTorch's <c>AdaptiveAvgPool1d/2d/3d</c>: the means of windows that share the input evenly.</summary>
/// <param name="outputSize">Windows of every axis, or for each.</param>
public sealed class AdaptiveAvgPool<T>(PerAxis outputSize) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Windows of every axis, or for each.</summary>
    public PerAxis OutputSize { get; } = outputSize;

    /// <inheritdoc cref="Functions.AdaptiveAveragePool"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.AdaptiveAveragePool(input, OutputSize);
}

/// <summary>PyTorch's <c>AdaptiveMaxPool1d/2d/3d</c>: the largest elements of windows that share the input evenly.</summary>
/// <param name="outputSize">Windows of every axis, or for each.</param>
public sealed class AdaptiveMaxPool<T>(PerAxis outputSize) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Windows of every axis, or for each.</summary>
    public PerAxis OutputSize { get; } = outputSize;

    /// <inheritdoc cref="Functions.AdaptiveMaxPool"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.AdaptiveMaxPool(input, OutputSize);
}
