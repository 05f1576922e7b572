using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;

namespace Upstride.Imaging.Bmp;

/// <summary>What precedes a BMP file's pixels, checked: sizes, depth, compression, colour masks, palette.</summary>
/// <remarks>Header versions by their size: 12 (OS/2), 16 to 64 (OS/2 2.x), 40 (Windows 3), 52, 56, 108 and 124 with masks.</remarks>
internal sealed class BmpHeader
{
    /// <summary>A colour space type: the profile is in the file ('MBED').</summary>
    public const uint EmbeddedProfile = 0x4D424544;

    public const int Rgb = 0, Rle8 = 1, Rle4 = 2, BitFields = 3, AlphaBitFields = 6;

    public int Width { get; private init; }

    public int Height { get; private init; }

    public bool TopDown { get; private init; }

    public int BitDepth { get; private init; }

    public int Compression { get; private set; }

    /// <summary>The bits of red, green, blue and alpha in a pixel of 16 or 32 bits; no alpha: 0.</summary>
    public uint[] Masks { get; private set; } = [];

    /// <summary>RGB triples, for depths up to 8.</summary>
    public byte[] Palette { get; private set; } = [];

    public PictureFormat Format => new(Width, Height, Channels, SampleType.UInt8);

    /// <summary>Pixels in a metre; zeros where the file does not say.</summary>
    private (int X, int Y) Density { get; init; }

    /// <summary>Where an embedded colour profile is, from the file's first byte, and its length; zeros where there is none.</summary>
    private (long Start, long Length) Profile { get; init; }

    public int Channels => Masks is [_, _, _, > 0] ? 4 : 3;

    /// <summary>Bytes of a stored row: whole 32-bit words.</summary>
    public long StoredRowBytes => ((long)Width * BitDepth + 31) / 32 * 4;

