using System.Buffers.Binary;

namespace Upstride.Imaging.Jpeg;

/// <summary>Puts metadata at the head of a JPEG file that an encoder has begun with its own JFIF segment.</summary>
internal static class JpegContainer
{
    // Start mark and a JFIF segment without a thumbnail.
    private const int HeadBytes = 20;
    private const int MaxSegment = 65_533;

    /// <summary>The most bytes of a part of a profile, of EXIF data and of an XMP packet: a segment less its name.</summary>
    public const int MaxProfilePart = MaxSegment - 14, MaxExif = MaxSegment - 6, MaxXmp = MaxSegment - 29;


    /// <summary>Writes a file.</summary>
    /// <param name="stream">Where it goes.</param>
    /// <param name="metadata">Its metadata, none of it longer than the limits here.</param>
    /// <param name="encode">Writes a whole JPEG file without metadata.</param>
    public static void Write(Stream stream, ImageMetadata metadata, Action<Stream> encode)
    {
        stream.Write([0xFF, 0xD8]);
        WriteSegment(stream, 0xE0, [.. "JFIF\0"u8, 1, 1, .. Density(metadata.Density), 0, 0]);
        if (!metadata.Exif.IsEmpty) WriteSegment(stream, 0xE1, [.. "Exif\0\0"u8, .. metadata.Exif]);
        if (!metadata.Xmp.IsEmpty) WriteSegment(stream, 0xE1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. metadata.Xmp]);
        byte[] profile = [.. metadata.IccProfile];
        int parts = (profile.Length + MaxProfilePart - 1) / MaxProfilePart;
        for (int part = 0; part < parts; part++)
        {
            ReadOnlySpan<byte> bytes = profile.AsSpan(part * MaxProfilePart,
                Math.Min(MaxProfilePart, profile.Length - part * MaxProfilePart));
            WriteSegment(stream, 0xE2, [.. "ICC_PROFILE\0"u8, (byte)(part + 1), (byte)parts, .. bytes]);
        }
        encode(new HeadlessStream(stream, HeadBytes));
    }

    private static byte[] Density(PixelDensity? density)
    {
        (int unit, double x, double y) = density switch
        {
            null => (0, 1, 1),
            { IsPerMetre: true } told => (1, told.X * PixelDensity.MetresPerInch, told.Y * PixelDensity.MetresPerInch),
            { } told => (0, told.X, told.Y),
        };
        var bytes = new byte[5];
        bytes[0] = (byte)unit;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(1), (ushort)Math.Clamp(Math.Round(x), 1, ushort.MaxValue));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(3), (ushort)Math.Clamp(Math.Round(y), 1, ushort.MaxValue));
        return bytes;
    }

    private static void WriteSegment(Stream stream, byte marker, byte[] data)
    {
        Span<byte> head = [0xFF, marker, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)(data.Length + 2));
        stream.Write(head);
        stream.Write(data);
    }

    /// <summary>Passes on all but the first bytes.</summary>
    private sealed class HeadlessStream(Stream stream, int head) : Stream
    {
        private int _left = head;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            int skipped = Math.Min(_left, buffer.Length);
            _left -= skipped;
            stream.Write(buffer[skipped..]);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void WriteByte(byte value) => Write([value]);

        public override void Flush() => stream.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
