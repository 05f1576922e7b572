namespace Upstride.Onnx;

/// <summary>What became of a case.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Passed">Whether every element is within the tolerance.</param>
/// <param name="Worst">The greatest absolute difference of an element; infinite where a shape or type is another.</param>
/// <param name="Message">What is wrong; empty where it passed.</param>
public sealed record OnnxTestResult(string Name, bool Passed, double Worst, string Message);
