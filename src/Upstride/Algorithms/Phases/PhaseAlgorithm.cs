using System.Numerics;
using Upstride.Algorithms.Tiles;
using Upstride.Algorithms.WeightGradient;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Phases;

/// <summary>Every residue of the output modulo the stride is a stride-1 convolution of the input: no zero is inserted, nothing is added twice.</summary>
internal sealed class PhaseAlgorithm : IAlgorithm
{
    // A row of the destination keeps on the stack where each phase's results stand, and phases are planned one by one.
    private const int MaximalPhases = 4096;

    public string Name => "phases";

    public string? Refusal(AlgorithmProblem problem) =>
        problem.ElementRefusal is { } reason ? reason
        : problem.Pass == Pass.WeightGradient ? null
        : TooMany(problem.Geometry);

    /// <summary>Why there are more phases than are worth planning; null where there are not.</summary>
    internal static string? TooMany(ConvTransposeGeometry geometry)
    {
        UInt128 phases = 1;
        foreach (ConvTransposeAxis axis in geometry.Axes) phases *= (UInt128)axis.Stride;
        return phases <= MaximalPhases ? null : $"the strides make {string.Join('*', geometry.Axes.Select(static axis => axis.Stride))} = {phases} phases, more than {MaximalPhases}";
    }

    public double EstimateCycles(AlgorithmProblem problem)
    {
        if (problem.Pass != Pass.WeightGradient) return problem.Phases.Cycles;
        GemmTileShape shape = problem.Tile;
        return new TapWeightGradientSchedule(problem.Geometry, shape.ElementSize, shape.Lanes, shape.TallRows).Cycles(problem.Geometry);
    }

    public PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : INumber<T>
    {
        if (typeof(T) == typeof(float)) return (PreparedAlgorithm<T>)(object)Make(problem, Reinterpret.As<T, float>(weight), (Epilogue<float>)(object)epilogue);
        return (PreparedAlgorithm<T>)(object)Make(problem, Reinterpret.As<T, double>(weight), (Epilogue<double>)(object)epilogue);
    }

    private static PreparedAlgorithm<T> Make<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : unmanaged, INumber<T> => problem.Pass == Pass.WeightGradient
            ? new TapWeightGradient<T>(problem.Geometry, problem.Settings)
            : new PhaseConvolution<T>(problem.Phases, weight, epilogue, problem.Settings);
}
