using Upstride.Imaging;
using Upstride.Threading;

namespace Upstride.Models.Inference;

/// <summary>Writes a larger picture's rows, some at a time: made by all threads, handed on in their order.</summary>
internal sealed class PictureWriter
{
    // Without colours there is nothing that sets the number.
    private const int GreyRows = 16;

    private readonly int _width;
    private readonly int _channels;
    private readonly SampleType _sampleType;
    private readonly BicubicRows? _others;
    private readonly RowTarget _target;
    private readonly float[][] _planes;
    private readonly float[] _luma;
    private readonly ImageBuffer?[] _rows;

    /// <param name="width">Columns of the larger picture.</param>
    /// <param name="channels">Its channels.</param>
    /// <param name="sampleType">Its samples.</param>
    /// <param name="others">Colour differences and alpha; null of a grey picture.</param>
    /// <param name="threads">How many make rows.</param>
    /// <param name="target">Takes the rows.</param>
    public PictureWriter(int width, int channels, SampleType sampleType, BicubicRows? others, int threads, RowTarget target)
    {
        (_width, _channels, _sampleType, _others, _target) = (width, channels, sampleType, others, target);
        int rows = others?.BandRows ?? GreyRows;
        _planes = [.. Enumerable.Range(0, Math.Min(threads, rows)).Select(_ => new float[(long)channels * width])];
        _luma = new float[(long)rows * width];
        _rows = new ImageBuffer?[rows];
    }

    /// <summary>Writes some rows.</summary>
    /// <param name="first">The first one's number.</param>
    /// <param name="luma">[rows, width].</param>
    public void Write(int first, ReadOnlySpan<float> luma)
    {
        for (; !luma.IsEmpty; luma = luma[Math.Min(_luma.Length, luma.Length)..], first += _rows.Length)
        {
            int count = Math.Min(_rows.Length, luma.Length / _width);
            luma[..(count * _width)].CopyTo(_luma);
            _others?.Make(first, count);
            ParallelLoop.Run(_planes.Length, _planes.Length, worker =>
            {
                for (int row = worker; row < count; row += _planes.Length) _rows[row] = Row(row, _planes[worker]);
            });
            for (int row = 0; row < count; row++)
            {
                _target(_rows[row]!.Bytes);
                _rows[row] = null;
            }
        }
    }

    private ImageBuffer Row(int row, float[] planes)
    {
        _luma.AsSpan(row * _width, _width).CopyTo(planes);
        for (int plane = 1; plane < _channels; plane++) _others!.Row(plane - 1, row).CopyTo(planes.AsSpan(plane * _width));
        if (_channels >= 3) YCbCr.ToRgb(planes.AsSpan(0, 3 * _width), planes.AsSpan(0, 3 * _width));
        return ImageBuffer.FromPlanes(planes, _width, 1, _channels, _sampleType);
    }
}
