using Upstride.Geometry;

namespace Upstride.Algorithms.Blocks;

/// <summary>The output rows of one residue along the depth.</summary>
/// <param name="Count">Residues along the height that have rows.</param>
/// <param name="Depth">The phase coordinates along the depth.</param>
/// <param name="Height">Those along the height that any of the rows has.</param>
/// <param name="IsPlain">Whether the runs of each row lie in one image of one channel, and fill it without gaps.</param>
internal readonly record struct RowSpan(int Count, Interval Depth, Interval Height, bool IsPlain);

/// <summary>The runs of results that a row of the destination is interleaved from, and the part of the row that they fill.</summary>
internal unsafe struct OutputRow<T>
    where T : unmanaged
{
    public ResultRun<T>* Runs;
    public int Count;

    /// <summary>Distance in the destination between neighbouring elements of a run; as many runs fill a row without gaps.</summary>
    public int Step;
    public int Low;
    public int High;

    /// <summary>The phase coordinates along depth and height at which the results start.</summary>
    public int ResultDepth;
    public int ResultHeight;

    /// <summary>The phase coordinates along the height for which there are rows.</summary>
    public Interval Height;

    /// <summary>Offset of the first row in the destination, in the block's first image.</summary>
    public nint To;

    /// <summary>The start of each run, in the order of the destination; null where they leave gaps.</summary>
    public T** Interleaved;

    /// <summary>Run k starts k elements after the first where there are as many as fill a row.</summary>
    public void Interleave(T** starts)
    {
        Interleaved = starts;
        for (int k = 0; k < Count; k++) starts[Runs[k].First - Low] = Runs[k].From;
    }
}

/// <summary>
/// Contiguous results: their address, their number, and the first one's index in the destination's row; the next one's is phases * lanes
/// further.
/// </summary>
internal readonly unsafe struct ResultRun<T>(T* from, int count, int first)
    where T : unmanaged
{
    public T* From { get; } = from;

    public int Count { get; } = count;

    public int First { get; } = first;
}
