using Upstride.Algorithms.Blocks;
using Upstride.Geometry;

namespace Upstride.Algorithms.Phases;

/// <summary>
/// The extent of a block of the destination, in j of each axis and in images, and the pitches of the two buffers it works in: its source
/// with zeros around it, [channel][plane][row of axis 0][row of axis 1][column], and its results before they are interleaved,
/// [row of the product][row of axis 0][row of axis 1][column].
/// </summary>
internal sealed class PhaseBlock : IBlockShape
{
    public PhaseBlock(PhaseSchedule schedule, long sourceElements, long scratchElements, BlockForm form, bool flat)
    {
        PolyphaseProblem problem = schedule.Problem;
        (PolyphaseAxis a0, PolyphaseAxis a1, PolyphaseAxis a2) = (problem.Axes[0], problem.Axes[1], problem.Axes[2]);
        IsRelative = schedule.Fusion == PhaseFusion.None;
        (int n0, int n1, int n2) =
            (BlockSizes.Length(a0, IsRelative), BlockSizes.Length(a1, IsRelative), BlockSizes.Length(a2, IsRelative));
        (int halo0, int halo1, int halo2) =
            (BlockSizes.Halo(a0, IsRelative), BlockSizes.Halo(a1, IsRelative), BlockSizes.Halo(a2, IsRelative));
        int lanes = schedule.Lanes;
        int slack = Kernels.GemmTile.WideVectors * lanes;

        // Columns that the buffers have room for; never so few that a register tile stands half empty.
        long sourceColumns =
            Math.Max(sourceElements / ((long)problem.SourceChannels * problem.Planes), 4 * lanes * (1 + halo1) * (1 + halo0));
        long scratchColumns = Math.Max(scratchElements / schedule.RowsPerChunk, 4 * lanes);

        // A narrow image fills a vector with few of its columns, so a vector's worth of images may are stored side by side.
        if (form == BlockForm.Images) Images = lanes;

        // Or each window's columns are laid out without their halo, as often as windows are shifted, so that rows follow each other without
        // a gap.
        if (form == BlockForm.Shifted) (Shifts, halo2) = (a2.Span + a2.Spread, 0);
        bool Fits(long rows0, long rows1, long columns) =>
            (rows0 + halo0) * (rows1 + halo1) * (columns + halo2) * Images * Shifts <= sourceColumns
            && rows0 * rows1 * columns * Images <= scratchColumns;
        Width = Shifts > 1 ? n2 : BlockSizes.Largest(n2, n => n <= 2 * lanes || Fits(1, 1, n));
        Height = Width < n2 ? 1 : BlockSizes.Largest(n1, n => Fits(1, n, n2));
        Depth = Height < n1 ? 1 : BlockSizes.Largest(n0, n => Fits(n, n1, n2));

        // One vector after the other over all rows of the block wastes what lies between two rows; row by row wastes the rest of each row's
        // last tile.
        SourcePitch = Width + halo2;
        Flat = flat && Height > 1;

        // Results that need no interleaving are written where they belong, as far as they are alike in source and destination.
        IsInPlace = problem.ChannelsFirst && problem.Phases == 1 && Images == 1 && (!Flat || SourcePitch == a2.DestinationLength);
        ScratchPitch = Flat ? SourcePitch * Images : Integers.RoundUp(Width * Images, lanes);
        SourceHeight = Height + halo1;
        SourceDepth = Depth + halo0;
        PlanePitch = (long)SourceDepth * SourceHeight * SourcePitch * Images;
        ChannelPitch = BlockSizes.Spread(PlanePitch * problem.Planes * Shifts, lanes);
        ScratchRow = BlockSizes.Spread((long)Depth * Height * ScratchPitch + slack, lanes);
        SourceLength = ChannelPitch * problem.SourceChannels + slack;
        ScratchLength = IsInPlace ? slack * schedule.TallRows : ScratchRow * schedule.RowsPerChunk;
        (BlocksOfDepth, BlocksOfHeight, BlocksOfWidth) =
            (Integers.DivideUp(n0, Depth), Integers.DivideUp(n1, Height), Integers.DivideUp(n2, Width));
        CountImages = Integers.DivideUp(problem.Batch, Images);
    }

    public bool IsRelative { get; }

    /// <summary>Images that are stored side by side, innermost.</summary>
    public int Images { get; } = 1;

    /// <summary>Copies of each plane, each beginning a column further.</summary>
    public int Shifts { get; } = 1;

    public int Depth { get; }

    public int Height { get; }

    public int Width { get; }

    public int SourceDepth { get; }

    public int SourceHeight { get; }

    /// <summary>Columns from row to row of the source block, before images are counted.</summary>
    public int SourcePitch { get; }

    public long PlanePitch { get; }

    public long ChannelPitch { get; }

    public long SourceLength { get; }

    /// <summary>Whether the tiles run over the ends of rows.</summary>
    public bool Flat { get; }

    /// <summary>Whether results are written straight to the destination, and the scratch holds no more than a register tile's.</summary>
    public bool IsInPlace { get; }

    public int ScratchPitch { get; }

    /// <summary>Elements from row to row of the product.</summary>
    public long ScratchRow { get; }

    public long ScratchLength { get; }

    public int BlocksOfDepth { get; }

    public int BlocksOfHeight { get; }

    public int BlocksOfWidth { get; }

    public int CountImages { get; }

    /// <summary>Blocks of the whole destination of one group.</summary>
    public int Count => BlocksOfDepth * BlocksOfHeight * BlocksOfWidth * CountImages;
}

/// <summary>How the columns of a block's source stand.</summary>
internal enum BlockForm
{
    /// <summary>Rows with their halo.</summary>
    Plain,

    /// <summary>A vector's worth of images side by side.</summary>
    Images,

    /// <summary>A copy for each shift of the window, without halo.</summary>
    Shifted,
}
