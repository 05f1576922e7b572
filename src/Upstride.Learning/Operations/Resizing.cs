using System.Numerics;
using Upstride.Operators;

namespace Upstride.Learning.Operations;

/// <summary>A resize, or its transposed map; each is the other's gradient.</summary>
internal sealed class Resizing<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ResizePlan<T> _plan;
    private readonly bool _transposed;

    private Resizing(Variable<T> x, ResizePlan<T> plan, bool transposed)
        : base(x)
    {
        _plan = plan;
        _transposed = transposed;
        Output = Tape.Result(this, transposed ? plan.Geometry.InputShape : plan.Geometry.OutputShape);
        if (transposed) plan.RunGradient(x.Elements, Output.Elements);
        else plan.Run(x.Elements, Output.Elements);
    }

    public static Variable<T> Run(Variable<T> x, ResizePlan<T> plan, bool transposed = false) =>
        new Resizing<T>(x, plan, transposed).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Run(gradient, _plan, !_transposed));
    }
}
