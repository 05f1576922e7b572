using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Phases;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Winograd;

/// <summary>
/// The extent of a Winograd block in j of each axis and in images, and the pitches of its buffers: some channels of the source,
/// deinterleaved
/// to lanes by their place in the tile; the transformed source [set of a class][frequency][channel][plane][row of axis 0][row of
/// tiles][tile][image or lattice]; the
/// products [frequency][row][position]; and the results, [row][row of axis 0][row of axis 1][lane][tile][image or
/// lattice].
/// </summary>
internal sealed class WinogradBlock : IBlockShape
{
    // Measured, on images of 14 to 224: a row of several channels is packed at a lower cost a row, as long as they are not far from
    // the first cache when they are transformed. Images side by side fill it with one.
    private const int MaxSourceChannels = 4;
    private const long SourceElements = 32 * 1024;

    public WinogradBlock(WinogradSchedule schedule, long transformedElements, long productElements, int leastPositions, bool images)
    {
        PolyphaseProblem problem = schedule.Problem;
        WinogradTile tile = schedule.Tile;
        (PolyphaseAxis a0, PolyphaseAxis a1, PolyphaseAxis a2) = (problem.Axes[0], problem.Axes[1], problem.Axes[2]);
        IsRelative = schedule.Fusion == PhaseFusion.None;
        (int n0, int n1, int n2) =
            (BlockSizes.Length(a0, IsRelative), BlockSizes.Length(a1, IsRelative), BlockSizes.Length(a2, IsRelative));
        int lanes = schedule.Lanes;
        // What a register tile writes beyond the last position: its own columns.
        bool wide = schedule.Chunks.Any(
            chunk => chunk.Tiles.Any(
                rows => PhaseSchedule.Vectors(rows.Rows, schedule.TallRows, schedule.WideRows) == GemmTile.WideVectors));
        int slack = (wide ? GemmTile.WideVectors : 2) * lanes;
        int tilesInRow = Integers.DivideUp(n2, tile.M2);
        if (images) Images = lanes;
        Beside = Images * a2.Lattices;

        // Direct rows keep their halo in the transformed source; tiles have theirs inside, but for those that a window's further pieces
        // read.
        int halo0 = BlockSizes.Halo(a0, IsRelative);
        int halo1 = tile.Axis1.IsTiled ? schedule.Sets.Max(static set => set.Window1.Segments) - 1 : BlockSizes.Halo(a1, IsRelative);
        int halo2 = schedule.Sets.Max(static set => set.Window2.Segments) - 1;
        HasHalo = halo0 + halo1 + halo2 > 0;
        long sets = schedule.MaxSetsPerGroup;
        long rowLimit =
            Math.Max(transformedElements / ((long)schedule.Frequencies * problem.SourceChannels * problem.Planes * sets), leastPositions);
        long productLimit =
            Math.Max(productElements / ((long)schedule.Frequencies * Math.Min(schedule.RowsPerChunk, schedule.TallRows)), leastPositions);
        bool Fits(long rows0, long rows1, long tiles) =>
            (rows0 + halo0) * (rows1 + halo1) * (tiles + halo2) * Beside <= rowLimit
            && rows0 * rows1 * (tiles + halo2) * Beside <= productLimit;
        int tiles = BlockSizes.Largest(tilesInRow, n => n <= lanes || Fits(1, 1, n));
        int rowsOfTiles = tiles < tilesInRow ? 1 : BlockSizes.Largest(Integers.DivideUp(n1, tile.M1), n => Fits(1, n, tiles));
        Depth = rowsOfTiles * tile.M1 < n1 ? 1 : BlockSizes.Largest(n0, n => Fits(n, rowsOfTiles, tiles));
        TilesInRow = tiles;
        RowsOfTiles = rowsOfTiles;
        Height = rowsOfTiles * tile.M1;
        Width = tiles * tile.M2;
        (BlocksOfDepth, BlocksOfHeight, BlocksOfWidth) =
            (Integers.DivideUp(n0, Depth), Integers.DivideUp(n1, Height), Integers.DivideUp(n2, Width));
        CountImages = Integers.DivideUp(problem.Batch, Images) * problem.RowLattices;
        Whole = (double)n0 / Depth * Integers.DivideUp(n1, tile.M1) / RowsOfTiles * tilesInRow / TilesInRow * CountImages;

        SourceDepth = Depth + halo0;
        TransformedHeight = RowsOfTiles + halo1;
        RowPitch = (TilesInRow + halo2) * Beside;
        PlanePitch = (long)SourceDepth * TransformedHeight * RowPitch;
        TransformedChannel = PlanePitch * problem.Planes;
        Frequency = BlockSizes.Spread(TransformedChannel * problem.SourceChannels + slack, lanes);
        TransformedLength = Frequency * schedule.Frequencies * sets + slack;

        // Whole tiles from wherever a set begins, and a vector of tiles more along a row.
        SourceHeight =
            Height + a1.Spread - 1 + (tile.Axis1.IsTiled ? schedule.Sets.Max(set => Reach(set.Window1, tile.Axis1)) - a1.Lowest : a1.Span);
        SourceWidth = Width + a2.Spread - 1 + schedule.Sets.Max(set => Reach(set.Window2, tile.Axis2)) - a2.Lowest;
        SourceLane = BlockSizes.Spread((long)Integers.DivideUp(SourceWidth, tile.M2) * Beside + lanes, lanes);
        SourceChannel = (long)problem.Planes * SourceDepth * SourceHeight * SourceLane * tile.M2;
        ProductRow = BlockSizes.Spread(((long)(Depth - 1) * TransformedHeight + RowsOfTiles) * RowPitch + slack, lanes);
        ProductFrequency = ProductRow * Math.Min(schedule.TallRows, schedule.RowsPerChunk);
        ProductLength = ProductFrequency * schedule.Frequencies;
        ResultLane = Integers.DivideUp(TilesInRow * Beside, lanes) * lanes;
        ResultRow = BlockSizes.Spread((long)Depth * Height * ResultLane * tile.M2, lanes);
        ResultLength = ResultRow * schedule.RowsPerChunk + slack;

        long room = problem.WorkspaceTarget - TransformedLength - ProductLength - ResultLength - slack;
        SourceChannels =
            Images > 1 ? 1
            : (int)Math.Clamp(Math.Min(SourceElements, room) / SourceChannel, 1, Math.Min(MaxSourceChannels, problem.SourceChannels));
        SourceLength = SourceChannel * SourceChannels + slack;
    }

