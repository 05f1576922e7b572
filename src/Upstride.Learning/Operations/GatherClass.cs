using System.Collections.Immutable;
using System.Numerics;
using Upstride.Learning.Buffers;

namespace Upstride.Learning.Operations;

/// <summary>Which class each place of a batch belongs to, and how much it counts.</summary>
/// <param name="Grouping">[batch, classes, places] of the tensor that is picked from.</param>
/// <param name="Targets">[batch, places]: the class, or below 0 where the place does not count.</param>
/// <param name="Weights">[batch, places]: the weight of the place, 0 where it does not count.</param>
internal sealed record ClassTargets<T>(AxisGroups Grouping, PooledBuffer<int> Targets, PooledBuffer<T> Weights)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public int Count => Grouping.Outer * Grouping.Inner;

    /// <summary>Where in the tensor the target's element of a place lies; below 0 where the place does not count.</summary>
    public int ElementOf(int place)
    {
        int target = Targets.Span[place];
        return target < 0 ? -1 : (place / Grouping.Inner * Grouping.Middle + target) * Grouping.Inner + place % Grouping.Inner;
    }
}

/// <summary>
/// The weighted sum of the target's element of each place, a single number; its gradient is <see cref="ScatterClass{T}"/>.
/// </summary>
internal sealed class GatherClass<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int PieceLength = 64;
    private readonly ClassTargets<T> _targets;

    private GatherClass(Variable<T> x, ClassTargets<T> targets)
        : base(x)
    {
        _targets = targets;
        Output = Tape.Result(this, []);
        Output.Elements[0] = Sum(x.Elements, 0, targets.Count);
    }

    public static Variable<T> Run(Variable<T> x, ClassTargets<T> targets) => new GatherClass<T>(x, targets).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, ScatterClass<T>.Run(gradient, _targets, Inputs[0].Shape));
    }

    private T Sum(ReadOnlySpan<T> x, int first, int count)
    {
        if (count > PieceLength)
        {
            int half = count / 2;
            return Sum(x, first, half) + Sum(x, first + half, count - half);
        }
        ReadOnlySpan<T> weights = _targets.Weights.Span;
        T sum = T.Zero;
        for (int place = first; place < first + count; place++)
            if (_targets.ElementOf(place) is >= 0 and var element) sum += weights[place] * x[element];
        return sum;
    }
}

/// <summary>
/// A number times the weight of each place, at the target's element, among zeros; its gradient is <see cref="GatherClass{T}"/>.
/// </summary>
internal sealed class ScatterClass<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ClassTargets<T> _targets;

    private ScatterClass(Variable<T> value, ClassTargets<T> targets, ImmutableArray<nint> shape)
        : base(value)
    {
        _targets = targets;
        Output = Tape.Result(this, shape);
        Span<T> destination = Output.Elements;
        destination.Clear();
        ReadOnlySpan<T> weights = targets.Weights.Span;
        T factor = value.Elements[0];
        for (int place = 0; place < targets.Count; place++)
            if (targets.ElementOf(place) is >= 0 and var element) destination[element] = factor * weights[place];
    }

    public static Variable<T> Run(Variable<T> value, ClassTargets<T> targets, ImmutableArray<nint> shape) =>
        new ScatterClass<T>(value, targets, shape).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Operations.Reshape<T>.Run(GatherClass<T>.Run(gradient, _targets), Inputs[0].Shape));
    }
}
