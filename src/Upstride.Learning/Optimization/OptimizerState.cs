using System.Numerics;

namespace Upstride.Learning.Optimization;

/// <summary>What an optimizer remembers of one parameter: some numbers for each element, by name, and how often it was changed.</summary>
public sealed class OptimizerState<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[][] _values;

    internal OptimizerState(Parameter<T> parameter, string[] names)
    {
        Parameter = parameter;
        Names = names;
        _values = [.. names.Select(_ => new T[parameter.Length])];
    }

    /// <summary>Whose state it is.</summary>
    public Parameter<T> Parameter { get; }

    /// <summary>What is remembered, for example "momentum".</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>In how many steps the parameter had a gradient.</summary>
    public long Steps
    {
        get;
        internal set => field = AtLeastZero(value);
    }

    /// <summary>The numbers of a name, in the order of the parameter's elements.</summary>
    /// <param name="index">The place in <see cref="Names"/>.</param>
    public ReadOnlySpan<T> this[int index] => _values[index];

    internal static long AtLeastZero(long steps) =>
        steps >= 0 ? steps : throw new ArgumentOutOfRangeException(nameof(steps), steps, $"steps = {steps}, and must be at least 0");

    internal T[] Writable(int index) => _values[index];
}
