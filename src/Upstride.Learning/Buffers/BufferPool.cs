namespace Upstride.Learning.Buffers;

/// <summary>Buffers that are taken one by one and given back all together, or some of them earlier. Not for two threads at once.</summary>
internal sealed class BufferPool<T>
    where T : unmanaged
{
    private readonly Dictionary<int, Stack<PooledBuffer<T>>> _free = [];
    private readonly List<PooledBuffer<T>?> _taken = [];

    /// <summary>The number of elements of all buffers, taken or free.</summary>
    public long Elements { get; private set; }

    /// <summary>A place in the order of taking: what is taken from now on has this place or a later one.</summary>
    public int Mark => _taken.Count;

    /// <summary>A buffer of at least this many elements, whatever they hold.</summary>
    public PooledBuffer<T> Take(int length)
    {
        if (!_free.TryGetValue(PooledBuffer<T>.CapacityFor(length), out Stack<PooledBuffer<T>>? stack)
            || !stack.TryPop(out PooledBuffer<T>? buffer))
        {
            buffer = new(length);
            Elements += buffer.Capacity;
        }
        buffer.Place = _taken.Count;
        buffer.References = 0;
        _taken.Add(buffer);
        return buffer;
    }

    /// <summary>Gives one buffer back.</summary>
    public void Return(PooledBuffer<T> buffer)
    {
        _taken[buffer.Place] = null;
        buffer.Place = -1;
        if (!_free.TryGetValue(buffer.Capacity, out Stack<PooledBuffer<T>>? stack)) _free[buffer.Capacity] = stack = new();
        stack.Push(buffer);
    }

    /// <summary>Gives back all that was taken since a mark and that no gradient under way lies in.</summary>
    public void ReturnUnheld(int mark)
    {
        int kept = mark;
        for (int place = mark; place < _taken.Count; place++)
        {
            if (_taken[place] is not { } buffer) continue;
            if (buffer.References == 0)
            {
                Return(buffer);
                continue;
            }
            buffer.Place = kept;
            _taken[kept++] = buffer;
        }
        _taken.RemoveRange(kept, _taken.Count - kept);
    }

    /// <summary>Gives everything back.</summary>
    public void ReturnAll()
    {
        for (int place = 0; place < _taken.Count; place++)
            if (_taken[place] is { } buffer) Return(buffer);
        _taken.Clear();
    }
}
