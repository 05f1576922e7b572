using SixLabors.ImageSharp.Formats.Jpeg;
using Upstride.Imaging.Codecs;
using Upstride.Imaging.Profiles;

namespace Upstride.Imaging.Jpeg;

/// <summary>Reads JPEG files: grey, colours, and inks (CMYK, YCCK) made colours; baseline and progressive.</summary>
internal static class JpegPicture
{
    public static PictureDecoder Open(ImageInput input, CancellationToken cancellationToken)
    {
        JpegHeader header = JpegHeader.Read(input);

        // The decoder gives other pixels for those; whoever reads rightly is asked instead.
        if (header.IsProgressiveWithRestarts)
            throw new NotDecodedException("it is a progressive JPEG picture with restart marks, which cannot be read here");
        var picture = new DecodedPicture(
            ImageFileFormat.Jpeg,
            new(header.Width, header.Height, header.Components == 1 ? 1 : 3, SampleType.UInt8),
            header.Metadata, header.Remarks, ExifData.Orientation(header.Metadata.Exif.AsSpan()), header.ChromaStep, header.Quality);
        return ImageSharpCodec.Decode(new JpegDecoder { IgnoreMetadata = false }, input, picture, cancellationToken);
    }
}
