using System.Numerics;
using Upstride.Geometry;

namespace Upstride.Learning.Layers;

/// <summary>PyTorch's <c>MaxPool1d/2d/3d</c>: the largest element of each window.</summary>
/// <param name="kernelSize">Of every axis, or for each.</param>
/// <param name="stride">The kernel where null.</param>
/// <param name="padding">Default 0; at most half the extent of the window, (kernel - 1)*dilation + 1.</param>
/// <param name="dilation">Default 1.</param>
/// <param name="ceilMode">Whether a last window that does not fit is kept.</param>
public sealed class MaxPool<T>(PerAxis kernelSize, PerAxis? stride = null, PerAxis padding = default, PerAxis dilation = default,
    bool ceilMode = false) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Of every axis, or for each.</summary>
    public PerAxis KernelSize { get; } = kernelSize;

    /// <summary>As given; the kernel where null.</summary>
    public PerAxis? Stride { get; } = stride;

    /// <summary>As given; none for 0.</summary>
    public PerAxis Padding { get; } = padding;

    /// <summary>As given; none for 1.</summary>
    public PerAxis Dilation { get; } = dilation;

    /// <summary>Whether a last window that does not fit is kept.</summary>
    public bool CeilMode { get; } = ceilMode;

    /// <summary>The maxima.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <exception cref="GeometryException">Sizes that do not fit each other.</exception>
    public override Variable<T> Forward(Variable<T> input) => ForwardWithIndices(input).Output;

    /// <summary>The maxima and where they were, for <see cref="MaxUnpool{T}"/>.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <exception cref="GeometryException">Sizes that do not fit each other.</exception>
    public (Variable<T> Output, PoolIndices<T> Indices) ForwardWithIndices(Variable<T> input) =>
        Functions.MaxPool(input, KernelSize, Stride, Padding, Dilation, CeilMode);
}

/// <summary>
/// PyTorch's <c>MaxUnpool1d/2d/3d</c>, as SegNet has it: each element to where the maximum of a pooling was, among zeros; the output has
/// the size of that pooling's input.
/// </summary>
public static class MaxUnpool<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc cref="Functions.MaxUnpool{T}(Variable{T}, PoolIndices{T})"/>
    public static Variable<T> Forward(Variable<T> value, PoolIndices<T> indices) => Functions.MaxUnpool(value, indices);

    /// <inheritdoc cref="Functions.MaxUnpool{T}(Variable{T}, PoolIndices{T}, PerAxis)"/>
    public static Variable<T> Forward(Variable<T> value, PoolIndices<T> indices, PerAxis outputSize) =>
        Functions.MaxUnpool(value, indices, outputSize);
}
