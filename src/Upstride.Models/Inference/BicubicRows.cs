using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Models.Inference;

/// <summary>
/// MATLAB's bicubic imresize, in single precision, of several planes whose rows come one after the other: first the rows of the output are
/// made of the input's, then some of them at a time are enlarged along their columns, with the bits of <see cref="ResizePlan{T}"/>.
/// </summary>
internal sealed class BicubicRows
{
    /// <summary>How many rows before its own, and behind it, an output row may depend on: the cubic is four samples wide.</summary>
    public const int Reach = 2;

    // As many rows as a plan turns into the lanes of a vector, and fewer where they take much memory.
    private const int MostRows = 16;
    private const int MostOutputs = 2_000_000;

    private readonly int _planes;
    private readonly int _width;
    private readonly int _scale;
    private readonly ResizeTaps _taps;
    private readonly float[] _weights;
    private readonly ResizePlan<float> _columns;
    private readonly List<float[]> _rows = [];
    private readonly Stack<float[]> _free = [];
    private readonly float[] _tall;
    private readonly float[] _larger;
    private int _first;

    public BicubicRows(int planes, int width, int height, int scale)
    {
        (_planes, _width, _scale) = (planes, width, scale);
        _taps = ResizeTaps.Create(ResizeAxis.Matlab(height, scale), ResizeMethod.MatlabBicubic);
        _weights = Array.ConvertAll(_taps.Weights.ToArray(), static weight => (float)weight);
        BandRows = (int)Math.Clamp(MostOutputs / ((long)planes * scale * width), 1, MostRows);
        _columns = ResizePlan<float>.Create(ResizeGeometry.Create(
            [ResizeAxis.Identity(planes), ResizeAxis.Identity(BandRows), ResizeAxis.Matlab(width, scale)], ResizeMethod.MatlabBicubic));
        (_tall, _larger) = (new float[_columns.Geometry.InputLength], new float[_columns.Geometry.OutputLength]);
    }

    /// <summary>The most rows that <see cref="Make"/> makes at a time.</summary>
    public int BandRows { get; }

    /// <summary>The next row's place, [planes, width].</summary>
    public Span<float> Add()
    {
        if (!_free.TryPop(out float[]? row)) row = new float[_planes * _width];
        _rows.Add(row);
        return row;
    }

    /// <summary>Makes some rows of the output, which follow those of the call before; the rows that they depend on must have been added.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">How many, at most <see cref="BandRows"/>.</param>
    public void Make(int first, int count)
    {
        // Windows begin at most so far before their own row; where a sample is hit exactly they are shorter.
        int unused = Math.Max(0, first / _scale - Reach) - _first;
        for (int i = 0; i < unused; i++) _free.Push(_rows[i]);
        _rows.RemoveRange(0, unused);
        _first += unused;
        for (int row = 0; row < count; row++)
        {
            int input = _taps.First[first + row] - _first;
            ReadOnlySpan<float> weights = _weights.AsSpan(_taps.Offsets[first + row].._taps.Offsets[first + row + 1]);
            for (int plane = 0; plane < _planes; plane++)
            {
                Span<float> sum = _tall.AsSpan((plane * BandRows + row) * _width, _width);
                sum.Clear();
                for (int tap = 0; tap < weights.Length; tap++)
                    TensorPrimitives.MultiplyAdd(_rows[input + tap].AsSpan(plane * _width, _width), weights[tap], sum, sum);
            }
        }
        _columns.Run(_tall, _larger);
    }

    /// <summary>A row of those made last.</summary>
    public ReadOnlySpan<float> Row(int plane, int row)
    {
        int length = _larger.Length / (_planes * BandRows);
        return _larger.AsSpan((plane * BandRows + row) * length, length);
    }
}