    /// <summary>One past the highest offset that the pieces of a window read, beyond which a last piece of fewer taps reads too.</summary>
    private static int Reach(WinogradWindow window, WinogradAxis axis) =>
        window.Lowest + (window.Segments - 1) * axis.Outputs + window.Taps;

    /// <summary>Elements of all four buffers.</summary>
    public long WorkspaceLength => SourceLength + TransformedLength + ProductLength + ResultLength;

    public bool IsRelative { get; }

    /// <summary>Whether what is transformed at the borders of a block is transformed for its neighbours too.</summary>
    public bool HasHalo { get; }

    public int Images { get; } = 1;

    /// <summary>What stands side by side at each column: images, or the lattices that the columns are split into.</summary>
    public int Beside { get; }

    public int Depth { get; }

    public int Height { get; }

    public int Width { get; }

    public int BlocksOfDepth { get; }

    public int BlocksOfHeight { get; }

    public int BlocksOfWidth { get; }

    /// <summary>Images, or as many as are side by side, on each of the lattices that their rows are split into.</summary>
    public int CountImages { get; }

    public int Count => BlocksOfDepth * BlocksOfHeight * BlocksOfWidth * CountImages;

    /// <summary>How many blocks that are full the work amounts to: the last one along an axis may not be.</summary>
    public double Whole { get; }

    public int TilesInRow { get; }

    public int RowsOfTiles { get; }

    public int SourceDepth { get; }

    public int SourceHeight { get; }

    public int SourceWidth { get; }

    public long SourceLane { get; }

    /// <summary>Channels of the source that are packed at once.</summary>
    public int SourceChannels { get; }

    /// <summary>Elements of one channel of the source.</summary>
    public long SourceChannel { get; }

    /// <summary>Elements of those channels.</summary>
    public long SourceLength { get; }

    /// <summary>Rows along axis 1 of the transformed source, with their halo: rows of tiles, or rows where the axis is direct.</summary>
    public int TransformedHeight { get; }

    /// <summary>Elements of a row of the transformed source.</summary>
    public int RowPitch { get; }

    public long PlanePitch { get; }

    public long TransformedChannel { get; }

    /// <summary>Elements from frequency to frequency of the transformed source.</summary>
    public long Frequency { get; }

    public long TransformedLength { get; }

    public long ProductRow { get; }

    public long ProductFrequency { get; }

    public long ProductLength { get; }

    public int ResultLane { get; }

    public long ResultRow { get; }

    public long ResultLength { get; }
}
