using System.Runtime.ExceptionServices;

namespace Upstride.Threading;

/// <summary>
/// A job of independent items that some threads of the pool help the caller with. The object is made once and run many times without
/// allocating; one run at a time. Which thread takes which item is open, so an item's result must not depend on it.
/// </summary>
internal abstract class ParallelWork
{
    private readonly Helper[] _helpers;
    private int _next;
    private int _items;
    private ExceptionDispatchInfo? _failure;

    protected ParallelWork(int threads)
    {
        _helpers = new Helper[Math.Max(0, threads - 1)];
        for (int i = 0; i < _helpers.Length; i++) _helpers[i] = new(this, i + 1);
    }

    /// <summary>Does one item.</summary>
    /// <param name="item">0 to the number of items - 1.</param>
    /// <param name="worker">0 for the caller's thread, then one number for each helper: no two threads share one at a time.</param>
    protected abstract void Execute(int item, int worker);

    /// <summary>Does all items; returns when they are done.</summary>
    protected void RunAll(int items)
    {
        _next = 0;
        _items = items;
        _failure = null;
        int helpers = Math.Min(_helpers.Length, items - 1);
        for (int i = 0; i < helpers; i++) _helpers[i].Start();
        Work(0);
        for (int i = 0; i < helpers; i++) _helpers[i].Finish();
        _failure?.Throw();
    }

    private void Work(int worker)
    {
        try
        {
            for (int item = Interlocked.Increment(ref _next) - 1; item < _items; item = Interlocked.Increment(ref _next) - 1)
                Execute(item, worker);
        }
        catch (Exception exception)
        {
            // The caller must see it, whichever thread it happened on; the other threads stop taking items.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            Interlocked.Exchange(ref _next, int.MaxValue / 2);
        }
    }

    /// <summary>
    /// A place in the pool's queue. It cannot be taken back out, so a helper that never got its turn is cancelled and stays queued; the
    /// next run finds it there and wakes it without queueing it again.
    /// </summary>
    private sealed class Helper(ParallelWork work, int worker) : IThreadPoolWorkItem
    {
        private const int Idle = 0, Queued = 1, Cancelled = 2, Running = 3;
        private int _state;

        public void Start()
        {
            if (Interlocked.CompareExchange(ref _state, Queued, Cancelled) == Cancelled) return;
            Volatile.Write(ref _state, Queued);
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        public void Finish()
        {
            if (Interlocked.CompareExchange(ref _state, Cancelled, Queued) == Queued) return;
            var spin = new SpinWait();
            while (Volatile.Read(ref _state) == Running) spin.SpinOnce(sleep1Threshold: -1);
        }

        public void Execute()
        {
            while (true)
            {
                if (Interlocked.CompareExchange(ref _state, Running, Queued) == Queued)
                {
                    work.Work(worker);
                    Volatile.Write(ref _state, Idle);
                    return;
                }
                if (Interlocked.CompareExchange(ref _state, Idle, Cancelled) == Cancelled) return;
            }
        }
    }
}
