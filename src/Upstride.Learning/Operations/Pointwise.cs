using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Operations;

/// <summary>1 / x.</summary>
internal readonly struct Reciprocal<T> : IUnary<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static void Compute(ReadOnlySpan<T> x, Span<T> y) => TensorPrimitives.Divide(T.One, x, y);

    public static Variable<T> Gradient(Variable<T> x, Variable<T> y, Variable<T> g) => -(g * y * y);
}
