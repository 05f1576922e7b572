using System.Numerics;
using Upstride.Kernels;

namespace Upstride.Learning.Operations;

/// <summary>
/// (x - mean) * factor + offset for x [outer, middle, inner] and a number of each kind for each place of the middle; the offset may be left
/// out.
/// </summary>
internal sealed class Standardization<T> : Elementwise<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AxisGroups _grouping;
    private readonly OwnStatistics<T>? _own;

    private Standardization(AxisGroups grouping, OwnStatistics<T>? own, params Variable<T>[] inputs)
        : base(inputs) => (_grouping, _own) = (grouping, own);

    /// <param name="x">[outer, middle, inner].</param>
    /// <param name="mean">[middle].</param>
    /// <param name="factor">[middle].</param>
    /// <param name="offset">[middle], or none.</param>
    /// <param name="grouping">The axes.</param>
    /// <param name="own">Where mean and factor are of x itself; null where they are given.</param>
    public static Variable<T> Run(Variable<T> x, Variable<T> mean, Variable<T> factor, Variable<T>? offset, AxisGroups grouping,
        OwnStatistics<T>? own = null)
    {
        Variable<T>[] inputs = [x, mean, factor, .. offset is null ? (Variable<T>[])[] : [offset],
            .. own?.Weight is { } weight ? (Variable<T>[])[weight] : []];
        return new Standardization<T>(grouping, own, inputs) { HasOffset = offset is not null }.Run(x.Shape);
    }

    private bool HasOffset { get; init; }

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        Variable<T> x = Inputs[0], mean = Inputs[1], factor = Inputs[2];
        if (_own is { } own && into.IsOfLeaves)
        {
            GradientOfAll(own, gradient, into);
            return;
        }
        if (into.IsNeeded(0)) into.Add(0, Scale<T>.Run(gradient, factor, _grouping));
        if (into.IsNeeded(2)) into.Add(2, CenteredProduct<T>.Run(gradient, x, mean, _grouping));
        bool wantsOffset = HasOffset && into.IsNeeded(3);
        if (!into.IsNeeded(1) && !wantsOffset) return;
        Variable<T> sum = Summation<T>.Run(gradient, _grouping, mean.Shape);
        if (into.IsNeeded(1)) into.Add(1, -(sum * factor));
        if (wantsOffset) into.Add(3, sum);
    }

    // With s the sum of the gradient g, p that of g (x - mean), n elements and d the deviation's reciprocal, by x in all its ways:
    // factor (g - s / n - (x - mean) d^2 p / n); by the weight d p, by the offset s. One pass over x in place of five.
    private void GradientOfAll(OwnStatistics<T> own, Variable<T> gradient, GradientPass<T> into)
    {
        Variable<T> x = Inputs[0], mean = Inputs[1], factor = Inputs[2];
        Variable<T> sum = Summation<T>.Run(gradient, _grouping, mean.Shape),
            product = CenteredProduct<T>.Run(gradient, x, mean, _grouping) * own.Reciprocal;
        if (into.IsNeeded(0))
            into.Add(0, NormalizationGradient<T>.Run(Tape, gradient, x, mean, factor, -(product * own.Reciprocal * factor * own.Share),
                -(sum * factor * own.Share), _grouping));
        if (HasOffset && into.IsNeeded(3)) into.Add(3, sum);
        if (own.Weight is not null && into.IsNeeded(Inputs.Length - 1)) into.Add(Inputs.Length - 1, product);
    }

    protected override void Compute(int start, Span<T> destination)
    {
        ReadOnlySpan<T> x = Piece(0, start, destination.Length), mean = Inputs[1].Elements, factor = Inputs[2].Elements;
        ReadOnlySpan<T> offset = HasOffset ? Inputs[3].Elements : default;
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

    public static Variable<T> Run(Variable<T> p, Variable<T> x, Variable<T> mean, AxisGroups grouping) =>
        new CenteredProduct<T>(p, x, mean, grouping).Run(mean.Shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        Variable<T> p = Inputs[0], x = Inputs[1], mean = Inputs[2];
        if (into.IsNeeded(0)) into.Add(0, Standardization<T>.Run(x, mean, gradient, null, Grouping));
        if (into.IsNeeded(1)) into.Add(1, Scale<T>.Run(p, gradient, Grouping));
        if (into.IsNeeded(2)) into.Add(2, -(gradient * Summation<T>.Run(p, Grouping, mean.Shape)));
    }

    protected override T Row(int start, int length, int middle) =>
        RowKernels.CenteredProduct<T>(Inputs[0].Elements.Slice(start, length), Inputs[1].Elements.Slice(start, length),
        Inputs[2].Elements[middle]);
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

    public static Variable<T> Run(Variable<T> x, Variable<T> mean, AxisGroups grouping) =>
        new CenteredSquares<T>(x, mean, grouping).Run(mean.Shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Standardization<T>.Run(Inputs[0], Inputs[1], gradient * T.CreateChecked(2), null, Grouping));
    }

    protected override T Row(int start, int length, int middle) =>
        RowKernels.CenteredSquares<T>(Inputs[0].Elements.Slice(start, length), Inputs[1].Elements[middle]);
}
