namespace Upstride.Cli.Reports;

/// <summary>What a training run made.</summary>
/// <param name="File">The weights' file, as given.</param>
/// <param name="Model">The network, in words.</param>
/// <param name="Steps">Steps done.</param>
/// <param name="Seconds">Time spent training.</param>
/// <param name="Curves">The last point of each curve.</param>
/// <param name="Log">The curves as numbers.</param>
/// <param name="Chart">The curves as a picture.</param>
internal sealed record TrainedReport(string File, string Model, long Steps, double Seconds, CurveReport[] Curves, string Log, string Chart);

/// <summary>The last point of a curve.</summary>
internal sealed record CurveReport(string Name, double Value);
