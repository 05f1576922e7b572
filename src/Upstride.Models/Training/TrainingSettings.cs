using Upstride.Algorithms;

namespace Upstride.Models.Training;

/// <summary>The recipe of a training run.</summary>
/// <remarks>
/// Adam, the rate rising over <see cref="WarmUp"/> steps and falling to zero along
/// half a
/// cosine, so that the last steps average over many batches. Where <see cref="Steps"/> is given, the run follows from the settings, the
/// pictures
/// and the first weights alone, bit for bit, for any number of threads; with <see cref="Duration"/> the cosine follows the clock.
/// </remarks>
public sealed record TrainingSettings
{
    /// <summary>How many steps; null where <see cref="Duration"/> says how long.</summary>
    public long? Steps { get; init; }

    /// <summary>How long; null where <see cref="Steps"/> says how many steps.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Patches of one step.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Columns and rows of a small patch.</summary>
    public int Patch { get; init; } = 32;

    /// <summary>The highest rate.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>The part of the run over which the rate rises, 0 to 1.</summary>
    public double WarmUp { get; init; } = 0.02;

    /// <summary>What is made small.</summary>
    public TrainingLoss Loss { get; init; } = TrainingLoss.MeanSquaredError;

    /// <summary>
    /// How much of a moving average of the weights is kept in a step; the averages are what is judged and written. 0 for none.
    /// </summary>
    public double AverageDecay { get; init; }

    /// <summary>Pixels along each side of a small patch that the network sees, and whose outputs the loss does not count.</summary>
    public int Margin { get; init; }

    /// <summary>The seed of everything random.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>
    /// Whether the transposed convolution alone is trained, as the paper does when it takes the other layers from another scale's network.
    /// </summary>
    public bool UpsamplingOnly { get; init; }

    /// <summary>
    /// The algorithms that were measured to be the fastest; null leaves the choice to the estimates. It decides on the last bits, and a
    /// checkpoint holds a run to it.
    /// </summary>
    public Tuning? Tuning { get; init; }

    /// <summary>Threads.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Steps from one point of the curves to the next.</summary>
    public int PointEvery { get; init; } = 1000;

    /// <summary>The most time from one report of the progress to the next.</summary>
    public TimeSpan ReportEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Refuses settings that no run can follow.</summary>
    /// <exception cref="ArgumentException">The message names the setting.</exception>
    public void Check()
    {
        if ((Steps is null) == (Duration is null))
            throw new ArgumentException("exactly one of steps and duration must be given", nameof(Steps));
        if (Steps is < 1) throw new ArgumentOutOfRangeException(nameof(Steps), Steps, $"steps >= 1 must hold: {Steps}");
        if (Duration is { } duration && duration <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(Duration), duration, $"duration > 0 must hold: {duration}");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate))
            throw new ArgumentOutOfRangeException(nameof(LearningRate), LearningRate, $"learningRate > 0 must hold: {LearningRate}");
        ArgumentOutOfRangeException.ThrowIfLessThan(Batch, 1, nameof(Batch));
        ArgumentOutOfRangeException.ThrowIfLessThan(Patch, 1, nameof(Patch));
        if (!(AverageDecay is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(AverageDecay), AverageDecay, $"0 <= averageDecay < 1 must hold: {AverageDecay}");
        if (Margin < 0 || 2L * Margin >= Patch)
            throw new ArgumentOutOfRangeException(nameof(Margin), Margin,
                $"0 <= 2 margin < patch must hold, so that something of a patch counts: 2 * {Margin}, {Patch}");
        if (!(WarmUp is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(WarmUp), WarmUp, $"0 <= warmUp <= 1 must hold: {WarmUp}");
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1, nameof(Threads));
        ArgumentOutOfRangeException.ThrowIfLessThan(PointEvery, 1, nameof(PointEvery));
    }

    /// <summary>
    /// The learning rate at a point of the run: rising to the highest, then falling along half a cosine to zero at the end.
    /// </summary>
    /// <param name="fraction">The part of the run that is done, 0 to 1.</param>
    public double LearningRateAt(double fraction) =>
        LearningRate * (fraction < WarmUp ? fraction / WarmUp : 1) * (1 + Math.Cos(Math.PI * fraction)) / 2;
}
