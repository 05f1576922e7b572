using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Upstride.Geometry;

namespace Upstride.Learning.Buffers;

/// <summary>
/// Memory that begins at a cache line and does not move: a sum over it takes the same vectors whichever buffer the pool gave, so that it
/// has the same bits.
/// </summary>
internal sealed class PooledBuffer<T>
    where T : unmanaged
{
    private const int Line = 64;
    private readonly T[] _elements;
    private readonly int _start;

    public PooledBuffer(int length)
    {
        Capacity = CapacityFor(length);
        _elements = GC.AllocateUninitializedArray<T>(Capacity + Line / Unsafe.SizeOf<T>(), pinned: true);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(_elements, 0);
        _start = (int)((Line - address % Line) % Line / Unsafe.SizeOf<T>());
    }

    /// <summary>Elements.</summary>
    public int Capacity { get; }

    /// <summary>Where the pool keeps it while it is taken; -1 while it is free, and for memory that is nobody's to give back.</summary>
    public int Place { get; set; } = -1;

    /// <summary>How many gradients under way lie in it.</summary>
    public int References { get; set; }

    /// <summary>The memory, whatever it holds.</summary>
    public Span<T> Span => _elements.AsSpan(_start, Capacity);

    /// <summary>
    /// Four sizes for each power of two, so that tensors of nearly the same size share buffers and less than a quarter is idle.
    /// </summary>
    public static int CapacityFor(int length)
    {
        if (length <= 16) return 16;
        int step = 1 << (BitOperations.Log2((uint)(length - 1)) - 2);
        long rounded = Integers.RoundUp((long)length, step);
        return (int)Math.Min(rounded, Math.Max(length, Array.MaxLength - Line));
    }
}
