using System.Numerics;
using Upstride.Algorithms.Depthwise;
using Upstride.Algorithms.Tiles;
using Upstride.Algorithms.WeightGradient;
using Upstride.Geometry;

namespace Upstride.Algorithms.Phases;

/// <summary>
/// Every residue of the output modulo the stride is a stride-1 convolution of the input: no zero is inserted, nothing is added twice.
/// </summary>
internal sealed class PhaseAlgorithm : VectorAlgorithm
{
    // A row of the destination keeps on the stack where each phase's results stand, and phases are planned one by one.
    private const int MaxPhases = 4096;

    public override string Name => "phases";

    // Measured from 64 to 1024 channels, 1x1 to 7x7.
    public override double PackingCycles => 2.5;

    protected override string? VectorRefusal(AlgorithmProblem problem) =>
        problem.Pass == Pass.WeightGradient ? null
        : TooMany(problem.Geometry);

    /// <summary>Why there are more phases than are worth planning; null where there are not.</summary>
    internal static string? TooMany(ConvTransposeGeometry geometry)
    {
        UInt128 phases = 1;
        foreach (ConvTransposeAxis axis in geometry.Axes) phases *= (UInt128)axis.Stride;
        return phases <= MaxPhases
            ? null : $"the strides make {string.Join('*', geometry.Axes.Select(static axis => axis.Stride))} = {phases} phases, more "
            + $"than {MaxPhases}";
    }

    public override double EstimateCycles(AlgorithmProblem problem)
    {
        if (problem.Pass != Pass.WeightGradient)
            return Strided(problem)?.Cycles ?? OtherCycles(problem);
        GemmTileShape shape = problem.Tile;
        ConvTransposeGeometry geometry = problem.Geometry.InOneRow;
        return new TapWeightGradientSchedule(geometry, shape.ElementSize, shape.Lanes, shape.TallRows).Cycles(geometry);
    }

    protected override PreparedAlgorithm<float> Prepare(AlgorithmProblem problem, ReadOnlySpan<float> weight, Epilogue<float> epilogue) =>
        Prepare<float>(problem, weight, epilogue);

    protected override PreparedAlgorithm<double> Prepare(AlgorithmProblem problem, ReadOnlySpan<double> weight,
        Epilogue<double> epilogue) => Prepare<double>(problem, weight, epilogue);

    private static PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : unmanaged, INumber<T> =>
        problem.Pass == Pass.WeightGradient
            ? new TapWeightGradient<T>(problem.Geometry.InOneRow, problem.Settings)
            : Strided(problem) is { } strided
            ? new StridedConvolution<T>(strided, weight, epilogue, problem.Settings)
            : SmallPlanes(problem) is { } small
            ? new SmallPlaneConvolution<T>(small, weight, epilogue, problem.Settings)
            : Depthwise(problem) is { } single
            ? new DepthwiseConvolution<T>(single, weight, epilogue, problem.Settings)
            : new PhaseConvolution<T>(problem.Phases, weight, epilogue, problem.Settings);

    /// <summary>The schedule of single channels by steps of two, where it is the cheapest one.</summary>
    private static StridedSchedule? Strided(AlgorithmProblem problem) =>
        problem.Strided is { } schedule
        && schedule.Cycles < OtherCycles(problem) ? schedule : null;

    private static double OtherCycles(AlgorithmProblem problem) =>
        SmallPlanes(problem)?.Cycles ?? Depthwise(problem)?.Cycles ?? problem.Phases.Cycles;

    /// <summary>The schedule of single channels over small planes, where it is the cheapest one.</summary>
    private static SmallPlaneSchedule? SmallPlanes(AlgorithmProblem problem) =>
        problem.SmallPlanes is { } schedule && schedule.Cycles < (Depthwise(problem)?.Cycles ?? problem.Phases.Cycles) ? schedule : null;

    /// <summary>The schedule of single channels, where it is cheaper than that of any.</summary>
    private static DepthwiseSchedule? Depthwise(AlgorithmProblem problem) =>
        problem.Depthwise is { } schedule && schedule.Cycles < problem.Phases.Cycles ? schedule : null;
}
