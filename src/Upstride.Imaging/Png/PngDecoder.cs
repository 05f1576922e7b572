using Upstride.Imaging.Profiles;

namespace Upstride.Imaging.Png;

/// <summary>A PNG file of one picture, row by row.</summary>
internal sealed class PngDecoder(PngReader reader) : PictureDecoder
{
    public override ImageFileFormat FileFormat => ImageFileFormat.Png;

    public override PictureFormat Format => reader.Format;

    public override ImageMetadata Metadata => reader.Metadata;

    public override IEnumerable<string> Remarks => reader.Ancillary.Remarks;

    public override int Orientation => ExifData.Orientation(Metadata.Exif.AsSpan());

    public override void ReadRow(Span<byte> destination, CancellationToken cancellationToken) =>
        reader.ReadRow(destination, cancellationToken);

    public override ImageBuffer ReadAll(ImageInput input, CancellationToken cancellationToken) => reader.ReadAll(cancellationToken);

    public override void Dispose() => reader.Dispose();
}
