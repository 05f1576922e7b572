using System.Numerics;

namespace Upstride.Kernels.Functions;

/// <summary><c>LeakyRelu</c>: x where positive or zero, else alpha x.</summary>
internal readonly record struct LeakyRelu(float Alpha) : IVectorFunction
{
    public Vector<float> Of(Vector<float> x) => Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), Alpha * x, x);
}

/// <summary><c>ThresholdedRelu</c>: x where it is above alpha, else 0.</summary>
internal readonly record struct ThresholdedRelu(float Alpha) : IVectorFunction
{
    public Vector<float> Of(Vector<float> x) => Vector.ConditionalSelect(Vector.LessThanOrEqual(x, new(Alpha)), Vector<float>.Zero, x);
}

/// <summary><c>Shrink</c>: x brought nearer to zero by a bias where its magnitude is above a threshold, else 0.</summary>
internal readonly record struct Shrink(float Threshold, float Bias) : IVectorFunction
{
    public Vector<float> Of(Vector<float> x) => Vector.ConditionalSelect(
        Vector.LessThan(x, new(-Threshold)), x + new Vector<float>(Bias),
        Vector.ConditionalSelect(Vector.GreaterThan(x, new(Threshold)), x - new Vector<float>(Bias), Vector<float>.Zero));
}

/// <summary><c>HardSigmoid</c>: alpha x + beta, limited to 0 .. 1.</summary>
internal readonly record struct HardSigmoid(float Alpha, float Beta) : IVectorFunction
{
    public Vector<float> Of(Vector<float> x) =>
        Vector.Max(Vector<float>.Zero, Vector.Min(Vector<float>.One, (Alpha * x) + new Vector<float>(Beta)));
}

/// <summary><c>HardSwish</c>: x times x / 6 + 1 / 2 limited to 0 .. 1.</summary>
internal readonly record struct HardSwish : IVectorFunction
{
    public Vector<float> Of(Vector<float> x) => x * new HardSigmoid(1f / 6, 0.5f).Of(x);
}

/// <summary><c>Softsign</c>: x / (1 + |x|).</summary>
internal readonly record struct Softsign : IVectorFunction
{
    public Vector<float> Of(Vector<float> x) => x / (Vector<float>.One + Vector.Abs(x));
}

/// <summary><c>Sign</c>: -1, 0 or 1; NaN stays.</summary>
internal readonly record struct Sign : IVectorFunction
{
    public Vector<float> Of(Vector<float> x) => Vector.ConditionalSelect(
        Vector.GreaterThan(x, Vector<float>.Zero), Vector<float>.One,
        Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), -Vector<float>.One, x));
}
