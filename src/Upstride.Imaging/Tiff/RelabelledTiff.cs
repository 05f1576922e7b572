using System.Buffers.Binary;
using Upstride.Imaging.Codecs;

namespace Upstride.Imaging.Tiff;

/// <summary>A TIFF file whose data is another's and whose one directory is given: it lies behind the data, and the header points to
/// it.</summary>
internal sealed class RelabelledTiff : Stream
{
    private const int HeaderBytes = 8;

    private readonly Stream _data;
    private readonly long _origin;
    private readonly long _dataEnd;
    private readonly byte[] _header = new byte[HeaderBytes];
    private readonly byte[] _directory;

    /// <param name="data">Must be able to seek; its position is at the file's first byte. It stays open.</param>
    /// <param name="page">With places of strips in the data.</param>
    /// <exception cref="NotDecodedException">The data is too long for places of 32 bits.</exception>
    public RelabelledTiff(Stream data, TiffDirectory page)
    {
        (_data, _origin) = (data, data.Position);

        // Directories begin at even places.
        _dataEnd = (data.Length - _origin + 1) / 2 * 2;
        if (_dataEnd > uint.MaxValue - (1 << 26))
            throw new NotDecodedException(
                $"it is a TIFF picture of {data.Length - _origin} bytes; in tiles or planes they are read up to 4 GB");
        _directory = page.ToBytes((uint)_dataEnd);
        (page.BigEndian ? "MM\0*"u8 : "II*\0"u8).CopyTo(_header);
        if (page.BigEndian) BinaryPrimitives.WriteUInt32BigEndian(_header.AsSpan(4), (uint)_dataEnd);
        else BinaryPrimitives.WriteUInt32LittleEndian(_header.AsSpan(4), (uint)_dataEnd);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _dataEnd + _directory.Length;

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        int got;
        if (Position < HeaderBytes) got = Copy(_header, Position, buffer);
        else if (Position >= _dataEnd) got = Copy(_directory, Position - _dataEnd, buffer);
        else
        {
            _data.Position = _origin + Position;
            Span<byte> wanted = buffer[..(int)Math.Min(buffer.Length, _dataEnd - Position)];
            got = _data.Read(wanted);

            // The byte of filling before the directory.
            if (got == 0 && wanted.Length > 0) wanted[got++] = 0;
        }
        Position += got;
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = offset + origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => Position, _ => Length };

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    private static int Copy(byte[] source, long from, Span<byte> buffer)
    {
        int count = (int)Math.Clamp(source.Length - from, 0, buffer.Length);
        if (count > 0) source.AsSpan((int)from, count).CopyTo(buffer);
        return count;
    }
}
