using System.Numerics;
using Upstride.Geometry;
using Upstride.Learning.Buffers;
using Upstride.Operators;

namespace Upstride.Learning;

/// <summary>Where the maxima of a pooling was, each within its own plane; for unpooling. Lives until the tape is reset.</summary>
public sealed class PoolIndices<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PooledBuffer<int> _buffer;
    private readonly Variable<T> _maxima;

    internal PoolIndices(Variable<T> maxima, PoolGeometry geometry, PooledBuffer<int> buffer)
    {
        _maxima = maxima;
        Geometry = geometry;
        _buffer = buffer;
    }

    /// <summary>The windows.</summary>
    public PoolGeometry Geometry { get; }

    /// <summary>The indices, row-major, of the shape of the maxima.</summary>
    /// <exception cref="InvalidOperationException">The tape was reset since.</exception>
    public ReadOnlySpan<int> Values
    {
        get
        {
            _maxima.RequireLive();
            return Elements;
        }
    }

    internal Span<int> Elements => _buffer.Span[..TensorMemory.Length(Geometry.OutputShape.AsSpan())];
}
