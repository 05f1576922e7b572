using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Operations;

/// <summary>a + b.</summary>
internal readonly struct Sum2<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) => TensorPrimitives.Add(a, b, y);

    public static Variable<T> GradientA(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) => g;

    public static Variable<T> GradientB(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) => g;
}

/// <summary>a - b.</summary>
internal readonly struct Difference<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) => TensorPrimitives.Subtract(a, b, y);

    public static Variable<T> GradientA(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) => g;

    public static Variable<T> GradientB(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) => -g;
}

/// <summary>a * b.</summary>
internal readonly struct Product<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) => TensorPrimitives.Multiply(a, b, y);

    public static Variable<T> GradientA(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) => g * b;

    public static Variable<T> GradientB(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) => g * a;
}

/// <summary>a / b.</summary>
internal readonly struct Quotient<T> : IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) => TensorPrimitives.Divide(a, b, y);

    public static Variable<T> GradientA(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) => g / b;

    public static Variable<T> GradientB(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g) => -(g * y / b);
}

/// <summary>factor * x + offset, with two numbers that are not variables.</summary>
internal sealed class ScaleAndShift<T> : Elementwise<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _factor;
    private readonly T _offset;

    private ScaleAndShift(Variable<T> x, T factor, T offset)
        : base(x)
    {
        _factor = factor;
        _offset = offset;
    }

    public static Variable<T> Run(Variable<T> x, T factor, T offset) => new ScaleAndShift<T>(x, factor, offset).Run(x.Shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, _factor == T.One ? gradient : Run(gradient, _factor, T.Zero));
    }

    protected override void Compute(int start, Span<T> destination)
    {
        ReadOnlySpan<T> x = Piece(0, start, destination.Length);
        if (_factor == T.One)
        {
            TensorPrimitives.Add(x, _offset, destination);
            return;
        }
        TensorPrimitives.Multiply(x, _factor, destination);
        if (_offset != T.Zero) TensorPrimitives.Add(destination, _offset, destination);
    }
}
