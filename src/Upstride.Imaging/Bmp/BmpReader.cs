using System.Buffers.Binary;
using System.Numerics;

namespace Upstride.Imaging.Bmp;

/// <summary>Reads BMP pictures of 1, 4, 8, 16, 24 and 32 bits a pixel, with colour masks and run-length compression, into
/// RGB, or RGBA where the file has an alpha mask. (The fourth byte of plain 32-bit files is unused, by the format's rules.)</summary>
internal static class BmpReader
{
    public static ImageBuffer Read(ImageInput input, CancellationToken cancellationToken)
    {
        BmpHeader header = BmpHeader.Read(input);
        ImageBuffer image;
        if (header.Compression is BmpHeader.Rle4 or BmpHeader.Rle8)
        {
            BmpRunLength.Require(header, input);
            image = input.Allocate(header.Format);
            new BmpRunLength(header, input, image).Read(cancellationToken);
        }
        else
        {
            image = ReadRows(header, input, cancellationToken);
        }
        return image.With(header.ReadMetadata(input));
    }

    /// <summary>Writes the colour of palette entry <paramref name="index"/>.</summary>
    public static void WriteEntry(BmpHeader header, ImageInput input, int index, Span<byte> pixel)
    {
        if (index * 3 >= header.Palette.Length)
            throw input.Fault($"a pixel names palette entry {index}; the palette has {(header.Palette.Length == 3 ? "1 "
                + "entry" : $"{header.Palette.Length / 3} entries")}");
        header.Palette.AsSpan(index * 3, 3).CopyTo(pixel);
    }

    private static ImageBuffer ReadRows(BmpHeader header, ImageInput input, CancellationToken cancellationToken)
    {
        long rowBytes = header.StoredRowBytes;
        // Writers are known to leave off the padding of the last row.
        long lastRow = ((long)header.Width * header.BitDepth + 7) / 8;
        input.Require(rowBytes * (header.Height - 1) + lastRow, $"{header.Width} x {header.Height} pixels of {header.BitDepth} bits");
        if (rowBytes > Array.MaxLength) throw input.Fault($"its rows of {rowBytes} bytes are longer than one array can hold");
        ImageBuffer image = input.Allocate(header.Format);
        byte[] stored = new byte[rowBytes];
        for (int y = 0; y < header.Height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            input.ReadExactly(stored.AsSpan(0, (int)(y == header.Height - 1 ? lastRow : rowBytes)), "a row of pixels");
            Span<byte> row = image.Row(header.TopDown ? y : header.Height - 1 - y);
            switch (header.BitDepth)
            {
                case <= 8: DecodePalette(header, input, stored, row); break;
                case 24: DecodeBgr(stored, row); break;
                default: DecodeMasks(header, stored, row); break;
            }
        }
        return image;
    }

    private static void DecodePalette(BmpHeader header, ImageInput input, ReadOnlySpan<byte> stored, Span<byte> row)
    {
        int depth = header.BitDepth, perByte = 8 / depth;
        for (int x = 0; x < header.Width; x++)
        {
            int shift = 8 - depth * (x % perByte + 1);
            WriteEntry(header, input, (stored[x / perByte] >> shift) & ((1 << depth) - 1), row[(3 * x)..]);
        }
    }

    private static void DecodeBgr(ReadOnlySpan<byte> stored, Span<byte> row)
    {
        for (int i = 0; i < row.Length; i += 3) (row[i], row[i + 1], row[i + 2]) = (stored[i + 2], stored[i + 1], stored[i]);
    }

    private static void DecodeMasks(BmpHeader header, ReadOnlySpan<byte> stored, Span<byte> row)
    {
        for (int c = 0; c < header.Channels; c++)
        {
            uint mask = header.Masks[c];
            if (mask == 0) continue; // the channel stays 0
            int shift = BitOperations.TrailingZeroCount(mask);
            ulong full = mask >> shift;
            for (int x = 0; x < header.Width; x++)
            {
                uint pixel = header.BitDepth == 16
                    ? BinaryPrimitives.ReadUInt16LittleEndian(stored[(2 * x)..])
                    : BinaryPrimitives.ReadUInt32LittleEndian(stored[(4 * x)..]);
                // Nearest of 0..255, so that full stays full for any number of bits.
                row[x * header.Channels + c] = (byte)((((pixel & mask) >> shift) * 255ul * 2 + full) / (2 * full));
            }
        }
    }
}
