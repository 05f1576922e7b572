using System.Runtime.CompilerServices;

namespace Upstride.Kernels;

/// <summary>Memory that does not move and begins at a cache line; the garbage collector frees it with its owner.</summary>
internal sealed unsafe class AlignedBuffer<T>
    where T : unmanaged
{
    private const int Line = 64;
    private readonly byte[] _bytes;

    public AlignedBuffer(long length)
    {
        Length = length;
        _bytes = GC.AllocateUninitializedArray<byte>(checked((int)(length * sizeof(T) + Line)), pinned: true);
        nint address = (nint)Unsafe.AsPointer(ref _bytes[0]);
        Start = (T*)((address + Line - 1) & ~(nint)(Line - 1));
    }

    /// <summary>Elements.</summary>
    public long Length { get; }

    /// <summary>The first element; valid as long as this object is.</summary>
    public T* Start { get; }

    public Span<T> Span => new(Start, checked((int)Length));
}
