using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms.Execution;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Point;
using Upstride.Algorithms.Taps;
using Upstride.Algorithms.Textbook;
using Upstride.Algorithms.WeightGradient;
using Upstride.Algorithms.Windows;
using Upstride.Algorithms.Winograd;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>The algorithms, best first; the last refuses nothing.</summary>
internal static class AlgorithmTable
{
    private static readonly ImmutableArray<IAlgorithm> s_fast =
    [
        new WinogradAlgorithm(), new PhaseAlgorithm(), new TapAlgorithm(), new PlaneAlgorithm(), new RowAlgorithm(), new StripAlgorithm(),
        new PointAlgorithm(), new WindowAlgorithm(),
    ];
    private static readonly ImmutableArray<IAlgorithm> s_plain =
        [new ColumnAlgorithm(), new ZeroInsertionAlgorithm(), new MatrixAlgorithm(), new ScatterAlgorithm()];

    // Windows over a dilated kernel span its extent: what then costs this many times the plain algorithms' products, and more than some
    // milliseconds, is no longer fast. Below, the estimates of the plain ones, which count products alone, say too little to be compared.
    private const double MaxTimesPlain = 16;
    private const double LongCycles = 1e7;

    // Measured: the fast algorithms plan every pair of taps along an axis.
    private const double PlanCycles = 16;

    /// <summary>Every algorithm: the fast ones, then those that are here to be understood and compared, then the reference.</summary>
    public static ImmutableArray<IAlgorithm> All { get; } = [.. s_fast, .. s_plain];

    /// <summary>The algorithm of a name.</summary>
    /// <exception cref="ArgumentException">No algorithm has it; the message lists those there are.</exception>
    public static IAlgorithm Named(string name) =>
        All.FirstOrDefault(algorithm => string.Equals(algorithm.Name, name, StringComparison.Ordinal))
        ?? throw new ArgumentException(
        $"algorithm = '{name}' is not one of {string.Join(", ", All.Select(static algorithm => algorithm.Name))}", nameof(name));

    /// <summary>The fast algorithm of a name; null where none has it.</summary>
    public static IAlgorithm? FastNamed(string name) =>
        s_fast.FirstOrDefault(algorithm => string.Equals(algorithm.Name, name, StringComparison.Ordinal));

    /// <summary>
    /// Of the fast algorithms that take the problem the one with the lowest estimate, unless the extent of a dilated kernel makes that many
    /// times the others'; else the cheapest of the others; or the one that the settings or their tuning name.
    /// </summary>
    /// <exception cref="NotSupportedException">The settings or their tuning name an algorithm that refuses; the message gives its
    /// reason.</exception>
    public static IAlgorithm Choose(AlgorithmProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (problem.Settings.Algorithm is not { } name)
        {
            if (problem.Reference is null && Tuned(problem) is { } tuned) return tuned;
            if (problem.Settings.Choices is not { } choices) return Estimated(problem);
            if (choices.Find(problem) is { } known) return known;
            IAlgorithm chosen = Estimated(problem);
            choices.Add(problem, chosen);
            return chosen;
        }
        IAlgorithm named = Named(name);
        return named.Refusal(problem) is { } reason ? throw Refused(name, reason) : named;
    }

    /// <summary>The algorithm that the settings' tuning has for the problem; null where it has none that may be chosen.</summary>
    public static IAlgorithm? Tuned(AlgorithmProblem problem)
    {
        if (problem.Settings.Tuning?.NameFor(problem) is not { } name) return null;
        IAlgorithm tuned = Named(name);
        if (tuned is WinogradAlgorithm && !problem.Settings.AllowWinograd) return null;
        return tuned.Refusal(problem) is not { } reason ? tuned
            : throw new NotSupportedException(
                $"the tuning has algorithm {name} for {Tuning.KeyOf(problem)}, which cannot compute this: {reason}: remove the line, or "
                + "measure it anew");
    }

    /// <summary>
    /// The outputs of a tile of Winograd's along the three axes, where parts of a position-independent output begin; else 1. Of a
    /// transposed convolution a tile has as many of each phase, and <c>output + head</c> is the multiple; of an
    /// axis that is split into lattices, as many of each lattice.
    /// </summary>
    public static (int Depth, int Height, int Width) PositionStep(AlgorithmProblem problem)
    {
        if (problem.Reference is not { } reference || ForAllSizes(reference) is not WinogradAlgorithm
            || reference.Winograd is not { Tile: var tile } schedule) return (1, 1, 1);
        ImmutableArray<PolyphaseAxis> axes = schedule.Problem.Axes;
        return (1, Step(axes[1], tile.M1), Step(axes[2], tile.M2));

        static int Step(PolyphaseAxis axis, int outputs) => outputs == 1 ? 1 : outputs * axis.DestinationStep * axis.Lattices;
    }

    /// <summary>An algorithm made ready for a problem that it does not refuse, for tensors of any element type.</summary>
    public static PreparedAlgorithm<T> Prepare<T>(IAlgorithm algorithm, AlgorithmProblem problem, ReadOnlySpan<T> weight,
        Epilogue<T> epilogue)
        where T : INumber<T> => typeof(T) == typeof(Half)
            ? (PreparedAlgorithm<T>)(object)new HalfAlgorithm(algorithm, problem, Reinterpret.As<T, Half>(weight),
            (Epilogue<Half>)(object)epilogue)
            : algorithm.Prepare(problem, weight, epilogue);

    /// <summary>The error of an algorithm that was asked for by its name and refuses.</summary>
    internal static NotSupportedException Refused(string name, string reason) => new($"algorithm {name} cannot compute this: {reason}");

    private static IAlgorithm Estimated(AlgorithmProblem problem)
    {
        if (problem.Reference is { } reference) return ForAllSizes(reference);
        if (IsLongToPlan(problem)) return All[^1];
        (IAlgorithm? fast, double cycles) = Cheapest(s_fast, problem);
        if (fast is not null && cycles < LongCycles) return fast;
        (IAlgorithm? plain, double plainCycles) = Cheapest(s_plain, problem);
        return fast is not null && cycles <= MaxTimesPlain * plainCycles ? fast : plain!;
    }

    // What sums each output in an order of its own position or size is not among these.
    private static IAlgorithm ForAllSizes(AlgorithmProblem reference)
    {
        (IAlgorithm? fast, _) = Cheapest([.. s_fast.Where(static one => one is WinogradAlgorithm or PhaseAlgorithm)], reference);
        return fast ?? All[^1];
    }

    // A kernel of tens of thousands of taps over a small input is done by the reference before the fast algorithms are planned.
    private static bool IsLongToPlan(AlgorithmProblem problem) =>
        PlanCycles * problem.Geometry.Axes.Max(static axis => (long)axis.Kernel * axis.Kernel) is var cycles and > LongCycles
        && cycles > MaxTimesPlain * All[^1].EstimateCycles(problem);

    private static (IAlgorithm? Algorithm, double Cycles) Cheapest(ImmutableArray<IAlgorithm> algorithms, AlgorithmProblem problem)
    {
        IAlgorithm? cheapest = null;
        double least = double.PositiveInfinity;
        foreach (IAlgorithm algorithm in algorithms)
        {
            if (algorithm.Refusal(problem) is not null) continue;
            double cycles = algorithm.EstimateCycles(problem);
            if (problem.Settings.WeightsChange && problem.Pass != Pass.WeightGradient)
                cycles += algorithm.PackingCycles * problem.Geometry.WeightLength;
            if (cycles < least) (cheapest, least) = (algorithm, cycles);
        }
        return (cheapest, least);
    }
}
