namespace Upstride.Learning.Operations;

/// <summary>A stretch of a piece of a tensor.</summary>
/// <param name="Start">From the piece's beginning.</param>
/// <param name="Length">Elements.</param>
/// <param name="Middle">Its place of the middle, or the first of its places.</param>
/// <param name="IsVector">Whether each element has its own place, one after another; else all have the same.</param>
internal readonly record struct ChannelRun(int Start, int Length, int Middle, bool IsVector);

/// <summary>
/// The stretches of a piece of a tensor [outer, middle, inner] over which the middle stays, or, where inner is 1, goes on by one for each
/// element.
/// </summary>
internal ref struct ChannelRuns
{
    private readonly AxisGroups _grouping;
    private readonly int _start;
    private readonly int _end;
    private int _next;

    public ChannelRuns(AxisGroups grouping, int start, int length)
    {
        _grouping = grouping;
        _start = _next = start;
        _end = start + length;
    }

    public ChannelRun Current { get; private set; }

    public readonly ChannelRuns GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_next >= _end) return false;
        bool isVector = _grouping.Inner == 1 && _grouping.Middle > 1;
        int period = isVector ? _grouping.Middle : _grouping.Middle == 1 ? int.MaxValue : _grouping.Inner;
        int run = Math.Min(_end - _next, period - _next % period);
        Current = new(_next - _start, run, _grouping.MiddleOf(_next), isVector);
        _next += run;
        return true;
    }
}
