using System.Buffers.Binary;
using SixLabors.ImageSharp.Formats.Tga;

namespace Upstride.Imaging.Codecs;

/// <summary>Reads TGA files, which have no signature: the first 18 bytes must make sense as a head.</summary>
internal static class TgaPicture
{
    private const int HeadBytes = 18;

    public static bool IsHead(ReadOnlySpan<byte> head) =>
        head.Length >= HeadBytes
        && head[1] is 0 or 1
        && (head[2], head[16]) is (1 or 9, 8 or 16) or (2 or 10, 16 or 24 or 32) or (3 or 11, 8)
        && head[1] == (head[2] is 1 or 9 ? 1 : head[1])
        && BinaryPrimitives.ReadUInt16LittleEndian(head[12..]) > 0 && BinaryPrimitives.ReadUInt16LittleEndian(head[14..]) > 0
        && (head[17] & 15) <= 8 && (head[17] & 0xC0) == 0;

    public static PictureDecoder Open(ImageInput input, CancellationToken cancellationToken)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        input.ReadExactly(head, "the TGA header");
        int width = BinaryPrimitives.ReadUInt16LittleEndian(head[12..]), height = BinaryPrimitives.ReadUInt16LittleEndian(head[14..]);
        bool isPacked = head[2] >= 9;
        int channels = head[2] is 3 or 11 ? 1 : head[16] == 32 && (head[17] & 15) > 0 ? 4 : 3;
        input.CheckSize(width, height, channels, SampleType.UInt8);
        long tableBytes = head[1] == 0 ? 0 : ((long)BinaryPrimitives.ReadUInt16LittleEndian(head[5..]) * head[7] + 7) / 8;
        long pixels = (long)width * height, pixelBytes = head[16] / 8;

        input.Require(head[0] + tableBytes + (isPacked ? 0 : pixels * pixelBytes), $"{width} x {height} pixels");
        if (isPacked) CheckPackets(input, head[0] + tableBytes, pixels, pixelBytes);
        var picture = new DecodedPicture(ImageFileFormat.Tga, new(width, height, channels, SampleType.UInt8), ImageMetadata.Empty, []);
        return ImageSharpCodec.Decode(new TgaDecoder(), input, picture, cancellationToken);
    }

    // The decoder makes up what a truncated file lacks. A packet is a byte, which tells 1 to 128 pixels, and one pixel for all or one for
    // each.
    private static void CheckPackets(ImageInput input, long before, long pixels, long pixelBytes)
    {
        input.Skip(before, "what precedes the TGA pixels");
        while (pixels > 0)
        {
            int packet = input.ReadByte();
            if (packet < 0) throw input.Fault($"truncated: its TGA data ends {pixels} pixels early");
            int count = (packet & 127) + 1;
            input.Skip((packet & 128) != 0 ? pixelBytes : count * pixelBytes, "a packet of TGA pixels");
            pixels -= count;
        }
    }
}
