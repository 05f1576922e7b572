namespace Upstride.Models.Training;

/// <summary>What training makes small.</summary>
public enum TrainingLoss
{
    /// <summary>The mean of the squared differences, which is what PSNR judges.</summary>
    MeanSquaredError,

    /// <summary>The mean of the differences' magnitudes.</summary>
    L1,

    /// <summary>A smooth <see cref="L1"/>, the mean of sqrt(difference^2 + 0.001^2).</summary>
    Charbonnier,
}
