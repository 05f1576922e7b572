namespace Upstride.Models.Training;

/// <summary>How a run is getting on.</summary>
/// <param name="Point">The newest point of the curves.</param>
/// <param name="Fraction">The part of the run that is done, 0 to 1.</param>
/// <param name="PatchesPerSecond">Since the point before.</param>
/// <param name="Left">The time until the end, at the speed since the point before.</param>
public sealed record TrainingProgress(TrainingPoint Point, double Fraction, double PatchesPerSecond, TimeSpan Left);