    /// <summary>Reads everything up to the first byte of pixels.</summary>
    public static BmpHeader Read(ImageInput input)
    {
        Span<byte> file = stackalloc byte[18];
        input.ReadExactly(file, "the BMP file header");
        uint pixelsAt = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]);
        if (size is not (12 or (>= 16 and <= 124)))
            throw input.Fault($"its BMP header says it is {size} bytes long; 12, 40, 52, 56, 64, 108 and 124 are known");
        Span<byte> info = stackalloc byte[124]; // what a shorter header leaves out is zero
        info.Clear();
        input.ReadExactly(info[4..(int)size], "the BMP picture header");
        BmpHeader header = Parse(info, size, input);
        input.CheckSize(header.Width, header.Height, header.Channels, SampleType.UInt8);
        long position = 14 + size;
        position += header.ReadMasks(info, size, input);
        position += header.ReadPalette(info, size, position, pixelsAt, input);
        if (pixelsAt < position)
            throw input.Fault($"its pixels are said to start at byte {pixelsAt}, inside the headers, which end at {position}");
        input.Skip(pixelsAt - position, "the gap before the pixels");
        return header;
    }

    private static BmpHeader Parse(ReadOnlySpan<byte> info, uint size, ImageInput input)
    {
        bool old = size == 12;
        int width = old ? BinaryPrimitives.ReadUInt16LittleEndian(info[4..]) : BinaryPrimitives.ReadInt32LittleEndian(info[4..]);
        long height = old ? BinaryPrimitives.ReadUInt16LittleEndian(info[6..]) : BinaryPrimitives.ReadInt32LittleEndian(info[8..]);
        int depth = BinaryPrimitives.ReadUInt16LittleEndian(info[(old ? 10 : 14)..]);
        uint compression = old ? Rgb : BinaryPrimitives.ReadUInt32LittleEndian(info[16..]);
        bool legal = compression switch
        {
            Rgb => depth is 1 or 4 or 8 or 16 or 24 or 32,
            Rle8 => depth is 8,
            Rle4 => depth is 4,
            BitFields or AlphaBitFields => depth is 16 or 32,
            _ => throw input.Fault($"BMP compression {compression} is not supported; 0 to 3 and 6 are"),
        };
        if (!legal) throw input.Fault($"BMP compression {compression} does not go with {depth} bits a pixel");
        if (height < 0 && compression is Rle8 or Rle4)
            throw input.Fault("run-length compression does not go with rows from the top (negative height)");
        input.CheckSize(width, Math.Abs(height), 3, SampleType.UInt8);
        uint Word(ReadOnlySpan<byte> header, int at) => BinaryPrimitives.ReadUInt32LittleEndian(header[at..]);
        return new BmpHeader
        {
            Width = width, Height = (int)Math.Abs(height), TopDown = height < 0, BitDepth = depth, Compression = (int)compression,
            Density = old ? (0, 0) : ((int)Word(info, 24), (int)Word(info, 28)),
            Profile = size == 124 && Word(info, 56) == EmbeddedProfile ? (14L + Word(info, 112), Word(info, 116)) : (0, 0),
        };
    }

    /// <summary>Density and colour profile, where they are given and can be read.</summary>
    public ImageMetadata ReadMetadata(ImageInput input)
    {
        var density = new PixelDensity(Density.X, Density.Y);
        ImageMetadata metadata = new() { Density = density.IsUsable ? density : null };
        if (Profile.Length == 0 || Profile.Length > input.Settings.MaxMetadataBytes || !input.CanSeek || Profile.Start
            + Profile.Length > input.Length) return metadata;
        var profile = new byte[Profile.Length];
        input.Seek(Profile.Start);
        input.ReadExactly(profile, "the colour profile");
        return metadata with { IccProfile = ImmutableArray.Create(profile) };
    }

    private int ReadMasks(ReadOnlySpan<byte> info, uint size, ImageInput input)
    {
        if (BitDepth is not (16 or 32)) return 0;
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        int after = 0; // masks that follow a header too short to hold them
        if (Compression is Rgb)
            Masks = BitDepth == 16 ? [0x7C00, 0x03E0, 0x001F, 0] : [0xFF0000, 0x00FF00, 0x0000FF, 0];
        else
        {
            if (size >= 52) info[40..56].CopyTo(bytes);
            else input.ReadExactly(bytes[..(after = Compression is AlphaBitFields ? 16 : 12)], "the colour masks");
            Masks = new uint[4];
            for (int c = 0; c < 4; c++) Masks[c] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * c)..]);
        }
        for (int c = 0; c < 4; c++)
        {
            uint mask = Masks[c], run = mask == 0 ? 0 : mask >> BitOperations.TrailingZeroCount(mask);
            if ((run & (run + 1)) != 0) throw input.Fault($"its colour mask 0x{mask:X8} is not one run of bits");
            if (BitDepth == 16 && mask > ushort.MaxValue) throw input.Fault($"its colour mask 0x{mask:X8} is wider than 16 bits");
        }
        return after;
    }

    private int ReadPalette(ReadOnlySpan<byte> info, uint size, long position, uint pixelsAt, ImageInput input)
    {
        if (BitDepth > 8) return 0; // a palette there is only a suggestion, and lies in the gap
        int entryBytes = size == 12 ? 3 : 4, most = 1 << BitDepth;
        uint count = size == 12 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(info[32..]);
        // Old files leave the count out and cut the palette short, or count more than the depth can name.
        if (count == 0 || count > most) count = (uint)Math.Clamp((pixelsAt - position) / entryBytes, 0, most);
        byte[] bytes = new byte[count * entryBytes];
        input.ReadExactly(bytes, "the palette");
        Palette = new byte[count * 3];
        for (int i = 0; i < count; i++)
            (Palette[3 * i], Palette[3 * i + 1], Palette[3 * i + 2]) =
                (bytes[i * entryBytes + 2], bytes[i * entryBytes + 1], bytes[i * entryBytes]);
        return bytes.Length;
    }
}
