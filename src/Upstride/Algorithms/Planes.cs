using System.Numerics;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>The weight gradient as dot products of planes: what few channels take, where the phases would leave most of a vector empty.</summary>
internal sealed class Planes : IAlgorithm
{
    public string Name => "planes";

    public string? Refusal(ConvTransposeGeometry geometry, Pass pass, Type element) =>
        element != typeof(float) && element != typeof(double) ? $"the elements are {element.Name}, and it computes float and double"
        : pass != Pass.WeightGradient ? "it computes the weight gradient alone"
        : Phases.TooMany(geometry);

    public double EstimateCycles(ConvTransposeGeometry geometry, Pass pass, Type element, ComputeSettings settings)
    {
        bool isSingle = element == typeof(float);
        (int lanes, int rows) = isSingle ? Tile<float>(settings.Width) : Tile<double>(settings.Width);
        return new PlaneCorrelationSchedule(geometry, isSingle ? sizeof(float) : sizeof(double), lanes, rows, threads: 1).Cycles;
    }

    public PreparedAlgorithm<T> Prepare<T>(
        ConvTransposeGeometry geometry, Pass pass, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        where T : INumber<T> => typeof(T) == typeof(float)
            ? (PreparedAlgorithm<T>)(object)new PlaneCorrelation<float>(geometry, settings)
            : (PreparedAlgorithm<T>)(object)new PlaneCorrelation<double>(geometry, settings);

    private static (int Lanes, int Rows) Tile<T>(SimdWidth width)
        where T : unmanaged, INumber<T>
    {
        DotTile.Table<T> table = DotTile.At<T>(width);
        return (table.Lanes, table.Rows);
    }
}
