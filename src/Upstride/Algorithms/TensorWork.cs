using System.Numerics;

namespace Upstride.Algorithms;

/// <summary>An algorithm whose runs are shared out among threads: it pins the tensors and hands them to a run that is not under way.</summary>
internal abstract unsafe class ParallelAlgorithm<T> : PreparedAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    private readonly WorkPool<TensorWork<T>> _runs;

    protected ParallelAlgorithm() => _runs = new(CreateWork);

    public override void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination)
    {
        if (destination.IsEmpty) return;
        TensorWork<T> run = _runs.Take();
        try
        {
            fixed (T* first = left)
            fixed (T* second = right)
            fixed (T* output = destination)
            {
                run.Run(first, second, output);
            }
        }
        finally
        {
            _runs.Return(run);
        }
    }

    /// <summary>Makes a run with its workspace; called when the algorithm is ready to run.</summary>
    protected abstract TensorWork<T> CreateWork();
}

/// <summary>One run: its tensors, and in the classes derived from it a workspace for each thread.</summary>
internal abstract unsafe class TensorWork<T>(int threads) : ParallelWork(threads)
    where T : unmanaged, INumber<T>
{
    /// <summary>The first tensor that is read.</summary>
    protected T* Left { get; private set; }

    /// <summary>The second one; null where there is none.</summary>
    protected T* Right { get; private set; }

    protected T* Destination { get; private set; }

    /// <summary>How many independent items there are.</summary>
    protected abstract int Items { get; }

    public void Run(T* left, T* right, T* destination)
    {
        Left = left;
        Right = right;
        Destination = destination;
        Begin();
        RunAll(Items);
    }

    /// <summary>What is done on the caller's thread before the items.</summary>
    protected virtual void Begin()
    {
    }
}
