namespace Upstride.Imaging;

/// <summary>Gives the rows of a picture that is in memory.</summary>
internal sealed class BufferDecoder(ImageBuffer image, ImageFileFormat fileFormat) : PictureDecoder
{
    private int _next;

    public override ImageFileFormat FileFormat => fileFormat;

    public override PictureFormat Format => image.Format;

    public override ImageMetadata Metadata => image.Metadata;

    public override void ReadRow(Span<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        image.Row(_next++).CopyTo(destination);
    }

    public override ImageBuffer ReadAll(ImageInput input, CancellationToken cancellationToken) => image;
}
