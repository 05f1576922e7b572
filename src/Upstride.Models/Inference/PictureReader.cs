using Upstride.Imaging;

namespace Upstride.Models.Inference;

/// <summary>Reads a picture's rows as planes of values, colours multiplied by alpha.</summary>
internal sealed class PictureReader(PictureFormat format, RowSource source)
{
    private readonly ImageBuffer _row = new(format with { Height = 1 });

    /// <summary>The next row.</summary>
    /// <param name="planes">[channels, width].</param>
    public void Read(Span<float> planes)
    {
        source(_row.Bytes);
        _row.CopyToPlanes(planes);
        if (format.HasAlpha) Alpha.Multiply(planes, format.Width);
    }
}
