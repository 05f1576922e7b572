using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Threading;

namespace Upstride.Onnx.Operators.Threads;

/// <summary>
/// Shares elements out to threads in ranges, where there are enough of them to be worth it. An element's result does not depend on the
/// range it is in.
/// </summary>
internal static unsafe class ParallelRanges
{
    /// <summary>Elements of a range: what is read and written of it stays in the second cache.</summary>
    public const int Length = 1 << 15;

    // Fewer ranges than this take about as long as waking a thread and waiting for it.
    private const int FewRanges = 4;

    /// <summary>Computes a run of elements from a run as long.</summary>
    public delegate void Body<TSource, TResult>(ReadOnlySpan<TSource> source, Span<TResult> destination);

    /// <summary>Computes each element of <paramref name="destination"/> from the one of <paramref name="source"/> at its place.</summary>
    public static void Run<TSource, TResult>(ReadOnlySpan<TSource> source, Span<TResult> destination, ComputeSettings settings,
        Body<TSource, TResult> body)
        where TSource : unmanaged
        where TResult : unmanaged
    {
        fixed (TSource* from = source)
        fixed (TResult* to = destination)
        {
            TSource* first = from;
            TResult* place = to;
            For(destination.Length, settings, (start, end) => body(new(first + start, end - start), new(place + start, end - start)));
        }
    }

    /// <summary>
    /// Calls <paramref name="body"/> with ranges, from and to before, that together are 0 .. <paramref name="elements"/>.
    /// </summary>
    /// <param name="elements">How many there are.</param>
    /// <param name="settings">The number of threads.</param>
    /// <param name="body">Called from several threads at once.</param>
    /// <param name="cost">What one element costs, measured in simple operations.</param>
    public static void For(int elements, ComputeSettings settings, Action<int, int> body, int cost = 1)
    {
        int length = Math.Max(1, Length / Math.Max(1, cost));
        if (settings.Threads == 1 || elements <= (long)FewRanges * length)
        {
            if (elements > 0) body(0, elements);
            return;
        }
        Share(elements, length, settings, body);
    }

    // By itself, so that what a lambda captures is there only where there is work for threads.
    private static void Share(int elements, int length, ComputeSettings settings, Action<int, int> body)
    {
        int pieces = (int)Integers.DivideUp((long)elements, length);
        ParallelLoop.Run(pieces, settings.Threads, piece =>
        {
            int start = piece * length;
            body(start, (int)Math.Min((long)start + length, elements));
        });
    }
}
