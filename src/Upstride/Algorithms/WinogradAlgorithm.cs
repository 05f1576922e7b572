using System.Numerics;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>The phases with Winograd's tiles: fewer products, where windows of two or more taps repeat.</summary>
internal sealed class WinogradAlgorithm : IAlgorithm
{
    public string Name => "winograd";

    public string? Refusal(ConvTransposeGeometry geometry, Pass pass, Type element)
    {
        if (element != typeof(float) && element != typeof(double)) return $"the elements are {element.Name}, and it computes float and double";
        if (pass == Pass.WeightGradient) return "it transforms weights that are known, and a weight gradient has none";
        if (Phases.TooMany(geometry) is { } reason) return reason;
        return element == typeof(float) ? Reason<float>(geometry, pass, Simd.Widest) : Reason<double>(geometry, pass, Simd.Widest);
    }

    public PreparedAlgorithm<T> Prepare<T>(
        ConvTransposeGeometry geometry, Pass pass, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        where T : INumber<T>
    {
        if (typeof(T) == typeof(float)) return (PreparedAlgorithm<T>)(object)Make(geometry, pass, Reinterpret.As<T, float>(weight), (Epilogue<float>)(object)epilogue, settings);
        return (PreparedAlgorithm<T>)(object)Make(geometry, pass, Reinterpret.As<T, double>(weight), (Epilogue<double>)(object)epilogue, settings);
    }

    private static PreparedAlgorithm<T> Make<T>(
        ConvTransposeGeometry geometry, Pass pass, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        where T : unmanaged, INumber<T> => new WinogradTransform<T>(Schedule<T>(geometry, pass, settings.Width)!, weight, epilogue, settings);

    private static unsafe WinogradSchedule? Schedule<T>(ConvTransposeGeometry geometry, Pass pass, SimdWidth width)
        where T : unmanaged, INumber<T>
    {
        ProductTile.Table<T> table = ProductTile.At<T>(width);
        return WinogradSchedule.Cheapest(new(geometry, pass), sizeof(T), table.Lanes, table.TallRows, table.WideRows);
    }

    private static string? Reason<T>(ConvTransposeGeometry geometry, Pass pass, SimdWidth width)
        where T : unmanaged, INumber<T> => Schedule<T>(geometry, pass, width) is null
            ? "no phase has a window of 2 to 5 neighbouring taps along the last axis, which is what its tiles save products for"
            : null;
}
