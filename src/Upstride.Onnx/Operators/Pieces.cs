using Upstride.Algorithms;

namespace Upstride.Onnx.Operators;

/// <summary>Equal pieces of two tensors (planes, rows), each piece of the destination made from its own piece of the source, shared out to threads.</summary>
internal static unsafe class Pieces
{
    // Below this many elements waking a thread takes longer than the work.
    private const long MinimalElements = 1 << 15;

    /// <summary>Makes one piece of the destination; called from several threads at once.</summary>
    /// <param name="source">A piece of the source.</param>
    /// <param name="destination">The same piece of the destination.</param>
    /// <param name="piece">Which one it is, from 0.</param>
    public delegate void Body<TSource, T>(ReadOnlySpan<TSource> source, Span<T> destination, int piece) where TSource : unmanaged where T : unmanaged;

    /// <summary>Makes all pieces; <paramref name="pieces"/> divides both lengths.</summary>
    public static void Run<TSource, T>(ReadOnlySpan<TSource> source, Span<T> destination, int pieces, ComputeSettings settings, Body<TSource, T> body)
        where TSource : unmanaged
        where T : unmanaged
    {
        if (pieces == 0) return;
        (int from, int to) = (source.Length / pieces, destination.Length / pieces);
        int threads = Math.Min(settings.Threads, pieces);
        if (threads <= 1 || (long)source.Length + destination.Length < MinimalElements)
        {
            for (int piece = 0; piece < pieces; piece++) body(source.Slice(piece * from, from), destination.Slice(piece * to, to), piece);
            return;
        }
        fixed (TSource* first = source)
        fixed (T* target = destination)
        {
            // Addresses as numbers: a lambda cannot hold on to what is fixed, and it is done before the memory may move.
            (nint read, nint write) = ((nint)first, (nint)target);
            Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = threads }, piece => body(
                new((TSource*)read + ((nint)piece * from), from), new((T*)write + ((nint)piece * to), to), piece));
        }
    }
}
