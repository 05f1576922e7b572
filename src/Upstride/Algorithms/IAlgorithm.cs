using System.Numerics;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>One of the ways to compute a transposed convolution, its gradients and its adjoint.</summary>
public interface IAlgorithm
{
    /// <summary>The name it is asked for by: phases, winograd, planes, point, column, zero-insertion, matrix, scatter.</summary>
    string Name { get; }

    /// <summary>Why it cannot compute this, or is not worth planning for it where no name is asked for; null where it is to be considered.</summary>
    string? Refusal(AlgorithmProblem problem);

    /// <summary>Cycles that one run is expected to take on one thread: compared among algorithms, not with a clock. Only for what it does not refuse.</summary>
    double EstimateCycles(AlgorithmProblem problem);

    /// <summary>Everything that can be done once: packs the weights, sizes the workspace. Only for what it does not refuse.</summary>
    /// <param name="problem">What is to be computed; its element type is <typeparamref name="T"/>.</param>
    /// <param name="weight">[input channels, output channels of a group, kernel...]; empty for <see cref="Pass.WeightGradient"/>.</param>
    /// <param name="epilogue">What happens to every element of the destination before it is written.</param>
    PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : INumber<T>;
}

/// <summary>An algorithm ready to run on one problem, any number of times, from any number of threads.</summary>
public abstract class PreparedAlgorithm<T>
    where T : INumber<T>
{
    /// <summary>Bytes of scratch memory that one run uses, beside the packed weights.</summary>
    public virtual long WorkspaceBytes => 0;

    /// <summary>How much of that a run takes from <see cref="ComputeSettings.Workspaces"/>.</summary>
    internal virtual long PooledBytes => 0;

    /// <summary>Bytes that the weights take as they are kept.</summary>
    public virtual long WeightBytes => 0;

    /// <summary>What was chosen inside, in a few words; empty where there is nothing to choose.</summary>
    public virtual string Details => "";

    /// <summary>Packs other weights in the place of those it holds; not while it runs.</summary>
    /// <param name="weight">As given to <see cref="IAlgorithm.Prepare"/>.</param>
    public abstract void SetWeight(ReadOnlySpan<T> weight);

    /// <summary>Computes the product.</summary>
    /// <param name="left">The input; for <see cref="Pass.InputGradient"/> the output gradient.</param>
    /// <param name="right">For <see cref="Pass.WeightGradient"/> the output gradient; else the residual that the epilogue adds, or empty.</param>
    /// <param name="destination">Overwritten; what it held does not show.</param>
    public abstract void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination);
}
