using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Upstride.Imaging.Netpbm;

/// <summary>Writes PBM, PGM and PPM pictures, in binary or in text.</summary>
internal static class NetpbmWriter
{
    // The format asks that lines of text stay within 70 characters.
    private const int LongestLine = 70;

    /// <param name="stream">Where the file goes.</param>
    /// <param name="image">Without alpha and floats.</param>
    /// <param name="extension">.pbm, .pgm, .ppm, or .pnm for whichever of the last two fits.</param>
    /// <param name="settings">Text or binary.</param>
    /// <param name="cancellationToken">Asked before each row.</param>
    public static void Write(Stream stream, ImageBuffer image, string extension, ImageWriteSettings settings,
        CancellationToken cancellationToken)
    {
        string name = extension[1..].ToUpperInvariant();
        if (image.SampleType == SampleType.Float32)
            throw new ArgumentException($"{name} holds UInt8 and UInt16 samples, not Float32: convert the picture first", nameof(image));
        if (image.HasAlpha)
            throw new ArgumentException($"{name} has no alpha channel and the picture has one: write .png, or drop the channel first",
                nameof(image));
        bool bits = extension is ".pbm";
        if (extension is ".pbm" or ".pgm" && image.Channels == 3)
            throw new ArgumentException($"{name} holds grey pictures and this one is RGB: write .ppm", nameof(image));
        if (bits && (image.SampleType != SampleType.UInt8 || image.Samples<byte>().ContainsAnyExcept((byte)0, (byte)255)))
            throw new ArgumentException("PBM holds 8-bit pictures of black (0) and white (255) alone: write .pgm", nameof(image));
        // A grey picture in a .ppm file becomes equal red, green and blue.
        int repeat = extension is ".ppm" && image.Channels == 1 ? 3 : 1;
        int kind = bits ? 1 : image.Channels * repeat == 1 ? 2 : 3;
        string max = bits ? "" : image.SampleType == SampleType.UInt8 ? "255\n" : "65535\n";
        stream.Write(Encoding.ASCII.GetBytes($"P{kind + (settings.PlainText ? 0 : 3)}\n{image.Width} {image.Height}\n{max}"));
        for (int y = 0; y < image.Height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ushort[] row = Samples(image, y, repeat, bits);
            if (settings.PlainText) WriteText(stream, row);
            else if (bits) WriteBits(stream, row);
            else if (image.SampleType == SampleType.UInt8) stream.Write(Array.ConvertAll(row, sample => (byte)sample));
            else WriteWords(stream, row);
        }
    }

    private static ushort[] Samples(ImageBuffer image, int y, int repeat, bool bits)
    {
        ReadOnlySpan<byte> bytes = image.Row(y);
        ReadOnlySpan<ushort> words = MemoryMarshal.Cast<byte, ushort>(bytes);
        var row = new ushort[image.Width * image.Channels * repeat];
        for (int i = 0; i < row.Length; i++)
        {
            ushort sample = image.SampleType == SampleType.UInt8 ? bytes[i / repeat] : words[i / repeat];
            row[i] = bits ? (ushort)(sample == 0 ? 1 : 0) : sample;
        }
        return row;
    }

    private static void WriteText(Stream stream, ushort[] row)
    {
        var text = new StringBuilder();
        int line = 0;
        foreach (ushort sample in row)
        {
            string word = sample.ToString(CultureInfo.InvariantCulture);
            if (line > 0 && line + 1 + word.Length > LongestLine)
            {
                text.Append('\n');
                line = 0;
            }
            if (line > 0) text.Append(' ');
            text.Append(word);
            line += word.Length + (line > 0 ? 1 : 0);
        }
        stream.Write(Encoding.ASCII.GetBytes(text.Append('\n').ToString()));
    }

    private static void WriteBits(Stream stream, ushort[] row)
    {
        byte[] packed = new byte[(row.Length + 7) / 8];
        for (int x = 0; x < row.Length; x++) packed[x >> 3] |= (byte)(row[x] << (7 - (x & 7)));
        stream.Write(packed);
    }

    private static void WriteWords(Stream stream, ushort[] row)
    {
        byte[] bytes = new byte[2 * row.Length];
        for (int i = 0; i < row.Length; i++) BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2 * i), row[i]);
        stream.Write(bytes);
    }
}
