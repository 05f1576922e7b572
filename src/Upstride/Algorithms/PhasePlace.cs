namespace Upstride.Algorithms;

/// <summary>Where a block begins and ends, in j of each axis and in images. What a block's source covers begins at the first of its ranges.</summary>
internal readonly struct PhasePlace
{
    private readonly IBlockExtent _block;
    private readonly int _first0;
    private readonly int _first1;
    private readonly int _first2;

    public PhasePlace(WindowProblem problem, IBlockExtent block, int index)
    {
        _block = block;
        _first0 = problem.Axes[0].First;
        _first1 = problem.Axes[1].First;
        _first2 = problem.Axes[2].First;
        Start2 = _first2 + index % block.Count2 * block.Columns;
        index /= block.Count2;
        Start1 = _first1 + index % block.Count1 * block.Rows1;
        index /= block.Count1;
        Start0 = _first0 + index % block.Count0 * block.Rows0;
        Image = index / block.Count0 * block.Images;
        Images = Math.Min(block.Images, problem.Batch - Image);
    }

    public int Start0 { get; }

    public int Start1 { get; }

    public int Start2 { get; }

    public int Image { get; }

    public int Images { get; }

    /// <summary>Whether another block covers the same j, of as many images.</summary>
    public bool CoversAsMuchAs(in PhasePlace other) =>
        Start0 == other.Start0 && Start1 == other.Start1 && Start2 == other.Start2 && Images == other.Images;

    /// <summary>The part of a range of j that lies in this block; empty where the end does not exceed the first.</summary>
    public (int First, int End) Clip((int First, int End) range, int axis) => axis switch
    {
        0 => Clip(range, Start0, _first0, _block.Rows0),
        1 => Clip(range, Start1, _first1, _block.Rows1),
        _ => Clip(range, Start2, _first2, _block.Columns),
    };

    private (int First, int End) Clip((int First, int End) range, int start, int first, int size)
    {
        // A relative block begins as far behind the range's beginning as this one does behind the first range's.
        if (_block.IsRelative) start += range.First - first;
        return (Math.Max(range.First, start), Math.Min(range.End, start + size));
    }
}
