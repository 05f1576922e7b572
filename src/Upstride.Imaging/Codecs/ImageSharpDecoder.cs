using System.Runtime.InteropServices;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.PixelFormats;
using Upstride.Imaging.Jpeg;

namespace Upstride.Imaging.Codecs;

/// <summary>What is known of a picture from its file's head.</summary>
/// <param name="FileFormat">The file's format.</param>
/// <param name="Format">Of the decoded samples.</param>
/// <param name="Metadata">What the file says beside the samples.</param>
/// <param name="Remarks">What the file holds and the picture does not.</param>
/// <param name="Orientation">EXIF's, 1 to 8.</param>
/// <param name="ChromaStep">How many pixels share one sample of the colour differences, where that is to be interpolated.</param>
/// <param name="JpegQuality">As <see cref="PictureDecoder.JpegQuality"/>.</param>
internal sealed record DecodedPicture(
    ImageFileFormat FileFormat, PictureFormat Format, ImageMetadata Metadata, IEnumerable<string> Remarks, int Orientation = 1,
        (int Across, int Down) ChromaStep = default, int? JpegQuality = null);

/// <summary>A decoder that holds its picture, so that rows can be had in any order.</summary>
internal abstract class HeldPictureDecoder : PictureDecoder
{
    /// <summary>A row of the current frame as it was decoded, [width, channels].</summary>
    public abstract ReadOnlySpan<byte> Row(int row);
}

/// <summary>The rows of a picture that ImageSharp has decoded.</summary>
internal sealed class ImageSharpDecoder<TPixel> : HeldPictureDecoder where TPixel : unmanaged, IPixel<TPixel>
{
    private readonly Image<TPixel> _image;
    private readonly DecodedPicture _picture;
    private readonly ChromaUpsampler? _chroma;
    private int _next;

    public ImageSharpDecoder(Image<TPixel> image, DecodedPicture picture)
    {
        (_image, _picture) = (image, picture);
        if (typeof(TPixel) == typeof(Rgb24) && ChromaUpsampler.Handles(picture.ChromaStep))
            _chroma = new ChromaUpsampler(image.Width, image.Height, picture.ChromaStep, Row);
    }

    public override ImageFileFormat FileFormat => _picture.FileFormat;

    public override PictureFormat Format => _picture.Format;

    public override ImageMetadata Metadata => _picture.Metadata;

    public override IEnumerable<string> Remarks => _picture.Remarks;

    public override int Orientation => _picture.Orientation;

    public override int? JpegQuality => _picture.JpegQuality;

    /// <summary>Frames that were decoded.</summary>
    public int Frames => _image.Frames.Count;

    /// <summary>The frame whose rows are given.</summary>
    public int Frame { get; private set; }

    public override ReadOnlySpan<byte> Row(int row) => MemoryMarshal.AsBytes(_image.Frames[Frame].DangerousGetPixelRowMemory(row).Span);

    public override void ReadRow(Span<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_chroma is { } chroma) chroma.Read(destination);
        else Row(_next).CopyTo(destination);
        _next++;
    }

    public override bool NextFrame(CancellationToken cancellationToken)
    {
        if (Frame + 1 == Frames) return false;
        (Frame, _next) = (Frame + 1, 0);
        return true;
    }

    public override void Dispose() => _image.Dispose();

}
