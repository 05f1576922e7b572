using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Upstride.Cli.Tests;

/// <summary>Writes a PNG with a palette, which our own writer never makes (PNG specification, third edition, 5 and 11).</summary>
internal static class PalettePng
{
    public static byte[] Write(int width, int height, (byte Red, byte Green, byte Blue)[] palette, byte[] indices)
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
        byte[] header = [0, 0, 0, (byte)width, 0, 0, 0, (byte)height, 8, 3, 0, 0, 0];
        Chunk(file, "IHDR", header);
        Chunk(file, "PLTE", [.. palette.SelectMany(static colour => (byte[])[colour.Red, colour.Green, colour.Blue])]);
        using var data = new MemoryStream();
        using (var deflate = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                deflate.WriteByte(0);
                deflate.Write(indices, y * width, width);
            }
        }
        Chunk(file, "IDAT", data.ToArray());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, string type, byte[] data)
    {
        byte[] number = new byte[4], body = [.. Encoding.ASCII.GetBytes(type), .. data];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
    }

    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320 * (crc & 1));
        }
        return ~crc;
    }
}
