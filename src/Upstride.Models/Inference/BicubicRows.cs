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
    // As many rows as a plan turns into the lanes of a vector, and fewer where they take much memory.
    private const int MaxRows = 16;
    private const int MaxOutputs = 2_000_000;

    private readonly int _planes;
    private readonly int _width;
    private readonly ResizeTaps _taps;
    private readonly float[] _weights;
    private readonly ResizePlan<float> _columns;
    private readonly RowWindow _rows;
    private readonly float[] _tall;
    private readonly float[] _larger;

    /// <param name="planes">How many.</param>
    /// <param name="height">From the input's rows to the output's.</param>
    /// <param name="width">From the input's columns to the output's.</param>
    public BicubicRows(int planes, ResizeAxis height, ResizeAxis width)
    {
        (_planes, _width) = (planes, width.Input);
        _taps = ResizeTaps.Create(height, ResizeMethod.MatlabBicubic);
        _weights = Array.ConvertAll(_taps.Weights.ToArray(), static weight => (float)weight);
        _rows = new(_taps, planes * _width);
        BandRows = (int)Math.Clamp(MaxOutputs / ((long)planes * width.Output), 1, MaxRows);
        _columns = ResizePlan<float>.Create(ResizeGeometry.Create(
            [ResizeAxis.Identity(planes), ResizeAxis.Identity(BandRows), width], ResizeMethod.MatlabBicubic));
        (_tall, _larger) = (new float[_columns.Geometry.InputLength], new float[_columns.Geometry.OutputLength]);
    }

    /// <summary>The most rows that <see cref="Make"/> makes at a time.</summary>
    public int BandRows { get; }

    /// <summary>How many rows of the input must have been added before an output row is made.</summary>
    public int RowsNeededBy(int output) => _rows.RowsNeededBy(output);

    /// <summary>The next row's place, [planes, width].</summary>
    public Span<float> Add() => _rows.Add();

    /// <summary>Forgets the rows added so far.</summary>
    public void Restart() => _rows.Restart();

    /// <summary>Makes some rows of the output, which follow those of the call before; the rows that they depend on must have been
    /// added.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">How many, at most <see cref="BandRows"/>.</param>
    public void Make(int first, int count)
    {
        _rows.AdvanceTo(first);
        for (int row = 0; row < count; row++)
        {
            int input = _taps.First[first + row];
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
