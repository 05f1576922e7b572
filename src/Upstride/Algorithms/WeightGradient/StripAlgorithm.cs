using System.Numerics;
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

    protected override PreparedAlgorithm<float> Prepare(AlgorithmProblem problem, ReadOnlySpan<float> weight, Epilogue<float> epilogue) =>
        Prepare<float>(problem, weight, epilogue);

    protected override PreparedAlgorithm<double> Prepare(AlgorithmProblem problem, ReadOnlySpan<double> weight,
        Epilogue<double> epilogue) => Prepare<double>(problem, weight, epilogue);

    private static PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : unmanaged, INumber<T> =>
        new StripWeightGradient<T>(new(problem.Geometry.InOneRow, problem.Tile), problem.Geometry.InOneRow, problem.Settings);
}
