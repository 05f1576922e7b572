using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Upstride.Imaging.Tests;

/// <summary>A naive PNG encoder for every form that the format has; written from the specification, sharing no code with the
/// reader. Pixels are random; the decoded picture is made beside the file, pixel by pixel.</summary>
internal sealed class PngBuilder
{
    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int ColorType { get; init; }

    public required int Depth { get; init; }

    public bool Interlaced { get; init; }

    public bool Transparency { get; init; }

    public int Seed { get; init; }

    /// <summary>Largest number of bytes in an IDAT chunk.</summary>
    public int ChunkSize { get; init; } = int.MaxValue;

    private int StoredChannels => ColorType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    public (byte[] File, ImageBuffer Expected) Make()
    {
        var random = new Random(Seed);
        int paletteSize = Math.Min(1 << Depth, 200);
        byte[] palette = new byte[3 * paletteSize], alphas = new byte[Math.Max(1, paletteSize / 2)];
        random.NextBytes(palette);
        random.NextBytes(alphas);
        int top = ColorType == 3 ? paletteSize : 1 << Depth;
        int[,,] stored = new int[Height, Width, StoredChannels];
        for (int y = 0; y < Height; y++)
            for (int x = 0; x < Width; x++)
                for (int c = 0; c < StoredChannels; c++) stored[y, x, c] = random.Next(top);
        int[] hidden = new int[StoredChannels];
        for (int c = 0; c < StoredChannels; c++) hidden[c] = stored[Height / 2, Width / 2, c];

        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] ihdr = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(ihdr, Width);
        BinaryPrimitives.WriteInt32BigEndian(ihdr.AsSpan(4), Height);
        (ihdr[8], ihdr[9], ihdr[12]) = ((byte)Depth, (byte)ColorType, (byte)(Interlaced ? 1 : 0));
        WriteChunk(file, "IHDR", ihdr);
        WriteChunk(file, "tEXt", "Comment\0made for a test"u8.ToArray());
        if (ColorType == 3) WriteChunk(file, "PLTE", palette);
        if (Transparency)
            WriteChunk(file, "tRNS", ColorType == 3 ? alphas : [.. hidden.SelectMany(value => new[] { (byte)(value >> 8), (byte)value })]);
        byte[] data = Compress(Rows(stored, random));
        for (int at = 0; at < data.Length; at += Math.Min(ChunkSize, data.Length - at))
            WriteChunk(file, "IDAT", data[at..(at + Math.Min(ChunkSize, data.Length - at))]);
        WriteChunk(file, "IEND", []);
        return (file.ToArray(), Decoded(stored, hidden, palette, alphas));
    }

    public static void WriteChunk(Stream file, string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        byte[] word = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        file.Write(word);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(word, CheckSum(body));
        file.Write(word);
    }

    public static byte[] Compress(byte[] data)
    {
        using var stream = new MemoryStream();
        using (var zlib = new ZLibStream(stream, CompressionLevel.Optimal)) zlib.Write(data);
        return stream.ToArray();
    }

    // Bit by bit, as the specification defines it.
    public static uint CheckSum(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte b in data)
            for (int bit = 0; bit < 8; bit++)
            {
                bool odd = ((crc ^ (uint)(b >> bit)) & 1) != 0;
                crc >>= 1;
                if (odd) crc ^= 0xEDB88320;
            }
        return crc ^ 0xFFFFFFFF;
    }

    private byte[] Rows(int[,,] stored, Random random)
    {
        // The pass of each pixel of an 8 x 8 tile, as the specification draws it.
        string[] tile = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];
        using var rows = new MemoryStream();
        for (char pass = '1'; pass <= '7'; pass++)
        {
            byte[] above = [];
            for (int y = 0; y < Height; y++)
            {
                var bits = new List<bool>();
                for (int x = 0; x < Width; x++)
                    if (Interlaced ? tile[y % 8][x % 8] == pass : pass == '1')
                        for (int c = 0; c < StoredChannels; c++)
                            for (int bit = Depth - 1; bit >= 0; bit--) bits.Add((stored[y, x, c] >> bit & 1) != 0);
                if (bits.Count == 0) continue;
                byte[] row = new byte[(bits.Count + 7) / 8];
                for (int i = 0; i < bits.Count; i++)
                    if (bits[i]) row[i / 8] |= (byte)(128 >> i % 8);
                int filter = random.Next(5);
                rows.WriteByte((byte)filter);
                rows.Write(Filter(filter, row, above));
                above = row;
            }
        }
        return rows.ToArray();
    }

    private byte[] Filter(int filter, byte[] row, byte[] above)
    {
        int distance = Math.Max(1, StoredChannels * Depth / 8);
        byte[] differences = new byte[row.Length];
        for (int i = 0; i < row.Length; i++)
        {
            int a = i < distance ? 0 : row[i - distance], b = above.Length == 0 ? 0 : above[i];
            int c = i < distance || above.Length == 0 ? 0 : above[i - distance];
            int p = a + b - c;
            int[] nearest = [.. new[] { a, b, c }.OrderBy(value => Math.Abs(p - value))]; // a stable order
            differences[i] = (byte)(row[i] - filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => nearest[0] });
        }
        return differences;
    }

    private ImageBuffer Decoded(int[,,] stored, int[] hidden, byte[] palette, byte[] alphas)
    {
        int channels = (ColorType == 3 ? 3 : StoredChannels) + (Transparency ? 1 : 0);
        var image = new ImageBuffer(Width, Height, channels, Depth == 16 ? SampleType.UInt16 : SampleType.UInt8);
        int full = Depth == 16 ? 65535 : 255;
        for (int y = 0; y < Height; y++)
            for (int x = 0; x < Width; x++)
            {
                int[] values = [.. Enumerable.Range(0, StoredChannels).Select(c => stored[y, x, c])];
                bool isHidden = values.SequenceEqual(hidden);
                int[] pixel = ColorType == 3
                    ? [palette[3 * values[0]], palette[3 * values[0] + 1], palette[3 * values[0] + 2]]
                    : [.. values.Select(value => (int)((long)value * full / ((1 << Depth) - 1)))];
                if (Transparency && ColorType == 3) pixel = [.. pixel, values[0] < alphas.Length ? alphas[values[0]] : 255];
                else if (Transparency) pixel = [.. pixel, isHidden ? 0 : full];
                for (int c = 0; c < channels; c++)
                    if (Depth == 16) image.Samples<ushort>()[(y * Width + x) * channels + c] = (ushort)pixel[c];
                    else image.Samples<byte>()[(y * Width + x) * channels + c] = (byte)pixel[c];
            }
        return image;
    }
}
