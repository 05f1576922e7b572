using System.Numerics;
using System.Runtime.CompilerServices;

namespace Upstride.Kernels.Functions;

/// <summary>Where the factor of a <see cref="ClippedGate"/> is applied; no two round alike.</summary>
internal enum GateOrder
{
    /// <summary>gate * factor, without x.</summary>
    GateOnly,

    /// <summary>x * (gate * factor).</summary>
    GateFirst,

    /// <summary>(x * gate) * factor.</summary>
    ProductFirst,

    /// <summary>(x * factor) * gate.</summary>
    InputFirst,
}

/// <summary>
/// A straight line held within two bounds, and x times it, in the order in which a graph of single operators rounds: what hard-sigmoid and
/// hard-swish are written as.
/// </summary>
/// <param name="Slope">The line is x * Slope + Shift.</param>
/// <param name="Shift">The line at 0.</param>
/// <param name="Least">The lower bound.</param>
/// <param name="Most">The upper bound.</param>
/// <param name="Factor">What the result is multiplied by, or divided by.</param>
/// <param name="Divides">Whether it is divided.</param>
/// <param name="Order">Where.</param>
internal readonly record struct ClippedGate(float Slope, float Shift, float Least, float Most, float Factor, bool Divides,
    GateOrder Order) : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x)
    {
        Vector<float> gate = Vector.Min(Vector.Max((x * Slope) + new Vector<float>(Shift), new(Least)), new(Most));
        return Order switch
        {
            GateOrder.GateOnly => Scaled(gate),
            GateOrder.GateFirst => x * Scaled(gate),
            GateOrder.ProductFirst => Scaled(x * gate),
            _ => Scaled(x) * gate,
        };
    }

    private Vector<float> Scaled(Vector<float> value) => Divides ? value / new Vector<float>(Factor) : value * Factor;
}

/// <summary>x times the sigmoid of Slope * x, rounded as the two operators are; Slope 1 is SiLU.</summary>
internal readonly record struct SigmoidGate(float Slope) : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) => x * default(Sigmoid).Of(x * Slope);
}

/// <summary>
/// x (1 + erf(x * Factor)) / 2, or with x / Factor, rounded as single operators round it in any order, since half of a number is exact:
/// the Gaussian error linear unit as it is written out.
/// </summary>
internal readonly record struct ErrorFunctionGate(float Factor, bool Divides) : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) =>
        0.5f * (x * (VectorMath.Erf(Divides ? x / new Vector<float>(Factor) : x * Factor) + Vector<float>.One));
}
