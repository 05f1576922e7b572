using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;

namespace Upstride.Learning.Operations;

/// <summary>[outer, middle, inner] to [middle]: the sum of each place of the middle. Its gradient is <see cref="Repetition{T}"/>, and the other way round.</summary>
internal sealed class Summation<T> : Reduction<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private Summation(Variable<T> x, Grouping grouping)
        : base(grouping, x)
    {
    }

    public static Variable<T> Run(Variable<T> x, Grouping grouping, ImmutableArray<nint> shape) =>
        x.Shape == shape ? x : new Summation<T>(x, grouping).Run(shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.Wants(0)) into.Give(0, Repetition<T>.Run(gradient, Grouping, Inputs[0].Shape));
    }

    protected override T Row(int start, int length, int middle) => TensorPrimitives.Sum<T>(Inputs[0].Elements.Slice(start, length));

    protected override void AddColumns(int start, int middle, Span<T> destination) =>
        TensorPrimitives.Add<T>(destination, Inputs[0].Elements.Slice(start, destination.Length), destination);
}

/// <summary>[middle] to [outer, middle, inner]: each number repeated.</summary>
internal sealed class Repetition<T> : Elementwise<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Grouping _grouping;

    private Repetition(Tape<T> tape, Variable<T> values, Grouping grouping)
        : base(tape, values) => _grouping = grouping;

    public static Variable<T> Run(Variable<T> values, Grouping grouping, ImmutableArray<nint> shape) => Run(Tape<T>.Of([values]), values, grouping, shape);

    /// <summary>On a tape that the numbers need not be on.</summary>
    public static Variable<T> Run(Tape<T> tape, Variable<T> values, Grouping grouping, ImmutableArray<nint> shape) => new Repetition<T>(tape, values, grouping).Run(shape);

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.Wants(0)) into.Give(0, Summation<T>.Run(gradient, _grouping, Inputs[0].Shape));
    }

    protected override void Compute(int start, Span<T> destination)
    {
        ReadOnlySpan<T> values = Inputs[0].Elements;
        foreach (Run run in new Runs(_grouping, start, destination.Length))
        {
            if (run.IsVector) values.Slice(run.Middle, run.Length).CopyTo(destination.Slice(run.Start, run.Length));
            else destination.Slice(run.Start, run.Length).Fill(values[run.Middle]);
        }
    }
}
