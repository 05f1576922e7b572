using System.Numerics;

namespace Upstride.Learning.Layers;

/// <summary>max(x, 0) of each element.</summary>
public sealed class ReLU<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc cref="Functions.ReLU"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.ReLU(input);
}

/// <summary>x where positive, a fixed slope times x elsewhere.</summary>
/// <param name="negativeSlope">0.01 in PyTorch, 0.2 in DCGAN.</param>
public sealed class LeakyReLU<T>(double negativeSlope = 0.01) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The factor of what is not positive.</summary>
    public double NegativeSlope { get; } = negativeSlope;

    /// <inheritdoc cref="Functions.LeakyReLU"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.LeakyReLU(input, T.CreateChecked(NegativeSlope));
}

/// <summary>The hyperbolic tangent of each element.</summary>
public sealed class Tanh<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc cref="Functions.Tanh"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.Tanh(input);
}

/// <summary>1 / (1 + e^-x) of each element.</summary>
public sealed class Sigmoid<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc cref="Functions.Sigmoid"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.Sigmoid(input);
}
