using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Upstride.Imaging.Png;

/// <summary>Turns an unfiltered PNG row into samples as <see cref="ImageBuffer"/> holds them: bits unpacked and scaled to
/// 8, palette entries looked up, 16-bit samples in the machine's byte order, a transparent colour made an alpha channel.</summary>
internal sealed class PngRowDecoder(PngHeader header, ImageInput input)
{
    // Palette as pixels, 3 or 4 bytes each.
    private readonly byte[] _entries = header.ColorType == 3 ? MakeEntries(header) : [];

    // The transparent colour, one 16-bit number a channel; empty where there is none.
    private readonly ushort[] _transparent = header is { ColorType: 0 or 2, Transparency: { } bytes } ? MakeColor(bytes, header.BitDepth)
        : [];

    /// <param name="stored">The row as stored, at least StoredRowBytes(width) bytes.</param>
    /// <param name="width">Pixels in it.</param>
    /// <param name="destination">width * channels samples.</param>
    public void Decode(ReadOnlySpan<byte> stored, int width, Span<byte> destination)
    {
        int samples = width * header.StoredChannels;
        if (header.ColorType == 3) DecodePalette(stored, width, destination);
        else if (header.BitDepth == 16)
            Decode16(MemoryMarshal.Cast<byte, ushort>(stored)[..samples], MemoryMarshal.Cast<byte, ushort>(destination));
        else if (header.BitDepth == 8) Decode8(stored[..samples], destination);
        else DecodeBits(stored, width, destination);
    }

    private void DecodePalette(ReadOnlySpan<byte> stored, int width, Span<byte> destination)
    {
        int channels = header.Channels;
        for (int x = 0; x < width; x++)
        {
            int index = Bits(stored, x);
            if ((index + 1) * channels > _entries.Length)
                throw input.Fault($"a pixel names palette entry {index}; the palette has {Entries(_entries.Length / channels)}");
            _entries.AsSpan(index * channels, channels).CopyTo(destination[(x * channels)..]);
        }
    }

    private void DecodeBits(ReadOnlySpan<byte> stored, int width, Span<byte> destination)
    {
        int scale = 255 / ((1 << header.BitDepth) - 1); // 255, 85 or 17: full stays full
        if (_transparent is [ushort hidden])
            for (int x = 0; x < width; x++)
            {
                int value = Bits(stored, x);
                destination[2 * x] = (byte)(value * scale);
                destination[2 * x + 1] = value == hidden ? (byte)0 : (byte)255;
            }
        else
            for (int x = 0; x < width; x++) destination[x] = (byte)(Bits(stored, x) * scale);
    }

    private void Decode8(ReadOnlySpan<byte> stored, Span<byte> destination)
    {
        if (_transparent.Length == 0)
        {
            stored.CopyTo(destination);
            return;
        }
        int channels = _transparent.Length;
        for (int i = 0, o = 0; i < stored.Length; i += channels, o += channels + 1)
        {
            bool hidden = true;
            for (int c = 0; c < channels; c++)
            {
                destination[o + c] = stored[i + c];
                hidden &= stored[i + c] == _transparent[c];
            }
            destination[o + channels] = hidden ? (byte)0 : (byte)255;
        }
    }

    private void Decode16(ReadOnlySpan<ushort> stored, Span<ushort> destination)
    {
        if (_transparent.Length == 0)
        {
            if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(stored, destination);
            else stored.CopyTo(destination);
            return;
        }
        int channels = _transparent.Length;
        for (int i = 0, o = 0; i < stored.Length; i += channels, o += channels + 1)
        {
            bool hidden = true;
            for (int c = 0; c < channels; c++)
            {
                ushort sample = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(stored[i + c]) : stored[i + c];
                destination[o + c] = sample;
                hidden &= sample == _transparent[c];
            }
            destination[o + channels] = hidden ? (ushort)0 : ushort.MaxValue;
        }
    }

    // Sample x of a row of 1, 2, 4 or 8 bits a sample, the leftmost in the high bits.
    private int Bits(ReadOnlySpan<byte> stored, int x)
    {
        int depth = header.BitDepth;
        long bit = (long)x * depth;
        return (stored[(int)(bit >> 3)] >> (8 - depth - (int)(bit & 7))) & ((1 << depth) - 1);
    }

    public static string Entries(int count) => count == 1 ? "1 entry" : $"{count} entries";

    private static byte[] MakeEntries(PngHeader header)
    {
        int channels = header.Channels, count = header.Palette.Length / 3;
        var pixels = new byte[count * channels];
        for (int i = 0; i < count; i++)
        {
            header.Palette.AsSpan(3 * i, 3).CopyTo(pixels.AsSpan(i * channels));
            // Entries that tRNS does not reach are opaque.
            if (header.Transparency is { } alphas) pixels[i * channels + 3] = i < alphas.Length ? alphas[i] : (byte)255;
        }
        return pixels;
    }

    private static ushort[] MakeColor(byte[] bytes, int bitDepth)
    {
        var color = new ushort[bytes.Length / 2];
        // Only the low bits count (PNG specification, 11.3.1.1).
        for (int c = 0; c < color.Length; c++)
            color[c] = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2 * c)) & ((1 << bitDepth) - 1));
        return color;
    }
}
