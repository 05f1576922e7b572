using System.Numerics;
using Upstride.Algorithms.Execution;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The weight gradient with a row of the kernel's taps in vectors: what long kernels take, of vocoders and of large strides.
/// </summary>
internal sealed class RowAlgorithm : BlockGradientAlgorithm
{
    public override string Name => "rows";

    public override double EstimateCycles(AlgorithmProblem problem) =>
        new RowWeightGradientSchedule(problem.Geometry, problem.Tile).Cycles;

    protected override PreparedAlgorithm<float> Prepare(AlgorithmProblem problem, ReadOnlySpan<float> weight, Epilogue<float> epilogue) =>
        Prepare<float>(problem, weight, epilogue);

    protected override PreparedAlgorithm<double> Prepare(AlgorithmProblem problem, ReadOnlySpan<double> weight,
        Epilogue<double> epilogue) => Prepare<double>(problem, weight, epilogue);

    private static PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : unmanaged, INumber<T> =>
        new RowWeightGradient<T>(new(problem.Geometry, problem.Tile), problem.Geometry, problem.Settings);
}
