using System.Numerics;
using Upstride.Algorithms.Phases;
using Upstride.Kernels;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The weight gradient as dot products of planes: what few channels take, where the phases would leave most of a vector empty.
/// </summary>
internal sealed class PlaneAlgorithm : VectorAlgorithm
{
    public override string Name => "planes";

    protected override string? VectorRefusal(AlgorithmProblem problem) =>
        problem.Pass != Pass.WeightGradient ? "it computes the weight gradient alone"
        : PhaseAlgorithm.TooMany(problem.Geometry);

    public override double EstimateCycles(AlgorithmProblem problem)
    {
        (int lanes, int rows) =
            problem.Element == typeof(float) ? Tile<float>(problem.Settings.Width) : Tile<double>(problem.Settings.Width);
        return new PlaneWeightGradientSchedule(problem.Geometry, problem.Tile.ElementSize, lanes, rows, threads: 1).Cycles;
    }

    protected override PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue) =>
        new PlaneWeightGradient<T>(problem.Geometry, problem.Settings);

    private static (int Lanes, int Rows) Tile<T>(SimdWidth width)
        where T : unmanaged, INumber<T>
    {
        DotTile.Table<T> table = DotTile.At<T>(width);
        return (table.Lanes, table.Rows);
    }
}
