using System.Numerics;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>Every residue of the output modulo the stride is a stride-1 convolution of the input: no zero is inserted, nothing is added twice.</summary>
internal sealed class Phases : IAlgorithm
{
    // A row of the destination keeps on the stack where each phase's results stand, and phases are planned one by one.
    private const int MaximalPhases = 4096;

    public string Name => "phases";

    public string? Refusal(ConvTransposeGeometry geometry, Pass pass, Type element) =>
        element != typeof(float) && element != typeof(double) ? $"the elements are {element.Name}, and it computes float and double"
        : pass == Pass.WeightGradient ? null
        : TooMany(geometry);

    /// <summary>Why there are more phases than are worth planning; null where there are not.</summary>
    internal static string? TooMany(ConvTransposeGeometry geometry)
    {
        UInt128 phases = 1;
        foreach (ConvTransposeAxis axis in geometry.Axes) phases *= (UInt128)axis.Stride;
        return phases <= MaximalPhases ? null : $"the strides make {string.Join('*', geometry.Axes.Select(static axis => axis.Stride))} = {phases} phases, more than {MaximalPhases}";
    }

    public double EstimateCycles(ConvTransposeGeometry geometry, Pass pass, Type element, ComputeSettings settings)
    {
        ProductTileShape shape = ProductTileShape.Of(element, settings.Width);
        if (pass == Pass.WeightGradient)
            return new CorrelationSchedule(geometry, element == typeof(float) ? sizeof(float) : sizeof(double), shape.Lanes, shape.TallRows).Cycles(geometry);
        return PhaseSchedule.Cheapest(new(geometry, pass), shape).Cycles;
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
        where T : unmanaged, INumber<T> => pass == Pass.WeightGradient
            ? new PhaseCorrelation<T>(geometry, settings)
            : new PhaseTransform<T>(geometry, pass, weight, epilogue, settings);
}
