using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Kernels;

namespace Upstride.Learning.Operations;

/// <summary>max(x, 0).</summary>
internal readonly struct Rectifier<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> x, Span<T> y) => TensorPrimitives.Max(x, T.Zero, y);

    public static Variable<T> Gradient(Variable<T> x, Variable<T> y, Variable<T> g) => Binary<T, WherePositive<T>>.Run(g, x);
}

/// <summary>a where b is positive, else 0.</summary>
internal readonly struct WherePositive<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) => RowKernels.WherePositive(a, b, y);

    public static Variable<T> GradientA(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) =>
        Binary<T, WherePositive<T>>.Run(g, b);

    public static Variable<T>? GradientB(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) => null;
}

/// <summary>The hyperbolic tangent.</summary>
internal readonly struct HyperbolicTangent<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> x, Span<T> y)
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double) && typeof(T) != typeof(Half))
        {
            TensorPrimitives.Tanh(x, y);
            return;
        }
        x.CopyTo(y);
        Pointwise.Tanh(y);
    }

    public static Variable<T> Gradient(Variable<T> x, Variable<T> y, Variable<T> g) => Binary<T, TimesOneLessSquare<T>>.Run(g, y);
}

/// <summary>a (1 - b²): the gradient of the hyperbolic tangent, of its result b.</summary>
internal readonly struct TimesOneLessSquare<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) => RowKernels.TimesOneLessSquare(a, b, y);

    public static Variable<T> GradientA(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) =>
        Binary<T, TimesOneLessSquare<T>>.Run(g, b);

    public static Variable<T> GradientB(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) => g * a * b * T.CreateChecked(-2);
}

/// <summary>1 / (1 + e^-x).</summary>
internal readonly struct Logistic<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> x, Span<T> y)
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double) && typeof(T) != typeof(Half))
        {
            TensorPrimitives.Sigmoid(x, y);
            return;
        }
        x.CopyTo(y);
        Pointwise.Sigmoid(y);
    }

    public static Variable<T> Gradient(Variable<T> x, Variable<T> y, Variable<T> g) => Binary<T, TimesLogisticSlope<T>>.Run(g, y);
}

/// <summary>a b (1 - b): the gradient of the logistic function, of its result b.</summary>
internal readonly struct TimesLogisticSlope<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) => RowKernels.TimesLogisticSlope(a, b, y);

    public static Variable<T> GradientA(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) =>
        Binary<T, TimesLogisticSlope<T>>.Run(g, b);

    public static Variable<T> GradientB(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) =>
        g * a * Functions.ScaleAndShift(b, T.CreateChecked(-2), T.One);
}

/// <summary>-z log s - (1 - z) log(1 - s) with s = 1 / (1 + e^-x), without overflow: max(x, 0) - x z + log(1 + e^-|x|).</summary>
internal readonly struct LogisticCrossEntropy<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) => RowKernels.LogisticCrossEntropy(a, b, y);

    public static Variable<T> GradientA(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) =>
        g * (Unary<T, Logistic<T>>.Run(a) - b);

    public static Variable<T> GradientB(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) => -(g * a);
}
