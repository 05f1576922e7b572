using System.Collections.Immutable;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Point;
using Upstride.Algorithms.Textbook;
using Upstride.Algorithms.WeightGradient;
using Upstride.Algorithms.Winograd;

namespace Upstride.Algorithms;

/// <summary>The algorithms, best first; the last refuses nothing.</summary>
internal static class AlgorithmTable
{
    private static readonly ImmutableArray<IAlgorithm> s_fast = [new WinogradAlgorithm(), new PhaseAlgorithm(), new PlaneAlgorithm(), new PointAlgorithm()];
    private static readonly ImmutableArray<IAlgorithm> s_plain = [new ColumnAlgorithm(), new ZeroInsertionAlgorithm(), new MatrixAlgorithm(), new ScatterAlgorithm()];

    // Some milliseconds, below which nothing need be gained; and a factor beyond what the estimates are wrong by.
    private const double LongCycles = 1e7;
    private const double FarBehind = 8;
    private const double PlanCycles = 16;

    /// <summary>Every algorithm: the fast ones, then those that are here to be understood and compared, then the reference.</summary>
    public static ImmutableArray<IAlgorithm> All { get; } = [.. s_fast, .. s_plain];

    /// <summary>The algorithm of a name.</summary>
    /// <exception cref="ArgumentException">No algorithm has it; the message lists those there are.</exception>
    public static IAlgorithm Named(string name) =>
        All.FirstOrDefault(algorithm => string.Equals(algorithm.Name, name, StringComparison.Ordinal))
        ?? throw new ArgumentException($"algorithm = '{name}' is not one of {string.Join(", ", All.Select(static algorithm => algorithm.Name))}", nameof(name));

    /// <summary>Of the fast algorithms that take the problem, or else of the others, the one with the lowest estimate; or the one that the settings name.</summary>
    /// <exception cref="NotSupportedException">The settings name an algorithm that refuses; the message gives its reason.</exception>
    public static IAlgorithm Choose(AlgorithmProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (problem.Settings.Algorithm is not { } name)
        {
            if (IsLongToPlan(problem)) return All[^1];
            return Cheapest(s_fast, problem) is not { } fast ? Cheapest(s_plain, problem)! : IsFarBehind(fast, problem) ? All[^1] : fast;
        }
        IAlgorithm named = Named(name);
        return named.Refusal(problem) is { } reason ? throw Refused(name, reason) : named;
    }

    /// <summary>The error of an algorithm that was asked for by its name and refuses.</summary>
    internal static NotSupportedException Refused(string name, string reason) => new($"algorithm {name} cannot compute this: {reason}");

    // Measured: the fast algorithms plan every pair of taps along an axis. A kernel of tens of thousands, over a small input, is done by then.
    private static bool IsLongToPlan(AlgorithmProblem problem) =>
        PlanCycles * problem.Geometry.Axes.Max(static axis => (double)axis.Kernel * axis.Kernel) is var cycles and > LongCycles
        && cycles > FarBehind * All[^1].EstimateCycles(problem);

    // The fast algorithms go over the whole extent of a kernel. Where that is dilated or padded so far that hardly a product of it reaches an
    // output, the reference, which goes by the products, is done in a fraction of the time.
    private static bool IsFarBehind(IAlgorithm fast, AlgorithmProblem problem) =>
        fast.EstimateCycles(problem) is var cycles and > LongCycles && cycles > FarBehind * All[^1].EstimateCycles(problem);

    private static IAlgorithm? Cheapest(ImmutableArray<IAlgorithm> algorithms, AlgorithmProblem problem)
    {
        IAlgorithm? cheapest = null;
        double least = double.PositiveInfinity;
        foreach (IAlgorithm algorithm in algorithms)
        {
            if (algorithm.Refusal(problem) is not null) continue;
            double cycles = algorithm.EstimateCycles(problem);
            if (cycles < least) (cheapest, least) = (algorithm, cycles);
        }
        return cheapest;
    }
}
