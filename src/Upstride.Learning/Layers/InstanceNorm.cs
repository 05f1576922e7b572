using System.Numerics;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Layers;

/// <summary>PyTorch's <c>InstanceNorm1d/2d/3d</c>: every plane to mean 0 and variance 1. Ulyanov, Vedaldi and Lempitsky, "Instance Normalization", 2016.</summary>
public sealed class InstanceNorm<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="features">Channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="affine">Whether there are a weight and a bias.</param>
    /// <exception cref="ArgumentOutOfRangeException">No channel.</exception>
    public InstanceNorm(int features, double epsilon = 1e-5, bool affine = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        Features = features;
        Epsilon = epsilon;
        if (!affine) return;
        Weight = AddParameter("weight", new([features]));
        Bias = AddParameter("bias", new([features]));
        Weight.Values.Fill(T.One);
    }

    /// <summary>Channels.</summary>
    public int Features { get; }

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>[channels], ones at first; or null.</summary>
    public Parameter<T>? Weight { get; }

    /// <summary>[channels], zeros at first; or null.</summary>
    public Parameter<T>? Bias { get; }

    /// <summary>Normalises.</summary>
    /// <param name="input">[batch, channels, sizes...].</param>
    /// <exception cref="Geometry.GeometryException">Other channels, or planes of a single element.</exception>
    public override Variable<T> Forward(Variable<T> input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Operators.TensorAccess.RequireRank(input.Shape.AsSpan(), 3, 5, nameof(input));
        if (input.Shape[1] != Features)
            throw new Geometry.GeometryException(new(nameof(input), $"input has {input.Shape[1]} channels and the layer has {Features}, and both must be equal: change one of them"));
        return Functions.InstanceNorm(input, Weight, Bias, Epsilon);
    }

    /// <inheritdoc/>
    protected override void InitializeOwn(RandomSource random)
    {
        Weight?.Values.Fill(T.One);
        Bias?.Values.Clear();
    }
}
