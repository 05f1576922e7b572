namespace Upstride.Models.Inference;

/// <summary>Rows that a level of a network has made and the next one has yet to take, the oldest first.</summary>
/// <param name="row">Elements of a row.</param>
/// <param name="most">The most rows that wait.</param>
internal sealed class WaitingRows(int row, int most)
{
    private readonly float[] _values = new float[checked((long)row * most)], _taken = new float[checked((long)row * most)];

    public int Count { get; private set; }

    /// <summary>Adds whole rows behind the others.</summary>
    public void Add(ReadOnlySpan<float> rows)
    {
        rows.CopyTo(_values.AsSpan(Count * row));
        Count += rows.Length / row;
    }

    /// <summary>Takes the oldest; the next call overwrites them.</summary>
    public ReadOnlySpan<float> Take(int count)
    {
        Span<float> taken = _taken.AsSpan(0, count * row);
        _values.AsSpan(0, taken.Length).CopyTo(taken);
        Count -= count;
        _values.AsSpan(taken.Length, Count * row).CopyTo(_values);
        return taken;
    }

    public void Clear() => Count = 0;
}
