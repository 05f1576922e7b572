using System.Buffers.Binary;

namespace Upstride.Imaging.Bmp;

/// <summary>Writes BMP pictures: 24 bits a pixel, or with alpha 32 bits and an alpha mask (header version 4); with a colour profile header
/// version 5. Grey becomes equal red, green and blue.</summary>
internal static class BmpWriter
{
    private const int FileHeader = 14, InfoHeader = 40, InfoHeader4 = 108, InfoHeader5 = 124;

    public static void Write(Stream stream, ImageBuffer image, ImageMetadata metadata, CancellationToken cancellationToken)
    {
        if (image.SampleType != SampleType.UInt8)
            throw new ArgumentException($"BMP holds UInt8 samples, not {image.SampleType}: convert the picture first", nameof(image));
        int pixelBytes = image.HasAlpha ? 4 : 3;
        int headers = FileHeader + (metadata.IccProfile.Length > 0 ? InfoHeader5 : image.HasAlpha ? InfoHeader4 : InfoHeader);
        long rowBytes = ((long)image.Width * pixelBytes + 3) / 4 * 4;
        long total = headers + rowBytes * image.Height + metadata.IccProfile.Length;
        if (total > uint.MaxValue)
            throw new ArgumentException($"a BMP file is at most {uint.MaxValue} bytes long; this one would be {total}", nameof(image));
        stream.Write(MakeHeaders(image, metadata, pixelBytes, headers, (uint)total));

        byte[] stored = new byte[rowBytes]; // its padding stays zero
        for (int y = image.Height - 1; y >= 0; y--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> row = image.Row(y);
            int colors = image.Format.Colors;
            for (int x = 0, i = 0, o = 0; x < image.Width; x++, i += image.Channels, o += pixelBytes)
            {
                stored[o] = row[i + colors - 1];
                stored[o + 1] = row[i + colors / 2];
                stored[o + 2] = row[i];
                if (image.HasAlpha) stored[o + 3] = row[i + colors];
            }
            stream.Write(stored);
        }
        stream.Write(metadata.IccProfile.AsSpan());
    }

    private static byte[] MakeHeaders(ImageBuffer image, ImageMetadata metadata, int pixelBytes, int headers, uint total)
    {
        byte[] bytes = new byte[headers];
        (bytes[0], bytes[1]) = ((byte)'B', (byte)'M');
        void Word(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
        uint pixels = total - (uint)headers - (uint)metadata.IccProfile.Length;
        Word(2, total);
        Word(10, (uint)headers);
        Word(14, (uint)(headers - FileHeader));
        Word(18, (uint)image.Width);
        Word(22, (uint)image.Height);
        bytes[26] = 1; // planes
        bytes[28] = (byte)(8 * pixelBytes);
        Word(34, pixels);
        const double usual = 2835; // pixels a metre: 72 an inch
        PixelDensity density = metadata.Density is { IsPerMetre: true } told ? told : new(usual, usual);
        Word(38, (uint)Math.Clamp(Math.Round(density.X), 0, int.MaxValue));
        Word(42, (uint)Math.Clamp(Math.Round(density.Y), 0, int.MaxValue));
        if (headers < FileHeader + InfoHeader4) return bytes;
        if (image.HasAlpha)
        {
            Word(30, BmpHeader.BitFields);
            Word(54, 0x00FF0000);
            Word(58, 0x0000FF00);
            Word(62, 0x000000FF);
            Word(66, 0xFF000000);
        }
        if (headers < FileHeader + InfoHeader5)
        {
            Word(70, 0x73524742); // the colour space 'sRGB'
            return bytes;
        }
        Word(70, BmpHeader.EmbeddedProfile);
        Word(122, 4); // the intent: pictures
        Word(126, (uint)headers - FileHeader + pixels);
        Word(130, (uint)metadata.IccProfile.Length);
        return bytes;
    }
}
