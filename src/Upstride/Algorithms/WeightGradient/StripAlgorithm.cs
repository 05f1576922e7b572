using Upstride.Algorithms.Execution;
using Upstride.Geometry;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The weight gradient as one product, its columns the output channels' taps, a strip of them collected at a time: what many channels take.
/// </summary>
internal sealed class StripAlgorithm : VectorAlgorithm
{
    public override string Name => "strips";

    protected override string? VectorRefusal(AlgorithmProblem problem) =>
        problem.Pass != Pass.WeightGradient ? "it computes the weight gradient alone"
        : problem.Geometry.ThreeAxes[2] is { Dilation: > 1 and var dilation, Kernel: > 1 }
        ? $"the last axis is dilated by {dilation}, and it takes neighbouring taps"
        : problem.Geometry.InputChannelsPerGroup == 1 ? "a group has one input channel, and it takes more to fill a register tile"
        : null;

    public override double EstimateCycles(AlgorithmProblem problem) =>
        new StripWeightGradientSchedule(problem.Geometry, problem.Tile).Cycles;

    protected override PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue) =>
        new StripWeightGradient<T>(new(problem.Geometry, problem.Tile), problem.Geometry, problem.Settings);
}
