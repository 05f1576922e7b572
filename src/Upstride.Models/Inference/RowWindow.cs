using Upstride.Geometry;

namespace Upstride.Models.Inference;

/// <summary>The rows of an input that the next rows of a resize's output depend on: added one after another, and let go of when no later
/// output needs them.</summary>
/// <param name="taps">From the input's rows to the output's.</param>
/// <param name="length">Elements of a row.</param>
internal sealed class RowWindow(ResizeTaps taps, int length)
{
    private readonly (int[] First, int[] End) _needed = Envelope(taps);
    private readonly List<float[]> _rows = [];
    private readonly Stack<float[]> _free = [];

    /// <summary>The first row that is held.</summary>
    public int First { get; private set; }

    /// <summary>A row of the input that is held.</summary>
    public float[] this[int row] => _rows[row - First];

    /// <summary>The first row of the input that an output and those after it depend on.</summary>
    public int FirstNeededBy(int output) => _needed.First[output];

    /// <summary>How many rows of the input must have been added before an output row is made.</summary>
    public int RowsNeededBy(int output) => _needed.End[output];

    /// <summary>The next row's place.</summary>
    public float[] Add()
    {
        if (!_free.TryPop(out float[]? row)) row = new float[length];
        _rows.Add(row);
        return row;
    }

    /// <summary>Lets go of the rows that no output from this one on depends on.</summary>
    public void AdvanceTo(int output)
    {
        int unused = _needed.First[output] - First;
        for (int i = 0; i < unused; i++) _free.Push(_rows[i]);
        _rows.RemoveRange(0, unused);
        First += unused;
    }

    /// <summary>Forgets the rows added so far.</summary>
    public void Restart()
    {
        foreach (float[] row in _rows) _free.Push(row);
        _rows.Clear();
        First = 0;
    }

    /// <summary>The first input that an output and those after it need, and the end of those that it and the outputs before it need. A
    /// window may be shorter than its neighbours', where a sample is hit exactly, so that windows need not begin and end in
    /// order.</summary>
    public static (int[] First, int[] End) Envelope(ResizeTaps taps)
    {
        int[] first = taps.First.ToArray(), end = new int[taps.Output];
        for (int o = taps.Output - 2; o >= 0; o--) first[o] = Math.Min(first[o], first[o + 1]);
        for (int o = 0; o < taps.Output; o++)
        {
            int one = taps.First[o] + taps.Offsets[o + 1] - taps.Offsets[o];
            end[o] = o == 0 ? one : Math.Max(end[o - 1], one);
        }
        return (first, end);
    }
}
