using System.Collections.Immutable;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;

namespace Upstride.Algorithms.Phases;

/// <summary>Rows of one register tile: neighbouring rows of a set, and where their packed weights and their results stand.</summary>
internal readonly record struct RowTile(int Set, int FirstRow, int Rows, long WeightOffset);

/// <summary>Destination channels computed together, all phases of them, before they are interleaved and written.</summary>
internal sealed record ChannelChunk(int FirstChannel, int Channels, ImmutableArray<RowTile> Tiles);

/// <summary>
/// The integers of a phase computation: how the phases are grouped, how rows fall into register tiles, and how the destination falls into
/// blocks whose source fits the second cache. Depends on the problem, the element size and the register tile, never on threads.
/// </summary>
internal sealed class PhaseSchedule
{
    // Of what a workspace may take, the source block gets most and the results a third; the rest is slack between them.
    private const double SourceShare = 5.0 / 9;
    private const double ResultShare = 1.0 / 3;

    // Result rows of a chunk, over which a register tile's columns stay in the first cache.
    private const int ChunkRows = 48;

    // What products take longer whose source stands a plane apart from channel to channel, measured.
    private const double ReadInPlace = 1.1;

    // Panels want rows of 256 bits and more; with few channels a row as it lies is as good.
    private const int MinPanelChannels = 8;
    private const int MinPanelBytes = 32;

    private PhaseSchedule(PolyphaseProblem problem, GemmTileShape shape, PhaseFusion grouping, ImmutableArray<FusedPhases> sets,
        BlockForm form, bool flat)
    {
        Problem = problem;
        Lanes = shape.Lanes;
        TallRows = shape.TallRows;
        WideRows = shape.WideRows;
        Fusion = grouping;
        Sets = sets;
        Chunks = MakeChunks(form is BlockForm.Panels or BlockForm.InPlace ? ChunkRows : 0);
        bool wide = Chunks.All(chunk => chunk.Tiles.All(tile => Vectors(tile.Rows, TallRows, WideRows) == Kernels.GemmTile.WideVectors));
        TileColumns = (wide ? Kernels.GemmTile.WideVectors : 2) * Lanes;
        RowsPerChunk = Chunks.Max(chunk => chunk.Channels) * Sets.Sum(static set => set.Members.Length);
        Block = new PhaseBlock(
            this, Math.Min(shape.Machine.PhaseSourceBytes / shape.ElementSize, (long)(problem.WorkspaceTarget * SourceShare)),
            Math.Min(shape.Machine.PhaseResultBytes / shape.ElementSize, (long)(problem.WorkspaceTarget * ResultShare)), form, flat,
            shape);
        Cycles = Estimate(shape);
    }

    /// <summary>The schedule with the lowest estimate.</summary>
    public static PhaseSchedule Cheapest(PolyphaseProblem problem, GemmTileShape shape)
    {
        PhaseSchedule? best = null;
        foreach (PhaseSchedule schedule in All(problem, shape))
        {
            // Phases put together carry zeros in their weights, which may be more than a buffer holds; apart they never are.
            bool fits = schedule.WeightsPerGroup * problem.Groups <= Kernels.AlignedBuffer<float>.MaxLength;
            if (best is null || (fits && schedule.Cycles < best.Cycles)) best = schedule;
        }
        return best!;
    }

    /// <summary>A schedule for every grouping and form of blocks that suits the problem, phases apart first.</summary>
    public static IEnumerable<PhaseSchedule> All(PolyphaseProblem problem, GemmTileShape shape)
    {
        foreach (PhaseFusion grouping in Enum.GetValues<PhaseFusion>())
        {
            ImmutableArray<FusedPhases> sets = PhaseFusions.Of(problem.Axes, problem.Kernel, grouping);
            foreach (BlockForm form in Enum.GetValues<BlockForm>())
            foreach (bool flat in (bool[])[false, true])
            {
                if (Suits(form, flat, grouping, problem, shape)) yield return new(problem, shape, grouping, sets, form, flat);
            }
        }
    }

