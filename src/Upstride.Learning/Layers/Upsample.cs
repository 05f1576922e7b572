using System.Numerics;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Learning.Layers;

/// <summary>PyTorch's <c>Upsample</c> by a whole factor: interpolation that learns nothing.</summary>
/// <param name="scaleFactor">Of every axis, or for each.</param>
/// <param name="method">Default nearest, as in PyTorch.</param>
public sealed class Upsample<T>(PerAxis scaleFactor, ResizeMethod? method = null) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Of every axis, or for each.</summary>
    public PerAxis ScaleFactor { get; } = scaleFactor;

    /// <summary>The values between the samples.</summary>
    public ResizeMethod Method { get; } = method ?? ResizeMethod.PyTorchNearest;

    /// <summary>Enlarges.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <returns>[batch, channels, sizes times the factor...].</returns>
    /// <exception cref="GeometryException">As many factors as neither one nor the axes.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        TensorAccess.RequireRank(input.Shape.AsSpan(), 3, 5, nameof(input));
        var factors = ScaleFactor.Expand(input.Shape.Length - 2, nameof(scaleFactor));
        Span<int> size = stackalloc int[factors.Length];
        for (int axis = 0; axis < size.Length; axis++) size[axis] = checked((int)input.Shape[axis + 2] * factors[axis]);
        return Functions.Resize(input, PerAxis.Create(size), Method);
    }
}
