using System.Buffers.Binary;
using System.Text;

namespace Upstride.Cli.Commands.Videos;

/// <summary>Writes frames with their times as an uncompressed Matroska stream (RFC 9559), which ffmpeg reads from a pipe: y4m has no
/// times.</summary>
internal sealed class MatroskaFrames
{
    private const uint Ebml = 0x1A45DFA3, DocType = 0x4282, DocTypeVersion = 0x4287, DocTypeReadVersion = 0x4285, Segment = 0x18538067,
        Info = 0x1549A966, TimestampScale = 0x2AD7B1, MuxingApp = 0x4D80, WritingApp = 0x5741, Tracks = 0x1654AE6B, TrackEntry = 0xAE,
        TrackNumber = 0xD7, TrackUid = 0x73C5, TrackType = 0x83, CodecId = 0x86, DefaultDuration = 0x23E383, Video = 0xE0,
        PixelWidth = 0xB0, PixelHeight = 0xBA, ColourSpace = 0x2EB524, Cluster = 0x1F43B675, Timestamp = 0xE7, SimpleBlock = 0xA3;

    // Nanoseconds of a unit of time: a thousandth of what containers count, so that rounding back finds every time again.
    private const int UnitNanoseconds = 1000;

    private readonly Stream _stream;

    public MatroskaFrames(Stream stream, Y4mHeader header)
    {
        _stream = stream;
        byte[] video =
        [
            .. Element(PixelWidth, Number(header.Width)), .. Element(PixelHeight, Number(header.Height)),
            .. Element(ColourSpace, FourCc(header)),
        ];
        byte[] track =
        [
            .. Element(TrackNumber, Number(1)), .. Element(TrackUid, Number(1)), .. Element(TrackType, Number(1)),
            .. Element(DefaultDuration, Number(1_000_000_000L * header.Rate.Denominator / header.Rate.Numerator)),
            .. Element(CodecId, "V_UNCOMPRESSED"u8), .. Element(Video, video),
        ];
        _stream.Write(Element(Ebml, [.. Element(DocType, "matroska"u8), .. Element(DocTypeVersion, Number(4)),
            .. Element(DocTypeReadVersion, Number(2))]));
        _stream.Write([.. Id(Segment), 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]); // of unknown length
        _stream.Write(Element(Info, [.. Element(TimestampScale, Number(UnitNanoseconds)), .. Element(MuxingApp, "upstride"u8),
            .. Element(WritingApp, "upstride"u8)]));
        _stream.Write(Element(Tracks, Element(TrackEntry, track)));
    }

    /// <summary>Writes a frame.</summary>
    /// <param name="frame">Its planes.</param>
    /// <param name="microseconds">When it is shown.</param>
    public void Write(ReadOnlySpan<byte> frame, long microseconds)
    {
        byte[] time = Element(Timestamp, Number(microseconds));
        byte[] block = [.. Id(SimpleBlock), .. Length(4 + frame.Length), 0x81, 0, 0, 0x80];
        _stream.Write([.. Id(Cluster), .. Length(time.Length + (long)block.Length + frame.Length), .. time, .. block]);
        _stream.Write(frame);
    }

    // The names by which ffmpeg knows planes.
    private static byte[] FourCc(Y4mHeader header)
    {
        if (header.Step is not { } step) return header.Bits > 8 ? [(byte)'Y', (byte)'1', 0, (byte)header.Bits] : "Y800"u8.ToArray();
        byte kind = (byte)(step switch { (2, 2) => 11, (2, 1) => 10, _ => 0 });
        return header.Bits > 8 ? [(byte)'Y', (byte)'3', kind, (byte)header.Bits]
            : Encoding.ASCII.GetBytes(step switch { (2, 2) => "I420", (2, 1) => "Y42B", (4, 1) => "Y41B", _ => "444P" });
    }

    private static byte[] Element(uint id, ReadOnlySpan<byte> content) => [.. Id(id), .. Length(content.Length), .. content];

    private static byte[] Id(uint id)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, id);
        return bytes[Array.FindIndex(bytes, static value => value != 0)..];
    }

    // In eight bytes, whose first tells so.
    private static byte[] Length(long length)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, length | (1L << 56));
        return bytes;
    }

    private static byte[] Number(long number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
