using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Upstride.Imaging.Netpbm;

/// <summary>Reads PBM, PGM and PPM pictures, in text (P1, P2, P3) and binary (P4, P5, P6). Samples are scaled so that the file's
/// largest value is full: to 8 bits up to 255, to 16 bits above. In PBM 1 is black.</summary>
internal static class NetpbmReader
{
    public static ImageBuffer Read(ImageInput input, CancellationToken cancellationToken)
    {
        int kind = NetpbmText.ReadWord(input, "the magic number")[1] - '0';
        int width = NetpbmText.ReadNumber(input, int.MaxValue, "the width");
        int height = NetpbmText.ReadNumber(input, int.MaxValue, "the height");
        int max = kind is 1 or 4 ? 1 : NetpbmText.ReadNumber(input, ushort.MaxValue, "the maximal value");
        if (max == 0) throw input.Fault("the maximal value is 0; 1 to 65535 are legal");
        int channels = kind is 3 or 6 ? 3 : 1;
        SampleType sampleType = max > byte.MaxValue ? SampleType.UInt16 : SampleType.UInt8;
        input.CheckSize(width, height, channels, sampleType);
        long samples = (long)width * height * channels;
        string what = $"{width} x {height} pixels";
        input.Require(kind switch
        {
            1 => samples,
            2 or 3 => 2 * samples - 1, // a digit and a space each
            4 => ((long)width + 7) / 8 * height,
            _ => samples * sampleType.Bytes(),
        }, what);

        ImageBuffer image = input.Allocate(new(width, height, channels, sampleType));
        for (int y = 0; y < height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<byte> row = image.Row(y);
            switch (kind)
            {
                case 1: ReadBits(input, row, y); break;
                case 4: ReadPackedBits(input, row); break;
                case 2 or 3: ReadText(input, row, sampleType, max, y); break;
                default: ReadBinary(input, row, sampleType, max, y); break;
            }
        }
        return image;
    }

    private static void ReadBits(ImageInput input, Span<byte> row, int y)
    {
        for (int x = 0; x < row.Length; x++) row[x] = NetpbmText.ReadBit(input, $"a pixel of row {y}") == 0 ? (byte)255 : (byte)0;
    }

    private static void ReadPackedBits(ImageInput input, Span<byte> row)
    {
        byte[] packed = new byte[(row.Length + 7) / 8];
        input.ReadExactly(packed, "a row of pixels");
        for (int x = 0; x < row.Length; x++) row[x] = (packed[x >> 3] & (0x80 >> (x & 7))) == 0 ? (byte)255 : (byte)0;
    }

    private static void ReadText(ImageInput input, Span<byte> row, SampleType sampleType, int max, int y)
    {
        string what = $"a sample of row {y}";
        if (sampleType == SampleType.UInt8)
            for (int i = 0; i < row.Length; i++) row[i] = (byte)Scale(NetpbmText.ReadNumber(input, max, what), max, byte.MaxValue);
        else
            foreach (ref ushort sample in MemoryMarshal.Cast<byte, ushort>(row))
                sample = (ushort)Scale(NetpbmText.ReadNumber(input, max, what), max, ushort.MaxValue);
    }

    private static void ReadBinary(ImageInput input, Span<byte> row, SampleType sampleType, int max, int y)
    {
        input.ReadExactly(row, "a row of pixels");
        if (sampleType == SampleType.UInt8)
        {
            if (max == byte.MaxValue) return;
            foreach (ref byte sample in row) sample = (byte)Scale(Checked(sample), max, byte.MaxValue);
            return;
        }
        foreach (ref ushort sample in MemoryMarshal.Cast<byte, ushort>(row))
        {
            ushort stored = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(sample) : sample;
            sample = (ushort)Scale(Checked(stored), max, ushort.MaxValue);
        }

        int Checked(int sample) => sample <= max ? sample : throw input.Fault($"a sample of row {y} is {sample}, above {max}");
    }

    // Nearest; in 64 bits, because 2 * 65535 * 65535 passes 2^31.
    private static long Scale(int sample, int max, int full) => max == full ? sample : (2L * sample * full + max) / (2L * max);
}
