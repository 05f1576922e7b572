using System.Buffers.Binary;

namespace Upstride.Imaging.Png;

/// <summary>Writes PNG chunks; as a stream it takes compressed image data and cuts it into IDAT chunks, or for a further frame of an
/// animation into fdAT chunks.</summary>
internal sealed class PngChunkWriter(Stream stream) : Stream
{
    private readonly byte[] _pending = new byte[1 << 16];
    private int _count;
    private int _head;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The number that the next fcTL or fdAT chunk has.</summary>
    public int SequenceNumber { get; private set; }

    public void Write(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        stream.Write(word);
        stream.Write(type);
        stream.Write(data);
        var crc = new Crc32();
        crc.Add(type);
        crc.Add(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, crc.Value);
        stream.Write(word);
    }

    /// <summary>Begins a frame of an animation.</summary>
    /// <param name="width">Columns of the canvas.</param>
    /// <param name="height">Rows of the canvas.</param>
    /// <param name="delay">How long it is shown.</param>
    /// <param name="isFirst">Whether it is also the still image.</param>
    public void StartFrame(int width, int height, TimeSpan delay, bool isFirst)
    {
        Write("fcTL"u8, PngFrame.Whole(SequenceNumber++, width, height, delay));
        (_head, _count) = isFirst ? (0, 0) : (4, 4);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            int step = Math.Min(buffer.Length, _pending.Length - _count);
            buffer[..step].CopyTo(_pending.AsSpan(_count));
            _count += step;
            buffer = buffer[step..];
            if (_count == _pending.Length) EndImageData();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Writes what is held back as a last chunk of image data.</summary>
    public void EndImageData()
    {
        if (_count > _head)
        {
            if (_head > 0) BinaryPrimitives.WriteInt32BigEndian(_pending, SequenceNumber++);
            Write(_head > 0 ? "fdAT"u8 : "IDAT"u8, _pending.AsSpan(0, _count));
        }
        _count = _head;
    }

    // The compressor's flushes must not make small chunks.
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