    private static bool Suits(BlockForm form, bool flat, PhaseFusion grouping, PolyphaseProblem problem, GemmTileShape shape)
    {
        PolyphaseAxis axis = problem.Axes[2];
        bool panels = problem.ChannelsFirst && problem.SourceChannels >= MinPanelChannels
            && shape.Lanes * shape.ElementSize >= MinPanelBytes && (!flat || IsPlane(problem));
        return form switch
        {
            BlockForm.Panels => panels,
            BlockForm.InPlace => flat && problem.ChannelsFirst && shape.Lanes * shape.ElementSize >= MinPanelBytes && IsVolume(problem),
            BlockForm.Plain => !panels,
            BlockForm.Images => problem.Batch >= shape.Lanes && shape.Lanes > 1,
            BlockForm.Shifted => grouping == PhaseFusion.None && axis.Span + axis.Spread > 1 && axis.Longest <= 2 * shape.Lanes,
            _ => true,
        };
    }

    /// <summary>Whether every result reads one place of its plane, which are then moved together row after row.</summary>
    private static bool IsPlane(PolyphaseProblem problem) => problem.Axes.Skip(1).All(ReadsOnePlace);

    /// <summary>Whether all results together read the whole volume, element by element.</summary>
    private static bool IsVolume(PolyphaseProblem problem) =>
        problem.Axes.All(static axis => ReadsOnePlace(axis) && axis.SourceStep == 1 && axis.End - axis.First == axis.SourceLength);

    /// <summary>
    /// Whether the planes that results read follow each other without a gap, so that tiles may run from one into the next.
    /// </summary>
    public bool JoinsPlanes => ReadsOnePlace(Problem.Axes[0]) && Problem.Axes[0].SourceStep == 1
        && Problem.Axes.Skip(1).All(static axis =>
            ReadsOnePlace(axis) && axis.SourceStep == 1 && axis.End - axis.First == axis.SourceLength);

    private static bool ReadsOnePlace(PolyphaseAxis axis) => axis.Span + axis.Spread == 1 && axis.Lowest == 0 && axis.Lattices == 1
        && axis.Residues.Length == 1 && axis.SourceOf(axis.Residues[0], axis.First) >= 0
        && axis.SourceOf(axis.Residues[0], axis.End - 1) < axis.SourceLength;

    public PolyphaseProblem Problem { get; }

    public int Lanes { get; }

    public int TallRows { get; }

    public int WideRows { get; }

    public PhaseFusion Fusion { get; }

    public ImmutableArray<FusedPhases> Sets { get; }

    /// <summary>The chunks of one group; every group's are alike.</summary>
    public ImmutableArray<ChannelChunk> Chunks { get; }

    /// <summary>The most result rows a chunk has.</summary>
    public int RowsPerChunk { get; }

    /// <summary>Columns of a register tile.</summary>
    public int TileColumns { get; }

    /// <summary>Elements of the packed weights of one group.</summary>
    public long WeightsPerGroup { get; private set; }

    public PhaseBlock Block { get; }

    /// <summary>Estimated cycles of one run on one thread.</summary>
    public double Cycles { get; }

    /// <summary>Rows that the sets before <paramref name="set"/> take in a chunk of <paramref name="channels"/> channels.</summary>
    public int FirstRow(int set, int channels)
    {
        int members = 0;
        for (int s = 0; s < set; s++) members += Sets[s].Members.Length;
        return members * channels;
    }

    /// <summary>
    /// For each phase, by its number, its set and its row among all members; a row stands for as many rows as a chunk has channels.
    /// </summary>
    /// <param name="problem">The problem.</param>
    /// <param name="sets">All sets.</param>
    /// <param name="restarts">Whether rows are counted anew from a set on.</param>
    public static (int Set, int Row)[] RowsOf(PolyphaseProblem problem, IEnumerable<FusedPhases> sets, Func<int, bool>? restarts = null)
    {
        var rows = new (int Set, int Row)[problem.Phases];
        Array.Fill(rows, (-1, 0));
        int row = 0, s = 0;
        foreach (FusedPhases set in sets)
        {
            if (restarts?.Invoke(s) ?? false) row = 0;
            foreach ((int r0, int r1, int r2) in set.Members) rows[problem.PhaseIndex(r0, r1, r2)] = (s, row++);
            s++;
        }
        return rows;
    }

