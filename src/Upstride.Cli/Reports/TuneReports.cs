namespace Upstride.Cli.Reports;

/// <summary>What <c>upstride tune</c> wrote.</summary>
/// <param name="File">The file's name as it was given.</param>
/// <param name="Count">Problems that the tuning holds.</param>
/// <param name="Fingerprint">SHA-256 of what it says.</param>
/// <param name="Measured">The problems that were timed.</param>
internal sealed record TuneReport(string File, int Count, string Fingerprint, TunedProblemReport[] Measured);

/// <summary>A problem that was timed.</summary>
/// <param name="Problem">As the tuning's line begins with it.</param>
/// <param name="Algorithm">The fastest.</param>
/// <param name="Estimated">What the estimates choose.</param>
/// <param name="Times">The fastest first.</param>
internal sealed record TunedProblemReport(string Problem, string Algorithm, string Estimated, AlgorithmTimeReport[] Times);

/// <summary>The shortest run of an algorithm.</summary>
/// <param name="Algorithm">Its name.</param>
/// <param name="Milliseconds">Its time.</param>
internal sealed record AlgorithmTimeReport(string Algorithm, double Milliseconds);
