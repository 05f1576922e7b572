using Upstride.Algorithms.Execution;
using Upstride.Geometry;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The weight gradient with a row of the kernel's taps in vectors: what long kernels take, of vocoders and of large strides.
/// </summary>
internal sealed class RowAlgorithm : VectorAlgorithm
{
    public override string Name => "rows";

    protected override string? VectorRefusal(AlgorithmProblem problem) =>
        problem.Pass != Pass.WeightGradient ? "it computes the weight gradient alone"
        : problem.Geometry.ThreeAxes[2] is { Dilation: > 1 and var dilation, Kernel: > 1 }
        ? $"the last axis is dilated by {dilation}, and it takes neighbouring taps"
        : problem.Geometry.InputChannelsPerGroup == 1 ? "a group has one input channel, and it takes more to fill a register tile"
        : null;

    public override double EstimateCycles(AlgorithmProblem problem) =>
        new RowWeightGradientSchedule(problem.Geometry, problem.Tile).Cycles;

    protected override PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue) =>
        new RowWeightGradient<T>(new(problem.Geometry, problem.Tile), problem.Geometry, problem.Settings);
}
