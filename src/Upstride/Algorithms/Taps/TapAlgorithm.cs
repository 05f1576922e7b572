using System.Numerics;
using Upstride.Algorithms.Phases;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Taps;

/// <summary>
/// Each tap of the kernel by itself: one product of the weights, a row for each output channel and tap, and the places of the source, whose
/// rows are then added where the kernel has them. Nothing of the source is read twice for the taps and nothing of it is moved, so that
/// small planes, whose rows are shorter than a vector, fill the register tiles.
/// </summary>
internal sealed class TapAlgorithm : VectorAlgorithm
{
    public override string Name => "taps";

    // A copy, as of phases.
    public override double PackingCycles => 2.5;

    protected override string? VectorRefusal(AlgorithmProblem problem)
    {
        ConvTransposeGeometry geometry = problem.Geometry;
        if (problem.Pass == Pass.WeightGradient) return "it packs weights that are known, and a weight gradient has none";
        if (geometry.Layout != Layout.ChannelsFirst) return "the channels are last, and it reads planes";
        if (geometry.KernelTaps == 1) return "the kernel has one tap, and it adds the products of several";
        if (problem.Pass == Pass.InputGradient && geometry.Axes.Any(static axis => axis.Stride > 1))
            return $"the stride is {string.Join('x', geometry.Axes.Select(static axis => axis.Stride))}, and it multiplies every place";
        if (PhaseAlgorithm.TooMany(geometry) is { } reason) return reason;
        if (TapSchedule.ProductsOfChannel(geometry, problem.Pass) is var products && products > TapSchedule.MostProducts(problem.Tile))
        {
            return $"taps * places = {geometry.KernelTaps}*{products / geometry.KernelTaps} = {products} products of an output channel, "
                + $"more than the {TapSchedule.MostProducts(problem.Tile)} that it keeps";
        }

        // What an interpreter would run is a kernel that it has no body for.
        return problem.Settings.Width == SimdWidth.Interpreted && !string.Equals(problem.Settings.Algorithm, Name, StringComparison.Ordinal)
            ? "code is interpreted, and its sums are made for a compiler"
            : problem.Taps.FitsBudget ? null
            : $"a block takes {problem.Taps.WorkspaceLength} elements of workspace, more than an eighth of the column method's buffer";
    }

    public override double EstimateCycles(AlgorithmProblem problem) => problem.Taps.Cycles;

    protected override PreparedAlgorithm<float> Prepare(AlgorithmProblem problem, ReadOnlySpan<float> weight, Epilogue<float> epilogue) =>
        Prepare<float>(problem, weight, epilogue);

    protected override PreparedAlgorithm<double> Prepare(AlgorithmProblem problem, ReadOnlySpan<double> weight,
        Epilogue<double> epilogue) => Prepare<double>(problem, weight, epilogue);

    private static PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : unmanaged, INumber<T> =>
        new TapProduct<T>(problem.Taps, weight, epilogue, problem.Settings);
}
