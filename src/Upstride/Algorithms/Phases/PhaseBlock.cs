using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;

namespace Upstride.Algorithms.Phases;

/// <summary>
/// The extent of a block of the destination, in j of each axis and in images, and the pitches of the two buffers it works in: its source
/// with zeros around it, [channel][plane][row of axis 0][row of axis 1][column] or, in panels of as many columns as a register tile has,
/// [plane][row of axis 0][row of axis 1][panel][channel][column], and its results before they are interleaved,
/// [row of the product][row of axis 0][row of axis 1][column].
/// </summary>
internal sealed class PhaseBlock : IBlockShape
{
    public PhaseBlock(PhaseSchedule schedule, long sourceElements, long scratchElements, BlockForm form, bool flat,
        GemmTileShape shape)
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
        TileColumns = schedule.TileColumns;

        // Columns that the buffers have room for; never so few that a register tile stands half empty.
        long sourceColumns =
            Math.Max(sourceElements / ((long)problem.SourceChannels * problem.Planes), 4 * lanes * (1 + halo1) * (1 + halo0));
        long scratchColumns = Math.Max(scratchElements / schedule.RowsPerChunk, 4 * lanes);

        // A narrow image fills a vector with few of its columns, so a vector's worth of images may are stored side by side.
        if (form == BlockForm.Images) Images = lanes;

        // Or each window's columns are laid out without their halo, as often as windows are shifted, so that rows follow each other without
        // a gap.
        if (form == BlockForm.Shifted) (Shifts, halo2) = (a2.Span + a2.Spread, 0);
        bool panels = form == BlockForm.Panels;

        // A tile of phases that begin later than others begins as much later in each panel.
        if (panels && !IsRelative) halo2 += a2.Spread;
        IsSourceInPlace = form == BlockForm.InPlace;

        // Results that need no interleaving are written where they belong, as far as they are alike in source and destination.
        IsInPlace = problem.ChannelsFirst && problem.Phases == 1 && Images == 1
            && (!flat || (n2 + halo2 == a2.DestinationLength && a1.Lattices == 1));
        long Stored(long columns) => panels ? Integers.DivideUp(columns, TileColumns) * (TileColumns + halo2) : columns + halo2;
        bool Fits(long rows0, long rows1, long columns) =>
            (rows0 + halo0) * (flat && panels ? Stored(rows1 * columns) : (rows1 + halo1) * Stored(columns)) * Images * Shifts
                <= sourceColumns
            && rows0 * rows1 * columns * Images <= scratchColumns;
        Width = Shifts > 1 ? n2 : BlockSizes.Largest(n2, n => n <= 2 * lanes || Fits(1, 1, n));
        if (panels) Width = Math.Min(n2, Integers.RoundUp(Width, TileColumns));
        Height = Width < n2 ? 1 : BlockSizes.Largest(n1, n => Fits(1, n, n2));
        Depth = Height < n1 ? 1 : BlockSizes.Largest(n0, n => Fits(n, n1, n2));

        // One vector after the other over all rows of the block wastes what lies between two rows; row by row wastes the rest of each row's
        // last tile.
        Flat = flat && Height > 1;
        (Rows, Columns) = Flat ? (1, ((Height - 1) * (Width + halo2) + Width) * Images) : (Height, Width * Images);
        SourceHeight = IsSourceInPlace || (Flat && panels) ? 1 : Height + halo1;
        SourceDepth = Depth + halo0;

        // Whole planes that follow each other in the source do so in panels too, and in the results.
        (Layers, PlanesAreJoined) = (Depth, false);
        if (Flat && panels && Depth > 1 && schedule.JoinsPlanes && (!IsInPlace || n1 == a1.DestinationLength))
        {
            (Layers, PlanesAreJoined, SourceDepth) = (1, true, 1);
            Columns *= Depth;
        }
        if (panels)
        {
            (Panels, PanelColumns) = (Integers.DivideUp(Columns, TileColumns), TileColumns);
            ChannelPitch = TileColumns + halo2;
            TilePitch = (nint)BlockSizes.Spread(ChannelPitch * problem.SourceChannels, lanes);
            RowPitch = TilePitch * Panels;
            PlanePitch = (long)SourceDepth * SourceHeight * RowPitch;
            SourceLength = PlanePitch * problem.Planes + slack;
            SourceWidth = Columns + halo2;
        }
        else if (IsSourceInPlace)
        {
            // Of the workspace it takes a last vector that is not full.
            (PanelColumns, TilePitch) = (Columns, TileColumns);
            (RowPitch, ChannelPitch) = (problem.Source.Depth, problem.Source.Channel);
            SourceWidth = Width;
            SourceLength = (long)problem.SourceChannels * TileColumns;
        }
        else
        {
            (PanelColumns, TilePitch) = (Columns, TileColumns);
            RowPitch = (nint)(Width + halo2) * Images;
            PlanePitch = (long)SourceDepth * SourceHeight * RowPitch;
            ChannelPitch = BlockSizes.Spread(PlanePitch * problem.Planes * Shifts, lanes);
            SourceWidth = Width + halo2;
            SourceLength = ChannelPitch * problem.SourceChannels + slack;
        }

