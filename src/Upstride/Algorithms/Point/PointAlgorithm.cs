using System.Numerics;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Point;

/// <summary>
/// An input of one element along every axis, as a generator begins with: the output is a product of the input's channels and the weights,
/// the input's gradient the other way round. The weights are read once, in one stream: memory's speed is the limit.
/// </summary>
internal sealed class PointAlgorithm : IAlgorithm
{
    public string Name => "point";

    public string? Refusal(AlgorithmProblem problem) =>
        problem.ElementRefusal is { } reason ? reason
        : problem.Pass == Pass.WeightGradient ? "it multiplies by weights that are known, and a weight gradient has none"
        : problem.Geometry.Axes.Any(static axis => axis.Input > 1) ? $"the input is {string.Join('x', problem.Geometry.Axes.Select(static axis => axis.Input))}, and it takes one element along every axis"
        : null;

    public double EstimateCycles(AlgorithmProblem problem)
    {
        ConvTransposeGeometry geometry = problem.Geometry;
        GemmTileShape shape = problem.Tile;
        double columns = (double)geometry.OutputChannelsPerGroup * geometry.OutputPlane;
        double bytes = geometry.InputChannels * columns * shape.ElementSize;

        // Two vectors of weights a cycle, and for the gradient a sum of lanes for each input channel and image.
        int images = Math.Max(1, geometry.Batch);
        double products = problem.Pass == Pass.Forward
            ? geometry.Groups * PhaseSchedule.Split(images, shape.WideRows)
                .Sum(rows => CostModel.Run(rows, GemmTile.WideVectors, shape.Lanes, columns, geometry.InputChannelsPerGroup, aligned: true))
            : geometry.InputChannels * images * (columns / shape.Lanes / 2 + 10);
        return products + CostModel.WeightCycles(bytes, 1);
    }

    public PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : INumber<T> => typeof(T) == typeof(float)
            ? (PreparedAlgorithm<T>)(object)new PointProduct<float>(problem.Geometry, problem.Pass, Reinterpret.As<T, float>(weight), (Epilogue<float>)(object)epilogue, problem.Settings)
            : (PreparedAlgorithm<T>)(object)new PointProduct<double>(problem.Geometry, problem.Pass, Reinterpret.As<T, double>(weight), (Epilogue<double>)(object)epilogue, problem.Settings);
}
