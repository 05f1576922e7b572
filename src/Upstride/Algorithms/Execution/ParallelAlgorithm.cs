using System.Numerics;
using Upstride.Kernels;
using Upstride.Threading;

namespace Upstride.Algorithms.Execution;

/// <summary>
/// An algorithm whose runs are shared out among threads: it pins the tensors and hands them to a run that is not under way.
/// </summary>
internal abstract unsafe class ParallelAlgorithm<T> : PreparedAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    private readonly ObjectPool<TensorRun<T>> _runs;
    private readonly WorkspacePool _workspaces;

    /// <param name="workspaces">Where runs take their workspace from; null for a pool of its own.</param>
    protected ParallelAlgorithm(WorkspacePool? workspaces = null)
    {
        _runs = new(CreateRun);
        _workspaces = workspaces ?? new();
    }

    public override void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination)
    {
        if (destination.IsEmpty) return;
        TensorRun<T> run = _runs.Take();
        AlignedBuffer<CacheLine>? workspace = PooledBytes == 0 ? null : _workspaces.Take(PooledBytes);
        try
        {
            fixed (T* first = left)
            fixed (T* second = right)
            fixed (T* output = destination)
            {
                run.Run(first, second, output, workspace is null ? null : (T*)workspace.Start);
            }
        }
        finally
        {
            if (workspace is not null) _workspaces.Return(workspace);
            _runs.Return(run);
        }
    }

    /// <summary>Makes a run; called when the algorithm is ready to run.</summary>
    protected abstract TensorRun<T> CreateRun();
}
