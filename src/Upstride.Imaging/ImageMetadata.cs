using System.Collections.Immutable;

namespace Upstride.Imaging;

/// <summary>What a picture file says beside the samples: how its colours are meant, how large it prints, how it was made.
/// Read, it describes the picture as it is given: upright, so that no orientation other than the first is in it.</summary>
public sealed record ImageMetadata
{
    /// <summary>Nothing.</summary>
    public static ImageMetadata Empty { get; } = new();

    /// <summary>The ICC profile of the colours; empty where there is none.</summary>
    public ImmutableArray<byte> IccProfile { get; init; } = [];

    /// <summary>EXIF data: a TIFF header and what follows; empty where there is none.</summary>
    public ImmutableArray<byte> Exif { get; init; } = [];

    /// <summary>An XMP packet in UTF-8; empty where there is none.</summary>
    public ImmutableArray<byte> Xmp { get; init; } = [];

    /// <summary>Pixels along a length; null where the file does not say.</summary>
    public PixelDensity? Density { get; init; }

    /// <summary>The exponent by which light became samples, as PNG's gAMA holds it (1/2.2 is usual); null where the file does not
    /// say.</summary>
    public double? Gamma { get; init; }

    /// <summary>White and the primaries, as PNG's cHRM holds them; null where the file does not say.</summary>
    public Chromaticities? Chromaticities { get; init; }

    /// <summary>The colour space by code points; null where the file does not say.</summary>
    public CodingIndependentCodePoints? Cicp { get; init; }

    /// <summary>ICC's rendering intent, 0 to 3, of a picture in sRGB, as PNG's sRGB holds it; null where the file does not say.</summary>
    public byte? SrgbIntent { get; init; }

    internal bool IsEmpty => IccProfile.IsEmpty && Exif.IsEmpty && Xmp.IsEmpty
        && Density is null && Gamma is null && Chromaticities is null && Cicp is null && SrgbIntent is null;
}

/// <summary>The CIE x and y of white and of the primaries.</summary>
public sealed record Chromaticities(double WhiteX, double WhiteY, double RedX, double RedY, double GreenX, double GreenY, double BlueX,
    double BlueY);

/// <summary>A colour space by the code points of ITU-T H.273.</summary>
/// <param name="Primaries">ColourPrimaries.</param>
/// <param name="Transfer">TransferCharacteristics.</param>
/// <param name="Matrix">MatrixCoefficients.</param>
/// <param name="FullRange">VideoFullRangeFlag: 0 or 1.</param>
public readonly record struct CodingIndependentCodePoints(byte Primaries, byte Transfer, byte Matrix, byte FullRange);
