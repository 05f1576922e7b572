using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Kernels;

namespace Upstride.Learning.Operations;

/// <summary>1 / x.</summary>
internal readonly struct Reciprocal<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> x, Span<T> y) => TensorPrimitives.Divide(T.One, x, y);

    public static Variable<T> Gradient(Variable<T> x, Variable<T> y, Variable<T> g) => -(g * y * y);
}

/// <summary>e to the power of x.</summary>
internal readonly struct Exponential<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> x, Span<T> y) => TensorPrimitives.Exp(x, y);

    public static Variable<T> Gradient(Variable<T> x, Variable<T> y, Variable<T> g) => g * y;
}

/// <summary>The natural logarithm.</summary>
internal readonly struct Logarithm<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> x, Span<T> y) => TensorPrimitives.Log(x, y);

    public static Variable<T> Gradient(Variable<T> x, Variable<T> y, Variable<T> g) => g / x;
}

/// <summary>The square root.</summary>
internal readonly struct SquareRoot<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> x, Span<T> y) => TensorPrimitives.Sqrt(x, y);

    public static Variable<T> Gradient(Variable<T> x, Variable<T> y, Variable<T> g) => g / (y * T.CreateChecked(2));
}

/// <summary>x * x.</summary>
internal readonly struct Square<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> x, Span<T> y) => TensorPrimitives.Multiply(x, x, y);

    public static Variable<T> Gradient(Variable<T> x, Variable<T> y, Variable<T> g) => g * x * T.CreateChecked(2);
}

/// <summary>The value without its sign.</summary>
internal readonly struct AbsoluteValue<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> x, Span<T> y) => TensorPrimitives.Abs(x, y);

    public static Variable<T> Gradient(Variable<T> x, Variable<T> y, Variable<T> g) => g * Unary<T, Sign<T>>.Run(x);
}

/// <summary>-1, 0 or 1; constant but where it jumps.</summary>
internal readonly struct Sign<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> x, Span<T> y) => RowKernels.Sign(x, y);

    public static Variable<T>? Gradient(Variable<T> x, Variable<T> y, Variable<T> g) => null;
}
