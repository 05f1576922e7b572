using Upstride.Algorithms;

namespace Upstride.Models.Runs;

/// <summary>What every training run is told: how long, from which seed, and how much at a time.</summary>
/// <remarks>Where <see cref="Steps"/> is given, a run follows from its settings, its data and its first weights alone, bit for bit, for any
/// number of threads.</remarks>
public record RunSettings
{
    /// <summary>How many steps; null where <see cref="Duration"/> says how long.</summary>
    public long? Steps { get; init; }

    /// <summary>How long; null where <see cref="Steps"/> says how many steps.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Pictures of one step.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; } = 2e-4;

    /// <summary>The seed of everything random.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>
    /// The algorithms that were measured to be the fastest; null leaves the choice to the estimates. It decides on the last bits, and a
    /// checkpoint holds a run to it.
    /// </summary>
    public Tuning? Tuning { get; init; }

    /// <summary>Threads.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Steps from one point of the curves to the next.</summary>
    public int PointEvery { get; init; } = 100;

    /// <summary>The most time from one report of the progress to the next.</summary>
    public TimeSpan ReportEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Refuses settings that no run can follow.</summary>
    /// <exception cref="ArgumentException">The message names the setting.</exception>
    public virtual void Check()
    {
        if ((Steps is null) == (Duration is null))
            throw new ArgumentException("exactly one of steps and duration must be given", nameof(Steps));
        if (Steps is < 1) throw new ArgumentOutOfRangeException(nameof(Steps), Steps, $"steps >= 1 must hold: {Steps}");
        if (Duration is { } duration && duration <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(Duration), duration, $"duration > 0 must hold: {duration}");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate))
            throw new ArgumentOutOfRangeException(nameof(LearningRate), LearningRate, $"learningRate > 0 must hold: {LearningRate}");
        ArgumentOutOfRangeException.ThrowIfLessThan(Batch, 1, nameof(Batch));
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1, nameof(Threads));
        ArgumentOutOfRangeException.ThrowIfLessThan(PointEvery, 1, nameof(PointEvery));
    }
}
