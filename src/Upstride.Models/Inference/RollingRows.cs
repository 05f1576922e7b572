namespace Upstride.Models.Inference;

/// <summary>
/// The rows that a stage reads next, [channels, halo + rows, columns], in a picture's own coordinates: those of the last band that it reads
/// once more are before the new ones. What lies outside the picture is zero.
/// </summary>
internal sealed class RollingRows(int channels, int halo, int rows, int firstColumn, int columns)
{
    private readonly float[] _values = new float[(long)channels * (halo + rows) * columns];

    /// <summary>The picture's column that stands first; may be negative.</summary>
    public int FirstColumn { get; } = firstColumn;

    public int Columns { get; } = columns;

    public ReadOnlySpan<float> Values => _values;

    /// <summary>All rows are above the picture again.</summary>
    public void Clear() => Array.Clear(_values);

    /// <summary>Moves the last rows of the band before to the front; the new rows still hold what they held.</summary>
    public void Advance()
    {
        int kept = halo * Columns, plane = (halo + rows) * Columns;
        for (int channel = 0; channel < channels; channel++)
            _values.AsSpan(channel * plane + rows * Columns, kept).CopyTo(_values.AsSpan(channel * plane, kept));
    }

    /// <summary>A new row's columns from the picture's <paramref name="column"/> on.</summary>
    public Span<float> NewRow(int channel, int row, int column) =>
        _values.AsSpan((channel * (halo + rows) + halo + row) * Columns + column - FirstColumn, Columns - (column - FirstColumn));

    /// <summary>Makes one new row of every channel zero: it is not of the picture.</summary>
    public void ClearRow(int row)
    {
        for (int channel = 0; channel < channels; channel++) NewRow(channel, row, FirstColumn).Clear();
    }

    /// <summary>Copies some columns of all rows, old and new: [channels, halo + rows, count].</summary>
    public void CopyColumns(int column, int count, Span<float> destination)
    {
        ReadOnlySpan<float> values = _values.AsSpan(column - FirstColumn);
        for (int row = 0; row < channels * (halo + rows); row++)
            values.Slice(row * Columns, count).CopyTo(destination.Slice(row * count, count));
    }
}
