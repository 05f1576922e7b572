using System.Numerics;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Point;

/// <summary>
/// An input of one element along every axis, as a generator begins with: the output is a product of the input's channels and the weights,
/// the input's gradient the other way round, and the weights' gradient one of the input's channels and the output's. The weights are read,
/// or written, once, in one stream: memory's speed is the limit.
/// </summary>
internal sealed class PointAlgorithm : VectorAlgorithm
{
    public override string Name => "point";

    // A copy, as of phases.
    public override double PackingCycles => 2.5;

    protected override string? VectorRefusal(AlgorithmProblem problem) =>
        problem.Geometry.Axes.Any(static axis => axis.Input > 1)
            ? $"the input is {string.Join('x', problem.Geometry.Axes.Select(static axis => axis.Input))}, and it takes one element along "
        + $"every axis"
        : null;

    public override double EstimateCycles(AlgorithmProblem problem)
    {
        ConvTransposeGeometry geometry = problem.Geometry;
        GemmTileShape shape = problem.Tile;
        if (problem.Pass == Pass.WeightGradient) return PointWeightGradient<float>.Cycles(geometry, shape);
        double columns = (double)geometry.OutputChannelsPerGroup * geometry.OutputPlane;
        double bytes = geometry.InputChannels * columns * shape.ElementSize;

        // Two vectors of weights a cycle, and for the gradient a sum of lanes for each input channel and image.
        int images = Math.Max(1, geometry.Batch);
        double products = problem.Pass == Pass.Forward
            ? geometry.Groups * Integers.EvenParts(images, shape.WideRows)
                .Sum(rows => CostModel.Run(rows, GemmTile.WideVectors, shape.Lanes, columns, geometry.InputChannelsPerGroup, aligned: true))
            : geometry.InputChannels * images * (columns / shape.Lanes / 2 + 10);
        return products + CostModel.WeightCycles(bytes, 1, problem.Tile.Machine);
    }

    protected override PreparedAlgorithm<float> Prepare(AlgorithmProblem problem, ReadOnlySpan<float> weight, Epilogue<float> epilogue) =>
        Prepare<float>(problem, weight, epilogue);

    protected override PreparedAlgorithm<double> Prepare(AlgorithmProblem problem, ReadOnlySpan<double> weight,
        Epilogue<double> epilogue) => Prepare<double>(problem, weight, epilogue);

    private static PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : unmanaged, INumber<T> =>
        problem.Pass == Pass.WeightGradient
            ? new PointWeightGradient<T>(problem.Geometry, problem.Settings)
            : new PointProduct<T>(problem.Geometry, problem.Pass, weight, epilogue, problem.Settings);
}
