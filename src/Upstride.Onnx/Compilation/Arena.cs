using System.Runtime.InteropServices;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// The memory of one run: one block, aligned to cache lines, in which tensors share places that they do not need at the same time.
/// </summary>
internal sealed unsafe class Arena : SafeHandle
{
    /// <summary>Every tensor begins at a multiple of this: a cache line, and the widest vector.</summary>
    public const int Alignment = 64;

    private readonly long _bytes;

    /// <param name="bytes">Its size; what it holds at first is not defined.</param>
    public Arena(long bytes) : base(0, ownsHandle: true)
    {
        _bytes = Math.Max(bytes, Alignment);
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)_bytes, Alignment));
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The elements at an offset.</summary>
    public Span<T> Elements<T>(long offset, int count) where T : unmanaged
    {
        if (offset < 0 || (long)count * sizeof(T) > _bytes - offset)
            throw new ArgumentOutOfRangeException(nameof(offset), $"{count} elements from {offset} on are not within {_bytes} bytes");
        return new((byte*)handle + offset, count);
    }

    /// <summary>The address of an offset, which lasts as long as the arena.</summary>
    public nint Address(long offset) => handle + (nint)offset;

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
