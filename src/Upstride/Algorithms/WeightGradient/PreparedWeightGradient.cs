using System.Numerics;
using Upstride.Algorithms.Execution;
using Upstride.Geometry;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>What every weight gradient has in common: no weights of its own, and zeros of a batch that is empty.</summary>
/// <param name="geometry">The problem.</param>
/// <param name="workspaces">Where runs take their workspace from; null for a pool of its own.</param>
internal abstract class PreparedWeightGradient<T>(ConvTransposeGeometry geometry, WorkspacePool? workspaces = null)
    : ParallelAlgorithm<T>(workspaces)
    where T : unmanaged, INumber<T>
{
    /// <summary>The problem.</summary>
    protected ConvTransposeGeometry Geometry { get; } = geometry;

    public override void SetWeight(ReadOnlySpan<T> weight)
    {
        // What it computes is the weights' gradient: it holds none.
    }

    public override void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination)
    {
        if (Geometry.Batch == 0) destination.Clear();
        else base.Run(left, right, destination);
    }
}
