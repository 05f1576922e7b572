namespace Upstride.Imaging;

/// <summary>What reading a picture may cost.</summary>
public sealed record ImageReadSettings
{
    /// <summary>200 million pixels: a 100-megapixel picture with room to spare, and at 8 bytes a pixel (16-bit RGBA)
    /// still one array.</summary>
    public const long DefaultMaxPixels = 200_000_000;

    /// <summary>The largest width * height accepted; a file that says more is refused before anything is allocated for it.</summary>
    public long MaxPixels { get; init; } = DefaultMaxPixels;

    /// <summary>Whether formats other than PNG, BMP, PNM and PFM are handed to the program ffmpeg, when it is on the PATH.</summary>
    public bool AllowFfmpeg { get; init; } = true;
}
