using System.Collections.Immutable;
using System.Numerics;
using Upstride.Learning.Buffers;

namespace Upstride.Learning.Operations;

/// <summary>Elements of a tensor by their places, and 0 for places below 0; its gradient is <see cref="Scattering{T}"/>.</summary>
internal sealed class Gathering<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PooledBuffer<int> _places;

    private Gathering(Tape<T> tape, Variable<T> x, PooledBuffer<int> places, ImmutableArray<nint> shape)
        : base(tape, x)
    {
        _places = places;
        Output = Tape.Result(this, shape);
        ReadOnlySpan<T> source = x.Elements;
        Span<T> destination = Output.Elements;
        ReadOnlySpan<int> from = places.Span[..destination.Length];
        for (int i = 0; i < destination.Length; i++) destination[i] = from[i] < 0 ? T.Zero : source[from[i]];
    }

    /// <param name="tape">Where the places are from, and the result goes.</param>
    /// <param name="x">On that tape, or a parameter.</param>
    /// <param name="places">In row-major order of <paramref name="shape"/>.</param>
    /// <param name="shape">The result's.</param>
    public static Variable<T> Run(Tape<T> tape, Variable<T> x, PooledBuffer<int> places, ImmutableArray<nint> shape) =>
        new Gathering<T>(tape, x, places, shape).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Scattering<T>.Run(Tape, gradient, _places, Inputs[0].Shape));
    }
}

/// <summary>Elements brought to places of a larger tensor, where several are added in their order, among zeros.</summary>
internal sealed class Scattering<T> : Operation<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PooledBuffer<int> _places;

    private Scattering(Tape<T> tape, Variable<T> x, PooledBuffer<int> places, ImmutableArray<nint> shape)
        : base(tape, x)
    {
        _places = places;
        Output = Tape.Result(this, shape);
        ReadOnlySpan<T> source = x.Elements;
        Span<T> destination = Output.Elements;
        destination.Clear();
        ReadOnlySpan<int> to = places.Span[..source.Length];
        for (int i = 0; i < source.Length; i++)
            if (to[i] >= 0) destination[to[i]] += source[i];
    }

    public static Variable<T> Run(Tape<T> tape, Variable<T> x, PooledBuffer<int> places, ImmutableArray<nint> shape) =>
        new Scattering<T>(tape, x, places, shape).Output;

    public override void Gradient(Variable<T> gradient, GradientPass<T> into)
    {
        if (into.IsNeeded(0)) into.Add(0, Gathering<T>.Run(Tape, gradient, _places, Inputs[0].Shape));
    }
}
