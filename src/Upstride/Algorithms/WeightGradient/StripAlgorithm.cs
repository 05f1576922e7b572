using Upstride.Algorithms.Execution;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The weight gradient as one product, its columns the output channels' taps, a strip of them collected at a time: what many channels take.
/// </summary>
internal sealed class StripAlgorithm : BlockGradientAlgorithm
{
    public override string Name => "strips";

    public override double EstimateCycles(AlgorithmProblem problem) =>
        new StripWeightGradientSchedule(problem.Geometry.InOneRow, problem.Tile).Cycles;

    protected override PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue) =>
        new StripWeightGradient<T>(new(problem.Geometry.InOneRow, problem.Tile), problem.Geometry.InOneRow, problem.Settings);
}
