using System.Buffers.Binary;
using System.IO.Compression;

namespace Upstride.Samples.Checkerboard;

/// <summary>Handwritten digits of an idx file, 28x28 in [0, 1], or strokes drawn here where there is no file.</summary>
internal sealed class Digits
{
    public const int Size = 28;
    private const int Magic = 2051;

    private Digits(float[] pixels) => Pixels = pixels;

    /// <summary>[count, 28, 28].</summary>
    public float[] Pixels { get; }

    public int Count => Pixels.Length / (Size * Size);

    /// <summary>The digits of a file in idx format, packed by gzip.</summary>
    public static Digits Read(string path)
    {
        using var unpacked = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        unpacked.CopyTo(memory);
        ReadOnlySpan<byte> bytes = memory.GetBuffer().AsSpan(0, (int)memory.Length);
        if (bytes.Length < 16 || BinaryPrimitives.ReadInt32BigEndian(bytes) != Magic
            || BinaryPrimitives.ReadInt32BigEndian(bytes[8..]) != Size || BinaryPrimitives.ReadInt32BigEndian(bytes[12..]) != Size)
            throw new InvalidDataException($"'{path}' holds no 28x28 pictures in idx format");
        int count = BinaryPrimitives.ReadInt32BigEndian(bytes[4..]);
        if (bytes.Length != 16 + (long)count * Size * Size) throw new InvalidDataException(
            $"'{path}' says {count} pictures and has {bytes.Length} bytes");
        var pixels = new float[count * Size * Size];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = bytes[16 + i] / 255f;
        return new(pixels);
    }

    /// <summary>Strokes of soft edges between random points: for a quick run without the data.</summary>
    public static Digits Draw(int count)
    {
        var random = new Random(1);
        var pixels = new float[count * Size * Size];
        for (int n = 0; n < count; n++)
        {
            double x = 4 + random.NextDouble() * 20, y = 4 + random.NextDouble() * 20;
            for (int stroke = 0; stroke < 3; stroke++)
            {
                double toX = 4 + random.NextDouble() * 20, toY = 4 + random.NextDouble() * 20;
                for (int row = 0; row < Size; row++)
                {
                    for (int column = 0; column < Size; column++)
                    {
                        double length = Math.Max(1e-6, (toX - x) * (toX - x) + (toY - y) * (toY - y));
                        double along = Math.Clamp(((column - x) * (toX - x) + (row - y) * (toY - y)) / length, 0, 1);
                        double distance = Math.Sqrt(Math.Pow(column - x - along * (toX - x), 2) + Math.Pow(row - y - along * (toY - y), 2));
                        int at = (n * Size + row) * Size + column;
                        pixels[at] = Math.Max(pixels[at], (float)Math.Clamp(2.2 - distance, 0, 1));
                    }
                }
                (x, y) = (toX, toY);
            }
        }
        return new(pixels);
    }
}
