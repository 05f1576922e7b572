using System.Collections.Immutable;
using System.Globalization;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>One run of a plan, as <see cref="ComputeSettings.Trace"/> is told of it.</summary>
public sealed record ProblemRun
{
    internal ProblemRun(ConvTransposeGeometry geometry, Pass computed, bool isConvolution, AlgorithmProblem problem, IAlgorithm algorithm,
        string details)
    {
        // A convolution's gradients are products of its adjoint, whose names they go by.
        Problem = isConvolution
            ? $"convolution run {geometry.ToConvolutionString()}"
            : $"{NameOf(computed)} run {geometry}";
        Element = problem.Element;
        Threads = problem.Settings.Threads;
        Algorithm = details.Length > 0 ? $"{algorithm.Name}: {details}" : algorithm.Name;
        Refusals = [.. AlgorithmTable.All.Select(other => (other.Name, Reason: other.Refusal(problem)))
            .Where(static other => other.Reason is not null).Select(static other => $"{other.Name}: {other.Reason}")];
    }

    /// <summary>
    /// What was computed, in a line that the benchmarks read: forward, input-gradient, weight-gradient or convolution, a name, and the
    /// sizes as <see cref="ConvTransposeGeometry.ParseProblem"/> reads them (of a convolution its own).
    /// </summary>
    public string Problem { get; }

    /// <summary>The type that was computed in.</summary>
    public Type Element { get; }

    /// <summary>Threads that the run was allowed.</summary>
    public int Threads { get; }

    /// <summary>The algorithm that was chosen, and what it chose inside.</summary>
    public string Algorithm { get; }

    /// <summary>The algorithms that could not take it, each with its reason.</summary>
    public ImmutableArray<string> Refusals { get; }

    /// <summary>How long the run took.</summary>
    public TimeSpan Elapsed { get; internal init; }

    /// <summary>A product as lines call it: forward, input-gradient, weight-gradient.</summary>
    internal static string NameOf(Pass pass) => pass switch
    {
        Pass.Forward => "forward",
        Pass.InputGradient => "input-gradient",
        _ => "weight-gradient",
    };

    /// <summary>The product of a name; null where it is none.</summary>
    internal static Pass? PassNamed(string name) =>
        Enum.GetValues<Pass>().Where(pass => NameOf(pass) == name).Select(static pass => (Pass?)pass).FirstOrDefault();

    /// <summary>
    /// The problem of a line that begins as <see cref="Problem"/> does, as the product of a transposed convolution that is computed; what
    /// follows a # is left out.
    /// </summary>
    /// <param name="line">The line.</param>
    /// <exception cref="FormatException">It has no such form.</exception>
    /// <exception cref="GeometryException">The sizes are not legal.</exception>
    public static (Pass Pass, ConvTransposeGeometry Geometry) Parse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        string[] words = line.Split('#')[0].Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words is ["convolution", var own])
            return (Pass.InputGradient, ConvTransposeGeometry.ParseConvolution(own).Geometry.Adjoint);
        return words is [var operation, var sizes] && PassNamed(operation) is { } pass
            ? (pass, ConvTransposeGeometry.ParseProblem(sizes).Geometry)
            : throw new FormatException($"'{line}' is no problem: give forward, input-gradient, weight-gradient or convolution, a name, "
                + "and sizes as n16 ci512 co256 i4x4 k4x4 s2x2 p1x1");
    }

    /// <summary><see cref="Problem"/>, and behind a # what else is known: a line that the benchmarks read as well.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Problem} # {Elapsed.TotalMilliseconds:f3} ms, {Element.Name}, {Threads} thread{(Threads == 1 ? "" : "s")}, {Algorithm}"
        + $"{string.Concat(Refusals.Select(static refusal => $"; not {refusal}"))}");
}
