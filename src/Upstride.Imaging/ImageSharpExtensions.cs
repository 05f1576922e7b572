using System.Runtime.InteropServices;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.PixelFormats;

namespace Upstride.Imaging;

/// <summary>Pictures from and to the library ImageSharp, for programs that work with both.</summary>
public static class ImageSharpExtensions
{
    /// <summary>The first frame's samples as a picture: of grey pixel types grey, of those with alpha with alpha, of those of more than 8
    /// bits in 16 bits. Orientation and metadata are the caller's.</summary>
    /// <param name="image">Of any pixel type; it stays the caller's.</param>
    public static ImageBuffer ToImageBuffer(this Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return image switch
        {
            Image<L8> own => Copy(own, 1, SampleType.UInt8),
            Image<La16> own => Copy(own, 2, SampleType.UInt8),
            Image<Rgb24> own => Copy(own, 3, SampleType.UInt8),
            Image<Rgba32> own => Copy(own, 4, SampleType.UInt8),
            Image<L16> own => Copy(own, 1, SampleType.UInt16),
            Image<La32> own => Copy(own, 2, SampleType.UInt16),
            Image<Rgb48> own => Copy(own, 3, SampleType.UInt16),
            Image<Rgba64> own => Copy(own, 4, SampleType.UInt16),
            Image<Bgr24> => Convert<Rgb24>(image),
            Image<Bgra32> or Image<Argb32> => Convert<Rgba32>(image),
            _ => Convert<Rgba64>(image),
        };
    }

    /// <summary>The picture as ImageSharp holds it; floats are clipped to 0 to 1 and rounded to 16 bits.</summary>
    /// <typeparam name="TPixel">Any pixel type.</typeparam>
    /// <param name="image">A picture.</param>
    public static Image<TPixel> ToImageSharp<TPixel>(this ImageBuffer image) where TPixel : unmanaged, IPixel<TPixel>
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.SampleType == SampleType.Float32) return image.Convert(SampleType.UInt16).ToImageSharp<TPixel>();
        return (image.Channels, image.SampleType) switch
        {
            (1, SampleType.UInt8) => Load<L8, TPixel>(image),
            (2, SampleType.UInt8) => Load<La16, TPixel>(image),
            (3, SampleType.UInt8) => Load<Rgb24, TPixel>(image),
            (4, SampleType.UInt8) => Load<Rgba32, TPixel>(image),
            (1, _) => Load<L16, TPixel>(image),
            (2, _) => Load<La32, TPixel>(image),
            (3, _) => Load<Rgb48, TPixel>(image),
            _ => Load<Rgba64, TPixel>(image),
        };
    }

    private static Image<TPixel> Load<TStored, TPixel>(ImageBuffer image) where TStored : unmanaged, IPixel<TStored> where TPixel
        : unmanaged, IPixel<TPixel>
    {
        var loaded = new Image<TStored>(image.Width, image.Height);
        for (int y = 0; y < image.Height; y++) image.Row(y).CopyTo(MemoryMarshal.AsBytes(loaded.DangerousGetPixelRowMemory(y).Span));
        if (loaded is Image<TPixel> wanted) return wanted;
        using (loaded) return loaded.CloneAs<TPixel>();
    }

    private static ImageBuffer Convert<TPixel>(Image image) where TPixel : unmanaged, IPixel<TPixel>
    {
        using Image<TPixel> converted = image.CloneAs<TPixel>();
        return converted.ToImageBuffer();
    }

    private static ImageBuffer Copy<TPixel>(Image<TPixel> image, int channels, SampleType sampleType) where TPixel : unmanaged,
        IPixel<TPixel>
    {
        var copy = new ImageBuffer(image.Width, image.Height, channels, sampleType);
        for (int y = 0; y < image.Height; y++) MemoryMarshal.AsBytes(image.DangerousGetPixelRowMemory(y).Span).CopyTo(copy.Row(y));
        return copy;
    }
}