    /// <summary>The j of each axis for which a set is computed: the union of its members'.</summary>
    public static PhaseRange RangeOf(PolyphaseProblem problem, FusedPhases set)
    {
        var range = new PhaseRange(Interval.None, Interval.None, Interval.None);
        foreach ((int r0, int r1, int r2) in set.Members)
        {
            range = new(
                range.Depth.Union(problem.Axes[0].Phases[r0].Range), range.Height.Union(problem.Axes[1].Phases[r1].Range),
                range.Width.Union(problem.Axes[2].Phases[r2].Range));
        }
        return range;
    }

    /// <summary>
    /// Vectors in a tile of this many rows: few rows take many vectors, so that there are accumulators enough to hide the latency.
    /// </summary>
    public static int Vectors(int rows, int tallRows, int wideRows) =>
        rows <= wideRows && rows < tallRows / 2 ? Kernels.GemmTile.WideVectors : 2;

    private double Estimate(GemmTileShape shape)
    {
        double runs = (double)Block.Layers * Block.Rows;
        double columns = Block.Columns;
        double products = 0;
        foreach (ChannelChunk chunk in Chunks)
        {
            foreach (RowTile tile in chunk.Tiles)
            {
                double steps = (double)Problem.SourceChannels * Sets[tile.Set].Offsets.Length;
                products += runs * CostModel.Run(tile.Rows, Vectors(tile.Rows, TallRows, WideRows), Lanes, columns, steps, aligned: false);
                if (Block.IsInPlace && columns % Lanes != 0) products += runs * CostModel.Store(0, tile.Rows, 1, true, 1);
            }
        }
        double sourceRows = (double)Block.SourceDepth * Block.SourceHeight * Problem.Planes * Problem.SourceChannels;
        if (Block.IsSourceInPlace) products *= ReadInPlace;
        double pack = Block.IsSourceInPlace ? 0 :
            Block.Shifts
            * CostModel.Pack(
                sourceRows * Block.SourceWidth * Block.Images, sourceRows, Block.Images, Problem.ChannelsFirst,
            Problem.Axes[2].SourceStep);
        double store = Block.IsInPlace ? 0 : StoreCycles();
        return Problem.Groups
            * (Block.Count * (products + pack + store + CostModel.ItemCycles)
            + CostModel.WeightCycles((double)WeightsPerGroup * shape.ElementSize, Block.Count, shape.Machine));
    }

    private double StoreCycles()
    {
        double rows =
            (double)Block.Depth * Block.Height * Problem.Axes[0].DestinationStep * Problem.Axes[1].DestinationStep
            * Problem.DestinationChannels;
        return CostModel.Store(rows * Block.Width * Problem.Axes[2].DestinationStep * Block.Images, rows, Block.Images,
            Problem.ChannelsFirst, Problem.Axes[2].DestinationStep);
    }

    /// <summary>The chunks, of at least so many rows where there are as many channels.</summary>
    private ImmutableArray<ChannelChunk> MakeChunks(int leastRows)
    {
        // Phases apart have a channel a row: a chunk is of whole tiles.
        int members = Sets.Max(static set => set.Members.Length), all = Sets.Sum(static set => set.Members.Length);
        int most = members == 1 ? TallRows : Math.Max(1, Math.Max(4 * TallRows, leastRows) / members);
        int[] channelsOf = Integers.EvenParts(Problem.DestinationChannels, most);
        int together = members == 1 ? Math.Max(1, leastRows / (TallRows * all)) : 1;
        var chunks = ImmutableArray.CreateBuilder<ChannelChunk>();
        int channel = 0;
        foreach (Interval part in Interval.Consecutive(Integers.EvenParts(channelsOf.Length, together)))
        {
            int channels = channelsOf[part.Start..part.End].Sum();
            var tiles = ImmutableArray.CreateBuilder<RowTile>();
            for (int s = 0; s < Sets.Length; s++)
            {
                int row = FirstRow(s, channels);
                foreach (int rows in Integers.EvenParts(Sets[s].Members.Length * channels, TallRows))
                {
                    tiles.Add(new(s, row, rows, WeightsPerGroup));
                    WeightsPerGroup += (long)rows * Problem.SourceChannels * Sets[s].Offsets.Length;
                    row += rows;
                }
            }
            chunks.Add(new(channel, channels, tiles.ToImmutable()));
            channel += channels;
        }
        return chunks.ToImmutable();
    }
}
