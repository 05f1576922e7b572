using System.Numerics.Tensors;

namespace Upstride.Models.Inference;

/// <summary>
/// Gives what is not seen the colours of what is, for a network, which knows no alpha: a pixel of alpha a and colour c becomes a c + (1 -
/// a) m, where m is the mean of the colours around it, each weighted by its alpha. So no hidden colour shows, and no edge is where only
/// alpha has one; opaque pixels stay as they are, to the bit. Rows come out as straight colours with the alpha that they had.
/// </summary>
internal sealed class HiddenColorFill : IRowStage
{
    private readonly int _channels;
    private readonly int _width;
    private readonly int _height;
    private readonly int _reach;
    private readonly IRowStage _next;
    private readonly Queue<float[]> _rows = [];
    private readonly float[] _sums;
    private readonly float[] _result;
    private readonly double[] _prefix;
    private int _read;
    private int _done;

    /// <param name="channels">With alpha.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="reach">How far a pixel is filled from: as far as the network looks, no pixel that is seen depends on one that has no
    /// colour.</param>
    /// <param name="next">Takes the rows.</param>
    public HiddenColorFill(int channels, int width, int height, int reach, IRowStage next)
    {
        (_channels, _width, _height, _reach, _next) = (channels, width, height, reach, next);
        (_sums, _result, _prefix) = (new float[channels * width], new float[channels * width], new double[width + 1]);
    }

    public void Push(float[] rows, int count)
    {
        int length = _channels * _width;
        for (int row = 0; row < count; row++)
        {
            _rows.Enqueue(rows.AsSpan(row * length, length).ToArray());
            _read++;
            while (_done < _height && _read >= Math.Min(_done + _reach + 1, _height)) Fill();
        }
    }

    public void Restart()
    {
        (_read, _done) = (0, 0);
        _rows.Clear();
        _next.Restart();
    }

    public void Dispose() => _next.Dispose();

    private void Fill()
    {
        // The window's rows are those that are held.
        if (_done > _reach) _rows.Dequeue();
        float[] own = _rows.ElementAt(Math.Min(_done, _reach));
        own.CopyTo(_result, 0);
        Span<float> result = _result;
        ReadOnlySpan<float> alpha = result[^_width..];
        if (alpha.ContainsAnyExcept(1f))
        {
            Array.Clear(_sums);
            foreach (float[] row in _rows) TensorPrimitives.Add(_sums, row, _sums);
            for (int plane = 0; plane < _channels; plane++) SumAcross(_sums.AsSpan(plane * _width, _width));
            ReadOnlySpan<float> weight = _sums.AsSpan((_channels - 1) * _width);
            for (int plane = 0; plane < _channels - 1; plane++)
            {
                ReadOnlySpan<float> sum = _sums.AsSpan(plane * _width, _width);
                Span<float> color = result.Slice(plane * _width, _width);
                for (int x = 0; x < _width; x++)
                    if (alpha[x] < 1 && weight[x] > 0) color[x] += (1 - alpha[x]) * (sum[x] / weight[x]);
            }
        }
        _done++;
        _next.Push(_result, 1);
    }

    // Differences of running sums: where there is nothing to add both are the same number, and their difference is zero.
    private void SumAcross(Span<float> sums)
    {
        for (int x = 0; x < _width; x++) _prefix[x + 1] = _prefix[x] + sums[x];
        for (int x = 0; x < _width; x++) sums[x] = (float)(_prefix[Math.Min(x + _reach + 1, _width)] - _prefix[Math.Max(x - _reach, 0)]);
    }
}
