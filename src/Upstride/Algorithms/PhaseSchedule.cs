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
        (ImmutableArray<PhaseSet> sets, long best) = ([], long.MaxValue);
        foreach (PhaseGrouping grouping in Enum.GetValues<PhaseGrouping>())
        {
            ImmutableArray<PhaseSet> candidate = PhaseSets.Of(problem.Axes, problem.Kernel, grouping);
            long cost = candidate.Sum(Cost);
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

    /// <summary>For each phase, by its places on the three axes, its set and its row among all members; a row stands for as many rows as the chunk has channels.</summary>
    public (int Set, int Row)[] RowOfPhase()
    {
        var rows = new (int Set, int Row)[Problem.Phases];
        int row = 0;
        for (int s = 0; s < Sets.Length; s++)
        {
            foreach ((int r0, int r1, int r2) in Sets[s].Members)
                rows[(r0 * Problem.Axes[1].Phases.Length + r1) * Problem.Axes[2].Phases.Length + r2] = (s, row++);
        }
        return rows;
    }

    /// <summary>The j of an axis for which a set computes: the union of its members'.</summary>
    public (int First, int End) Range(PhaseSet set, int axis)
    {
        (int first, int end) = (int.MaxValue, int.MinValue);
        foreach ((int R0, int R1, int R2) member in set.Members)
        {
            WindowPhase phase = Problem.Axes[axis].Phases[axis == 0 ? member.R0 : axis == 1 ? member.R1 : member.R2];
            (first, end) = (Math.Min(first, phase.First), Math.Max(end, phase.End));
        }
        return (first, end);
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
    public int Vectors(int rows) => rows <= WideRows && rows < TallRows / 2 ? Kernels.ProductTile.WideVectors : 2;

    /// <summary>Half cycles of the multiply-add pipes, two a cycle with a latency of four, or of the two load ports, whichever is more.</summary>
    private long Cost(PhaseSet set)
    {
        long positions = 1;
        for (int axis = 0; axis < 3; axis++)
        {
            (int first, int end) = Range(set, axis);
            positions *= end - first;
        }
        long perStep = 0;
        foreach (int rows in Split(set.Members.Length * Problem.DestinationChannels, TallRows))
        {
            int vectors = Vectors(rows);
            // Windows lie at any alignment, so a vector load takes both ports every other time.
            long halfCycles = Math.Max(Math.Max(rows * vectors, rows + vectors * 3 / 2), 8);
            perStep += halfCycles * ((positions + vectors * Lanes - 1) / (vectors * Lanes));
        }
        return perStep * Math.Max(1, set.Offsets.Length);
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
