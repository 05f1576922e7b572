namespace Upstride.Threading;

/// <summary>
/// The runs of a plan that are not under way: each holds the workspace of one run. The first run, and any that overlaps another, makes
/// a new one; after that nothing is allocated.
/// </summary>
internal sealed class ObjectPool<TRun>(Func<TRun> create)
{
    private readonly Stack<TRun> _free = new();

    public TRun Take()
    {
        return TryTake(out TRun? run) ? run : create();
    }

    /// <summary>A run that is not under way; false where all are.</summary>
    public bool TryTake([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out TRun run)
    {
        lock (_free) return _free.TryPop(out run);
    }

    public void Return(TRun run)
    {
        lock (_free) _free.Push(run);
    }
}