        // With vectors of 512 bits there are fewer row tiles, which read two lines of each channel.
        MovesStrips = IsSourceInPlace && schedule.Chunks.Any(static chunk => chunk.Tiles.Length > 1)
            && TileColumns * shape.ElementSize <= Kernels.Simd.Line
            && !MachineModel.HoldsLines(problem.SourceChannels, problem.Source.Channel * shape.ElementSize);

        // All row tiles go along as many panels as the first cache keeps for them.
        long panelBytes = (1L + halo1) * (TileColumns + halo2) * problem.SourceChannels * shape.ElementSize;
        int strip = IsSourceInPlace ? 1
            : panels ? (int)Math.Clamp(shape.Machine.StripBytes / panelBytes, 1, Panels) : Integers.DivideUp(Columns, TileColumns);
        (StripColumns, StripPitch) = (strip * TileColumns, strip * TilePitch);
        ScratchPitch = Flat ? (Width + halo2) * Images : Integers.RoundUp(Width * Images, lanes);
        ScratchRow = BlockSizes.Spread((long)Depth * Height * ScratchPitch + slack, lanes);
        ScratchLength = IsInPlace ? slack * schedule.TallRows : ScratchRow * schedule.RowsPerChunk;
        (BlocksOfDepth, BlocksOfHeight, BlocksOfWidth) =
            (Integers.DivideUp(n0, Depth), Integers.DivideUp(n1, Height), Integers.DivideUp(n2, Width));
        CountImages = Integers.DivideUp(problem.Batch, Images) * problem.RowLattices;
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

    /// <summary>Rows of axis 0 that register tiles run over one by one: those of the block, or one over all of its planes.</summary>
    public int Layers { get; }

    /// <summary>Whether the tiles run over the ends of planes.</summary>
    public bool PlanesAreJoined { get; }

    public int SourceHeight { get; }

    /// <summary>Columns of a row of the source block, its halo included, before images are counted.</summary>
    public int SourceWidth { get; }

    /// <summary>Runs of columns that register tiles go along, for each row of axis 0: those of axis 1, or one over their ends.</summary>
    public int Rows { get; }

    /// <summary>Columns of such a run.</summary>
    public int Columns { get; }

    /// <summary>Columns of a register tile.</summary>
    public int TileColumns { get; }

    /// <summary>Panels of a run; 0 where the source is not in panels.</summary>
    public int Panels { get; }

    /// <summary>Columns that are read from one panel, or all of a run.</summary>
    public int PanelColumns { get; }

    /// <summary>Elements of the source block from where one register tile reads to where the next does.</summary>
    public nint TilePitch { get; }

    /// <summary>
    /// Whether a strip of the source, which is read in place, is moved together before the row tiles read it: the first cache would not
    /// keep its lines from one row tile to the next.
    /// </summary>
    public bool MovesStrips { get; }

    /// <summary>Columns that all row tiles of a chunk go along before the next ones.</summary>
    public int StripColumns { get; }

    /// <summary>Elements of the source block from such columns to the next.</summary>
    public nint StripPitch { get; }

    /// <summary>Elements from row to row of axis 1 in the source block.</summary>
    public nint RowPitch { get; }

    public long PlanePitch { get; }

    public long ChannelPitch { get; }

    public long SourceLength { get; }

    /// <summary>Whether the tiles run over the ends of rows.</summary>
    public bool Flat { get; }

    /// <summary>Whether results are written straight to the destination, and the scratch holds no more than a register tile's.</summary>
    public bool IsInPlace { get; }

    public int ScratchPitch { get; }

    /// <summary>Whether the source is read where it lies.</summary>
    public bool IsSourceInPlace { get; }

    /// <summary>Elements from row to row of the product.</summary>
    public long ScratchRow { get; }

    public long ScratchLength { get; }

    public int BlocksOfDepth { get; }

    public int BlocksOfHeight { get; }

    public int BlocksOfWidth { get; }

    /// <summary>Images, or as many as are side by side, on each of the lattices that their rows are split into.</summary>
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

    /// <summary>
    /// A register tile's columns of all channels one after the other, with their halo: what a tile reads is contiguous, wherever the
    /// channels stand in the tensor.
    /// </summary>
    Panels,

    /// <summary>The tensor itself, of windows of one place: what few rows of a product read is not worth a copy.</summary>
    InPlace,
}
