using System.Buffers.Binary;
using System.Collections.Immutable;
using Upstride.Imaging.Profiles;

namespace Upstride.Imaging.WebP;

/// <summary>What a WebP file's chunks say (RFC 9649): size, alpha, whether it moves, metadata.</summary>
internal sealed class WebPHeader
{
    public int Width { get; private set; }

    public int Height { get; private set; }

    public bool HasAlpha { get; private set; }

    public ImageMetadata Metadata { get; private set; } = ImageMetadata.Empty;

    public SortedSet<string> Remarks { get; } = new(StringComparer.Ordinal);

    public static WebPHeader Read(ImageInput input)
    {
        Span<byte> riff = stackalloc byte[12];
        input.ReadExactly(riff, "the WebP header");
        long end = 8L + BinaryPrimitives.ReadUInt32LittleEndian(riff[4..]);
        input.Require(end - input.Position, "its RIFF chunk");
        var header = new WebPHeader();
        Span<byte> head = stackalloc byte[8];
        while (end - input.Position >= 8)
        {
            input.ReadExactly(head, "the head of a WebP chunk");
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            long next = input.Position + length + (length & 1);
            if (input.Position + length > end) throw input.Fault($"truncated: a WebP chunk of {length} bytes leaves the file");
            header.ReadChunk(System.Text.Encoding.ASCII.GetString(head[..4]), (int)Math.Min(length, int.MaxValue), input);
            input.Skip(Math.Min(next, end) - input.Position, "a WebP chunk");
        }
        if (header.Width == 0) throw input.Fault("its WebP data holds no picture");
        input.CheckSize(header.Width, header.Height, header.HasAlpha ? 4 : 3, SampleType.UInt8);
        header.Metadata = header.Metadata with { Density = ExifData.Density(header.Metadata.Exif) };
        return header;
    }

    private void ReadChunk(string type, int length, ImageInput input)
    {
        ReadOnlySpan<byte> start = input.Peek(Math.Min(length, 10));
        switch (type)
        {
            case "VP8X" when length >= 10:
                if ((start[0] & 2) != 0)
                    throw input.Fault("it is an animated WebP picture, which cannot be read here: convert it to GIF or APNG");
                HasAlpha |= (start[0] & 16) != 0;
                SetSize(1 + UInt24(start[4..]), 1 + UInt24(start[7..]), input);
                break;
            case "VP8 " when length >= 10:
                SetSize(BinaryPrimitives.ReadUInt16LittleEndian(start[6..]) & 0x3FFF,
                    BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) & 0x3FFF, input);
                break;
            case "VP8L" when length >= 5:
                uint bits = BinaryPrimitives.ReadUInt32LittleEndian(start[1..]);
                HasAlpha |= (bits >> 28 & 1) != 0;
                SetSize((int)(bits & 0x3FFF) + 1, (int)(bits >> 14 & 0x3FFF) + 1, input);
                break;
            case "ALPH":
                HasAlpha = true;
                break;
            case "ANIM" or "ANMF":
                throw input.Fault("it is an animated WebP picture, which cannot be read here: convert it to GIF or APNG");
            case "ICCP":
                Metadata = Metadata with { IccProfile = Data(length, input, "a colour profile") };
                break;
            case "EXIF":
                // Some writers put JPEG's name of the segment before the data.
                ImmutableArray<byte> exif = Data(length, input, "EXIF data");
                Metadata = Metadata with { Exif = exif.AsSpan().StartsWith("Exif\0\0"u8) ? exif[6..] : exif };
                break;
            case "XMP ":
                Metadata = Metadata with { Xmp = Data(length, input, "an XMP packet") };
                break;
        }
    }

    // The canvas of an extended file, which one still picture fills, and the picture's own.
    private void SetSize(int width, int height, ImageInput input)
    {
        if (Width == 0) (Width, Height) = (width, height);
        if ((Width, Height) != (width, height))
            throw input.Fault($"one of its WebP chunks is of {width}x{height} pixels, and one before it of {Width}x{Height}");
    }

    private ImmutableArray<byte> Data(int length, ImageInput input, string what)
    {
        if (length > input.Settings.MaxMetadataBytes)
        {
            Remarks.Add($"{what} of {length} bytes");
            return [];
        }
        var data = new byte[length];
        input.ReadExactly(data, what);
        return ImmutableArray.Create(data);
    }

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | bytes[1] << 8 | bytes[2] << 16;
}
