using Microsoft.JSInterop;

namespace Upstride.Explorer.Services;

/// <summary>A web worker of its own for one kind of work, with a runtime of its own (<c>worker.js</c>).</summary>
/// <param name="host">Hires it.</param>
/// <param name="kind">pictures or models, which says what the worker loads.</param>
public sealed class HiredWorker(Host host, string kind)
{
    // One count for all workers: whose progress it is, is told by the number alone.
    private static int s_turn;

    /// <summary>Whether the browser has workers and this one is ready.</summary>
    public Task<bool> HireAsync() => host.AskAsync("hire", false, kind);

    /// <summary>Does a piece of work that cannot be cancelled.</summary>
    /// <param name="export">A function of <see cref="WorkerExports"/>.</param>
    /// <param name="arguments">Its arguments.</param>
    public async Task DoAsync(string export, params object?[] arguments) => await AskAsync(++s_turn, export, arguments);

    /// <summary>Does a piece of work.</summary>
    /// <param name="export">A function of <see cref="WorkerExports"/> whose first argument is the number of the piece.</param>
    /// <param name="progress">Is told how much is done.</param>
    /// <param name="ends">Whether cancelling ends the worker, whatever it does; else it is asked to stop between two pieces.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <param name="arguments">The further arguments.</param>
    /// <returns>What was made, as bytes.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="JSException">It failed.</exception>
    public async Task<byte[]> MakeAsync(
        string export, Func<double, Task> progress, bool ends, CancellationToken cancellation, params object?[] arguments)
    {
        int turn = ++s_turn;
        Task Told(int of, double done) => of == turn ? progress(done) : Task.CompletedTask;
        host.Progress += Told;
        await using CancellationTokenRegistration stop =
            cancellation.Register(() => _ = ends ? host.DoAsync("release", kind) : host.DoAsync("dismiss", kind, turn));
        try
        {
            await progress(0);
            cancellation.ThrowIfCancellationRequested();
            byte[] made = await AskAsync(turn, export, [turn, .. arguments]);
            cancellation.ThrowIfCancellationRequested();
            return made;
        }
        catch (JSException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        finally
        {
            host.Progress -= Told;
        }
    }

    private Task<byte[]> AskAsync(int turn, string export, object?[] arguments) =>
        host.AskAsync<byte[]>("work", [], [kind, turn, export, .. arguments]);
}
