using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Algorithms;

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
    // Half of a 1 MB second cache for the source block, a quarter for the results before they are interleaved.
    private const long SourceBudget = 448 * 1024;
    private const long ScratchBudget = 256 * 1024;

    public PhaseSchedule(WindowProblem problem, int elementSize, int lanes, int tallRows, int wideRows)
    {
        Problem = problem;
        Lanes = lanes;
        TallRows = tallRows;
        WideRows = wideRows;
        (ImmutableArray<PhaseSet> sets, double best) = ([], double.PositiveInfinity);
        foreach (PhaseGrouping grouping in Enum.GetValues<PhaseGrouping>())
        {
            ImmutableArray<PhaseSet> candidate = PhaseSets.Of(problem.Axes, problem.Kernel, grouping);
            double cost = candidate.Sum(Cycles);
            if (cost >= best) continue;
            (sets, best, Grouping) = (candidate, cost, grouping);
        }
        Sets = sets;
        Chunks = MakeChunks();
        RowsPerChunk = Chunks.Max(chunk => chunk.Channels) * Sets.Sum(static set => set.Members.Length);
        // Where every packed element would be read once or twice only, packing costs more than it saves.
        Direct = problem.ReadsEachElementInPlace && Chunks.Sum(static chunk => chunk.Tiles.Length) <= 2;
        Block = new PhaseBlock(this, SourceBudget / elementSize, ScratchBudget / elementSize);
    }

    public WindowProblem Problem { get; }

    public int Lanes { get; }

    public int TallRows { get; }

    public int WideRows { get; }

    public PhaseGrouping Grouping { get; }

    public ImmutableArray<PhaseSet> Sets { get; }

    /// <summary>The chunks of one group; every group's are alike.</summary>
    public ImmutableArray<ChannelChunk> Chunks { get; }

    /// <summary>The most result rows a chunk has.</summary>
    public int RowsPerChunk { get; }

    /// <summary>Elements of the packed weights of one group.</summary>
    public long WeightsPerGroup { get; private set; }

    /// <summary>Whether the source is read where it lies, without a copy of the block.</summary>
    public bool Direct { get; }

    public PhaseBlock Block { get; }

    /// <summary>Rows that the sets before <paramref name="set"/> take in a chunk of <paramref name="channels"/> channels.</summary>
    public int FirstRowOf(int set, int channels)
    {
        int members = 0;
        for (int s = 0; s < set; s++) members += Sets[s].Members.Length;
        return members * channels;
    }

    /// <summary>For each phase, by its number, its set and its row among all members; a row stands for as many rows as a chunk has channels.</summary>
    public static (int Set, int Row)[] RowsOf(WindowProblem problem, IEnumerable<PhaseSet> sets)
    {
        var rows = new (int Set, int Row)[problem.Phases];
        int row = 0, s = 0;
        foreach (PhaseSet set in sets)
        {
            foreach ((int r0, int r1, int r2) in set.Members) rows[problem.PhaseIndex(r0, r1, r2)] = (s, row++);
            s++;
        }
        return rows;
    }

    /// <summary>The j of each axis for which a set is computed: the union of its members'.</summary>
    public static PhaseRange RangeOf(WindowProblem problem, PhaseSet set)
    {
        return new(
            Union(0, static member => member.R0), Union(1, static member => member.R1), Union(2, static member => member.R2));

        (int First, int End) Union(int axis, Func<(int R0, int R1, int R2), int> place) => (
            set.Members.Min(member => problem.Axes[axis].Phases[place(member)].First),
            set.Members.Max(member => problem.Axes[axis].Phases[place(member)].End));
    }

    /// <summary>Even parts of at most <paramref name="most"/>, the larger ones first.</summary>
    public static int[] Split(int total, int most)
    {
        int parts = (total + most - 1) / most;
        int[] sizes = new int[parts];
        for (int i = 0; i < parts; i++) sizes[i] = total / parts + (i < total % parts ? 1 : 0);
        return sizes;
    }

    /// <summary>Vectors in a tile of this many rows: few rows take many vectors, so that there are accumulators enough to hide the latency.</summary>
    public static int Vectors(int rows, int tallRows, int wideRows) => rows <= wideRows && rows < tallRows / 2 ? Kernels.ProductTile.WideVectors : 2;

    private double Cycles(PhaseSet set)
    {
        PhaseRange range = RangeOf(Problem, set);
        double positions = (double)(range.Axis0.End - range.Axis0.First) * (range.Axis1.End - range.Axis1.First) * (range.Axis2.End - range.Axis2.First);
        return Split(set.Members.Length * Problem.DestinationChannels, TallRows)
            .Sum(rows => ProductCost.Cycles(rows, Vectors(rows, TallRows, WideRows), Lanes, positions, aligned: false)) * Math.Max(1, set.Offsets.Length);
    }

    private ImmutableArray<ChannelChunk> MakeChunks()
    {
        int members = Sets.Max(static set => set.Members.Length);
        int most = members == 1 ? TallRows : Math.Max(1, 4 * TallRows / members);
        var chunks = ImmutableArray.CreateBuilder<ChannelChunk>();
        int channel = 0;
        foreach (int channels in Split(Problem.DestinationChannels, most))
        {
            var tiles = ImmutableArray.CreateBuilder<RowTile>();
            for (int s = 0; s < Sets.Length; s++)
            {
                int row = FirstRowOf(s, channels);
                foreach (int rows in Split(Sets[s].Members.Length * channels, TallRows))
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
