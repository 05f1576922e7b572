using System.Collections.Immutable;
using System.Numerics;
using Upstride.Operators;

namespace Upstride.Learning.Operations;

/// <summary>
/// The weights of a convolution after nearest-neighbour enlargement, made those of the transposed convolution that does both; or the
/// transposed map.
/// </summary>
internal sealed class ResizeWeights<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ConvolutionPlans<T> _plans;
    private readonly ImmutableArray<nint> _weightShape;
    private readonly bool _transposed;

    private ResizeWeights(Tape<T> tape, ConvolutionPlans<T> plans, ImmutableArray<nint> weightShape, bool transposed, Variable<T> source)
        : base(tape, source)
    {
        _plans = plans;
        _weightShape = weightShape;
        _transposed = transposed;
        Output = tape.Result(this, transposed ? weightShape : plans.ResultShape(Algorithms.Pass.WeightGradient));
        ResizeConvolution.FuseWeights(plans.Geometry, weightShape.AsSpan(), source.Elements, transposed, Output.Elements);
    }

    public static Variable<T> Run(Tape<T> tape, ConvolutionPlans<T> plans, Variable<T> weight) =>
        new ResizeWeights<T>(tape, plans, weight.Shape, transposed: false, weight).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, new ResizeWeights<T>(Tape, _plans, _weightShape, !_transposed, gradient).Output);
    }
}
