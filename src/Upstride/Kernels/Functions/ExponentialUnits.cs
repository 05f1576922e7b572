using System.Numerics;
using System.Runtime.CompilerServices;

namespace Upstride.Kernels.Functions;

/// <summary><c>Elu</c>: x where positive, else alpha (exp(x) - 1).</summary>
internal readonly record struct Elu(float Alpha) : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), x, Alpha * VectorMath.ExpM1(x));
}

/// <summary><c>Selu</c>: gamma times <see cref="Elu"/>.</summary>
internal readonly record struct Selu(float Alpha, float Gamma) : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) => Gamma * new Elu(Alpha).Of(x);
}

/// <summary><c>Celu</c>: x where positive, else alpha (exp(x / alpha) - 1).</summary>
internal readonly record struct Celu(float Alpha) : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) =>
        Vector.Max(x, Vector<float>.Zero) + Vector.Min(Alpha * VectorMath.ExpM1(x / new Vector<float>(Alpha)), Vector<float>.Zero);
}
