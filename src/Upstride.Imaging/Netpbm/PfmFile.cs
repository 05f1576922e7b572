using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Upstride.Imaging.Netpbm;

/// <summary>PFM pictures: 32-bit floats, grey (Pf) or RGB (PF), bottom row first; the scale's sign gives the byte order
/// (negative: least significant first), its size is a unit of light and changes no sample.</summary>
internal static class PfmFile
{
    public static ImageBuffer Read(ImageInput input, CancellationToken cancellationToken)
    {
        int channels = NetpbmText.ReadWord(input, "the magic number") is "PF" ? 3 : 1;
        int width = NetpbmText.ReadNumber(input, int.MaxValue, "the width");
        int height = NetpbmText.ReadNumber(input, int.MaxValue, "the height");
        string scale = NetpbmText.ReadWord(input, "the scale");
        if (!float.TryParse(scale, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) || value == 0
            || !float.IsFinite(value))
            throw input.Fault($"the scale '{scale}' is not a finite number other than 0");
        input.CheckSize(width, height, channels, SampleType.Float32);
        input.Require((long)width * height * channels * sizeof(float), $"{width} x {height} pixels");

        ImageBuffer image = input.Allocate(new(width, height, channels, SampleType.Float32));
        for (int y = height - 1; y >= 0; y--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<byte> row = image.Row(y);
            input.ReadExactly(row, "a row of pixels");
            SwapWhereForeign(row, littleEndian: value < 0);
        }
        return image;
    }

    public static void Write(Stream stream, ImageBuffer image, ImageWriteSettings settings, CancellationToken cancellationToken)
    {
        if (image.HasAlpha)
            throw new ArgumentException("PFM has no alpha channel and the picture has one: drop the channel first", nameof(image));
        if (image.SampleType != SampleType.Float32) image = image.Convert(SampleType.Float32);
        stream.Write(Encoding.ASCII.GetBytes(
            $"{(image.Channels == 3 ? "PF" : "Pf")}\n{image.Width} {image.Height}\n{(settings.BigEndian ? "1.0" : "-1.0")}\n"));
        byte[] row = new byte[image.RowBytes];
        for (int y = image.Height - 1; y >= 0; y--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            image.Row(y).CopyTo(row);
            SwapWhereForeign(row, littleEndian: !settings.BigEndian);
            stream.Write(row);
        }
    }

    private static void SwapWhereForeign(Span<byte> row, bool littleEndian)
    {
        if (littleEndian == BitConverter.IsLittleEndian) return;
        Span<uint> words = MemoryMarshal.Cast<byte, uint>(row);
        BinaryPrimitives.ReverseEndianness(words, words);
    }
}
