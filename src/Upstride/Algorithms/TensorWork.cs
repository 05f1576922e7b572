using System.Numerics;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>An algorithm whose runs are shared out among threads: it pins the tensors and hands them to a run that is not under way.</summary>
internal abstract unsafe class ParallelAlgorithm<T> : PreparedAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    private readonly WorkPool<TensorWork<T>> _runs;
    private readonly WorkspacePool _workspaces;

    /// <param name="workspaces">Where runs take their workspace from; null for a pool of its own.</param>
    protected ParallelAlgorithm(WorkspacePool? workspaces = null)
    {
        _runs = new(CreateWork);
        _workspaces = workspaces ?? new();
    }

    public override void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination)
    {
        if (destination.IsEmpty) return;
        TensorWork<T> run = _runs.Take();
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
    protected abstract TensorWork<T> CreateWork();
}

/// <summary>One run: its tensors, and a workspace for each thread.</summary>
/// <param name="threads">The most threads that work at once.</param>
/// <param name="workspaceLength">Elements, in whole cache lines, that each thread has for itself during a run, with anything in them.</param>
internal abstract unsafe class TensorWork<T>(int threads, long workspaceLength = 0) : ParallelWork(threads)
    where T : unmanaged, INumber<T>
{
    private T* _workspace;

    /// <summary>The first tensor that is read.</summary>
    protected T* Left { get; private set; }

    /// <summary>The second one; null where there is none.</summary>
    protected T* Right { get; private set; }

    protected T* Destination { get; private set; }

    /// <summary>How many independent items there are.</summary>
    protected abstract int Items { get; }

    /// <param name="left">The first tensor that is read.</param>
    /// <param name="right">The second one; null where there is none.</param>
    /// <param name="destination">Overwritten.</param>
    /// <param name="workspace">As much as all threads need, with anything in it.</param>
    public void Run(T* left, T* right, T* destination, T* workspace)
    {
        _workspace = workspace;
        Left = left;
        Right = right;
        Destination = destination;
        Begin();
        RunAll(Items);
    }

    /// <summary>The workspace of a thread.</summary>
    protected T* WorkspaceOf(int worker) => _workspace + worker * workspaceLength;

    /// <summary>What is done on the caller's thread before the items.</summary>
    protected virtual void Begin()
    {
    }
}
