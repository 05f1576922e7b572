namespace Upstride.Imaging;

/// <summary>What reading a picture may cost. Every limit is checked against the file's headers, before memory is taken for what they
/// promise.</summary>
/// <remarks>A picture takes up to 8 bytes a pixel (16-bit RGBA) in memory, and as much again while a JPEG, WebP, GIF, TIFF or TGA file is
/// made an <see cref="ImageBuffer"/>; a progressive JPEG takes up to 6 bytes a pixel more while it is decoded. Row by row through
/// <see cref="ImageReader"/> a PNG that is not interlaced takes three rows, whatever its height.</remarks>
public sealed record ImageReadSettings
{
    /// <summary>200 million pixels: a 100-megapixel picture with room to spare, and at 8 bytes a pixel (16-bit RGBA)
    /// still one array.</summary>
    public const long DefaultMaxPixels = 200_000_000;

    /// <summary>The largest width * height accepted, and of a GIF, whose frames are decoded together, the largest width * height *
    /// frames.</summary>
    public long MaxPixels { get; init; } = DefaultMaxPixels;

    /// <summary>The most bytes of colour profile, EXIF and XMP that are kept, of each; longer ones are left out. Default 16 MiB.</summary>
    public int MaxMetadataBytes { get; init; } = 16 << 20;

    /// <summary>Whether what this assembly does not read itself is handed to the program ffmpeg, when it is on the PATH. Null, the default,
    /// allows it for files and not for streams and bytes, which come from anywhere.</summary>
    public bool? AllowFfmpeg { get; init; }

    // Uncompressed samples of the largest picture allowed, its metadata, and a container's own bytes.
    internal long MaxFileBytes => (long)Int128.Min(long.MaxValue, ((Int128)MaxPixels * 16) + (3L * MaxMetadataBytes) + (1 << 20));
}
