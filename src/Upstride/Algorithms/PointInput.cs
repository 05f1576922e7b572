using System.Numerics;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>
/// An input of one element along every axis, as a generator begins with: the output is a product of the input's channels and the weights,
/// the input's gradient the other way round. The weights are read once, row by row as they stand: memory's speed is the limit.
/// </summary>
internal sealed class PointInput : IAlgorithm
{
    public string Name => "point";

    public string? Refusal(ConvTransposeGeometry geometry, Pass pass, Type element) =>
        element != typeof(float) && element != typeof(double) ? $"the elements are {element.Name}, and it computes float and double"
        : pass == Pass.WeightGradient ? "it multiplies by weights that are known, and a weight gradient has none"
        : geometry.Axes.Any(static axis => axis.Input > 1) ? $"the input is {string.Join('x', geometry.Axes.Select(static axis => axis.Input))}, and it takes one element along every axis"
        : null;

    public double EstimateCycles(ConvTransposeGeometry geometry, Pass pass, Type element, ComputeSettings settings)
    {
        ProductTileShape shape = ProductTileShape.Of(element, settings.Width);
        int size = element == typeof(float) ? sizeof(float) : sizeof(double);
        double columns = (double)geometry.OutputChannelsPerGroup * geometry.OutputPlane;
        double bytes = geometry.InputChannels * columns * size;

        // Two vectors of weights a cycle, and for the gradient a sum of lanes for each input channel and image.
        int images = Math.Max(1, geometry.Batch);
        double products = pass == Pass.Forward
            ? geometry.Groups * PhaseSchedule.Split(images, shape.WideRows)
                .Sum(rows => ProductCost.Run(rows, ProductTile.WideVectors, shape.Lanes, columns, geometry.InputChannelsPerGroup, aligned: true))
            : geometry.InputChannels * images * (columns / shape.Lanes / 2 + 10);
        return products + ProductCost.WeightCycles(bytes, 1);
    }

    public PreparedAlgorithm<T> Prepare<T>(
        ConvTransposeGeometry geometry, Pass pass, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        where T : INumber<T> => typeof(T) == typeof(float)
            ? (PreparedAlgorithm<T>)(object)new PointProduct<float>(geometry, pass, Reinterpret.As<T, float>(weight), (Epilogue<float>)(object)epilogue, settings)
            : (PreparedAlgorithm<T>)(object)new PointProduct<double>(geometry, pass, Reinterpret.As<T, double>(weight), (Epilogue<double>)(object)epilogue, settings);
}
