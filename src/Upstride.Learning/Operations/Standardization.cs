using System.Numerics;
using Upstride.Kernels;

namespace Upstride.Learning.Operations;

/// <summary>(x - mean) * factor + offset for x [outer, middle, inner] and a number of each kind for each place of the middle; the offset may be left out.</summary>
internal sealed class Standardization<T> : Elementwise<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AxisGroups _grouping;

    private Standardization(AxisGroups grouping, params Variable<T>[] inputs)
        : base(inputs) => _grouping = grouping;

    public static Variable<T> Run(Variable<T> x, Variable<T> mean, Variable<T> factor, Variable<T>? offset, AxisGroups grouping)
    {
        var operation = offset is null ? new Standardization<T>(grouping, x, mean, factor) : new Standardization<T>(grouping, x, mean, factor, offset);
        return operation.Run(x.Shape);
    }

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        Variable<T> x = Inputs[0], mean = Inputs[1], factor = Inputs[2];
        if (into.IsNeeded(0)) into.Add(0, Scale<T>.Run(gradient, factor, _grouping));
        if (into.IsNeeded(2)) into.Add(2, CenteredProduct<T>.Run(gradient, x, mean, _grouping));
        bool wantsOffset = Inputs.Length == 4 && into.IsNeeded(3);
        if (!into.IsNeeded(1) && !wantsOffset) return;
        Variable<T> sum = Summation<T>.Run(gradient, _grouping, mean.Shape);
        if (into.IsNeeded(1)) into.Add(1, -(sum * factor));
        if (wantsOffset) into.Add(3, sum);
    }

    protected override void Compute(int start, Span<T> destination)
    {
        ReadOnlySpan<T> x = Piece(0, start, destination.Length), mean = Inputs[1].Elements, factor = Inputs[2].Elements;
        ReadOnlySpan<T> offset = Inputs.Length == 4 ? Inputs[3].Elements : default;
        foreach (ChannelRun run in new ChannelRuns(_grouping, start, destination.Length))
        {
            ReadOnlySpan<T> from = x.Slice(run.Start, run.Length);
            Span<T> to = destination.Slice(run.Start, run.Length);
            if (!run.IsVector)
            {
                RowKernels.Standardize(from, mean[run.Middle], factor[run.Middle], offset.IsEmpty ? T.Zero : offset[run.Middle], to);
                continue;
            }
            for (int i = 0; i < run.Length; i++)
                to[i] = (from[i] - mean[run.Middle + i]) * factor[run.Middle + i] + (offset.IsEmpty ? T.Zero : offset[run.Middle + i]);
        }
    }
}

/// <summary>The sum of p * (x - mean) over each place of the middle, [middle].</summary>
internal sealed class CenteredProduct<T> : Reduction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private CenteredProduct(Variable<T> p, Variable<T> x, Variable<T> mean, AxisGroups grouping)
        : base(grouping, p, x, mean)
    {
    }

    public static Variable<T> Run(Variable<T> p, Variable<T> x, Variable<T> mean, AxisGroups grouping) => new CenteredProduct<T>(p, x, mean, grouping).Run(mean.Shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        Variable<T> p = Inputs[0], x = Inputs[1], mean = Inputs[2];
        if (into.IsNeeded(0)) into.Add(0, Standardization<T>.Run(x, mean, gradient, null, Grouping));
        if (into.IsNeeded(1)) into.Add(1, Scale<T>.Run(p, gradient, Grouping));
        if (into.IsNeeded(2)) into.Add(2, -(gradient * Summation<T>.Run(p, Grouping, mean.Shape)));
    }

    protected override T Row(int start, int length, int middle) =>
        RowKernels.CenteredProduct<T>(Inputs[0].Elements.Slice(start, length), Inputs[1].Elements.Slice(start, length), Inputs[2].Elements[middle]);
}

/// <summary>
/// The sum of (x - mean)² over each place of the middle, where mean is the mean of x. Its derivative by the mean, the sum of x - mean, is
/// zero whatever x is, and so are all derivatives of that: none is given.
/// </summary>
internal sealed class CenteredSquares<T> : Reduction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private CenteredSquares(Variable<T> x, Variable<T> mean, AxisGroups grouping)
        : base(grouping, x, mean)
    {
    }

    public static Variable<T> Run(Variable<T> x, Variable<T> mean, AxisGroups grouping) => new CenteredSquares<T>(x, mean, grouping).Run(mean.Shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Standardization<T>.Run(Inputs[0], Inputs[1], gradient * T.CreateChecked(2), null, Grouping));
    }

    protected override T Row(int start, int length, int middle) => RowKernels.CenteredSquares<T>(Inputs[0].Elements.Slice(start, length), Inputs[1].Elements[middle]);
}
