using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Threading;

namespace Upstride.Models.Inference;

/// <summary>
/// Enlarges rows by a network: it makes the luma, and the colour differences and alpha are MATLAB's bicubic imresize. Takes straight
/// colours and gives colours multiplied by alpha. Colours are limited to 0 to 1, which float samples need not be; grey is luma as it is.
/// </summary>
internal sealed class NetworkStage : IRowStage
{
    // Without colours nothing else sets the number.
    private const int GreyRows = 16;
    private const int MaxGreyOutputs = 2_000_000;

    private readonly IRowUpscaler _luma;
    private readonly int _scale;
    private readonly int _channels;
    private readonly int _width;
    private readonly int _height;
    private readonly int _threads;
    private readonly BicubicRows? _others;
    private readonly IRowStage _next;
    private readonly CancellationToken _cancellation;
    private readonly float[] _lumaRows;
    private readonly float[] _batch;
    private readonly int _batchRows;
    private int _read;
    private int _taken;

    /// <param name="luma">Makes the luma; it is disposed of with the stage.</param>
    /// <param name="scale">How much larger it is.</param>
    /// <param name="format">Of the rows.</param>
    /// <param name="threads">How many make rows.</param>
    /// <param name="next">Takes the rows.</param>
    /// <param name="cancellation">Asked before each band.</param>
    public NetworkStage(IRowUpscaler luma, int scale, PictureFormat format, int threads, IRowStage next, CancellationToken cancellation)
    {
        (_luma, _scale, _threads, _next, _cancellation) = (luma, scale, threads, next, cancellation);
        (_channels, _width, _height) = (format.Channels, format.Width, format.Height);
        _others = _channels > 1 ? new(_channels - 1, ResizeAxis.Matlab(_height, scale), ResizeAxis.Matlab(_width, scale)) : null;
        _batchRows = _others?.BandRows ?? (int)Math.Clamp(MaxGreyOutputs / ((long)scale * _width), 1, GreyRows);
        _lumaRows = new float[(long)Math.Min(luma.BandRows + Ahead, _height) * _width];
        _batch = new float[(long)_batchRows * _channels * scale * _width];
    }

    // The cubic is four samples wide, so the colours are read two rows further than the luma is taken.
    internal const int Ahead = 2;

    public void Push(float[] rows, int count)
    {
        for (int row = 0; row < count; row++)
        {
            Add(rows.AsSpan(row * _channels * _width, _channels * _width));
            while (_luma.RowsDone < _scale * _height && _read >= Math.Min(_height, _taken + Wanted + Ahead)) RunBand();
        }
    }

    public void Restart()
    {
        (_read, _taken) = (0, 0);
        _luma.Restart();
        _others?.Restart();
        _next.Restart();
    }

    public void Dispose()
    {
        _luma.Dispose();
        _next.Dispose();
    }

    private int Wanted => Math.Min(_luma.BandRows, _height - _taken);

    private void Add(Span<float> planes)
    {
        if (_channels >= 3) YCbCr.FromRgb(planes[..(3 * _width)], planes[..(3 * _width)]);
        planes[.._width].CopyTo(_lumaRows.AsSpan((_read - _taken) * _width, _width));
        if (_others is not null) planes[_width..].CopyTo(_others.Add());
        _read++;
    }

    private void RunBand()
    {
        _cancellation.ThrowIfCancellationRequested();
        int count = Wanted, first = _luma.RowsDone;
        ReadOnlySpan<float> luma = _luma.Next(_lumaRows.AsSpan(0, count * _width));
        _taken += count;
        _lumaRows.AsSpan(count * _width, (_read - _taken) * _width).CopyTo(_lumaRows);
        int width = _scale * _width, length = _channels * width;
        while (!luma.IsEmpty)
        {
            int made = Math.Min(_batchRows, luma.Length / width);
            for (int row = 0; row < made; row++) luma.Slice(row * width, width).CopyTo(_batch.AsSpan(row * length));
            _others?.Make(first, made);
            if (_others is not null) ParallelLoop.Run(Math.Min(_threads, made), _threads, worker =>
            {
                for (int row = worker; row < made; row += _threads) Join(row, _batch.AsSpan(row * length, length), width);
            });
            _next.Push(_batch, made);
            luma = luma[(made * width)..];
            first += made;
        }
    }

    private void Join(int row, Span<float> planes, int width)
    {
        for (int plane = 1; plane < _channels; plane++) _others!.Row(plane - 1, row).CopyTo(planes[(plane * width)..]);
        if (_channels >= 3) YCbCr.ToRgb(planes[..(3 * width)], planes[..(3 * width)]);
        if (_channels is not (2 or 4)) return;
        Alpha.Limit(planes[^width..]);
        Alpha.Multiply(planes, width);
    }
}
