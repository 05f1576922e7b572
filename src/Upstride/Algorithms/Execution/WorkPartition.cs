namespace Upstride.Algorithms.Execution;

/// <summary>
/// How sources (blocks packed for their windows) are distributed over threads: whole, as long as they come out even, and those
/// that are left over split by their chunks of channels. A split source is packed by every thread that takes a part of it.
/// </summary>
internal readonly struct WorkPartition
{
    private readonly int _whole;
    private readonly int _splits;

    /// <param name="sources">How many sources there are.</param>
    /// <param name="chunks">Chunks of channels that each is multiplied by.</param>
    /// <param name="threads">The most threads to use.</param>
    public WorkPartition(int sources, int chunks, int threads)
    {
        // Four sources a thread are even enough.
        _whole = sources >= 4 * threads ? sources : sources - sources % threads;
        _splits = Math.Min(chunks, threads);
        Items = _whole + (sources - _whole) * _splits;
        Threads = Math.Max(1, Math.Min(threads, Items));
    }

    /// <summary>Independent items of work.</summary>
    public int Items { get; }

    /// <summary>Threads that have work.</summary>
    public int Threads { get; }

    /// <summary>What an item is: a source, and of its chunks the range from one number to before another.</summary>
    /// <param name="item">0 to <see cref="Items"/> - 1.</param>
    /// <param name="chunks">The number of chunks.</param>
    public (int Source, int FirstChunk, int EndChunk) Of(int item, int chunks)
    {
        if (item < _whole) return (item, 0, chunks);
        (int source, int split) = ((item - _whole) / _splits, (item - _whole) % _splits);
        return (_whole + source, split * chunks / _splits, (split + 1) * chunks / _splits);
    }
}
