using System.Collections.Immutable;
using System.Numerics;

namespace Upstride.Learning.Operations;

/// <summary>The same elements, in the same memory, under another shape.</summary>
internal sealed class Reshape<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private Reshape(Tape<T> tape, Variable<T> x, ImmutableArray<nint> shape)
        : base(tape, x) => Output = tape.Result(this, shape, x.Buffer);

    public static Variable<T> Run(Variable<T> x, ImmutableArray<nint> shape) => Run(Tape<T>.Of([x]), x, shape);

    /// <summary>On a tape that the variable need not be on.</summary>
    public static Variable<T> Run(Tape<T> tape, Variable<T> x, ImmutableArray<nint> shape) => new Reshape<T>(tape, x, shape).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Run(gradient, Inputs[0].Shape));
    }
}
