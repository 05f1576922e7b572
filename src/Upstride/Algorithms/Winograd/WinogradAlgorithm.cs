using System.Numerics;
using Upstride.Algorithms.Phases;
using Upstride.Kernels;

namespace Upstride.Algorithms.Winograd;

/// <summary>The phases with Winograd's tiles: fewer products, where windows of two or more taps repeat.</summary>
internal sealed class WinogradAlgorithm : IAlgorithm
{
    // Finding the cheapest tiles takes hundreds of times as long: not worth it for what is done in some microseconds, unless it is asked for by name.
    private const double LeastCycles = 40_000;

    public string Name => "winograd";

    public string? Refusal(AlgorithmProblem problem) =>
        !problem.Settings.AllowWinograd ? "settings.AllowWinograd is false"
        : problem.ElementRefusal is { } elements ? elements
        : problem.Pass == Pass.WeightGradient ? "it transforms weights that are known, and a weight gradient has none"
        : PhaseAlgorithm.TooMany(problem.Geometry) is { } reason ? reason
        : !string.Equals(problem.Settings.Algorithm, Name, StringComparison.Ordinal) && problem.Phases.Cycles < LeastCycles ? $"the phases are estimated at {problem.Phases.Cycles:G3} cycles, and below {LeastCycles} its tiles are not planned"
        : problem.Winograd is null ? "no phase has a window of two or more neighbouring taps along the last axis, which is what its tiles save products for, in an eighth of the column method's memory"
        : null;

    public double EstimateCycles(AlgorithmProblem problem) => Schedule(problem).Cycles;

    public PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : INumber<T>
    {
        WinogradSchedule schedule = Schedule(problem);
        return typeof(T) == typeof(float)
            ? (PreparedAlgorithm<T>)(object)new WinogradConvolution<float>(schedule, Reinterpret.As<T, float>(weight), (Epilogue<float>)(object)epilogue, problem.Settings)
            : (PreparedAlgorithm<T>)(object)new WinogradConvolution<double>(schedule, Reinterpret.As<T, double>(weight), (Epilogue<double>)(object)epilogue, problem.Settings);
    }

    private static WinogradSchedule Schedule(AlgorithmProblem problem) =>
        problem.Winograd ?? throw new InvalidOperationException($"winograd refuses {problem.Geometry}, and was asked all the same");
}
