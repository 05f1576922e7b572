using System.Numerics;
using System.Runtime.CompilerServices;

namespace Upstride.Kernels.Functions;

/// <summary><c>Softplus</c>: log(1 + exp(x)), without the power that overflows.</summary>
internal readonly record struct Softplus : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) => Vector.Max(x, Vector<float>.Zero) + VectorMath.Log1P(Vector.Exp(-Vector.Abs(x)));
}

/// <summary><c>Mish</c>: x tanh(softplus(x)), which with e = exp(x) is x e (e + 2) / (e (e + 2) + 2).</summary>
internal readonly record struct Mish : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x)
    {
        // From 20 on the quotient is 1 in single precision; held there, the square does not overflow.
        Vector<float> power = Vector.Exp(Vector.Min(x, new(20f)));
        Vector<float> product = power * (power + new Vector<float>(2f));

        // The quotient of 0 and 2 is 0, and minus infinity times 0 would be NaN.
        return Vector.ConditionalSelect(Vector.Equals(product, Vector<float>.Zero), Vector<float>.Zero,
            x * (product / (product + new Vector<float>(2f))));
    }
}

/// <summary><c>Swish</c>: x / (1 + exp(-alpha x)).</summary>
internal readonly record struct Swish(float Alpha) : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) => x / (Vector<float>.One + Vector.Exp(-Alpha * x));
}

/// <summary><c>Tanh</c>: the hyperbolic tangent.</summary>
internal readonly record struct Tanh : IVectorFunction, IVectorFunction<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) => VectorMath.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x) => VectorMath.Tanh(x);
}

/// <summary><c>Sigmoid</c>: 1 / (1 + exp(-x)).</summary>
internal readonly record struct Sigmoid : IVectorFunction, IVectorFunction<double>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) => Vector<float>.One / (Vector<float>.One + Vector.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x) => Vector<double>.One / (Vector<double>.One + Vector.Exp(-x));
}

/// <summary><c>Erf</c>: the error function.</summary>
internal readonly record struct Erf : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) => VectorMath.Erf(x);
}

/// <summary><c>Gelu</c> by the error function: x (1 + erf(x / sqrt 2)) / 2.</summary>
internal readonly record struct Gelu : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) => 0.5f * x * (Vector<float>.One + VectorMath.Erf(x * 0.70710678118654752f));
}

/// <summary><c>Gelu</c> approximated: x (1 + tanh(z)) / 2 = x / (1 + exp(-2 z)) with z = sqrt(2 / pi) (x + 0.044715 x^3).</summary>
internal readonly record struct GeluByTanh : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<float> Of(Vector<float> x) => x / (Vector<float>.One + Vector.Exp(-1.5957691216057308f * (x + (0.044715f * x * x * x))));
}
