using System.Runtime.InteropServices;

namespace Upstride.Onnx.Compilation;

/// <summary>The memory of one run: one block, aligned to cache lines, in which tensors share places that they do not need at the same time.</summary>
internal sealed unsafe class Arena(long bytes) : SafeHandle(0, ownsHandle: true)
{
    /// <summary>Every tensor begins at a multiple of this: a cache line, and the widest vector.</summary>
    public const int Alignment = 64;

    public override bool IsInvalid => handle == 0;

    /// <summary>The elements at an offset.</summary>
    public Span<T> Elements<T>(long offset, int count) where T : unmanaged
    {
        if (handle == 0) handle = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, Alignment), Alignment);
        return new((byte*)handle + offset, count);
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
