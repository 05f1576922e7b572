namespace Upstride.Imaging.Tiff;

/// <summary>The tags of TIFF and EXIF that are looked at.</summary>
internal static class TiffTag
{
    public const ushort NewSubfileType = 254, ImageWidth = 256, ImageLength = 257, BitsPerSample = 258, Compression = 259,
        Photometric = 262, FillOrder = 266, T4Options = 292, T6Options = 293, ColorMap = 320, JpegTables = 347,
        YCbCrCoefficients = 529, YCbCrSubsampling = 530, ReferenceBlackWhite = 532,
        StripOffsets = 273, Orientation = 274, SamplesPerPixel = 277, RowsPerStrip = 278, StripByteCounts = 279, XResolution = 282,
        YResolution = 283, PlanarConfiguration = 284, ResolutionUnit = 296, Predictor = 317, TileWidth = 322, TileLength = 323,
        TileOffsets = 324, TileByteCounts = 325, ExtraSamples = 338,
        SampleFormat = 339, Xmp = 700, IccProfile = 34675, Exif = 34665, Gps = 34853, Interoperability = 40965, PixelXDimension = 40962,
        PixelYDimension = 40963;

    /// <summary>Whether a field of a page tells how its samples are stored, so that it has no meaning elsewhere; also those that are
    /// carried apart.</summary>
    public static bool IsStructural(ushort tag) =>
        tag is >= 254 and <= 266 or StripOffsets or Orientation or >= 277 and <= 281 or PlanarConfiguration
        or >= 288 and <= 293 or 297 or 301 or >= 317 and <= 347 or >= 512 and <= 532 or Xmp or 33723 or 34377 or 37724 or IccProfile;

    /// <summary>Whether a field points to another directory.</summary>
    public static bool IsDirectory(ushort tag) => tag is Exif or Gps or Interoperability;
}
