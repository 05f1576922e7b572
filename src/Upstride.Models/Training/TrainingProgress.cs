namespace Upstride.Models.Training;

/// <summary>How a run is getting on.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">The mean loss of the steps since the newest point of the curves; at a point, of those since the one before.</param>
/// <param name="Psnr">The newest point's mean over the validation pictures, in dB; null before the first.</param>
/// <param name="Fraction">The part of the run that is done, 0 to 1.</param>
/// <param name="PatchesPerSecond">Since the report before.</param>
/// <param name="Left">The time until the end, at the speed since the report before.</param>
public sealed record TrainingProgress(long Step, double Loss, double? Psnr, double Fraction, double PatchesPerSecond, TimeSpan Left);
