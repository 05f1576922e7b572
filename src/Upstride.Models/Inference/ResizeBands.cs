using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Operators;

namespace Upstride.Models.Inference;

/// <summary>
/// Any resize of several planes whose rows come one after another, some rows of the output at a time and wide rows in parts, with the bits
/// of <see cref="ResizePlan{T}"/> over whole planes. Only the rows that the next outputs depend on are held.
/// </summary>
/// <typeparam name="T">What is computed in.</typeparam>
internal sealed class ResizeBands<T> where T : unmanaged, IFloatingPoint<T>
{
    private const int MaxRows = 64;
    private const int MaxElements = 4_000_000;

    // Rows of more columns are made in parts, whose tables are made again for every band: so short that they are gone with the youngest
    // objects, since large ones would pile up beside rows of hundreds of megabytes.
    private const int MaxColumns = 1 << 16;
    private const int PartColumns = 1 << 7;

    private readonly int _planes;
    private readonly (ResizeAxis Rows, ResizeAxis Columns) _axes;
    private readonly ResizeTaps _rowTaps;
    private readonly ResizeTaps.Maker _columnTaps;
    private readonly int _partColumns;
    private readonly Part? _onlyPart;
    private readonly Action<Span<T>>? _afterPass;
    private readonly RowWindow _rows;
    private T[] _source = [];
    private T[] _result = [];
    private float[] _part = [];

    /// <summary>Takes a part of a row of the output.</summary>
    /// <param name="planes">[planes, columns]; may be changed.</param>
    /// <param name="row">Of those that are being made, from 0 on.</param>
    /// <param name="column">The part's first.</param>
    public delegate void PartTarget(Span<float> planes, int row, int column);

    /// <param name="planes">How many.</param>
    /// <param name="rows">From the input's rows to the output's.</param>
    /// <param name="columns">From the input's columns to the output's.</param>
    /// <param name="method">Of both axes.</param>
    /// <param name="afterPass">Done to the results of each axis, in place, as MATLAB rounds bytes.</param>
    /// <param name="partColumns">Columns of the output that are made at a time; where null all of a row that is not very wide.</param>
    public ResizeBands(int planes, ResizeAxis rows, ResizeAxis columns, ResizeMethod method, Action<Span<T>>? afterPass = null,
        int? partColumns = null)
    {
        (_planes, _axes, _afterPass, _partColumns) = (planes, (rows, columns), afterPass,
            partColumns ?? (columns.Output <= MaxColumns ? columns.Output : PartColumns));
        (_rowTaps, _columnTaps) = (ResizeTaps.Create(rows, method), new(columns, method));
        _rows = new(_rowTaps, planes * columns.Input);
        long row = (long)planes * Math.Max(columns.Input, columns.Output);
        BandRows = (int)Math.Clamp(MaxElements / Math.Max(1, row), 1, Math.Min(MaxRows, rows.Output));
        if (columns.Output <= _partColumns) _onlyPart = PartFrom(0);
    }

    /// <summary>The most rows that are made at a time.</summary>
    public int BandRows { get; }

    /// <summary>How many rows of the output, from one on, are best made at a time: fewer where they depend on many of the input.</summary>
    public int RowsFrom(int first)
    {
        int count = Math.Min(BandRows, _axes.Rows.Output - first);
        long row = (long)_planes * _axes.Columns.Input;
        while (count > 1 && (_rows.RowsNeededBy(first + count - 1) - _rows.FirstNeededBy(first)) * row > 2 * MaxElements) count--;
        return count;
    }

    /// <summary>How many rows of the input must have been added before an output row is made.</summary>
    public int RowsNeededBy(int output) => _rows.RowsNeededBy(output);

    /// <summary>The next row's place, [planes, input width].</summary>
    public float[] Add() => _rows.Add();

    /// <summary>Makes some rows of the output, which follow those of the call before; the rows that they depend on must have been
    /// added.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">How many, at most <see cref="BandRows"/>.</param>
    /// <param name="target">Given every row, in parts where it is wide.</param>
    public void Make(int first, int count, PartTarget target)
    {
        _rows.AdvanceTo(first);
        int inputs = _rows.RowsNeededBy(first + count - 1) - _rows.First;
        ResizeTaps rows = _rowTaps.Part(first, count, _rows.First, inputs);
        for (int column = 0; column < _axes.Columns.Output; column += _partColumns)
            MakePart(rows, inputs, _onlyPart ?? PartFrom(column), column, target);
    }

    private void MakePart(ResizeTaps rows, int inputs, Part part, int column, PartTarget target)
    {
        int width = part.Columns.Input, made = part.Columns.Output, length = _planes * inputs * width;
        if (_source.Length < length) _source = new T[length];
        for (int plane = 0; plane < _planes; plane++)
            for (int row = 0; row < inputs; row++)
                TensorPrimitives.ConvertTruncating<float, T>(
                    _rows[_rows.First + row].AsSpan(plane * _axes.Columns.Input + part.First, width),
                    _source.AsSpan((plane * inputs + row) * width));

        // The order of ResizePlan: the axis that shrinks most first, and rows where both do alike.
        var passes = new List<(int, ResizeTaps)>();
        if (!_axes.Rows.IsIdentity) passes.Add((1, rows));
        if (!_axes.Columns.IsIdentity)
            passes.Insert(_axes.Columns.Scale < _axes.Rows.Scale ? 0 : passes.Count, (2, part.Columns));
        int results = _planes * rows.Output * made;
        if (_result.Length < results) _result = new T[results];
        new ResizePasses<T>(ImmutableArray.Create<nint>(_planes, inputs, width), passes).Run(
            _source.AsSpan(0, length), _result.AsSpan(0, results), _afterPass);
        if (_part.Length < _planes * made) _part = new float[_planes * made];
        for (int row = 0; row < rows.Output; row++)
        {
            for (int plane = 0; plane < _planes; plane++)
                TensorPrimitives.ConvertTruncating<T, float>(
                    _result.AsSpan((plane * rows.Output + row) * made, made), _part.AsSpan(plane * made, made));
            target(_part.AsSpan(0, _planes * made), row, column);
        }
    }

    private Part PartFrom(int column)
    {
        int count = Math.Min(_partColumns, _axes.Columns.Output - column);
        ResizeTaps taps = _columnTaps.Make(column, count);
        (int[] first, int[] end) = RowWindow.Envelope(taps);
        return new(first[0], taps.Part(0, count, first[0], end[^1] - first[0]));
    }

    private sealed record Part(int First, ResizeTaps Columns);
}
