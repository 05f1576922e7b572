using System.Collections.Immutable;
using System.Numerics;
using Upstride.Kernels;

namespace Upstride.Learning.Operations;

/// <summary>
/// Where mask is positive: positive * x; elsewhere slope[middle] * x. With x as its own mask it is PReLU; its gradients are itself, and
/// <see cref="NegativeProduct{T}"/>, whose gradient is this with positive = 0. There is no gradient by the mask.
/// </summary>
internal sealed class MaskedSlope<T> : Elementwise<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AxisGroups _grouping;
    private readonly T _positive;

    private MaskedSlope(Variable<T> x, Variable<T> mask, Variable<T> slope, AxisGroups grouping, T positive)
        : base(x, slope, mask)
    {
        _grouping = grouping;
        _positive = positive;
    }

    private Variable<T> Mask => Inputs[2];

    public static Variable<T> Run(Variable<T> x, Variable<T> mask, Variable<T> slope, AxisGroups grouping, T positive) =>
        new MaskedSlope<T>(x, mask, slope, grouping, positive).Run(x.Shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Run(gradient, Mask, Inputs[1], _grouping, _positive));
        if (into.IsNeeded(1)) into.Add(1, NegativeProduct<T>.Run(gradient, Inputs[0], Mask, _grouping, Inputs[1].Shape));
    }

    protected override void Compute(int start, Span<T> destination)
    {
        ReadOnlySpan<T> x = Piece(0, start, destination.Length), mask = Piece(2, start, destination.Length), slopes = Inputs[1].Elements;
        foreach (ChannelRun run in new ChannelRuns(_grouping, start, destination.Length))
        {
            ReadOnlySpan<T> from = x.Slice(run.Start, run.Length), sign = mask.Slice(run.Start, run.Length);
            Span<T> to = destination.Slice(run.Start, run.Length);
            if (run.IsVector) RowKernels.Gate(from, sign, _positive, slopes.Slice(run.Middle, run.Length), to);
            else RowKernels.Gate(from, sign, _positive, slopes[run.Middle], to);
        }
    }
}

/// <summary>p, q, mask [outer, middle, inner] to [middle]: the sum of p * q where mask is not positive.</summary>
internal sealed class NegativeProduct<T> : Reduction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private NegativeProduct(Variable<T> p, Variable<T> q, Variable<T> mask, AxisGroups grouping)
        : base(grouping, p, q, mask)
    {
    }

    private Variable<T> Mask => Inputs[2];

    public static Variable<T> Run(Variable<T> p, Variable<T> q, Variable<T> mask, AxisGroups grouping, ImmutableArray<nint> shape) =>
        new NegativeProduct<T>(p, q, mask, grouping).Run(shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, MaskedSlope<T>.Run(Inputs[1], Mask, gradient, Grouping, T.Zero));
        if (into.IsNeeded(1)) into.Add(1, MaskedSlope<T>.Run(Inputs[0], Mask, gradient, Grouping, T.Zero));
    }

    protected override T Row(int start, int length, int middle) => RowKernels.NegativeProduct<T>(
        Inputs[0].Elements.Slice(start, length), Inputs[1].Elements.Slice(start, length), Mask.Elements.Slice(start, length));
}
