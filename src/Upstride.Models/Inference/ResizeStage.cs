using Upstride.Geometry;

namespace Upstride.Models.Inference;

/// <summary>Brings rows to a size by MATLAB's bicubic imresize, with antialiasing where it shrinks: a few rows are held.</summary>
internal sealed class ResizeStage : IRowStage
{
    private readonly int _channels;
    private readonly int _width;
    private readonly ResizeAxis _rowAxis;
    private readonly ResizeAxis _columnAxis;
    private readonly BicubicRows _rows;
    private readonly float[] _batch;
    private readonly IRowStage _next;
    private int _read;
    private int _made;

    public ResizeStage(int channels, (int Width, int Height) from, (int Width, int Height) to, IRowStage next)
    {
        (_channels, _width, _next) = (channels, from.Width, next);
        (_rowAxis, _columnAxis) = (ResizeAxis.ToSize(from.Height, to.Height), ResizeAxis.ToSize(from.Width, to.Width));
        _rows = new BicubicRows(channels, _rowAxis, _columnAxis);
        _batch = new float[(long)_rows.BandRows * channels * to.Width];
    }

    public void Push(float[] rows, int count)
    {
        int length = _channels * _width;
        for (int row = 0; row < count; row++)
        {
            rows.AsSpan(row * length, length).CopyTo(_rows.Add());
            _read++;
            Make();
        }
    }

    public void Restart()
    {
        (_read, _made) = (0, 0);
        _rows.Restart();
        _next.Restart();
    }

    public void Dispose() => _next.Dispose();

    private void Make()
    {
        while (_made < _rowAxis.Output)
        {
            int count = Math.Min(_rows.BandRows, _rowAxis.Output - _made);
            if (_rows.RowsNeededBy(_made + count - 1) > _read) return;
            _rows.Make(_made, count);
            for (int row = 0; row < count; row++)
                for (int plane = 0; plane < _channels; plane++)
                    _rows.Row(plane, row).CopyTo(_batch.AsSpan((row * _channels + plane) * _columnAxis.Output));
            _made += count;
            _next.Push(_batch, count);
        }
    }
}
