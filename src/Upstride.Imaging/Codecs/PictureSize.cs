using System.Globalization;
using System.Text;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Pbm;
using SixLabors.ImageSharp.Formats.Tga;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Webp;
using Upstride.Imaging.Jpeg;

namespace Upstride.Imaging.Codecs;

/// <summary>Finds a picture's size in the head of its file, and decodes no sample.</summary>
internal static class PictureSize
{
    // "PF", width and height are in the first bytes of a PFM file.
    private const int PfmHead = 64;

    /// <summary>Columns and rows as they are stored; null for a format whose head is not known here.</summary>
    /// <exception cref="ImageFormatException">The head is damaged.</exception>
    public static (int Width, int Height)? Find(ImageInput input, CancellationToken cancellationToken)
    {
        ReadOnlySpan<byte> start = input.Peek(18);
        switch (start)
        {
            case []:
                throw input.Fault("the file is empty");
            case [0x89, (byte)'P', (byte)'N', (byte)'G', ..]:
                PictureFormat png = new PngReader(input).Format;
                return (png.Width, png.Height);
            case [0xFF, 0xD8, 0xFF, ..]:
                JpegHeader jpeg = JpegHeader.Read(input);
                return (jpeg.Width, jpeg.Height);
            case [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..]:
                return Identify(new WebpDecoder(), input, cancellationToken);
            case [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..]:
                return Identify(new GifDecoder(), input, cancellationToken);
            case [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..]:
                return Identify(new TiffDecoder(), input, cancellationToken);
            case [(byte)'B', (byte)'M', ..]:
                return Identify(new BmpDecoder(), input, cancellationToken);
            case [(byte)'P', >= (byte)'1' and <= (byte)'6', (byte)' ' or (>= (byte)'\t' and <= (byte)'\r'), ..]:
                return Identify(new PbmDecoder(), input, cancellationToken);
            case [(byte)'P', (byte)'F' or (byte)'f', (byte)' ' or (>= (byte)'\t' and <= (byte)'\r'), ..]:
                return OfPfm(input);
            default:
                return TgaPicture.IsHead(start) ? Identify(new TgaDecoder(), input, cancellationToken) : null;
        }
    }

    private static (int Width, int Height)? Identify(IImageInfoDetector decoder, ImageInput input, CancellationToken cancellationToken)
    {
        try
        {
            IImageInfo? info = ImageSharpCodec.Run(input, () =>
                decoder.Identify(ImageSharpCodec.Configuration, input.Rewind(), cancellationToken));
            return info is null ? null : (info.Width, info.Height);
        }
        catch (NotDecodedException)
        {
            return null;
        }
    }

    private static (int Width, int Height)? OfPfm(ImageInput input)
    {
        string[] words = Encoding.ASCII.GetString(input.Peek(PfmHead)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Length >= 4 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            && int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out int height) && width > 0 && height > 0
            ? (width, height) : throw input.Fault("its head has no width and height above 0");
    }
}
