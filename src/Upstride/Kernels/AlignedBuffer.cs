using System.Runtime.CompilerServices;

namespace Upstride.Kernels;

/// <summary>Memory that does not move and begins at a cache line; the garbage collector frees it with its owner.</summary>
internal sealed unsafe class AlignedBuffer<T>
    where T : unmanaged
{
    private const int Line = Simd.Line;

    // The least that systems have: the common one.
    private const int PageBytes = 4096;
    private readonly T[] _elements;

    public AlignedBuffer(long length)
    {
        Length = length;
        _elements = GC.AllocateUninitializedArray<T>(checked((int)(length + Line / sizeof(T))), pinned: true);
        nint address = (nint)Unsafe.AsPointer(ref _elements[0]);
        Start = (T*)((address + Line - 1) & ~(nint)(Line - 1));
    }

    /// <summary>
    /// Memory that is written here and there first and read from one end to the other then: its pages are asked for in order, so that what
    /// follows in it follows in the machine, too, where translation and prefetching go on over a page's end.
    /// </summary>
    public static AlignedBuffer<T> InOrder(long length)
    {
        var buffer = new AlignedBuffer<T>(length);
        for (long first = 0; first < length; first += PageBytes / sizeof(T)) buffer.Start[first] = default;
        return buffer;
    }

    /// <summary>The most elements that a buffer holds.</summary>
    public static long MaxLength => Array.MaxLength - Line / sizeof(T);

    /// <summary>A length whose end is the end of a cache line, for buffers that follow each other in one.</summary>
    public static long WholeLines(long length) => (length + Line / sizeof(T) - 1) / (Line / sizeof(T)) * (Line / sizeof(T));

    /// <summary>Elements.</summary>
    public long Length { get; }

    /// <summary>The first element; valid as long as this object is.</summary>
    public T* Start { get; }

    public Span<T> Span => new(Start, checked((int)Length));
}
