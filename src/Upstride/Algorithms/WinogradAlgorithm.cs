using System.Numerics;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>The phases with Winograd's tiles: fewer products, where windows of two or more taps repeat.</summary>
internal sealed class WinogradAlgorithm : IAlgorithm
{
    public string Name => "winograd";

    public string? Refusal(ConvTransposeGeometry geometry, Pass pass, Type element) =>
        element != typeof(float) && element != typeof(double) ? $"the elements are {element.Name}, and it computes float and double"
        : pass == Pass.WeightGradient ? "it transforms weights that are known, and a weight gradient has none"
        : Phases.TooMany(geometry) is { } reason ? reason
        : !WinogradSchedule.Fits(new(geometry, pass), ProductTileShape.Of(element, Simd.Widest)) ? "no phase has a window of two or more neighbouring taps along the last axis, which is what its tiles save products for, in an eighth of the column method's memory"
        : null;

    public double EstimateCycles(ConvTransposeGeometry geometry, Pass pass, Type element, ComputeSettings settings) =>
        Schedule(geometry, pass, element, settings).Cycles;

    public PreparedAlgorithm<T> Prepare<T>(
        ConvTransposeGeometry geometry, Pass pass, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        where T : INumber<T>
    {
        WinogradSchedule schedule = Schedule(geometry, pass, typeof(T), settings);
        return typeof(T) == typeof(float)
            ? (PreparedAlgorithm<T>)(object)new WinogradTransform<float>(schedule, Reinterpret.As<T, float>(weight), (Epilogue<float>)(object)epilogue, settings)
            : (PreparedAlgorithm<T>)(object)new WinogradTransform<double>(schedule, Reinterpret.As<T, double>(weight), (Epilogue<double>)(object)epilogue, settings);
    }

    private static WinogradSchedule Schedule(ConvTransposeGeometry geometry, Pass pass, Type element, ComputeSettings settings) =>
        WinogradSchedule.Cheapest(new(geometry, pass), ProductTileShape.Of(element, settings.Width))
        ?? throw new InvalidOperationException($"winograd refuses {geometry}, and was asked all the same");
}
