using System.Numerics;
using Upstride.Kernels;

namespace Upstride.Algorithms.Windows;

/// <summary>
/// Convolutions, and gradients of inputs, of kernels as wide as vectors: neither the windows, which steps leave few of, nor the weights
/// are brought into another order, for a row of one lies as a row of the other does.
/// </summary>
internal sealed class WindowAlgorithm : VectorAlgorithm
{
    public override string Name => "windows";

    // They are copied as they are.
    public override double PackingCycles => 0.5;

    protected override string? VectorRefusal(AlgorithmProblem problem) =>
        WindowSchedule.Refusal(problem.Geometry, problem.Pass);

    public override double EstimateCycles(AlgorithmProblem problem) => problem.Element == typeof(float)
        ? WindowSchedule.Of<float>(problem.Geometry, problem.Settings.Width, problem.Tile).Cycles
        : WindowSchedule.Of<double>(problem.Geometry, problem.Settings.Width, problem.Tile).Cycles;

    protected override PreparedAlgorithm<float> Prepare(AlgorithmProblem problem, ReadOnlySpan<float> weight, Epilogue<float> epilogue) =>
        Prepare<float>(problem, weight, epilogue);

    protected override PreparedAlgorithm<double> Prepare(AlgorithmProblem problem, ReadOnlySpan<double> weight,
        Epilogue<double> epilogue) => Prepare<double>(problem, weight, epilogue);

    private static WindowProduct<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : unmanaged, INumber<T> => new(problem.Geometry,
            WindowSchedule.Of<T>(problem.Geometry, problem.Settings.Width, problem.Tile), weight, epilogue, problem.Settings);
}
