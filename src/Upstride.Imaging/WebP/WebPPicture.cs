using SixLabors.ImageSharp.Formats.Webp;
using Upstride.Imaging.Codecs;
using Upstride.Imaging.Profiles;

namespace Upstride.Imaging.WebP;

/// <summary>Reads WebP files of one still picture.</summary>
internal static class WebPPicture
{
    public static PictureDecoder Open(ImageInput input, CancellationToken cancellationToken)
    {
        WebPHeader header = WebPHeader.Read(input);
        var picture = new DecodedPicture(
            ImageFileFormat.WebP,
            new(header.Width, header.Height, header.HasAlpha ? 4 : 3, SampleType.UInt8),
            header.Metadata, header.Remarks, ExifData.Orientation(header.Metadata.Exif.AsSpan()));
        return ImageSharpCodec.Decode(new WebpDecoder { IgnoreMetadata = true }, input, picture, cancellationToken);
    }
}
