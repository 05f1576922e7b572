using Upstride.Algorithms.Execution;
using Upstride.Geometry;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>A weight gradient that reads a row of taps as neighbours and fills a register tile with input channels.</summary>
internal abstract class BlockGradientAlgorithm : VectorAlgorithm
{
    protected sealed override string? VectorRefusal(AlgorithmProblem problem) =>
        problem.Pass != Pass.WeightGradient ? "it computes the weight gradient alone"
        : problem.Geometry.ThreeAxes[2] is { Dilation: > 1 and var dilation, Kernel: > 1 }
        ? $"the last axis is dilated by {dilation}, and it takes neighbouring taps"
        : problem.Geometry.InputChannelsPerGroup == 1 ? "a group has one input channel, and it takes more to fill a register tile"
        : null;
}
