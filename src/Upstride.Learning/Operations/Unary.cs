using System.Numerics;

namespace Upstride.Learning.Operations;

/// <summary>A function of one number.</summary>
internal interface IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>y = f(x), element by element; the two may be the same memory.</summary>
    static abstract void Compute(ReadOnlySpan<T> x, Span<T> y);

    /// <summary>g * f'(x), with y = f(x) at hand; null where that is zero everywhere.</summary>
    static abstract Variable<T>? Gradient(Variable<T> x, Variable<T> y, Variable<T> g);
}

/// <summary>A function of one number, element by element.</summary>
internal sealed class Unary<T, TFunction> : Elementwise<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TFunction : struct, IUnary<T>
{
    private Unary(Variable<T> x)
        : base(x)
    {
    }

    public static Variable<T> Run(Variable<T> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new Unary<T, TFunction>(value).Run(value.Shape);
    }

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0) && TFunction.Gradient(Inputs[0], Output, gradient) is { } given) into.Add(0, given);
    }

    protected override void Compute(int start, Span<T> destination) => TFunction.Compute(Piece(0, start, destination.Length), destination);
}
