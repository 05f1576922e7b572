using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Upstride.Tests.Operators;

/// <summary>
/// Reads the plainest PNG alone (8 bits, grey or RGB, not interlaced), trusting the file: for test images, so that these tests need no
/// other assembly.
/// </summary>
internal static class PlainPng
{
    /// <summary>The image as planes [channels, height, width] of 0 .. 255.</summary>
    public static (float[] Planes, int Channels, int Height, int Width) Read(string path)
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        using var packed = new MemoryStream();
        int width = 0, height = 0, channels = 0;
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file[at..]);
            ReadOnlySpan<byte> data = file.Slice(at + 8, length);
            switch (Encoding.ASCII.GetString(file.Slice(at + 4, 4)))
            {
                case "IHDR":
                    width = BinaryPrimitives.ReadInt32BigEndian(data);
                    height = BinaryPrimitives.ReadInt32BigEndian(data[4..]);
                    channels = (data[8], data[9], data[12]) switch
                    {
                        (8, 0, 0) => 1,
                        (8, 2, 0) => 3,
                        var other => throw new NotSupportedException($"{path}: {other} is not 8 bits, grey or RGB, not interlaced"),
                    };
                    break;
                case "IDAT":
                    packed.Write(data);
                    break;
            }
            at += length + 12;
        }
        packed.Position = 0;
        using var unpacked = new ZLibStream(packed, CompressionMode.Decompress);
        int stride = width * channels;
        var planes = new float[channels * height * width];
        byte[] above = new byte[stride], row = new byte[stride];
        for (int y = 0; y < height; y++)
        {
            int filter = unpacked.ReadByte();
            unpacked.ReadExactly(row);
            for (int i = 0; i < stride; i++)
            {
                int left = i < channels ? 0 : row[i - channels], up = above[i], corner = i < channels ? 0 : above[i - channels];
                row[i] += (byte)(filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => Paeth(left, up, corner), _ => 0 });
                planes[(i % channels * height + y) * width + i / channels] = row[i];
            }
            (above, row) = (row, above);
        }
        return (planes, channels, height, width);
    }

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        int a = Math.Abs(estimate - left), b = Math.Abs(estimate - up), c = Math.Abs(estimate - corner);
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}
