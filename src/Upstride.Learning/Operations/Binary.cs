using System.Numerics;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Learning.Operations;

/// <summary>A function of two numbers.</summary>
internal interface IBinary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>y = f(a, b), element by element.</summary>
    static abstract void Compute(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y);

    /// <summary>g times the derivative by a, with y = f(a, b) at hand.</summary>
    static abstract Variable<T> GradientA(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g);

    /// <summary>g times the derivative by b; null where that is zero everywhere.</summary>
    static abstract Variable<T>? GradientB(Variable<T> a, Variable<T> b, Variable<T> y, Variable<T> g);
}

/// <summary>A function of two numbers, element by element of tensors of one shape.</summary>
internal sealed class Binary<T, TFunction> : Elementwise<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TFunction : struct, IBinary<T>
{
    private Binary(Variable<T> a, Variable<T> b)
        : base(a, b)
    {
    }

    /// <exception cref="GeometryException">The shapes differ.</exception>
    public static Variable<T> Run(Variable<T> a, Variable<T> b)
    {
        if (!a.Shape.AsSpan().SequenceEqual(b.Shape.AsSpan()))
            throw new GeometryException(new("right",
                $"left has shape {TensorMemory.Text(a.Shape.AsSpan())} and right has {TensorMemory.Text(b.Shape.AsSpan())}, and both "
                + $"must be equal: change one of them"));
        return new Binary<T, TFunction>(a, b).Run(a.Shape);
    }

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, TFunction.GradientA(Inputs[0], Inputs[1], Output, gradient));
        if (into.IsNeeded(1) && TFunction.GradientB(Inputs[0], Inputs[1], Output, gradient) is { } second) into.Add(1, second);
    }

    protected override void Compute(int start, Span<T> destination) =>
        TFunction.Compute(Piece(0, start, destination.Length), Piece(1, start, destination.Length), destination);
}
