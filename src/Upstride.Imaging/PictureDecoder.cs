namespace Upstride.Imaging;

/// <summary>Gives the rows of one picture file's frames as they are stored, not yet turned upright.</summary>
internal abstract class PictureDecoder : IDisposable
{
    public abstract ImageFileFormat FileFormat { get; }

    public abstract PictureFormat Format { get; }

    public virtual ImageMetadata Metadata => ImageMetadata.Empty;

    /// <summary>What the file holds and the picture does not, in words.</summary>
    public virtual IEnumerable<string> Remarks => [];

    public virtual ImageAnimation Animation => new(1, 0);

    /// <summary>How long the current frame is shown.</summary>
    public virtual TimeSpan Delay => TimeSpan.Zero;

    /// <summary>EXIF's orientation of the rows, 1 to 8.</summary>
    public virtual int Orientation => 1;

    /// <summary>As coarse as the tables of a JPEG file of this quality are its own; null of another format.</summary>
    public virtual int? JpegQuality => null;

    /// <summary>The next row of the current frame, [width, channels].</summary>
    public abstract void ReadRow(Span<byte> destination, CancellationToken cancellationToken);

    /// <summary>The current frame, of which no row has been read.</summary>
    public virtual ImageBuffer ReadAll(ImageInput input, CancellationToken cancellationToken)
    {
        ImageBuffer image = input.Allocate(Format);
        for (int y = 0; y < image.Height; y++) ReadRow(image.Row(y), cancellationToken);
        return image;
    }

    /// <summary>Goes to the next frame; false where there is none.</summary>
    public virtual bool NextFrame(CancellationToken cancellationToken) => false;

    public virtual void Dispose()
    {
    }
}
