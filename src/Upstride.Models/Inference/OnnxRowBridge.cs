using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Onnx;
using Upstride.Threading;

namespace Upstride.Models.Inference;

/// <summary>
/// A picture's rows on their way into a model and out of it. A model of one channel makes the luma, and colour differences and alpha are
/// MATLAB's bicubic imresize; one of three makes the colours, and alpha is bicubic; one of four makes alpha too. Around the picture stand
/// its border's pixels where a model crops, or takes sizes that are multiples of a number alone.
/// </summary>
internal sealed class OnnxRowBridge : IRowStage
{
    private const int Batch = 16;

    private readonly PictureFormat _format;
    private readonly OnnxPictureModel _model;
    private readonly OnnxFit _fit;
    private readonly float _black;
    private readonly float _span;
    private readonly int _threads;
    private readonly PictureReader _reader;
    private readonly IRowStage _source;
    private readonly IRowStage _next;
    private readonly CancellationToken _cancellation;
    private readonly float[] _raw;
    private readonly Queue<float[]> _waiting = [];
    private readonly Stack<float[]> _free = [];
    private readonly BicubicRows? _others;
    private readonly int _otherPlanes;
    private readonly int _larger;
    private readonly int _batchRows;
    private readonly float[] _batch;
    private readonly float[] _rows;
    private float[] _current = [];
    private int _currentRow = -1;
    private int _pulled;
    private int _read;
    private int _made;
    private int _gathered;

    public OnnxRowBridge(OnnxPictureModel model, OnnxFit fit, OnnxValueRange range, PictureFormat format, RowSource source, int threads,
        IRowStage next, CancellationToken cancellation)
    {
        (_model, _fit, _format, _threads, _next, _cancellation) = (model, fit, format, threads, next, cancellation);
        (_black, _span) = OnnxValueRanges.Of(range);
        _reader = new(format, source);
        _source = format.HasAlpha ? new HiddenColorFill(format.Channels, format.Width, format.Height, OnnxFit.Reach, this) : this;
        _raw = new float[format.Channels * format.Width];
        _larger = fit.Scale * format.Width;
        _otherPlanes = model.Channels switch { 1 => format.Channels - 1, 3 => format.HasAlpha ? 1 : 0, _ => 0 };
        if (_otherPlanes > 0)
            _others = new(_otherPlanes, ResizeAxis.Matlab(format.Height, fit.Scale), ResizeAxis.Matlab(format.Width, fit.Scale));
        _batchRows = Math.Min(Batch, _others?.BandRows ?? Batch);
        _batch = new float[(long)_batchRows * model.Channels * _larger];
        _rows = new float[(long)_batchRows * format.Channels * _larger];
    }

    /// <summary>Gives the model a row of the picture or of what stands around it.</summary>
    public void Read(int row, Span<float> planes)
    {
        _cancellation.ThrowIfCancellationRequested();
        int wanted = Math.Clamp(row - _fit.Before, 0, _format.Height - 1);
        for (; _currentRow < wanted; _currentRow++)
        {
            if (_waiting.Count == 0) Pull();
            if (_current.Length > 0) _free.Push(_current);
            _current = _waiting.Dequeue();
        }
        for (int channel = 0; channel < _model.Channels; channel++)
        {
            Span<float> plane = planes.Slice(channel * _fit.Width, _fit.Width), inside = plane.Slice(_fit.Before, _format.Width);
            TensorPrimitives.Multiply(_current.AsSpan(channel * _format.Width, _format.Width), _span, inside);
            TensorPrimitives.Add(inside, _black, inside);
            plane[.._fit.Before].Fill(inside[0]);
            plane[(_fit.Before + _format.Width)..].Fill(inside[^1]);
        }
    }

    /// <summary>Takes a row of what the model makes.</summary>
    public void Write(int row, ReadOnlySpan<float> planes)
    {
        int y = row - _fit.First;
        if (y < 0 || y >= _fit.Scale * _format.Height) return;
        int width = planes.Length / _model.Channels;
        for (int channel = 0; channel < _model.Channels; channel++)
        {
            Span<float> plane = _batch.AsSpan(((_gathered * _model.Channels) + channel) * _larger, _larger);
            TensorPrimitives.Subtract(planes.Slice((channel * width) + _fit.First, _larger), _black, plane);
            TensorPrimitives.Divide(plane, _span, plane);
        }
        _gathered++;
        if (_gathered == _batchRows || y == (_fit.Scale * _format.Height) - 1) Finish();
    }

    // A row of straight colours, from the source or from the stage that fills hidden colours.
    void IRowStage.Push(float[] rows, int count)
    {
        int width = _format.Width, channels = _format.Channels;
        for (int row = 0; row < count; row++)
        {
            Span<float> planes = rows.AsSpan(row * channels * width, channels * width);
            if (_model.Channels == 1 && channels >= 3) YCbCr.FromRgb(planes[..(3 * width)], planes[..(3 * width)]);
            if (_others is not null) planes[^(_otherPlanes * width)..].CopyTo(_others.Add());
            if (!_free.TryPop(out float[]? taken)) taken = new float[_model.Channels * width];
            for (int channel = 0; channel < _model.Channels; channel++)
            {
                Span<float> plane = taken.AsSpan(channel * width, width);
                if (channel < 3) planes.Slice(Math.Min(channel, _format.Colors - 1) * width, width).CopyTo(plane);
                else if (_format.HasAlpha) planes[^width..].CopyTo(plane);
                else plane.Fill(1);
            }
            _waiting.Enqueue(taken);
            _pulled++;
        }
    }

    void IRowStage.Restart() => throw new InvalidOperationException("a bridge is for one picture");

    public void Dispose() => _next.Dispose();

    private void Pull()
    {
        for (int before = _pulled; _pulled == before; _read++)
        {
            _reader.Read(_raw);
            _source.Push(_raw, 1);
        }
    }

    private void Finish()
    {
        if (_others is not null)
        {
            while (_pulled < _others.RowsNeededBy(_made + _gathered - 1)) Pull();
            _others.Make(_made, _gathered);
        }
        int workers = Math.Min(_threads, _gathered);
        ParallelLoop.Run(workers, workers, worker =>
        {
            for (int row = worker; row < _gathered; row += workers) Join(row);
        });
        _next.Push(_rows, _gathered);
        _made += _gathered;
        _gathered = 0;
    }

    private void Join(int row)
    {
        int width = _larger, channels = _format.Channels;
        ReadOnlySpan<float> made = _batch.AsSpan(row * _model.Channels * width, _model.Channels * width);
        Span<float> planes = _rows.AsSpan(row * channels * width, channels * width);
        if (_model.Channels == 1)
        {
            made.CopyTo(planes);
            for (int plane = 0; plane < _otherPlanes; plane++) _others!.Row(plane, row).CopyTo(planes[((plane + 1) * width)..]);
            if (channels >= 3) YCbCr.ToRgb(planes[..(3 * width)], planes[..(3 * width)]);
        }
        else
        {
            Span<float> colors = planes[..(_format.Colors * width)];
            made[..colors.Length].CopyTo(colors);
            if (_format.Colors == 1)
            {
                for (int color = 1; color < 3; color++) TensorPrimitives.Add(colors, made.Slice(color * width, width), colors);
                TensorPrimitives.Divide(colors, 3, colors);
            }
            if (_format.HasAlpha) (_others is null ? made[^width..] : _others.Row(0, row)).CopyTo(planes[^width..]);
        }
        if (!_format.HasAlpha) return;
        Alpha.Limit(planes[^width..]);
        Alpha.Multiply(planes, width);
    }
}
