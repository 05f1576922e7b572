namespace Upstride.Threading;

/// <summary>A parallel loop over item numbers, for loops long enough to pay for waking threads.</summary>
/// <param name="threads">The most threads, the caller's among them.</param>
/// <param name="body">One item, by its number; called from several threads at once.</param>
internal sealed class ParallelLoop(int threads, Action<int> body) : ParallelWork(threads)
{
    /// <summary>Runs items 0 to <paramref name="count"/> - 1, in any order; returns when all are done.</summary>
    /// <param name="count">How many items there are.</param>
    /// <param name="threads">The most threads, the caller's among them.</param>
    /// <param name="body">One item, by its number; called from several threads at once.</param>
    public static void Run(int count, int threads, Action<int> body) => new ParallelLoop(Math.Min(threads, count), body).RunAll(count);

    protected override void Execute(int item, int worker) => body(item);
}
