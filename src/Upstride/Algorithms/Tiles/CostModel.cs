namespace Upstride.Algorithms.Tiles;

/// <summary>
/// What the parts of a computation cost on a core of today, in cycles: two multiply-adds and two vector loads a cycle, a multiply-add's
/// latency of four, weights streamed from the third cache or from memory. Compared among algorithms, not with a clock.
/// </summary>
internal static class CostModel
{
    // Cycles an element, fitted to the runs that CostModelTests records: images copied side by side, channels gathered, and the same for
    // results, which are read again; and cycles a row, for its addresses and first cache misses.
    private const double PackImages = 1.2;
    private const double PackChannelsLast = 0.6;
    private const double StoreImages = 0.9;
    private const double StoreChannelsLast = 0.5;
    private const double StoreChannelsLastPerDoubling = 0.15;
    private const double RowCycles = 12;
    private const double ScatteredRowCycles = 40;
    private const double StoreChannelsLastRowCycles = 60;

    /// <summary>Cycles that a block costs beside its products: finding its place, and starting on its rows.</summary>
    public const double ItemCycles = 300;

    /// <summary>Cycles of a run of columns under one register tile.</summary>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="vectors">Vectors in a row.</param>
    /// <param name="lanes">Elements in a vector.</param>
    /// <param name="columns">Columns to do.</param>
    /// <param name="steps">Terms of the sum.</param>
    /// <param name="aligned">Whether the vectors that are read begin at cache lines; else about every other one takes two loads.</param>
    public static double Run(int rows, int vectors, int lanes, double columns, double steps, bool aligned)
    {
        // A last tile of at most one vector takes the kernel of one vector.
        double tiles = Math.Floor(columns / (vectors * lanes)), rest = columns - tiles * vectors * lanes;
        double cycles = tiles * Tile(rows, vectors, steps, aligned);
        while (rest > 0)
        {
            int narrow = rest > 2 * lanes ? vectors : rest > lanes ? 2 : 1;
            cycles += Tile(rows, narrow, steps, aligned);
            rest -= narrow * lanes;
        }
        return cycles;
    }

    /// <summary>Cycles of copying a block's source into its place.</summary>
    /// <param name="elements">Elements.</param>
    /// <param name="rows">Rows, over all channels and planes.</param>
    /// <param name="images">Images that are stored side by side.</param>
    /// <param name="channelsFirst">Whether a channel's rows are contiguous; else each is gathered.</param>
    /// <param name="sequences">Sequences that a row is deinterleaved to.</param>
    public static double Pack(double elements, double rows, int images, bool channelsFirst, int sequences) =>
        images > 1 ? PackImages * elements + ScatteredRowCycles * rows
        : channelsFirst ? InterleaveCycles(sequences) * elements + RowCycles * rows
        : PackChannelsLast * elements + ScatteredRowCycles * rows;

    /// <summary>Cycles of interleaving a block's results and writing them.</summary>
    /// <param name="elements">Elements.</param>
    /// <param name="rows">Rows of the destination, over all channels.</param>
    /// <param name="images">Images that are stored side by side.</param>
    /// <param name="channelsFirst">Whether a channel's rows are contiguous.</param>
    /// <param name="sequences">Sequences that a row is interleaved from.</param>
    public static double Store(double elements, double rows, int images, bool channelsFirst, int sequences) =>
        images > 1 ? StoreImages * elements + ScatteredRowCycles * rows
        : channelsFirst ? InterleaveCycles(sequences) * elements + RowCycles * rows
        : (StoreChannelsLast + StoreChannelsLastPerDoubling * Math.Log2(sequences)) * elements + StoreChannelsLastRowCycles * rows;

    // Cycles an element to interleave sequences or to deal out to them: each doubling is another round of shuffles, and more than a few
    // rounds go through memory.
    private static double InterleaveCycles(int sequences) => 0.15 + 0.05 * Math.Log2(sequences) + (sequences is <= 4 or 6 or 8 ? 0 : 0.5);

    private static double Tile(int rows, int vectors, double steps, bool aligned)
    {
        double step = Math.Max(Math.Max(rows * vectors / 2.0, (rows + vectors * (aligned ? 1.0 : 1.75)) / 2), 4);
        return step * steps + 20 + rows * vectors;
    }

    /// <summary>Cycles that reading the packed weights takes beyond what hides behind the products.</summary>
    /// <param name="bytes">The packed weights.</param>
    /// <param name="passes">How often they are read.</param>
    /// <param name="machine">The machine.</param>
    public static double WeightCycles(double bytes, double passes, MachineModel machine)
    {
        // Between two runs of a plan others pass through the caches, so the first reading comes from memory.
        double again = bytes <= machine.WeightBytesInSecondCache ? 0
            : bytes / (bytes <= machine.WeightBytesInThirdCache ? machine.ThirdCacheBytesPerCycle : machine.MemoryBytesPerCycle);
        return bytes / machine.MemoryBytesPerCycle + (passes - 1) * again;
    }
}
