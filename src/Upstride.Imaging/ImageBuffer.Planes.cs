using System.Runtime.InteropServices;

namespace Upstride.Imaging;

public sealed partial class ImageBuffer
{
    /// <summary>Writes the samples as float planes [channels, height, width]: 8-bit samples / 255, 16-bit samples / 65535,
    /// floats as they are.</summary>
    /// <param name="destination">Exactly channels * height * width elements.</param>
    public void CopyToPlanes(Span<float> destination)
    {
        int pixels = CheckPlanes(destination.Length, Width, Height, Channels, nameof(destination));
        for (int c = 0; c < Channels; c++)
        {
            Span<float> plane = destination.Slice(c * pixels, pixels);
            switch (SampleType)
            {
                case SampleType.UInt8:
                    ReadOnlySpan<byte> bytes8 = Samples<byte>();
                    for (int i = 0, j = c; i < plane.Length; i++, j += Channels) plane[i] = SampleValue.ToUnit(bytes8[j]);
                    break;
                case SampleType.UInt16:
                    ReadOnlySpan<ushort> words = Samples<ushort>();
                    for (int i = 0, j = c; i < plane.Length; i++, j += Channels) plane[i] = SampleValue.ToUnit(words[j]);
                    break;
                default:
                    ReadOnlySpan<float> floats = Samples<float>();
                    for (int i = 0, j = c; i < plane.Length; i++, j += Channels) plane[i] = floats[j];
                    break;
            }
        }
    }

    /// <summary>The samples as float planes in a new array, [channels, height, width].</summary>
    public float[] ToPlanes()
    {
        var planes = new float[(long)Channels * Height * Width];
        CopyToPlanes(planes);
        return planes;
    }

    /// <summary>A picture from float planes [channels, height, width]. For integer samples each value is multiplied by 255
    /// or 65535, clipped to the range and rounded to nearest, halves up (MATLAB's im2uint8); NaN becomes 0.
    /// Float samples are taken as they are.</summary>
    public static ImageBuffer FromPlanes(ReadOnlySpan<float> planes, int width, int height, int channels,
        SampleType sampleType = SampleType.UInt8)
    {
        var image = new ImageBuffer(width, height, channels, sampleType);
        image.CopyFromPlanes(planes);
        return image;
    }

    /// <summary>Takes the samples from float planes [channels, height, width], as <see cref="FromPlanes"/> does.</summary>
    /// <param name="planes">Exactly channels * height * width elements.</param>
    public void CopyFromPlanes(ReadOnlySpan<float> planes)
    {
        int pixels = CheckPlanes(planes.Length, Width, Height, Channels, nameof(planes));
        for (int c = 0; c < Channels; c++)
        {
            ReadOnlySpan<float> plane = planes.Slice(c * pixels, pixels);
            switch (SampleType)
            {
                case SampleType.UInt8:
                    Span<byte> bytes8 = Samples<byte>();
                    for (int i = 0, j = c; i < plane.Length; i++, j += Channels) bytes8[j] = SampleValue.ToUInt8(plane[i]);
                    break;
                case SampleType.UInt16:
                    Span<ushort> words = Samples<ushort>();
                    for (int i = 0, j = c; i < plane.Length; i++, j += Channels) words[j] = SampleValue.ToUInt16(plane[i]);
                    break;
                default:
                    Span<float> floats = Samples<float>();
                    for (int i = 0, j = c; i < plane.Length; i++, j += Channels) floats[j] = plane[i];
                    break;
            }
        }
    }

    /// <summary>The same picture with samples of another type, scaled so that full stays full; integer results are
    /// rounded to nearest and clipped. From 8 to 16 bits and back nothing is lost.</summary>
    public ImageBuffer Convert(SampleType sampleType)
    {
        var converted = new ImageBuffer(Format with { SampleType = sampleType }) { Metadata = Metadata };
        if (sampleType == SampleType)
        {
            Bytes.CopyTo(converted.Bytes);
            return converted;
        }
        float[] unit = new float[Width * Channels];
        for (int y = 0; y < Height; y++)
        {
            ReadOnlySpan<byte> source = Row(y);
            Span<byte> destination = converted.Row(y);
            for (int i = 0; i < unit.Length; i++)
                unit[i] = SampleType switch
                {
                    SampleType.UInt8 => SampleValue.ToUnit(source[i]),
                    SampleType.UInt16 => SampleValue.ToUnit(MemoryMarshal.Cast<byte, ushort>(source)[i]),
                    _ => MemoryMarshal.Cast<byte, float>(source)[i],
                };
            for (int i = 0; i < unit.Length; i++)
                switch (sampleType)
                {
                    case SampleType.UInt8: destination[i] = SampleValue.ToUInt8(unit[i]); break;
                    case SampleType.UInt16: MemoryMarshal.Cast<byte, ushort>(destination)[i] = SampleValue.ToUInt16(unit[i]); break;
                    default: MemoryMarshal.Cast<byte, float>(destination)[i] = unit[i]; break;
                }
        }
        return converted;
    }

    private static int CheckPlanes(int length, int width, int height, int channels, string name)
    {
        long pixels = (long)width * height;
        if (length != pixels * channels)
            throw new ArgumentException(
                $"channels * height * width elements are needed: {channels} * {height} * {width} = {pixels * channels}, given {length}",
                name);
        return (int)pixels;
    }
}
