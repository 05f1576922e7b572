using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Operations;

/// <summary>p, q [outer, middle, inner] to [middle]: the sum of p * q over each place of the middle.</summary>
internal sealed class InnerProduct<T> : Reduction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private InnerProduct(Variable<T> p, Variable<T> q, AxisGroups grouping)
        : base(grouping, p, q)
    {
    }

    public static Variable<T> Run(Variable<T> p, Variable<T> q, AxisGroups grouping, ImmutableArray<nint> shape) =>
        new InnerProduct<T>(p, q, grouping).Run(shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (Inputs[0] == Inputs[1])
        {
            // The sum of squares: one pass instead of two and their sum.
            if (into.IsNeeded(0)) into.Add(0, Scale<T>.Run(Inputs[0], gradient * T.CreateChecked(2), Grouping));
            return;
        }
        if (into.IsNeeded(0)) into.Add(0, Scale<T>.Run(Inputs[1], gradient, Grouping));
        if (into.IsNeeded(1)) into.Add(1, Scale<T>.Run(Inputs[0], gradient, Grouping));
    }

    protected override T Row(int start, int length, int middle) =>
        TensorPrimitives.Dot<T>(Inputs[0].Elements.Slice(start, length), Inputs[1].Elements.Slice(start, length));

    protected override void AddColumns(int start, int middle, Span<T> destination) => TensorPrimitives.MultiplyAdd<T>(
        Inputs[0].Elements.Slice(start, destination.Length), Inputs[1].Elements.Slice(start, destination.Length), destination, destination);
}
