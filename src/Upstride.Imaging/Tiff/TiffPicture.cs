using System.Collections.Immutable;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Metadata;
using Upstride.Imaging.Codecs;
using Upstride.Imaging.Jpeg;
using Upstride.Imaging.Profiles;

namespace Upstride.Imaging.Tiff;

/// <summary>Reads the first page of TIFF files, in strips or tiles: bits, palettes, grey and colours in 8 and 16 bits, with and without
/// alpha; what has more than 16 bits is brought to 16.</summary>
internal static class TiffPicture
{
    private const int MaxPages = 10_000;
    public const int MaxStripBytes = 16 << 20;
    private const int WhiteIsZero = 0, BlackIsZero = 1, Rgb = 2, Palette = 3, LumaAndChroma = 6;
    private const int Uncompressed = 1, Jpeg = 7;

    public static PictureDecoder Open(ImageInput input, CancellationToken cancellationToken)
    {
        TiffDirectoryReader reader = TiffDirectoryReader.Open(input.Rewind(), Budget(input))
            ?? throw input.Fault("its TIFF header is damaged");
        if (reader.Read(reader.First) is not { } first) throw input.Fault("its TIFF data holds no readable page");
        TiffDirectory page = first.Directory;

        // Readers differ in which of the two they take, so that a limit that is limited to the one says nothing of the other.
        if (page.Repeated is { } twice) throw input.Fault($"its page gives field {twice} twice");
        var remarks = new SortedSet<string>(StringComparer.Ordinal);
        PictureFormat format = FormatOf(page, input, remarks);
        if (Refusal(page, format) is { } reason) throw new NotDecodedException($"it is a TIFF picture {reason}, which cannot be read here");
        TiffPieces? pieces = IsMosaic(page, reader.IsBigTiff) ? new(page, format, input) : null;
        CheckStrips(page, pieces, format, input);
        if (CountPages(reader, first.Next) is > 0 and var more) remarks.Add(more == 1 ? "1 further page" : $"{more} further pages");
        var picture = new DecodedPicture(
            ImageFileFormat.Tiff, format, MetadataOf(page, input, remarks), remarks,
                (int)Math.Clamp(page.Number(TiffTag.Orientation, 1), 1, 8));
        return pieces is not null ? new TiffMosaic(input, page, pieces, picture, cancellationToken)
            : ImageSharpCodec.Decode(
                new TiffDecoder { DecodingMode = FrameDecodingMode.First, IgnoreMetadata = true }, input, picture, cancellationToken);
    }

    // Values of fields: metadata, and the places of strips.
    private static long Budget(ImageInput input) => (3L * input.Settings.MaxMetadataBytes) + (64 << 20);

    private static PictureFormat FormatOf(TiffDirectory page, ImageInput input, SortedSet<string> remarks)
    {
        long width = page.Number(TiffTag.ImageWidth, 0), height = page.Number(TiffTag.ImageLength, 0);
        long samples = page.Number(TiffTag.SamplesPerPixel, 1), photometric = page.Number(TiffTag.Photometric, BlackIsZero);
        long[] bits = page.Numbers(TiffTag.BitsPerSample), extra = page.Numbers(TiffTag.ExtraSamples);
        int colors = photometric is WhiteIsZero or BlackIsZero ? 1 : 3, stored = photometric is Palette ? 1 : colors;
        bool hasAlpha = samples > stored && extra is [1 or 2, ..];
        if (samples > stored + 1 || (samples > stored && !hasAlpha)) remarks.Add("extra samples");
        if (bits is [> 16, ..]) remarks.Add($"more than 16 bits a sample ({bits[0]} in the file)");
        var format = new PictureFormat(
            0, 0, colors + (hasAlpha ? 1 : 0), bits is [> 8, ..] && photometric is not Palette ? SampleType.UInt16 : SampleType.UInt8);
        input.CheckSize(width, height, format.Channels, format.SampleType);
        return format with { Width = (int)width, Height = (int)height };
    }

    // Each of these the decoder either refuses or gives other values for.
    private static string? Refusal(TiffDirectory page, PictureFormat format)
    {
        long compression = page.Number(TiffTag.Compression, Uncompressed), photometric = page.Number(TiffTag.Photometric, BlackIsZero);
        return photometric is not (WhiteIsZero or BlackIsZero or Rgb or Palette or LumaAndChroma)
            ? $"of colours that are not known (photometric interpretation {photometric})"
            : photometric is LumaAndChroma && compression != Jpeg ? "of luma and colour differences without JPEG's compression"
            : photometric is LumaAndChroma && page.Number(TiffTag.PlanarConfiguration, 1) == 2 ? "of luma and colour differences in planes"
            : format.Channels == 2 ? "of grey and alpha"
            : null;
    }

