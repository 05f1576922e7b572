using System.Numerics;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Learning.Operations;

/// <summary>A pixel shuffle, or its inverse; each is the other's gradient.</summary>
internal sealed class Shuffling<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PixelShuffleGeometry _geometry;
    private readonly bool _inverse;

    private Shuffling(Variable<T> x, PixelShuffleGeometry geometry, bool inverse)
        : base(x)
    {
        _geometry = geometry;
        _inverse = inverse;
        Output = Tape.Result(this, inverse ? geometry.InputShape : geometry.OutputShape);
        if (inverse) PixelShuffle.Inverse(x.Elements, geometry, Output.Elements);
        else PixelShuffle.Forward(x.Elements, geometry, Output.Elements);
    }

    public static Variable<T> Run(Variable<T> x, PixelShuffleGeometry geometry, bool inverse) =>
        new Shuffling<T>(x, geometry, inverse).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Run(gradient, _geometry, !_inverse));
    }
}
