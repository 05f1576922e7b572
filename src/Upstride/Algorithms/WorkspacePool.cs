using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>
/// Memory that plans work in while they run. Plans that are given one pool, as the layers of a network are, and do not run at the same
/// time share what the largest of them needs; without one, each plan keeps its own. May be used from several threads at once.
/// </summary>
public sealed class WorkspacePool
{
    private readonly Stack<AlignedBuffer<byte>> _free = new();
    private long _largest;

    /// <summary>Bytes of the memory that no run uses at the moment.</summary>
    public long FreeBytes
    {
        get
        {
            lock (_free) return _free.Sum(static buffer => buffer.Length);
        }
    }

    /// <summary>Says that runs will ask for so many bytes, so that the first of several plans does not make what is too small for the next.</summary>
    internal void Reserve(long bytes)
    {
        lock (_free) _largest = Math.Max(_largest, bytes);
    }

    /// <summary>A buffer of at least so many bytes, with anything in it, for one run.</summary>
    internal AlignedBuffer<byte> Take(long bytes)
    {
        lock (_free)
        {
            // One that is too small now would be so again.
            while (_free.TryPop(out AlignedBuffer<byte>? buffer))
                if (buffer.Length >= bytes) return buffer;
            bytes = _largest = Math.Max(_largest, bytes);
        }
        return new(bytes);
    }

    internal void Return(AlignedBuffer<byte> buffer)
    {
        lock (_free) _free.Push(buffer);
    }
}
