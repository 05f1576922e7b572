using Upstride.Geometry;

namespace Upstride.Algorithms.Blocks;

/// <summary>The lattice, the first phase coordinates j and the first image of a block, and the parts of ranges that lie in it.</summary>
internal readonly struct BlockOrigin
{
    private readonly IBlockShape _block;
    private readonly int _first0;
    private readonly int _first1;
    private readonly int _first2;
    private readonly Interval _range0;
    private readonly Interval _range1;

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
        (index, int lattice) = Math.DivRem(index / block.BlocksOfDepth, problem.RowLattices);
        (Lattice0, Lattice1) = Math.DivRem(lattice, problem.Axes[1].Lattices);
        _range0 = problem.Axes[0].RangeOf(Lattice0);
        _range1 = problem.Axes[1].RangeOf(Lattice1);
        Image = index * block.Images;
        Images = Math.Min(block.Images, problem.Batch - Image);
    }

    /// <summary>The first j along the depth; height and width likewise.</summary>
    public int Depth { get; }

    public int Height { get; }

    public int Width { get; }

    /// <summary>The lattice along the depth; that of the height likewise.</summary>
    public int Lattice0 { get; }

    public int Lattice1 { get; }

    /// <summary>The first image.</summary>
    public int Image { get; }

    /// <summary>Images of the block.</summary>
    public int Images { get; }

    /// <summary>Whether another block covers the same j, of as many images.</summary>
    public bool CoversAsMuchAs(in BlockOrigin other) =>
        Depth == other.Depth && Height == other.Height && Width == other.Width && Images == other.Images
        && Lattice0 == other.Lattice0 && Lattice1 == other.Lattice1;

    /// <summary>The part of a range of j that lies in this block and on its lattice; empty where it has none of it.</summary>
    public Interval Clip(Interval range, int axis) => axis switch
    {
        0 => Clip(range, Depth, _first0, _block.Depth).Clip(_range0),
        1 => Clip(range, Height, _first1, _block.Height).Clip(_range1),
        _ => Clip(range, Width, _first2, _block.Width),
    };

    private Interval Clip(Interval range, int start, int first, int size)
    {
        // A relative block begins as far behind the range's beginning as this one does behind the first range's.
        if (_block.IsRelative) start += range.Start - first;
        return range.Clip(new(start, start + size));
    }
}
