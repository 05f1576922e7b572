using System.Collections.Immutable;
using System.Numerics;

namespace Upstride.Learning.Optimization;

/// <summary>Parameters that learn at the same rate.</summary>
public sealed class ParameterGroup<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private double _learningRate, _weightDecay;

    /// <param name="parameters">In an order that does not change: their place names them where nothing else does.</param>
    /// <param name="learningRate">What <see cref="Schedule.Factor"/> multiplies.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is negative or not finite.</exception>
    public ParameterGroup(IEnumerable<Parameter<T>> parameters, double learningRate)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Parameters = [.. parameters];
        LearningRate = learningRate;
    }

    /// <summary>The parameters.</summary>
    public ImmutableArray<Parameter<T>> Parameters { get; }

    /// <summary>The learning rate before the schedule.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public double LearningRate
    {
        get => _learningRate;
        set => _learningRate = AtLeastZero(value, "learningRate");
    }

    /// <summary>How strongly weights are drawn to zero; default 0. What it multiplies is the optimizer's affair.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public double WeightDecay
    {
        get => _weightDecay;
        set => _weightDecay = AtLeastZero(value, "weightDecay");
    }

    private static double AtLeastZero(double value, string name) =>
        value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} = {value}, and must be finite and at least 0");
}