    // The decoder knows neither tiles nor places of 64 bits, and gives other values for compressed planes.
    private static bool IsMosaic(TiffDirectory page, bool isBig) =>
        isBig || page.Fields.ContainsKey(TiffTag.TileWidth)
        || (page.Number(TiffTag.PlanarConfiguration, 1) == 2 && page.Number(TiffTag.Compression, Uncompressed) != Uncompressed);

    private static void CheckStrips(TiffDirectory page, TiffPieces? pieces, PictureFormat format, ImageInput input)
    {
        // The decoder makes room for a whole strip. One of more rows than the picture is usual, and none of a thousand times as many.
        long rows = page.Number(TiffTag.RowsPerStrip, uint.MaxValue);
        if (rows > format.Height && rows < int.MaxValue && rows * (double)format.RowBytes > MaxStripBytes)
            throw input.Fault($"its strips have {rows} rows of {format.RowBytes} bytes, and the picture has {format.Height} rows");
        bool isTiled = page.Fields.ContainsKey(TiffTag.TileWidth);
        string piece = isTiled ? "tile" : "strip";
        long[] offsets = page.Numbers(isTiled ? TiffTag.TileOffsets : TiffTag.StripOffsets),
            lengths = page.Numbers(isTiled ? TiffTag.TileByteCounts : TiffTag.StripByteCounts);
        for (int i = 0; i < offsets.Length; i++)
        {
            long end = offsets[i] + (i < lengths.Length ? lengths[i] : 0);
            if (end > input.Length) throw input.Fault($"truncated: {piece} {i} ends at byte {end}, and the file has {input.Length}");
        }
        if (page.Number(TiffTag.Compression, Uncompressed) != Jpeg) return;
        for (int i = 0; i < offsets.Length; i++) CheckJpegStrip($"{piece} {i}", offsets[i], pieces, format, input);
    }

    // The decoder takes whatever picture begins there, a TIFF file within itself among them, and makes room for the size that it has.
    private static void CheckJpegStrip(string strip, long offset, TiffPieces? pieces, PictureFormat format, ImageInput input)
    {
        input.Seek(offset);
        if (!input.Peek(2).SequenceEqual<byte>([0xFF, 0xD8])) throw input.Fault($"{strip} is JPEG data, and does not begin as such");
        JpegHeader jpeg = JpegHeader.Read(input);
        long whole = Math.Max(format.Pixels, pieces is null ? 0 : (long)pieces.Width * pieces.Height);
        if (3L * jpeg.Width * jpeg.Height > MaxStripBytes && (long)jpeg.Width * jpeg.Height > 2 * whole)
            throw input.Fault(
                $"{strip} is a JPEG picture of {jpeg.Width} x {jpeg.Height} pixels, and the whole is of {format.Width} x "
                    + $"{format.Height}");
    }

    private static int CountPages(TiffDirectoryReader reader, long next)
    {
        int pages = 0;
        for (var seen = new HashSet<long>(); seen.Count < MaxPages && seen.Add(next) && reader.Read(next) is { } found; next = found.Next)
        {
            // A smaller copy of the same page does not count.
            if ((found.Directory.Number(TiffTag.NewSubfileType, 0) & 1) == 0) pages++;
        }
        return pages;
    }

    private static ImageMetadata MetadataOf(TiffDirectory page, ImageInput input, SortedSet<string> remarks) => new()
    {
        Density = page.Density(),
        Exif = ExifData.FromPage(page),
        IccProfile = Bytes(page, TiffTag.IccProfile, input, remarks),
        Xmp = Bytes(page, TiffTag.Xmp, input, remarks),
    };

    private static ImmutableArray<byte> Bytes(TiffDirectory page, ushort tag, ImageInput input, SortedSet<string> remarks)
    {
        if (!page.Fields.TryGetValue(tag, out TiffField? field)) return [];
        if (field.Data.Length <= input.Settings.MaxMetadataBytes) return ImmutableArray.Create(field.Data);
        remarks.Add($"field {tag} of {field.Data.Length} bytes");
        return [];
    }
}
