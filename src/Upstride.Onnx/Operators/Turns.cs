using Upstride.Algorithms;

namespace Upstride.Onnx.Operators;

/// <summary>Turns of a loop that threads share: made for one loop, by whoever has enough work for it.</summary>
/// <param name="threads">The most threads, the caller's among them.</param>
/// <param name="body">One turn, by its number; called from several threads at once.</param>
internal sealed class Turns(int threads, Action<int> body) : ParallelWork(threads)
{
    /// <summary>Takes turns 0 to <paramref name="count"/> - 1, in any order; returns when all are done.</summary>
    public static void Take(int count, ComputeSettings settings, Action<int> body) => new Turns(Math.Min(settings.Threads, count), body).RunAll(count);

    protected override void Execute(int item, int worker) => body(item);
}
