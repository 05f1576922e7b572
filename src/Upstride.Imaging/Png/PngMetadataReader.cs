using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Compression;

namespace Upstride.Imaging.Png;

/// <summary>Collects what PNG's ancillary chunks say (PNG specification, third edition, 11.3). A malformed one is left out with a remark,
/// and the picture is read all the same.</summary>
internal sealed class PngMetadataReader(ImageInput input)
{
    private const double Unit = 100_000;

    private bool _hasFrame;

    public ImageMetadata Metadata { get; private set; } = ImageMetadata.Empty;

    /// <summary>What an acTL chunk says; one frame where there is none.</summary>
    public ImageAnimation Animation { get; private set; } = new(1, 0);

    public bool IsAnimated { get; private set; }

    /// <summary>Whether frames leave parts of the canvas without a colour: known after the trailer has been read.</summary>
    public bool LeavesGaps { get; private set; }

    public SortedSet<string> Remarks { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads the current chunk, where it is one of those that are kept.</summary>
    public void Read(PngChunkReader chunks)
    {
        switch (chunks.Type)
        {
            case "gAMA":
                if (Data(chunks, 4) is { } gamma) Metadata = Metadata with { Gamma = UInt32(gamma, 0) / Unit };
                break;
            case "cHRM":
                if (Data(chunks, 32) is { } xy)
                    Metadata = Metadata with { Chromaticities = new(At(xy, 0), At(xy, 1), At(xy, 2), At(xy, 3), At(xy, 4), At(xy, 5),
                        At(xy, 6), At(xy, 7)) };
                break;
            case "sRGB":
                if (Data(chunks, 1) is { } intent) Metadata = Metadata with { SrgbIntent = intent[0] };
                break;
            case "cICP":
                if (Data(chunks, 4) is { } points) Metadata = Metadata with { Cicp = new(points[0], points[1], points[2], points[3]) };
                break;
            case "pHYs":
                if (Data(chunks, 9) is { } size && new PixelDensity(UInt32(size, 0), UInt32(size, 4),
                    size[8] == 1) is { IsUsable: true } density)
                    Metadata = Metadata with { Density = density };
                break;
            case "eXIf":
                if (Data(chunks) is { } exif) Metadata = Metadata with { Exif = ImmutableArray.Create(exif) };
                break;
            case "iCCP":
                if (Data(chunks) is { } profile) ReadProfile(profile);
                break;
            case "iTXt":
                if (Data(chunks) is { } text) ReadText(text);
                break;
            case "tEXt" or "zTXt":
                Remarks.Add("text comments");
                break;
            case "acTL":
                if (Data(chunks, 8) is { } control && UInt32(control, 0) is > 0 and <= int.MaxValue and var frames)
                    (Animation, IsAnimated) = (new((int)frames, (int)Math.Min(UInt32(control, 4), int.MaxValue)), true);
                break;
        }
    }

    /// <summary>Notes what a frame does to the canvas.</summary>
    public void Note(PngFrame frame, PngHeader header)
    {
        bool isPartial = frame.Width < header.Width || frame.Height < header.Height;
        LeavesGaps |= frame.Disposal == PngDisposal.Background || (!_hasFrame && (isPartial || frame.Disposal == PngDisposal.Previous));
        _hasFrame = true;
    }

    /// <summary>Collects what follows the image data, without reading that. The input must be able to seek; it is left where it
    /// was.</summary>
    public void ReadTrailer(PngChunkReader current, PngHeader header)
    {
        long here = input.Position, next = here + current.Length + 4;
        try
        {
            while (input.Length - next >= 12)
            {
                input.Seek(next);
                var chunks = new PngChunkReader(input);
                chunks.Next();
                if (chunks.Type is "eXIf" or "iTXt" or "tEXt" or "zTXt") Read(chunks);
                if (chunks.Type is "fcTL") Note(PngFrame.Read(chunks, header), header);
                if (chunks.Type is "IEND") break;
                next += 12L + chunks.Length;
            }
        }
        catch (ImageFormatException)
        {
            // Whoever reads the picture comes to the same fault, and tells it.
        }
        input.Seek(here);
    }

    private void ReadProfile(byte[] data)
    {
        int name = data.AsSpan().IndexOf((byte)0);
        if (name is < 0 or > 79 || name + 2 > data.Length || data[name + 1] != 0 || Inflate(data.AsSpan(name + 2)) is not { } profile)
            Remarks.Add("a colour profile that is damaged or too long");
        else Metadata = Metadata with { IccProfile = profile };
    }

    // Keyword, 0, whether compressed, method, language, 0, translated keyword, 0, text.
    private void ReadText(byte[] data)
    {
        ReadOnlySpan<byte> rest = data;
        if (!rest.StartsWith("XML:com.adobe.xmp\0"u8))
        {
            Remarks.Add("text comments");
            return;
        }
        rest = rest[18..];
        bool isCompressed = rest is [1, ..];
        for (int i = 0, skip = 2; i < 2; i++, skip = 0)
        {
            int end = rest.Length < skip ? -1 : rest[skip..].IndexOf((byte)0);
            if (end < 0)
            {
                Remarks.Add("an XMP packet that is damaged or too long");
                return;
            }
            rest = rest[(skip + end + 1)..];
        }
        if ((isCompressed ? Inflate(rest) : ImmutableArray.Create(rest)) is { } xmp) Metadata = Metadata with { Xmp = xmp };
        else Remarks.Add("an XMP packet that is damaged or too long");
    }

    // Null where the data is damaged or longer than the limit.
    private ImmutableArray<byte>? Inflate(ReadOnlySpan<byte> data)
    {
        using var zlib = new ZLibStream(new MemoryStream(data.ToArray()), CompressionMode.Decompress);
        using var result = new MemoryStream();
        var buffer = new byte[1 << 14];
        try
        {
            for (int got; (got = zlib.Read(buffer)) > 0;)
            {
                if (result.Length + got > input.Settings.MaxMetadataBytes) return null;
                result.Write(buffer, 0, got);
            }
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException)
        {
            return null;
        }
        return ImmutableArray.Create(result.ToArray());
    }

    private byte[]? Data(PngChunkReader chunks, int length)
    {
        if (chunks.Length == length) return chunks.ReadAll(length, length);
        Remarks.Add($"a malformed chunk {chunks.Type}");
        return null;
    }

    private byte[]? Data(PngChunkReader chunks)
    {
        if (chunks.Length <= input.Settings.MaxMetadataBytes && (input.Remaining ?? chunks.Length) >= chunks.Length)
            return chunks.ReadAll(0, int.MaxValue);
        Remarks.Add($"a chunk {chunks.Type} of {chunks.Length} bytes");
        return null;
    }

    private static uint UInt32(byte[] data, int at) => BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(at));

    private static double At(byte[] data, int index) => UInt32(data, 4 * index) / Unit;
}
