using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Threading;

namespace Upstride.Onnx.Operators.Threads;

/// <summary>
/// Equal pieces of two tensors (planes, rows), each piece of the destination made from its own piece of the source, distributed over
/// threads.
/// </summary>
internal static unsafe class ParallelSlices
{
    // Below so many elements, which take some tens of microseconds, waking a thread and waiting for it takes longer than it saves.
    private const long MinimalElements = 1 << 18;

    // Elements of a turn of a thread: enough that taking the turn costs nothing.
    private const long ChunkElements = 1 << 14;

    /// <summary>Makes one piece of the destination; called from several threads at once.</summary>
    /// <param name="source">A piece of the source.</param>
    /// <param name="destination">The same piece of the destination.</param>
    /// <param name="piece">Which one it is, from 0.</param>
    public delegate void Body<TSource, T>(ReadOnlySpan<TSource> source, Span<T> destination, int piece) where TSource : unmanaged
        where T : unmanaged;

    /// <summary>Makes some pieces of the destination that lie one after another; called from several threads at once.</summary>
    /// <param name="source">Pieces of the source.</param>
    /// <param name="destination">The same pieces of the destination.</param>
    public delegate void SlicesBody<TSource, T>(ReadOnlySpan<TSource> source, Span<T> destination) where TSource : unmanaged
        where T : unmanaged;

    /// <summary>Makes all pieces one by one; <paramref name="pieces"/> divides both lengths.</summary>
    public static void Run<TSource, T>(ReadOnlySpan<TSource> source, Span<T> destination, int pieces, ComputeSettings settings,
        Body<TSource, T> body)
        where TSource : unmanaged
        where T : unmanaged
    {
        if (pieces == 0) return;
        (int from, int to) = (source.Length / pieces, destination.Length / pieces);
        if (IsLittle(source.Length, destination.Length, pieces, settings))
        {
            for (int piece = 0; piece < pieces; piece++) body(source.Slice(piece * from, from), destination.Slice(piece * to, to), piece);
            return;
        }
        fixed (TSource* first = source)
        fixed (T* target = destination)
        {
            // Addresses as numbers: a lambda cannot hold on to what is fixed, and it is done before the memory may move.
            (nint read, nint write) = ((nint)first, (nint)target);
            ForChunks(pieces, (long)from + to, settings, (start, end) =>
            {
                for (int piece = start; piece < end; piece++)
                    body(new((TSource*)read + ((nint)piece * from), from), new((T*)write + ((nint)piece * to), to), piece);
            });
        }
    }

    /// <summary>Makes all pieces, many in each call; <paramref name="pieces"/> divides both lengths.</summary>
    public static void RunTogether<TSource, T>(ReadOnlySpan<TSource> source, Span<T> destination, int pieces, ComputeSettings settings,
        SlicesBody<TSource, T> body)
        where TSource : unmanaged
        where T : unmanaged
    {
        if (pieces == 0) return;
        if (IsLittle(source.Length, destination.Length, pieces, settings))
        {
            body(source, destination);
            return;
        }
        (int from, int to) = (source.Length / pieces, destination.Length / pieces);
        fixed (TSource* first = source)
        fixed (T* target = destination)
        {
            (nint read, nint write) = ((nint)first, (nint)target);
            ForChunks(pieces, (long)from + to, settings, (start, end) =>
                body(new((TSource*)read + ((nint)start * from), (end - start) * from),
                new((T*)write + ((nint)start * to), (end - start) * to)));
        }
    }

    private static bool IsLittle(int source, int destination, int pieces, ComputeSettings settings) =>
        settings.Threads == 1 || pieces == 1 || (long)source + destination < MinimalElements;

    private static void ForChunks(int pieces, long elementsOfPiece, ComputeSettings settings, Action<int, int> body)
    {
        int each = (int)Math.Clamp(ChunkElements / Math.Max(1, elementsOfPiece), 1, pieces), turns = Integers.DivideUp(pieces, each);
        ParallelLoop.Run(turns, settings.Threads, turn => body(turn * each, Math.Min(pieces, (turn + 1) * each)));
    }
}
