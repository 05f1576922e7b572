namespace Upstride.Cli.Output;

/// <summary>What became of ONNX cases.</summary>
/// <param name="Passed">How many passed.</param>
/// <param name="Failed">How many did not.</param>
/// <param name="Cases">Each of them.</param>
internal sealed record VerifyReport(int Passed, int Failed, VerifiedCase[] Cases);

/// <summary>What became of one ONNX case.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Passed">Whether every element is within the tolerance.</param>
/// <param name="Worst">The greatest absolute difference of an element.</param>
/// <param name="Message">What is wrong; empty where it passed.</param>
internal sealed record VerifiedCase(string Name, bool Passed, double Worst, string Message);
