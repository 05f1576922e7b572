using System.Runtime.InteropServices;

namespace Upstride.Bench.Problems;

/// <summary>Floats outside the managed heap, 64-byte aligned, so that every contender sees the same addresses.</summary>
internal sealed unsafe class NativeBuffer(long length) : IDisposable
{
    private float* _pointer = (float*)NativeMemory.AlignedAlloc(checked((nuint)Math.Max(length, 1) * sizeof(float)), 64);

    /// <summary>Number of floats.</summary>
    public long Length { get; } = length;

    /// <summary>First float.</summary>
    public float* Pointer => _pointer;

    /// <summary>The floats.</summary>
    public Span<float> Span => new(_pointer, checked((int)Length));

    /// <summary>Uniform values in [-1, 1) from a seed.</summary>
    public static NativeBuffer Random(long length, ulong seed)
    {
        var buffer = new NativeBuffer(length);
        foreach (ref var value in buffer.Span)
        {
            // SplitMix64 (Steele, Lea, Flood 2014): every seed gives a full-period stream.
            seed += 0x9E3779B97F4A7C15;
            var z = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            value = ((int)((z ^ (z >> 31)) >> 40) - (1 << 23)) * (1.0f / (1 << 23));
        }

        return buffer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
