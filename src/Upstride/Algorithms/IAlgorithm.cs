using System.Numerics;

namespace Upstride.Algorithms;

/// <summary>One of the ways to compute a transposed convolution, its gradients and its adjoint.</summary>
internal interface IAlgorithm
{
    /// <summary>
    /// The name it is asked for by: phases, winograd, taps, planes, rows, strips, point, windows, column, zero-insertion, matrix, scatter.
    /// </summary>
    string Name { get; }

    /// <summary>
    /// Why it cannot compute this, or is not worth planning for it where no name is asked for; null where it is to be considered.
    /// </summary>
    string? Refusal(AlgorithmProblem problem);

    /// <summary>
    /// Cycles that one run is expected to take on one thread: compared among algorithms, not with a clock. Only for what it does not
    /// refuse.
    /// </summary>
    double EstimateCycles(AlgorithmProblem problem);

    /// <summary>Cycles that each weight takes to be packed.</summary>
    double PackingCycles => 0;

    /// <summary>Everything that can be done once: packs the weights, sizes the workspace. Only for what it does not refuse.</summary>
    /// <param name="problem">What is to be computed; its element type is <typeparamref name="T"/>.</param>
    /// <param name="weight">[input channels, output channels of a group, kernel...]; empty for <see cref="Pass.WeightGradient"/>.</param>
    /// <param name="epilogue">What happens to every element of the destination before it is written.</param>
    PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : INumber<T>;
}
