using System.Numerics;
using Upstride.Threading;

namespace Upstride.Algorithms.Execution;

/// <summary>One run: its tensors, and a workspace for each thread.</summary>
/// <param name="threads">The most threads that work at once.</param>
/// <param name="workspaceLength">Elements, in whole cache lines, that each thread has for itself during a run, uninitialized.</param>
internal abstract unsafe class TensorRun<T>(int threads, long workspaceLength = 0) : ParallelWork(threads)
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
    /// <param name="workspace">As much as all threads need, uninitialized.</param>
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
