namespace Upstride.Algorithms;

/// <summary>
/// The runs of a plan that are not under way: each holds the workspace of one run. The first run, and any that overlaps another, makes
/// a new one; after that nothing is allocated.
/// </summary>
internal sealed class WorkPool<TRun>(Func<TRun> create)
{
    private readonly Stack<TRun> _free = new();

    public TRun Take()
    {
        lock (_free)
        {
            if (_free.TryPop(out TRun? run)) return run;
        }
        return create();
    }

    public void Return(TRun run)
    {
        lock (_free) _free.Push(run);
    }
}
