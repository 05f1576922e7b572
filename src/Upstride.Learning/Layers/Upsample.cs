using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Learning.Layers;

/// <summary>PyTorch's <c>Upsample</c>: interpolation that learns nothing, by a factor or to a size.</summary>
public sealed class Upsample<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>By a whole factor.</summary>
    /// <param name="scaleFactor">Of every axis, or for each.</param>
    /// <param name="method">Default nearest, as in PyTorch.</param>
    public Upsample(PerAxis scaleFactor, ResizeMethod? method = null)
    {
        ScaleFactor = scaleFactor;
        Method = method ?? ResizeMethod.PyTorchNearest;
    }

    private Upsample(PerAxis size, ImmutableArray<double> factors, bool recomputes, ResizeMethod? method)
    {
        Size = size;
        Factors = factors;
        RecomputesScaleFactor = recomputes;
        Method = method ?? ResizeMethod.PyTorchNearest;
    }

    /// <summary>Of every axis, or for each; none where the layer goes to a size, or by factors that are not whole.</summary>
    public PerAxis ScaleFactor { get; }

    /// <summary>The output's sizes; none where the layer goes by factors.</summary>
    public PerAxis Size { get; }

    /// <summary>Factors that need not be whole; none where the layer goes by whole ones, or to a size.</summary>
    public ImmutableArray<double> Factors { get; } = [];

    /// <summary>Whether the places between the samples follow from the sizes, and not from the factors.</summary>
    public bool RecomputesScaleFactor { get; }

    /// <summary>The values between the samples.</summary>
    public ResizeMethod Method { get; }

    /// <summary>To a size.</summary>
    /// <param name="size">Of every axis, or for each.</param>
    /// <param name="method">Default nearest, as in PyTorch.</param>
    public static Upsample<T> ToSize(PerAxis size, ResizeMethod? method = null) => new(size, [], recomputes: false, method);

    /// <summary>By factors that need not be whole; the output's sizes are floor(size * factor).</summary>
    /// <param name="factors">Of every axis, or for each.</param>
    /// <param name="method">Default nearest, as in PyTorch.</param>
    /// <param name="recomputeScaleFactor">Whether the places between the samples follow from the sizes, and not from the factors.</param>
    public static Upsample<T> ByFactors(ReadOnlySpan<double> factors, ResizeMethod? method = null, bool recomputeScaleFactor = false) =>
        new(default, [.. factors], recomputeScaleFactor, method);

    /// <summary>Resizes.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <returns>[batch, channels, sizes times the factor...], or of the layer's size.</returns>
    /// <exception cref="GeometryException">As many factors or sizes as neither one nor the axes, or a size below 1.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Require.Rank(input.Shape.AsSpan(), 3, 5, nameof(input));
        if (!Size.Values.IsEmpty) return Functions.Resize(input, Size, Method);
        if (!Factors.IsEmpty) return Functions.ResizeByScale(input, Factors.AsSpan(), Method, RecomputesScaleFactor);
        var factors = ScaleFactor.Expand(input.Shape.Length - 2, "scaleFactor");
        Span<int> size = stackalloc int[factors.Length];
        for (int axis = 0; axis < size.Length; axis++) size[axis] = checked((int)input.Shape[axis + 2] * factors[axis]);
        return Functions.Resize(input, PerAxis.Create(size), Method);
    }
}
