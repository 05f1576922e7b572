using System.Buffers.Binary;

namespace Upstride.Imaging.Tiff;

/// <summary>Reads directories of TIFF files (also those with places of 64 bits, BigTIFF) and of EXIF data. Whatever a file claims, no more
/// than the limit is held, and what cannot be read is passed over.</summary>
internal sealed class TiffDirectoryReader
{
    private const int MaxFields = 4096;
    private const int MaxDepth = 3;

    private readonly Stream _stream;
    private readonly long _origin;
    private readonly bool _bigEndian;
    private readonly bool _isBig;
    private long _budget;

    private TiffDirectoryReader(Stream stream, long origin, bool bigEndian, bool isBig, long budget) =>
        (_stream, _origin, _bigEndian, _isBig, _budget) = (stream, origin, bigEndian, isBig, budget);

    /// <summary>The first directory's place.</summary>
    public long First { get; private init; }

    public bool IsBigTiff => _isBig;

    /// <summary>Reads the header at the stream's position; null where it is none.</summary>
    /// <param name="stream">Must be able to seek.</param>
    /// <param name="budget">The most bytes of values that are held.</param>
    public static TiffDirectoryReader? Open(Stream stream, long budget)
    {
        long origin = stream.Position;
        Span<byte> header = stackalloc byte[16];
        int got = stream.ReadAtLeast(header, 16, throwOnEndOfStream: false);
        if (got < 8 || !(header[..2].SequenceEqual("II"u8) || header[..2].SequenceEqual("MM"u8))) return null;
        bool bigEndian = header[0] == 'M';
        int version = bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(header[2..]) : BinaryPrimitives.ReadUInt16LittleEndian(header[2..]);
        if (version is not (42 or 43) || (version == 43 && got < 16)) return null;
        var reader = new TiffDirectoryReader(stream, origin, bigEndian, version == 43, budget);
        return new(stream, origin, bigEndian, version == 43, budget) { First = version == 43 ? reader.Number(header[8..16])
            : reader.Number(header[4..8]) };
    }

    /// <summary>The directory at a place, and where the next one is; null where there is none.</summary>
    public (TiffDirectory Directory, long Next)? Read(long place, int depth = 0)
    {
        Span<byte> count = stackalloc byte[_isBig ? 8 : 2];
        if (place <= 0 || depth > MaxDepth || !TryRead(place, count)) return null;
        long fields = Number(count);
        if (fields is < 1 or > MaxFields) return null;
        int entryBytes = _isBig ? 20 : 12, placeBytes = _isBig ? 8 : 4;
        var entries = new byte[fields * entryBytes + placeBytes];
        long start = place + count.Length;
        bool hasNext = TryRead(start, entries);
        if (!hasNext && !TryRead(start, entries.AsSpan(0, entries.Length - placeBytes))) return null;
        var directory = new TiffDirectory(_bigEndian);
        var seen = new HashSet<ushort>();
        for (int i = 0; i < fields; i++)
        {
            Span<byte> entry = entries.AsSpan(i * entryBytes, entryBytes);
            if (!seen.Add((ushort)Number(entry[..2]))) directory.Repeated ??= (ushort)Number(entry[..2]);
            if (ReadField(entry, depth) is { } field) directory.Fields[field.Tag] = field;
        }
        return (directory, hasNext ? Number(entries.AsSpan(entries.Length - placeBytes)) : 0);
    }

    private TiffField? ReadField(ReadOnlySpan<byte> entry, int depth)
    {
        ushort tag = (ushort)Number(entry[..2]), type = (ushort)Number(entry[2..4]);
        long count = Number(_isBig ? entry[4..12] : entry[4..8]);
        ReadOnlySpan<byte> value = _isBig ? entry[12..] : entry[8..];
        int size = TiffDirectory.BytesOf(type);
        if (size == 0 || count < 0 || count > _budget / size) return null;
        bool isInline = count * size <= value.Length;
        if (!isInline && !IsInside(Number(value), count * size)) return null;
        var data = new byte[count * size];
        if (isInline) value[..data.Length].CopyTo(data);
        else if (!TryRead(Number(value), data)) return null;
        _budget -= data.Length;
        if (!TiffTag.IsDirectory(tag)) return new(tag, type, (uint)count, data);
        return Read(Number(data), depth + 1) is { } child ? new(tag, TiffDirectory.Long, 1, [], child.Directory) : null;
    }

    private bool TryRead(long place, Span<byte> destination)
    {
        if (!IsInside(place, destination.Length)) return false;
        _stream.Position = _origin + place;
        _stream.ReadExactly(destination);
        return true;
    }

    private bool IsInside(long place, long length) => place >= 0 && place <= _stream.Length - _origin - length;

    private long Number(ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        for (int i = 0; i < bytes.Length; i++) number = (number << 8) | bytes[_bigEndian ? i : bytes.Length - 1 - i];
        return (long)Math.Min(number, long.MaxValue);
    }
}
