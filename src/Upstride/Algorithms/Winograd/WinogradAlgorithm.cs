using System.Numerics;
using Upstride.Algorithms.Phases;

namespace Upstride.Algorithms.Winograd;

/// <summary>The phases with Winograd's tiles: fewer products, where windows of two or more taps repeat.</summary>
internal sealed class WinogradAlgorithm : VectorAlgorithm
{
    // Finding the cheapest tiles takes hundreds of times as long: not worth it for what is done in some microseconds, unless it is asked
    // for by name.
    private const double MinCycles = 40_000;

    // An interpreter runs them by vectors and plans by single steps: tens of milliseconds, for what is done in half a one.
    private const double InterpretedMinCycles = 250_000;

    public override string Name => "winograd";

    // Measured from 64 to 1024 channels, 3x3 to 7x7.
    public override double PackingCycles => 9;

    protected override string? VectorRefusal(AlgorithmProblem problem) =>
        !problem.Settings.AllowWinograd ? "settings.AllowWinograd is false"
        : problem.Pass == Pass.WeightGradient ? "it transforms weights that are known, and a weight gradient has none"
        : PhaseAlgorithm.TooMany(problem.Geometry) is { } reason ? reason
        : !IsAskedFor(problem) && problem.Phases.Cycles < Least(problem)
        ? $"the phases are estimated at {problem.Phases.Cycles:G3} cycles, and below {Least(problem)} its tiles are not planned"
        : problem.Winograd is null
        ? "no phase has a window of two or more neighbouring taps along the last axis, which is what its tiles save products for, in an "
        + "eighth of the column method's memory"
        : null;

    public override double EstimateCycles(AlgorithmProblem problem) => Schedule(problem).Cycles;

    protected override PreparedAlgorithm<float> Prepare(AlgorithmProblem problem, ReadOnlySpan<float> weight, Epilogue<float> epilogue) =>
        Prepare<float>(problem, weight, epilogue);

    protected override PreparedAlgorithm<double> Prepare(AlgorithmProblem problem, ReadOnlySpan<double> weight,
        Epilogue<double> epilogue) => Prepare<double>(problem, weight, epilogue);

    private static PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : unmanaged, INumber<T> =>
        new WinogradConvolution<T>(Schedule(problem), weight, epilogue, problem.Settings);

    private static double Least(AlgorithmProblem problem) =>
        problem.Settings.Width == Kernels.SimdWidth.Interpreted ? InterpretedMinCycles : MinCycles;

    private bool IsAskedFor(AlgorithmProblem problem) => string.Equals(problem.Settings.Algorithm, Name, StringComparison.Ordinal);

    private static WinogradSchedule Schedule(AlgorithmProblem problem) =>
        problem.Winograd ?? throw new InvalidOperationException($"winograd refuses {problem.Geometry}, and was asked all the same");
}
