namespace Upstride.Cli;

/// <summary>Work that cannot be asked to end: opening and reading a pipe nobody writes to, one long step of a computation.</summary>
internal static class Interruptible
{
    /// <summary>
    /// Does the work, or leaves it behind on a thread of its own once the command is cancelled. It may hold nothing that must be put right.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled first.</exception>
    public static T Run<T>(Func<T> work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Task<T> task = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Task.WaitAny([task], cancellation);
        return task.GetAwaiter().GetResult();
    }
}
