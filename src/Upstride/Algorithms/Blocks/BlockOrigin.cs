namespace Upstride.Algorithms.Blocks;

/// <summary>Where a block begins and ends, in j of each axis and in images. What a block's source covers begins at the first of its ranges.</summary>
internal readonly struct BlockOrigin
{
    private readonly IBlockShape _block;
    private readonly int _first0;
    private readonly int _first1;
    private readonly int _first2;

    public BlockOrigin(PolyphaseProblem problem, IBlockShape block, int index)
    {
        _block = block;
        _first0 = problem.Axes[0].First;
        _first1 = problem.Axes[1].First;
        _first2 = problem.Axes[2].First;
        Width = _first2 + index % block.BlocksOfWidth * block.Width;
        index /= block.BlocksOfWidth;
        Height = _first1 + index % block.BlocksOfHeight * block.Height;
        index /= block.BlocksOfHeight;
        Depth = _first0 + index % block.BlocksOfDepth * block.Depth;
        Image = index / block.BlocksOfDepth * block.Images;
        Images = Math.Min(block.Images, problem.Batch - Image);
    }

    public int Depth { get; }

    public int Height { get; }

    public int Width { get; }

    public int Image { get; }

    public int Images { get; }

    /// <summary>Whether another block covers the same j, of as many images.</summary>
    public bool CoversAsMuchAs(in BlockOrigin other) =>
        Depth == other.Depth && Height == other.Height && Width == other.Width && Images == other.Images;

    /// <summary>The part of a range of j that lies in this block; empty where the end does not exceed the first.</summary>
    public (int First, int End) Clip((int First, int End) range, int axis) => axis switch
    {
        0 => Clip(range, Depth, _first0, _block.Depth),
        1 => Clip(range, Height, _first1, _block.Height),
        _ => Clip(range, Width, _first2, _block.Width),
    };

    private (int First, int End) Clip((int First, int End) range, int start, int first, int size)
    {
        // A relative block begins as far behind the range's beginning as this one does behind the first range's.
        if (_block.IsRelative) start += range.First - first;
        return (Math.Max(range.First, start), Math.Min(range.End, start + size));
    }
}
