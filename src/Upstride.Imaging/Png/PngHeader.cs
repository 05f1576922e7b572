using System.Buffers.Binary;

namespace Upstride.Imaging.Png;

/// <summary>What precedes a PNG file's pixels: IHDR, the palette and the transparent colour, checked against each other.</summary>
/// <remarks>Colour types: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA (PNG specification, third edition, 11.2.1).</remarks>
internal sealed class PngHeader
{
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private PngHeader(byte[] ihdr)
    {
        StoredWidth = BinaryPrimitives.ReadUInt32BigEndian(ihdr);
        StoredHeight = BinaryPrimitives.ReadUInt32BigEndian(ihdr.AsSpan(4));
        (BitDepth, ColorType, Interlaced) = (ihdr[8], ihdr[9], ihdr[12] == 1);
    }

    public int Width => (int)StoredWidth;

    public int Height => (int)StoredHeight;

    public int BitDepth { get; }

    public int ColorType { get; }

    public bool Interlaced { get; }

    /// <summary>RGB triples; empty unless ColorType is 3 (elsewhere a palette is only a suggestion).</summary>
    public byte[] Palette { get; private set; } = [];

    /// <summary>tRNS: alphas of palette entries, or one 16-bit colour that is transparent.</summary>
    public byte[]? Transparency { get; private set; }

    public SampleType SampleType => BitDepth == 16 ? SampleType.UInt16 : SampleType.UInt8;

    /// <summary>Channels of the decoded picture: a palette becomes RGB, a tRNS chunk an alpha channel.</summary>
    public int Channels => (ColorType == 3 ? 3 : StoredChannels) + (Transparency is null ? 0 : 1);

    public PictureFormat Format => new(Width, Height, Channels, SampleType);

    /// <summary>The frame of an animation that the image data is; null where it is none.</summary>
    public PngFrame? FirstFrame { get; private set; }

    public int StoredChannels => ColorType switch { 0 or 3 => 1, 4 => 2, 2 => 3, _ => 4 };

    /// <summary>The distance that filters reach back: bytes of a whole pixel, at least 1.</summary>
    public int FilterDistance => Math.Max(1, StoredChannels * BitDepth / 8);

    private uint StoredWidth { get; }

    private uint StoredHeight { get; }

    /// <summary>Bytes of a stored row of <paramref name="width"/> pixels without its filter byte.</summary>
    public long StoredRowBytes(int width) => ((long)width * StoredChannels * BitDepth + 7) / 8;

    /// <summary>Reads from the signature up to the head of the first IDAT chunk.</summary>
    public static PngHeader Read(PngChunkReader chunks, PngMetadataReader metadata)
    {
        ImageInput input = chunks.Input;
        Span<byte> signature = stackalloc byte[8];
        input.ReadExactly(signature, "the PNG signature");
        if (!signature.SequenceEqual(Signature))
            throw input.Fault($"its PNG signature is 0x{Convert.ToHexString(signature)}, not 0x{Convert.ToHexString(Signature)}: "
                + "damaged, perhaps by a transfer as text");
        chunks.Next();
        if (chunks.Type is not "IHDR") throw input.Fault($"the first chunk is {chunks.Type}, not IHDR");
        byte[] ihdr = chunks.ReadAll(13, 13);
        chunks.End();
        var header = new PngHeader(ihdr);
        header.CheckForm(input, ihdr);
        for (chunks.Next(); chunks.Type is not "IDAT"; chunks.Next())
        {
            if (chunks.Type is "PLTE") header.ReadPalette(chunks);
            else if (chunks.Type is "tRNS") header.ReadTransparency(chunks);
            else if (chunks.Critical) throw input.Fault($"chunk {chunks.Type} precedes the image data; it is unknown or misplaced there");
            else if (chunks.Type is "fcTL") metadata.Note(header.FirstFrame = PngFrame.Read(chunks, header), header);
            else metadata.Read(chunks);
            chunks.End();
        }
        if (header is { ColorType: 3, Palette.Length: 0 }) throw input.Fault("colour type 3 needs a PLTE chunk before the image data");
        header.CheckSize(input);
        return header;
    }

    private void CheckForm(ImageInput input, byte[] ihdr)
    {
        bool legal = ColorType switch
        {
            0 => BitDepth is 1 or 2 or 4 or 8 or 16,
            3 => BitDepth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => BitDepth is 8 or 16,
            _ => false,
        };
        if (!legal) throw input.Fault($"colour type {ColorType} with {BitDepth} bits a sample is not a form of PNG");
        if (ihdr[10] != 0) throw input.Fault($"compression method {ihdr[10]} is unknown; 0 is expected");
        if (ihdr[11] != 0) throw input.Fault($"filter method {ihdr[11]} is unknown; 0 is expected");
        if (ihdr[12] > 1) throw input.Fault($"interlace method {ihdr[12]} is unknown; 0 or 1 is expected");
        input.CheckSize(StoredWidth, StoredHeight, StoredChannels, SampleType);
    }

    private void ReadPalette(PngChunkReader chunks)
    {
        if (ColorType is 0 or 4) throw chunks.Input.Fault($"a PLTE chunk does not go with colour type {ColorType}");
        byte[] palette = chunks.ReadAll(3, 3 * 256);
        if (palette.Length % 3 != 0) throw chunks.Input.Fault($"its palette is {palette.Length} bytes long, not a multiple of 3");
        if (ColorType == 3) Palette = palette;
    }

    private void ReadTransparency(PngChunkReader chunks)
    {
        switch (ColorType)
        {
            case 0: Transparency = chunks.ReadAll(2, 2); break;
            case 2: Transparency = chunks.ReadAll(6, 6); break;
            case 3 when Palette.Length == 0: throw chunks.Input.Fault("its tRNS chunk precedes the palette");
            case 3: Transparency = chunks.ReadAll(0, Palette.Length / 3); break;
            default: throw chunks.Input.Fault($"a tRNS chunk does not go with colour type {ColorType}");
        }
    }

    // Deflate cannot do better than 1032 to 1 (a match of 258 bytes in 2 bits), so a short file that promises a large
    // picture is known to lie before any memory is set aside for it.
    private void CheckSize(ImageInput input)
    {
        input.CheckSize(Width, Height, Channels, SampleType);
        if (StoredRowBytes(Width) >= Array.MaxLength)
            throw input.Fault($"its rows of {StoredRowBytes(Width)} bytes are longer than one array can hold");
        if (input.Remaining is not { } left) return;
        long stored = 0;
        foreach (PngInterlacePass pass in PngInterlacePass.Of(Interlaced, Width, Height))
            stored += pass.Height * (1 + StoredRowBytes(pass.Width));
        if (stored / 1032 > left)
            throw input.Fault($"truncated, or its header lies: {Width} x {Height} pixels take {stored} bytes, and the {left} bytes left "
                + $"in the file hold at most {left * 1032}");
    }
}
