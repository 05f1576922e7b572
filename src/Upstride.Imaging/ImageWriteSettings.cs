using System.IO.Compression;

namespace Upstride.Imaging;

/// <summary>How finely JPEG stores the colour differences.</summary>
public enum JpegSubsampling
{
    /// <summary>For every pixel (4:4:4).</summary>
    None = 0,

    /// <summary>For every two by two pixels (4:2:0): smaller files, softer colours.</summary>
    Quarter = 1,
}

/// <summary>Choices that a file format leaves to the writer.</summary>
public sealed record ImageWriteSettings
{
    /// <summary>How hard the compression of PNG and TIFF tries.</summary>
    public CompressionLevel Compression { get; init; } = CompressionLevel.Optimal;

    /// <summary>The quality of JPEG and of lossy WebP, 1 to 100. Default 92.</summary>
    public int Quality { get; init; } = 92;

    /// <summary>How finely JPEG stores the colour differences.</summary>
    public JpegSubsampling Subsampling { get; init; }

    /// <summary>Whether WebP keeps every sample exactly.</summary>
    public bool Lossless { get; init; }

    /// <summary>Whether the metadata is left out: colour profile, EXIF, XMP, density.</summary>
    public bool StripMetadata { get; init; }

    /// <summary>Whether PBM, PGM and PPM files are written in decimal text (P1, P2, P3) instead of binary (P4, P5, P6).</summary>
    public bool PlainText { get; init; }

    /// <summary>Whether PFM files are written most significant byte first.</summary>
    public bool BigEndian { get; init; }

    /// <summary>Whether formats that this assembly does not write itself (JPEG 2000, AVIF, JPEG XL) are made by the program ffmpeg. Null,
    /// the default, allows it for files and not for streams and bytes.</summary>
    public bool? AllowFfmpeg { get; init; }

    internal void ThrowIfIllegal()
    {
        if (Quality is < 1 or > 100)
            throw new ArgumentOutOfRangeException(nameof(Quality), Quality, $"1 <= quality <= 100 must hold: {Quality}");
    }
}
