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
        (int lanes, int rows, int columns) =
            problem.Element == typeof(float) ? Tile<float>(problem) : Tile<double>(problem);
        return new PlaneWeightGradientSchedule(problem.Geometry, problem.Tile.ElementSize, lanes, rows, columns, threads: 1).Cycles;
    }

    protected override PreparedAlgorithm<float> Prepare(AlgorithmProblem problem, ReadOnlySpan<float> weight, Epilogue<float> epilogue) =>
        Prepare<float>(problem, weight, epilogue);

    protected override PreparedAlgorithm<double> Prepare(AlgorithmProblem problem, ReadOnlySpan<double> weight,
        Epilogue<double> epilogue) => Prepare<double>(problem, weight, epilogue);

    private static PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : unmanaged, INumber<T> =>
        new PlaneWeightGradient<T>(problem.Geometry, problem.Settings);

    private static (int Lanes, int Rows, int Columns) Tile<T>(AlgorithmProblem problem)
        where T : unmanaged, INumber<T>
    {
        DotTile.Table<T> table = DotTile.At<T>(problem.Settings.Width);
        return (table.Lanes, table.TallRows, table.ColumnsFor(problem.Geometry.InputChannelsPerGroup));
    }
}
