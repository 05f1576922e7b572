using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Operations;

/// <summary>
/// [outer, middle, inner] to [middle]: the sum of each place of the middle. Its gradient is <see cref="BroadcastOperation{T}"/>, and the
/// other way round.
/// </summary>
internal sealed class Summation<T> : Reduction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private Summation(Variable<T> x, AxisGroups grouping)
        : base(grouping, x)
    {
    }

    public static Variable<T> Run(Variable<T> x, AxisGroups grouping, ImmutableArray<nint> shape) =>
        x.Shape == shape ? x : new Summation<T>(x, grouping).Run(shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, BroadcastOperation<T>.Run(gradient, Grouping, Inputs[0].Shape));
    }

    protected override T Row(int start, int length, int middle) => TensorPrimitives.Sum<T>(Inputs[0].Elements.Slice(start, length));

    protected override void AddColumns(int start, int middle, Span<T> destination) =>
        TensorPrimitives.Add<T>(destination, Inputs[0].Elements.Slice(start, destination.Length), destination);
}

/// <summary>[middle] to [outer, middle, inner]: each number repeated.</summary>
internal sealed class BroadcastOperation<T> : Elementwise<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly AxisGroups _grouping;

    private BroadcastOperation(Tape<T> tape, Variable<T> values, AxisGroups grouping)
        : base(tape, values) => _grouping = grouping;

    public static Variable<T> Run(Variable<T> values, AxisGroups grouping, ImmutableArray<nint> shape) =>
        Run(Tape<T>.Of([values]), values, grouping, shape);

    /// <summary>On a tape that the numbers need not be on.</summary>
    public static Variable<T> Run(Tape<T> tape, Variable<T> values, AxisGroups grouping, ImmutableArray<nint> shape) =>
        new BroadcastOperation<T>(tape, values, grouping).Run(shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Summation<T>.Run(gradient, _grouping, Inputs[0].Shape));
    }

    protected override void Compute(int start, Span<T> destination)
    {
        ReadOnlySpan<T> values = Inputs[0].Elements;
        foreach (ChannelRun run in new ChannelRuns(_grouping, start, destination.Length))
        {
            if (run.IsVector) values.Slice(run.Middle, run.Length).CopyTo(destination.Slice(run.Start, run.Length));
            else destination.Slice(run.Start, run.Length).Fill(values[run.Middle]);
        }
    }
}
