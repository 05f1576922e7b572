using System.Buffers.Binary;

namespace Upstride.Imaging;

/// <summary>Writes PNG chunks; as a stream it takes compressed image data and cuts it into IDAT chunks.</summary>
internal sealed class PngChunkWriter(Stream stream) : Stream
{
    private readonly byte[] pending = new byte[1 << 16];
    private int count;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

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

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            int step = Math.Min(buffer.Length, pending.Length - count);
            buffer[..step].CopyTo(pending.AsSpan(count));
            count += step;
            buffer = buffer[step..];
            if (count == pending.Length) EndImageData();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Writes what is held back as a last IDAT chunk.</summary>
    public void EndImageData()
    {
        if (count > 0) Write("IDAT"u8, pending.AsSpan(0, count));
        count = 0;
    }

    // The compressor's flushes must not make small chunks.
    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
