using System.Runtime.InteropServices;

namespace Upstride.Kernels;

/// <summary>
/// The memory of a cache line: buffers for elements of several types are counted in these, so that they hold more than an array's number of
/// bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal readonly struct CacheLine
{
    public const int Bytes = Simd.Line;

    /// <summary>Lines that hold so many bytes.</summary>
    public static long CountFor(long bytes) => (bytes + Bytes - 1) / Bytes;
}
