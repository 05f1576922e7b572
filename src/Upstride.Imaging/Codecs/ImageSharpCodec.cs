using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;

namespace Upstride.Imaging.Codecs;

/// <summary>The library ImageSharp, as far as it is used: its decoders, with its exceptions made ours.</summary>
internal static class ImageSharpCodec
{
    // Every limit is checked before; the library's own, 4 GB for one picture, would refuse what ours allows.
    private const int MaxMegabytes = 64 << 10;

    /// <summary>Settings of its own, so that nothing here depends on what a program does with the library's.</summary>
    public static Configuration Configuration { get; } = new()
    {
        MemoryAllocator = MemoryAllocator.Create(new() { MaximumPoolSizeMegabytes = 64, AllocationLimitMegabytes = MaxMegabytes }),
    };

    // Compiled ahead of time, the reader of TIFF's fields makes an array of this type by reflection, which the compiler cannot see.
    internal static Array Kept { get; } = new ExifDataType[1];

    /// <summary>Decodes a picture to the pixels that hold a form of samples, channel for channel.</summary>
    /// <exception cref="NotDecodedException">The decoder does not know this kind of file.</exception>
    public static HeldPictureDecoder Decode(IImageDecoder decoder, ImageInput input, DecodedPicture picture,
        CancellationToken cancellationToken) =>
        (picture.Format.Channels, picture.Format.SampleType) switch
        {
            (1, SampleType.UInt8) => Decode<L8>(decoder, input, picture, cancellationToken),
            (2, SampleType.UInt8) => Decode<La16>(decoder, input, picture, cancellationToken),
            (3, SampleType.UInt8) => Decode<Rgb24>(decoder, input, picture, cancellationToken),
            (4, SampleType.UInt8) => Decode<Rgba32>(decoder, input, picture, cancellationToken),
            (1, _) => Decode<L16>(decoder, input, picture, cancellationToken),
            (2, _) => Decode<La32>(decoder, input, picture, cancellationToken),
            (3, _) => Decode<Rgb48>(decoder, input, picture, cancellationToken),
            _ => Decode<Rgba64>(decoder, input, picture, cancellationToken),
        };

    /// <summary>Runs the library on a file, with its exceptions made ours.</summary>
    public static T Run<T>(ImageInput input, Func<T> decode)
    {
        try
        {
            return decode();
        }
        catch (NotSupportedException e)
        {
            throw new NotDecodedException($"it is of a kind that cannot be read here: {e.Message}", e);
        }
        catch (Exception e) when (e is OutOfMemoryException or InvalidMemoryOperationException)
        {
            throw input.Fault("there is no memory for its pixels", e);
        }
        catch (Exception e) when (e is not (OperationCanceledException or ImageFormatException)
            && (e is not IOException || e is EndOfStreamException || IsReadable(input)))
        {
            throw input.Fault($"it is damaged: {e.Message}", e);
        }
    }

    // A place outside the file, to which damaged data led the decoder, is told as trouble with the file, too.
    private static bool IsReadable(ImageInput input)
    {
        try
        {
            return input.Rewind().ReadByte() >= 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static ImageSharpDecoder<TPixel> Decode<TPixel>(IImageDecoder decoder, ImageInput input, DecodedPicture picture,
        CancellationToken cancellationToken)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        Image<TPixel> image = Run(input, () => decoder.Decode<TPixel>(Configuration, input.Rewind(), cancellationToken));
        if (image.Width == picture.Format.Width && image.Height == picture.Format.Height) return new(image, picture);
        image.Dispose();
        throw input.Fault($"its header gives {picture.Format.Width} x {picture.Format.Height} pixels, and its data {image.Width} x "
            + $"{image.Height}");
    }
}
