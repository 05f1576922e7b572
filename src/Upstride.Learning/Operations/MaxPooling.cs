using System.Numerics;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Learning.Operations;

/// <summary>The largest element of each window. Its gradient goes to where the maxima was, see <see cref="IndexedMove{T}"/>.</summary>
internal sealed class MaxPooling<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PoolGeometry _geometry;

    private MaxPooling(Variable<T> x, PoolGeometry geometry)
        : base(x)
    {
        _geometry = geometry;
        Output = Tape.Result(this, geometry.OutputShape);
        Indices = new(Output, geometry, Tape.Indices.Take(Output.Length));
        MaxPool.Forward(x.Elements, geometry, Output.Elements, Indices.Elements);
    }

    public PoolIndices<T> Indices { get; }

    public static (Variable<T> Output, PoolIndices<T> Indices) Run(Variable<T> x, PoolGeometry geometry)
    {
        var operation = new MaxPooling<T>(x, geometry);
        return (operation.Output, operation.Indices);
    }

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0))
            into.Add(0, IndexedMove<T>.Run(IndexedMoveKind.ScatterAdd, gradient, Indices, _geometry.Planes, Inputs[0].Shape));
    }
}
