using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Operations;

/// <summary>x [outer, middle, inner] + v [middle].</summary>
internal sealed class Shift<T> : Elementwise<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AxisGroups _grouping;

    private Shift(Variable<T> x, Variable<T> values, AxisGroups grouping)
        : base(x, values) => _grouping = grouping;

    public static Variable<T> Run(Variable<T> x, Variable<T> values, AxisGroups grouping) => new Shift<T>(x, values, grouping).Run(x.Shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, gradient);
        if (into.IsNeeded(1)) into.Add(1, Summation<T>.Run(gradient, _grouping, Inputs[1].Shape));
    }

    protected override void Compute(int start, Span<T> destination)
    {
        ReadOnlySpan<T> x = Piece(0, start, destination.Length), values = Inputs[1].Elements;
        foreach (ChannelRun run in new ChannelRuns(_grouping, start, destination.Length))
        {
            ReadOnlySpan<T> from = x.Slice(run.Start, run.Length);
            Span<T> to = destination.Slice(run.Start, run.Length);
            if (run.IsVector) TensorPrimitives.Add(from, values.Slice(run.Middle, run.Length), to);
            else TensorPrimitives.Add(from, values[run.Middle], to);
        }
    }
}

/// <summary>x [outer, middle, inner] * v [middle].</summary>
internal sealed class Scale<T> : Elementwise<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AxisGroups _grouping;

    private Scale(Variable<T> x, Variable<T> values, AxisGroups grouping)
        : base(x, values) => _grouping = grouping;

    public static Variable<T> Run(Variable<T> x, Variable<T> values, AxisGroups grouping) => new Scale<T>(x, values, grouping).Run(x.Shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Run(gradient, Inputs[1], _grouping));
        if (into.IsNeeded(1)) into.Add(1, InnerProduct<T>.Run(gradient, Inputs[0], _grouping, Inputs[1].Shape));
    }

    protected override void Compute(int start, Span<T> destination)
    {
        ReadOnlySpan<T> x = Piece(0, start, destination.Length), values = Inputs[1].Elements;
        foreach (ChannelRun run in new ChannelRuns(_grouping, start, destination.Length))
        {
            ReadOnlySpan<T> from = x.Slice(run.Start, run.Length);
            Span<T> to = destination.Slice(run.Start, run.Length);
            if (run.IsVector) TensorPrimitives.Multiply(from, values.Slice(run.Middle, run.Length), to);
            else TensorPrimitives.Multiply(from, values[run.Middle], to);
        }
    }
}
