using System.Numerics;

namespace Upstride.Learning.Layers;

/// <summary>PyTorch's <c>SiLU</c>: x times sigmoid(x).</summary>
public sealed class SiLU<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc cref="Functions.SiLU"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.SiLU(input);
}

/// <summary>PyTorch's <c>GELU</c>: x times the normal distribution up to x.</summary>
/// <param name="approximate">Whether by a hyperbolic tangent.</param>
public sealed class GELU<T>(bool approximate = false) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Whether by a hyperbolic tangent.</summary>
    public bool Approximate { get; } = approximate;

    /// <inheritdoc cref="Functions.GELU"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.GELU(input, Approximate);
}

/// <summary>PyTorch's <c>ELU</c>: x where positive, alpha (e^x - 1) elsewhere.</summary>
/// <param name="alpha">Where it ends on the left, with the other sign.</param>
public sealed class ELU<T>(double alpha = 1) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Where it ends on the left, with the other sign.</summary>
    public double Alpha { get; } = alpha;

    /// <inheritdoc cref="Functions.ELU"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.ELU(input, Alpha);
}

/// <summary>PyTorch's <c>Softplus</c>: log(1 + e^(beta x)) / beta.</summary>
/// <param name="beta">How sharp the bend is, above 0.</param>
/// <param name="threshold">Where the line begins.</param>
public sealed class Softplus<T>(double beta = 1, double threshold = 20) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>How sharp the bend is.</summary>
    public double Beta { get; } = beta;

    /// <summary>Where the line begins.</summary>
    public double Threshold { get; } = threshold;

    /// <inheritdoc cref="Functions.Softplus"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.Softplus(input, Beta, Threshold);
}

/// <summary>PyTorch's <c>ReLU6</c>: max(x, 0), but at most 6.</summary>
public sealed class ReLU6<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc cref="Functions.ReLU6"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.ReLU6(input);
}

/// <summary>PyTorch's <c>Softmax</c>: e^x divided by its sum over an axis.</summary>
/// <param name="axis">From 0; the channels are 1.</param>
public sealed class Softmax<T>(int axis = 1) : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>From 0; the channels are 1.</summary>
    public int Axis { get; } = axis;

    /// <inheritdoc cref="Functions.Softmax"/>
    public override Variable<T> Forward(Variable<T> input) => Functions.Softmax(input, Axis);
}
