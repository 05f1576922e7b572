using Upstride.Imaging;

namespace Upstride.Models.Inference;

/// <summary>Reads a picture's rows as luma and what else there is: colour differences, alpha.</summary>
internal sealed class PictureReader(int width, int channels, SampleType sampleType, RowSource source)
{
    private readonly ImageBuffer _row = new(width, 1, channels, sampleType);
    private readonly float[] _planes = new float[channels * width];

    /// <summary>The next row.</summary>
    /// <param name="luma">[width].</param>
    /// <param name="others">[channels - 1, width]: Cb and Cr of colours, then alpha.</param>
    public void Read(Span<float> luma, Span<float> others)
    {
        source(_row.Bytes);
        _row.CopyToPlanes(_planes);
        if (channels >= 3) YCbCr.FromRgb(_planes.AsSpan(0, 3 * width), _planes.AsSpan(0, 3 * width));
        _planes.AsSpan(0, width).CopyTo(luma);
        _planes.AsSpan(width).CopyTo(others);
    }
}
