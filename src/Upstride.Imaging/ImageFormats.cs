using System.Collections.Immutable;
using Upstride.Imaging.Jpeg;

namespace Upstride.Imaging;

/// <summary>What can be kept of a picture in files of a format.</summary>
[Flags]
internal enum Keeps
{
    Nothing = 0,
    Alpha = 1,
    SixteenBits = 2,
    Frames = 4,
    Profile = 8,
    Exif = 16,
    Xmp = 32,
    Density = 64,
    ColorChunks = 128,
    PngAll = Alpha | SixteenBits | Frames | Profile | Exif | Xmp | Density | ColorChunks,
}

/// <summary>The formats, their names, extensions and limits.</summary>
/// <param name="Format">Which.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Keeps">What its files can hold.</param>
/// <param name="MaxSide">The longest row and column that it can tell.</param>
/// <param name="Extensions">With the point, in lower case; the first is the usual one.</param>
internal sealed record ImageFormatInfo(ImageFileFormat Format, string Name, Keeps Keeps, int MaxSide, params string[] Extensions)
{
    public bool IsByFfmpeg => Format is ImageFileFormat.Jpeg2000 or ImageFileFormat.Avif or ImageFileFormat.JpegXl;
}

/// <summary>The table of the formats that can be written.</summary>
internal static class ImageFormats
{
    public const string Readable = "PNG, JPEG, WebP, GIF, TIFF, BMP, TGA, PBM, PGM, PPM and PFM";

    public static ImmutableArray<ImageFormatInfo> All { get; } =
    [
        new(ImageFileFormat.Png, "PNG", Keeps.PngAll, int.MaxValue, ".png", ".apng"),
        new(ImageFileFormat.Jpeg, "JPEG", Keeps.Profile | Keeps.Exif | Keeps.Xmp | Keeps.Density, 65_535, ".jpg", ".jpeg"),
        new(ImageFileFormat.WebP, "WebP", Keeps.Alpha | Keeps.Profile | Keeps.Exif | Keeps.Xmp, 16_383, ".webp"),
        new(ImageFileFormat.Gif, "GIF", Keeps.Alpha | Keeps.Frames | Keeps.Profile | Keeps.Xmp, 65_535, ".gif"),
        new(ImageFileFormat.Tiff, "TIFF", Keeps.Alpha | Keeps.SixteenBits | Keeps.Profile | Keeps.Exif | Keeps.Xmp | Keeps.Density,
            int.MaxValue, ".tif", ".tiff"),
        new(ImageFileFormat.Bmp, "BMP", Keeps.Alpha | Keeps.Profile | Keeps.Density, int.MaxValue, ".bmp"),
        new(ImageFileFormat.Tga, "TGA", Keeps.Alpha, 65_535, ".tga"),
        new(ImageFileFormat.Pbm, "PBM", Keeps.Nothing, int.MaxValue, ".pbm"),
        new(ImageFileFormat.Pgm, "PGM", Keeps.SixteenBits, int.MaxValue, ".pgm"),
        new(ImageFileFormat.Ppm, "PPM", Keeps.SixteenBits, int.MaxValue, ".ppm"),
        new(ImageFileFormat.Pnm, "PNM", Keeps.SixteenBits, int.MaxValue, ".pnm"),
        new(ImageFileFormat.Pfm, "PFM", Keeps.SixteenBits, int.MaxValue, ".pfm"),
        new(ImageFileFormat.Jpeg2000, "JPEG 2000", Keeps.Alpha | Keeps.SixteenBits, int.MaxValue, ".jp2"),
        new(ImageFileFormat.Avif, "AVIF", Keeps.Alpha | Keeps.SixteenBits, int.MaxValue, ".avif"),
        new(ImageFileFormat.JpegXl, "JPEG XL", Keeps.Alpha | Keeps.SixteenBits, int.MaxValue, ".jxl"),
    ];

    public static ImageFormatInfo Of(ImageFileFormat format) =>
        All.FirstOrDefault(info => info.Format == format) ?? throw new ArgumentOutOfRangeException(
            nameof(format), format, $"{format} is no format that can be written");

    /// <summary>The format that a file's name tells.</summary>
    /// <exception cref="ArgumentException">The extension is not known.</exception>
    public static ImageFormatInfo OfPath(string path)
    {
        string extension = Path.GetExtension(path);
        return All.FirstOrDefault(info => info.Extensions.Contains(extension, StringComparer.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"{path}: the extension '{extension}' is none that can be written: {Extensions(byFfmpeg: false)}, or with ffmpeg "
                + $"{Extensions(byFfmpeg: true)}", nameof(path));
    }

    /// <summary>The part of metadata that a format can hold.</summary>
    public static ImageMetadata Kept(ImageFormatInfo info, ImageMetadata metadata)
    {
        // JPEG's segments are of 65,533 bytes, with a name in front; a profile may take 255 of them.
        bool isJpeg = info.Format == ImageFileFormat.Jpeg;
        return metadata with
        {
            IccProfile = info.Keeps.HasFlag(Keeps.Profile) && !(isJpeg && metadata.IccProfile.Length > 255 * JpegContainer.MaxProfilePart)
                ? metadata.IccProfile : [],
            Exif = info.Keeps.HasFlag(Keeps.Exif) && !(isJpeg && metadata.Exif.Length > JpegContainer.MaxExif) ? metadata.Exif : [],
            Xmp = info.Keeps.HasFlag(Keeps.Xmp) && !(isJpeg && metadata.Xmp.Length > JpegContainer.MaxXmp) ? metadata.Xmp : [],
        };
    }

    /// <summary>What a format cannot keep of a picture, each in a few words.</summary>
    public static IEnumerable<string> Losses(ImageFormatInfo info, PictureFormat format, ImageMetadata metadata, int frames)
    {
        if (format.SampleType == SampleType.UInt16 && !info.Keeps.HasFlag(Keeps.SixteenBits))
            yield return $"16 bits a sample ({info.Name} has 8)";
        if (frames > 1 && !info.Keeps.HasFlag(Keeps.Frames)) yield return frames == 2 ? "1 further frame" : $"{frames - 1} further frames";
        ImageMetadata kept = Kept(info, metadata);
        if (kept.IccProfile.Length < metadata.IccProfile.Length) yield return "the colour profile";
        if (kept.Exif.Length < metadata.Exif.Length) yield return "EXIF data";
        if (kept.Xmp.Length < metadata.Xmp.Length) yield return "the XMP packet";
        if (metadata.Density is not null && !info.Keeps.HasFlag(Keeps.Density)) yield return "the density";
        if (!info.Keeps.HasFlag(Keeps.ColorChunks))
        {
            if (metadata.Cicp is not null) yield return "the colour space by code points (cICP)";
            if (metadata.Gamma is { } gamma && Math.Abs(gamma - 1 / 2.2) > 0.001) yield return $"the gamma of {gamma}";
            if (metadata.Chromaticities is { } told && !IsSrgb(told)) yield return "the chromaticities";
        }
    }

    // Files without these are taken for sRGB, so that its own values are not lost.
    private static bool IsSrgb(Chromaticities told) =>
        told == new Chromaticities(0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06);

    private static string Extensions(bool byFfmpeg) => string.Join(
        ", ", All.Where(info => info.IsByFfmpeg == byFfmpeg).SelectMany(static info => info.Extensions));
}
