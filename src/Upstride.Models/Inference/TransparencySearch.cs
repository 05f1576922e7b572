using System.Runtime.InteropServices;
using Upstride.Imaging;

namespace Upstride.Models.Inference;

/// <summary>
/// A picture's rows, of which is known before the first whether any pixel is transparent: they are read up to one that is, kept as bytes in
/// memory where they are few and in a file where they are many, and given again.
/// </summary>
internal sealed class TransparencySearch : IDisposable
{
    private readonly RowSource _source;
    private readonly SpooledStream? _kept;
    private readonly int _rows;
    private int _given;

    /// <param name="format">With alpha, where it is searched.</param>
    /// <param name="source">Gives the rows.</param>
    /// <param name="searches">Whether it matters; without, no row is read before it is asked for.</param>
    /// <param name="cancellation">Asked before each row.</param>
    public TransparencySearch(PictureFormat format, RowSource source, bool searches, CancellationToken cancellation)
    {
        _source = source;
        if (!searches) return;
        _kept = new SpooledStream();
        byte[] row = new byte[format.RowBytes];
        for (; _rows < format.Height && !IsTransparent; _rows++)
        {
            cancellation.ThrowIfCancellationRequested();
            source(row);
            _kept.Write(row);
            IsTransparent = HasTransparent(format, row);
        }
        _kept.Position = 0;
    }

    /// <summary>Whether any pixel is.</summary>
    public bool IsTransparent { get; }

    /// <summary>The next row.</summary>
    public void Read(Span<byte> row)
    {
        if (_given++ < _rows) _kept!.ReadExactly(row);
        else _source(row);
    }

    public void Dispose() => _kept?.Dispose();

    private static bool HasTransparent(PictureFormat format, ReadOnlySpan<byte> row) => format.SampleType switch
    {
        SampleType.UInt8 => HasOther(row, format.Channels, byte.MaxValue),
        SampleType.UInt16 => HasOther(MemoryMarshal.Cast<byte, ushort>(row), format.Channels, ushort.MaxValue),
        _ => HasOther(MemoryMarshal.Cast<byte, float>(row), format.Channels, 1f),
    };

    private static bool HasOther<T>(ReadOnlySpan<T> samples, int channels, T full) where T : IEquatable<T>
    {
        for (int i = channels - 1; i < samples.Length; i += channels)
            if (!samples[i].Equals(full)) return true;
        return false;
    }
}
