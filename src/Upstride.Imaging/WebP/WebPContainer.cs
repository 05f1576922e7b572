using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Upstride.Imaging.WebP;

/// <summary>Puts metadata into a WebP file (RFC 9649, 2.7): the chunks of its picture between VP8X, the profile, EXIF data and
/// XMP.</summary>
internal static class WebPContainer
{
    private const int Profile = 32, Alpha = 16, Exif = 8, Xmp = 4;

    /// <summary>Writes a file.</summary>
    /// <param name="stream">Where it goes.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="hasAlpha">Whether the picture has an alpha channel.</param>
    /// <param name="encode">Writes a whole WebP file without metadata.</param>
    public static void Write(Stream stream, ImageMetadata metadata, int width, int height, bool hasAlpha, Action<Stream> encode)
    {
        using var encoded = new MemoryStream();
        encode(encoded);
        ReadOnlySpan<byte> file = encoded.GetBuffer().AsSpan(0, (int)encoded.Length);
        if (metadata.IccProfile.IsEmpty && metadata.Exif.IsEmpty && metadata.Xmp.IsEmpty)
        {
            stream.Write(file);
            return;
        }
        ReadOnlySpan<byte> chunks = file[12..];
        if (chunks.StartsWith("VP8X"u8)) chunks = chunks[18..];
        long length = 4 + 18 + Padded(chunks.Length) + Bytes(metadata.IccProfile) + Bytes(metadata.Exif) + Bytes(metadata.Xmp);
        Span<byte> head = stackalloc byte[30];
        head.Clear();
        "RIFF"u8.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], checked((uint)length));
        "WEBPVP8X"u8.CopyTo(head[8..]);
        head[16] = 10;
        head[20] = (byte)((metadata.IccProfile.IsEmpty ? 0 : Profile) | (hasAlpha ? Alpha : 0) | (metadata.Exif.IsEmpty ? 0 : Exif) | (
            metadata.Xmp.IsEmpty ? 0 : Xmp));
        Put24(head[24..], width - 1);
        Put24(head[27..], height - 1);
        stream.Write(head);
        WriteChunk(stream, "ICCP"u8, metadata.IccProfile);
        stream.Write(chunks);
        if (chunks.Length % 2 == 1) stream.WriteByte(0);
        WriteChunk(stream, "EXIF"u8, metadata.Exif);
        WriteChunk(stream, "XMP "u8, metadata.Xmp);
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ImmutableArray<byte> data)
    {
        if (data.IsEmpty) return;
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        stream.Write(type);
        stream.Write(length);
        stream.Write(data.AsSpan());
        if (data.Length % 2 == 1) stream.WriteByte(0);
    }

    private static long Bytes(ImmutableArray<byte> data) => data.IsEmpty ? 0 : 8 + Padded(data.Length);

    private static long Padded(int length) => (long)length + (length & 1);

    private static void Put24(Span<byte> place, int value) => (place[0], place[1], place[2]) =
        ((byte)value, (byte)(value >> 8), (byte)(value >> 16));
}
