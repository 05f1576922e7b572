using System.Runtime.InteropServices;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Tga;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;
using Upstride.Imaging.Jpeg;
using Upstride.Imaging.WebP;

namespace Upstride.Imaging.Codecs;

/// <summary>Holds a picture until its last row and has ImageSharp encode it, in 8 bits; metadata goes in by our own hand, byte for
/// byte.</summary>
internal static class ImageSharpEncoder
{
    public static PictureEncoder Create(
        Stream stream, ImageFileFormat fileFormat, PictureFormat format, ImageMetadata metadata, ImageWriteSettings settings,
            CancellationToken cancellation) =>
        fileFormat switch
        {
            ImageFileFormat.Jpeg => Create(
                new JpegEncoder
                {
                    Quality = settings.Quality,
                    ColorType = format.Colors == 1 ? JpegColorType.Luminance
                        : settings.Subsampling == JpegSubsampling.Quarter ? JpegColorType.YCbCrRatio420 : JpegColorType.YCbCrRatio444,
                },
                (image, encoder) => JpegContainer.Write(stream, metadata, target => image.Save(target, encoder)), format, cancellation),
            ImageFileFormat.WebP => Create(
                new WebpEncoder
                {
                    FileFormat = settings.Lossless ? WebpFileFormatType.Lossless : WebpFileFormatType.Lossy,
                    Quality = settings.Quality,

                    // What is hidden behind alpha 0 is nothing that a file must keep, but for a lossless one.
                    TransparentColorMode = settings.Lossless ? WebpTransparentColorMode.Preserve : WebpTransparentColorMode.Clear,
                },
                (image, encoder) => WebPContainer.Write(stream, metadata, image.Width, image.Height, format.HasAlpha, target =>
                    image.Save(target, encoder)),
                format.Colors == 1 ? format with { Channels = format.Channels + 2 } : format, cancellation, format),
            _ => Create(
                new TgaEncoder { BitsPerPixel = format.HasAlpha ? TgaBitsPerPixel.Pixel32 : format.Colors == 1 ? TgaBitsPerPixel.Pixel8
                    : TgaBitsPerPixel.Pixel24 },
                (image, encoder) => image.Save(stream, encoder), format.Channels == 2 ? format with { Channels = 4 } : format,
                    cancellation, format),
        };

    private static PictureEncoder Create(
        IImageEncoder encoder, Action<Image, IImageEncoder> save, PictureFormat stored, CancellationToken cancellation,
            PictureFormat? given = null) => stored.Channels switch
        {
            1 => new Encoder<L8>(encoder, save, given ?? stored, stored, cancellation),
            3 => new Encoder<Rgb24>(encoder, save, given ?? stored, stored, cancellation),
            _ => new Encoder<Rgba32>(encoder, save, given ?? stored, stored, cancellation),
        };

    private sealed class Encoder<TPixel> : PictureEncoder where TPixel : unmanaged, IPixel<TPixel>
    {
        private readonly IImageEncoder _encoder;
        private readonly Action<Image, IImageEncoder> _save;
        private readonly PictureFormat _given;
        private readonly PictureFormat _stored;
        private readonly CancellationToken _cancellation;
        private readonly Image<TPixel> _image;
        private int _next;

        public Encoder(IImageEncoder encoder, Action<Image, IImageEncoder> save, PictureFormat given, PictureFormat stored,
            CancellationToken cancellation)
        {
            (_encoder, _save, _given, _stored, _cancellation) = (encoder, save, given, stored, cancellation);
            _image = new Image<TPixel>(ImageSharpCodec.Configuration, given.Width, given.Height);
        }

        public override void WriteRow(ReadOnlySpan<byte> samples)
        {
            _cancellation.ThrowIfCancellationRequested();
            RowConversion.ToBytes(samples, _given, _stored.Channels, MemoryMarshal.AsBytes(
                _image.DangerousGetPixelRowMemory(_next++).Span));
            if (_next == _given.Height) _save(_image, _encoder);
        }

        public override void Dispose() => _image.Dispose();
    }
}
