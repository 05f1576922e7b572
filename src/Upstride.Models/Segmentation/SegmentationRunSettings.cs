using Upstride.Models.Runs;

namespace Upstride.Models.Segmentation;

/// <summary>How the classes count in the loss.</summary>
public enum ClassWeighting
{
    /// <summary>Each pixel alike.</summary>
    None,

    /// <summary>By <see cref="SegmentationSet.MedianFrequencyWeights"/>: each class alike.</summary>
    MedianFrequency,

    /// <summary>By the square root of that: between the two.</summary>
    RootOfMedianFrequency,
}

/// <summary>The recipe of a segmentation network: AdamW, the rate rising for a while, then falling along half a cosine to zero.</summary>
public sealed record SegmentationRunSettings : RunSettings
{
    /// <summary>Drops of the rate and the like as in <see cref="RunSettings"/>, with a batch and a rate that suit these networks.</summary>
    public SegmentationRunSettings()
    {
        Batch = 4;
        LearningRate = 2e-3;
        PointEvery = 250;
    }

    /// <summary>The part of the run over which the rate rises, 0 to 1.</summary>
    public double WarmUp { get; init; } = 0.02;

    /// <summary>The weights' decay of AdamW.</summary>
    public double WeightDecay { get; init; } = 1e-3;

    /// <summary>How the classes count.</summary>
    public ClassWeighting Weighting { get; init; } = ClassWeighting.MedianFrequency;

    /// <summary>How pictures are drawn.</summary>
    public Augmentation Augmentation { get; init; } = new();

    /// <inheritdoc/>
    public override void Check()
    {
        base.Check();
        Augmentation.Check();
        if (WarmUp is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(WarmUp), WarmUp, $"0 <= warmUp <= 1 must hold: {WarmUp}");
        if (!(WeightDecay >= 0) || !double.IsFinite(WeightDecay))
            throw new ArgumentOutOfRangeException(nameof(WeightDecay), WeightDecay, $"weightDecay >= 0 must hold: {WeightDecay}");
    }

    /// <summary>The learning rate at a point of the run.</summary>
    /// <param name="fraction">The part of the run that is done, 0 to 1.</param>
    public double LearningRateAt(double fraction) =>
        LearningRate * (fraction < WarmUp ? fraction / WarmUp : 1) * (1 + Math.Cos(Math.PI * fraction)) / 2;
}
