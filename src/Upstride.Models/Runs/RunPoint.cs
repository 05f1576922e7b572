using System.Collections.Immutable;

namespace Upstride.Models.Runs;

/// <summary>A point of a run's curves.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Seconds">Time spent training, without what came before a resumed run was stopped.</param>
/// <param name="Values">One number for each of <see cref="NetworkTrainer.Curves"/>.</param>
public sealed record RunPoint(long Step, double Seconds, ImmutableArray<double> Values);

/// <summary>How a run is getting on.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Values">The losses' means since the newest point of the curves, and that point's other numbers; NaN before the
/// first.</param>
/// <param name="Fraction">The part of the run that is done, 0 to 1.</param>
/// <param name="PicturesPerSecond">Since the report before.</param>
/// <param name="Left">The time until the end, at the speed since the report before.</param>
public sealed record RunProgress(long Step, ImmutableArray<double> Values, double Fraction, double PicturesPerSecond, TimeSpan Left);
