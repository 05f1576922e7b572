using System.Numerics;

namespace Upstride.Learning.Optimization;

/// <summary>Where a run is that waits for something to get better: what a checkpoint keeps of it.</summary>
/// <param name="Best">The best so far.</param>
/// <param name="BadReports">Reports since then that were no better.</param>
/// <param name="Cooldown">Reports that still do not count.</param>
public readonly record struct PlateauState(double Best, int BadReports, int Cooldown);

/// <summary>Lowers the learning rates whenever something has stopped getting better: PyTorch's <c>ReduceLROnPlateau</c>.</summary>
public sealed class ReduceOnPlateau<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Optimizer<T> _optimizer;

    /// <param name="optimizer">Whose groups' rates are lowered.</param>
    /// <param name="greaterIsBetter">Whether what is reported should rise: an accuracy; and not fall, as a loss.</param>
    public ReduceOnPlateau(Optimizer<T> optimizer, bool greaterIsBetter = false)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        _optimizer = optimizer;
        GreaterIsBetter = greaterIsBetter;
        State = new(greaterIsBetter ? double.NegativeInfinity : double.PositiveInfinity, 0, 0);
    }

    /// <summary>Whether what is reported should rise.</summary>
    public bool GreaterIsBetter { get; }

    /// <summary>What rates are multiplied by; default 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in [0, 1).</exception>
    public double Factor
    {
        get;
        init => field = value is >= 0 and < 1
            ? value : throw new ArgumentOutOfRangeException("factor", value, $"factor = {value}, and must be at least 0 and below 1");
    }
    = 0.1;

    /// <summary>How many reports in a row may be no better before rates are lowered; default 10.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>By how much it must be better to count, as a part of the best; default 1e-4.</summary>
    public double Threshold { get; init; } = 1e-4;

    /// <summary>Whether the threshold is a difference and not a part of the best; default false.</summary>
    public bool AbsoluteThreshold { get; init; }

    /// <summary>How many reports after a lowering do not count; default 0.</summary>
    public int Cooldown { get; init; }

    /// <summary>Below this no rate is lowered; default 0.</summary>
    public double MinimumRate { get; init; }

    /// <summary>A rate stays where lowering it would change it by no more than this; default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>What a checkpoint keeps.</summary>
    public PlateauState State { get; set; }

    /// <summary>Takes a report, as is due after each epoch.</summary>
    /// <param name="value">What should get better.</param>
    /// <returns>Whether rates were lowered.</returns>
    public bool Report(double value)
    {
        (double best, int bad, int cooldown) = State;
        (best, bad) = IsBetter(value, best) ? (value, 0) : (best, bad + 1);
        if (cooldown > 0) (cooldown, bad) = (cooldown - 1, 0);
        bool lowers = bad > Patience;
        if (lowers)
        {
            foreach (ParameterGroup<T> group in _optimizer.Groups)
            {
                double lowered = Math.Max(group.LearningRate * Factor, MinimumRate);
                if (group.LearningRate - lowered > Epsilon) group.LearningRate = lowered;
            }
            (cooldown, bad) = (Cooldown, 0);
        }
        State = new(best, bad, cooldown);
        return lowers;
    }

    private bool IsBetter(double value, double best)
    {
        if (GreaterIsBetter) return value > (AbsoluteThreshold ? best + Threshold : best * (1 + Threshold));
        return value < (AbsoluteThreshold ? best - Threshold : best * (1 - Threshold));
    }
}
