namespace Upstride.Algorithms;

/// <summary>Where a block begins and ends, in j of each axis and in images.</summary>
internal readonly struct PhasePlace
{
    private readonly int _end0;
    private readonly int _end1;
    private readonly int _end2;

    public PhasePlace(WindowProblem problem, IBlockExtent block, int index)
    {
        Start2 = problem.Axes[2].First + index % block.Count2 * block.Columns;
        index /= block.Count2;
        Start1 = problem.Axes[1].First + index % block.Count1 * block.Rows1;
        index /= block.Count1;
        Start0 = problem.Axes[0].First + index % block.Count0 * block.Rows0;
        Image = index / block.Count0 * block.Images;
        Images = Math.Min(block.Images, problem.Batch - Image);
        _end0 = Start0 + block.Rows0;
        _end1 = Start1 + block.Rows1;
        _end2 = Start2 + block.Columns;
    }

    public int Start0 { get; }

    public int Start1 { get; }

    public int Start2 { get; }

    public int Image { get; }

    public int Images { get; }

    /// <summary>The part of a range of j that lies in this block; empty where the end does not exceed the first.</summary>
    public (int First, int End) Clip((int First, int End) range, int axis) => axis switch
    {
        0 => (Math.Max(range.First, Start0), Math.Min(range.End, _end0)),
        1 => (Math.Max(range.First, Start1), Math.Min(range.End, _end1)),
        _ => (Math.Max(range.First, Start2), Math.Min(range.End, _end2)),
    };
}
