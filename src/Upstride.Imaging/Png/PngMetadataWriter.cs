using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Compression;

namespace Upstride.Imaging.Png;

/// <summary>Writes metadata as PNG's ancillary chunks, all of which may precede the image data.</summary>
internal static class PngMetadataWriter
{
    private const double Unit = 100_000;

    public static void Write(PngChunkWriter chunks, ImageMetadata metadata)
    {
        if (metadata.Cicp is { } points) chunks.Write("cICP"u8, [points.Primaries, points.Transfer, points.Matrix, points.FullRange]);
        if (!metadata.IccProfile.IsDefaultOrEmpty) chunks.Write("iCCP"u8, [.. "ICC profile"u8, 0, 0, .. Deflate(metadata.IccProfile)]);
        else if (metadata.SrgbIntent is { } intent) chunks.Write("sRGB"u8, [intent]);
        if (metadata.Gamma is { } gamma) chunks.Write("gAMA"u8, Numbers(gamma * Unit));
        if (metadata.Chromaticities is { } c)
        {
            chunks.Write("cHRM"u8, Numbers(
                c.WhiteX * Unit, c.WhiteY * Unit, c.RedX * Unit, c.RedY * Unit, c.GreenX * Unit, c.GreenY * Unit, c.BlueX * Unit,
                    c.BlueY * Unit));
        }
        if (metadata.Density is { } density)
            chunks.Write("pHYs"u8, [.. Numbers(density.X, density.Y), density.IsPerMetre ? (byte)1 : (byte)0]);
        if (!metadata.Exif.IsDefaultOrEmpty) chunks.Write("eXIf"u8, metadata.Exif.AsSpan());

        // Neither compressed nor in a language, and the keyword is not translated.
        if (!metadata.Xmp.IsDefaultOrEmpty) chunks.Write("iTXt"u8, [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. metadata.Xmp]);
    }

    private static byte[] Numbers(params ReadOnlySpan<double> numbers)
    {
        var bytes = new byte[4 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * i), (uint)Math.Clamp(Math.Round(numbers[i]), 0, int.MaxValue));
        return bytes;
    }

    private static byte[] Deflate(ImmutableArray<byte> data)
    {
        using var bytes = new MemoryStream();
        using (var zlib = new ZLibStream(bytes, CompressionLevel.Optimal)) zlib.Write(data.AsSpan());
        return bytes.ToArray();
    }
}
