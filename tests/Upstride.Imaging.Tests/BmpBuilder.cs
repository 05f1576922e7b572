using System.Buffers.Binary;

namespace Upstride.Imaging.Tests;

/// <summary>A naive BMP encoder for the forms that the writer does not make; the decoded picture is made beside the file.</summary>
internal sealed class BmpBuilder
{
    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Depth { get; init; }

    public bool TopDown { get; init; }

    /// <summary>12, 40, 52, 56, 108 or 124.</summary>
    public int HeaderSize { get; init; } = 40;

    /// <summary>Number of bits and position of red, green, blue, alpha; null for the plain forms.</summary>
    public (int Bits, int Shift)[]? Masks { get; init; }

    public int Seed { get; init; }

    public (byte[] File, ImageBuffer Expected) Make()
    {
        var random = new Random(Seed);
        int entries = Depth <= 8 ? 1 << Depth : 0, entryBytes = HeaderSize == 12 ? 3 : 4;
        byte[] palette = new byte[entries * 3];
        random.NextBytes(palette);
        int channels = Masks is [_, _, _, (> 0, _)] ? 4 : 3;
        var expected = new ImageBuffer(Width, Height, channels);
        int rowBytes = (Width * Depth + 31) / 32 * 4;
        byte[] pixels = new byte[rowBytes * Height];
        for (int y = 0; y < Height; y++)
            for (int x = 0; x < Width; x++)
            {
                uint value = Depth == 32 ? (uint)random.NextInt64(1L << 32) : (uint)random.Next(1 << Depth);
                Put(pixels, (TopDown ? y : Height - 1 - y) * rowBytes, x, value);
                Color(value, palette).CopyTo(expected.Row(y)[(x * channels)..]);
            }
        int masksAfter = Masks is not null && HeaderSize == 40 ? 12 : 0;
        int start = 14 + HeaderSize + masksAfter + entries * entryBytes;
        return ([.. Head(start, pixels.Length, masksAfter, Masks is null ? 0 : 3), .. Palette(palette, entryBytes), .. pixels], expected);
    }

    /// <summary>A file with the given run-length data (compression 1 or 2) and a grey ramp as palette.</summary>
    public byte[] WithRuns(int compression, byte[] runs)
    {
        byte[] palette = [.. Enumerable.Range(0, 1 << Depth).SelectMany(i => Enumerable.Repeat((byte)(i * 3), 3))];
        return [.. Head(14 + 40 + (4 << Depth), runs.Length, 0, compression), .. Palette(palette, 4), .. runs];
    }

    private byte[] Head(int start, int pixelBytes, int masksAfter, int compression)
    {
        byte[] head = new byte[14 + HeaderSize + masksAfter];
        void Put32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(at), value);
        void Put16(int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(at), (ushort)value);
        (head[0], head[1]) = ((byte)'B', (byte)'M');
        Put32(2, (uint)(start + pixelBytes));
        Put32(10, (uint)start);
        Put32(14, (uint)HeaderSize);
        if (HeaderSize == 12)
        {
            Put16(18, Width);
            Put16(20, Height);
            Put16(22, 1);
            Put16(24, Depth);
            return head;
        }
        Put32(18, (uint)Width);
        Put32(22, (uint)(TopDown ? -Height : Height));
        Put16(26, 1);
        Put16(28, Depth);
        Put32(30, (uint)compression);
        for (int c = 0; c < 4 && Masks is not null && 54 + 4 * c < head.Length; c++)
            Put32(54 + 4 * c, Masks[c].Bits == 0 ? 0 : (uint)(((1L << Masks[c].Bits) - 1) << Masks[c].Shift));
        return head;
    }

    private static IEnumerable<byte> Palette(byte[] rgb, int entryBytes)
    {
        for (int i = 0; i < rgb.Length; i += 3)
        {
            yield return rgb[i + 2];
            yield return rgb[i + 1];
            yield return rgb[i];
            if (entryBytes == 4) yield return 0;
        }
    }

    private void Put(byte[] pixels, int row, int x, uint value)
    {
        if (Depth < 8) pixels[row + x * Depth / 8] |= (byte)(value << (8 - Depth - x * Depth % 8));
        for (int i = 0; Depth >= 8 && i < Depth / 8; i++) pixels[row + x * Depth / 8 + i] = (byte)(value >> (8 * i));
    }

    private byte[] Color(uint value, byte[] palette)
    {
        if (Depth <= 8) return palette[(3 * (int)value)..(3 * (int)value + 3)];
        (int Bits, int Shift)[] fields = Masks ?? (Depth == 16 ? [(5, 10), (5, 5), (5, 0)] : [(8, 16), (8, 8), (8, 0)]);
        return [.. fields.Where((field, c) => c < 3 || field.Bits > 0).Select(field => field.Bits == 0 ? (byte)0
            : (byte)Math.Round((value >> field.Shift & ((1L << field.Bits) - 1)) * 255m / ((1L << field.Bits) - 1),
                MidpointRounding.AwayFromZero))];
    }
}
