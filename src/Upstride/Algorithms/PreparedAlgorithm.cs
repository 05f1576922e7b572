using System.Numerics;

namespace Upstride.Algorithms;

/// <summary>An algorithm ready to run on one problem, any number of times, from any number of threads.</summary>
internal abstract class PreparedAlgorithm<T>
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

    /// <summary>Packs other weights instead of those it holds; not while it runs.</summary>
    /// <param name="weight">As given to <see cref="IAlgorithm.Prepare"/>.</param>
    public abstract void SetWeight(ReadOnlySpan<T> weight);

    /// <summary>Computes the product.</summary>
    /// <param name="left">The input; for <see cref="Pass.InputGradient"/> the output gradient.</param>
    /// <param name="right">For <see cref="Pass.WeightGradient"/> the output gradient; else the residual that the epilogue adds, or
    /// empty.</param>
    /// <param name="destination">Overwritten; what it held does not show.</param>
    public abstract void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination);
}
