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
        var picture = new DecodedPicture(
            ImageFileFormat.Jpeg,
            new(header.Width, header.Height, header.Components == 1 ? 1 : 3, SampleType.UInt8),
            header.Metadata, header.Remarks, ExifData.Orientation(header.Metadata.Exif.AsSpan()), header.ChromaStep, header.Quality);
        var decoder = new JpegDecoder { IgnoreMetadata = false };
        if (!header.HasScansWithRestarts) return ImageSharpCodec.Decode(decoder, input, picture, cancellationToken);
        byte[] file = new byte[input.Length ?? 0];
        input.Rewind().ReadExactly(file);
        using MemoryStream repeated = RestartIntervals.Repeat(file);
        return ImageSharpCodec.Decode(decoder, new ImageInput(repeated, input.Name, input.Settings), picture, cancellationToken);
    }
}
