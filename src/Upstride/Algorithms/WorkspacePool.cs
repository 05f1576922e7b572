using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>
/// Memory that plans work in while they run. Plans that are given one pool, as the layers of a network are, and do not run at the same
/// time share what the largest of them needs; without one, each plan keeps its own. May be used from several threads at once.
/// </summary>
public sealed class WorkspacePool
{
    private readonly Stack<AlignedBuffer<CacheLine>> _free = new();
    private long _largest;

    /// <summary>Bytes of the memory that no run uses at the moment.</summary>
    public long FreeBytes
    {
        get
        {
            lock (_free) return _free.Sum(static buffer => buffer.Length * CacheLine.Bytes);
        }
    }

    /// <summary>
    /// Says that runs will ask for so many bytes, so that the first of several plans does not make what is too small for the next.
    /// </summary>
    internal void Reserve(long bytes)
    {
        lock (_free) _largest = Math.Max(_largest, CacheLine.CountFor(bytes));
    }

    /// <summary>A buffer of at least so many bytes, uninitialized, for one run.</summary>
    internal AlignedBuffer<CacheLine> Take(long bytes)
    {
        long lines = CacheLine.CountFor(bytes);
        lock (_free)
        {
            // One that is too small now would be so again.
            while (_free.TryPop(out AlignedBuffer<CacheLine>? buffer))
                if (buffer.Length >= lines) return buffer;
            lines = _largest = Math.Max(_largest, lines);
        }
        return new(lines);
    }

    internal void Return(AlignedBuffer<CacheLine> buffer)
    {
        lock (_free) _free.Push(buffer);
    }
}
