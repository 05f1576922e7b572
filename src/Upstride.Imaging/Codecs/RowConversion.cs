using System.Runtime.InteropServices;

namespace Upstride.Imaging.Codecs;

/// <summary>A row of samples in another form, for formats that know fewer forms.</summary>
internal static class RowConversion
{
    /// <summary>A row in 8 bits and with another number of channels: grey becomes three equal colours.</summary>
    /// <param name="samples">[width, channels] of <paramref name="given"/>, integers.</param>
    /// <param name="given">The row's form.</param>
    /// <param name="channels">As many, or two more where the row is grey.</param>
    /// <param name="destination">[width, <paramref name="channels"/>].</param>
    public static void ToBytes(ReadOnlySpan<byte> samples, PictureFormat given, int channels, Span<byte> destination)
    {
        if (given.SampleType == SampleType.UInt8 && channels == given.Channels)
        {
            samples.CopyTo(destination);
            return;
        }
        ReadOnlySpan<ushort> words = MemoryMarshal.Cast<byte, ushort>(samples);
        int repeat = channels >= 3 && given.Colors == 1 ? 3 : 1, colors = given.Colors;
        for (int x = 0, o = 0; x < given.Width; x++)
            for (int c = 0; c < given.Channels; c++)
            {
                int i = x * given.Channels + c;
                byte value = given.SampleType == SampleType.UInt8 ? samples[i] : (byte)((words[i] * 255 + 32_767) / 65_535);
                for (int copy = c < colors ? repeat : 1; copy > 0; copy--) destination[o++] = value;
            }
    }

    /// <summary>Grey and alpha as three equal colours and alpha.</summary>
    /// <param name="samples">[width, 2].</param>
    /// <param name="sampleBytes">Bytes of each.</param>
    /// <param name="destination">[width, 4].</param>
    public static void ToColors(ReadOnlySpan<byte> samples, int sampleBytes, Span<byte> destination)
    {
        for (; samples.Length > 0; samples = samples[(2 * sampleBytes)..])
        {
            for (int copy = 0; copy < 3; copy++, destination = destination[sampleBytes..]) samples[..sampleBytes].CopyTo(destination);
            samples.Slice(sampleBytes, sampleBytes).CopyTo(destination);
            destination = destination[sampleBytes..];
        }
    }
}
