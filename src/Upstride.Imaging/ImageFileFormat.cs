namespace Upstride.Imaging;

/// <summary>The formats of picture files.</summary>
public enum ImageFileFormat
{
    /// <summary>PNG, and APNG where there is more than one frame.</summary>
    Png = 0,

    /// <summary>JPEG.</summary>
    Jpeg = 1,

    /// <summary>WebP, one still picture.</summary>
    WebP = 2,

    /// <summary>GIF, with any number of frames.</summary>
    Gif = 3,

    /// <summary>TIFF, one page.</summary>
    Tiff = 4,

    /// <summary>BMP.</summary>
    Bmp = 5,

    /// <summary>TGA.</summary>
    Tga = 6,

    /// <summary>PBM: black and white.</summary>
    Pbm = 7,

    /// <summary>PGM: grey.</summary>
    Pgm = 8,

    /// <summary>PPM: RGB.</summary>
    Ppm = 9,

    /// <summary>PGM or PPM, whichever fits the picture.</summary>
    Pnm = 10,

    /// <summary>PFM: floats.</summary>
    Pfm = 11,

    /// <summary>JPEG 2000, through the program ffmpeg.</summary>
    Jpeg2000 = 12,

    /// <summary>AVIF, through the program ffmpeg.</summary>
    Avif = 13,

    /// <summary>JPEG XL, through the program ffmpeg.</summary>
    JpegXl = 14,

    /// <summary>Anything else that the program ffmpeg can read; it cannot be written.</summary>
    Other = 15,
}
