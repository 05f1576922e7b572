namespace Upstride.Models.Runs;

/// <summary>One of the numbers that a run is watched by.</summary>
/// <param name="Name">As a column of the table: lower case, words joined by underscores.</param>
/// <param name="Format">How a person reads it, a .NET number format.</param>
/// <param name="IsLoss">Whether each step gives it, and a point has the mean of the steps since the one before.</param>
public sealed record RunCurve(string Name, string Format, bool IsLoss);
