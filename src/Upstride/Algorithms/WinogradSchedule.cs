using System.Collections.Immutable;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>
/// The integers of a Winograd computation: the grouping of the phases and the tile with the least estimated cost, the register tiles, and
/// the blocks whose transformed source fits the second cache. Depends on the problem, the element size and the register tile, never on threads.
/// </summary>
internal sealed class WinogradSchedule
{
    // The transformed source of a block, and the transformed results of a chunk of rows.
    private const long TransformedBudget = 512 * 1024;
    private const long ProductBudget = 288 * 1024;

    private WinogradSchedule(WindowProblem problem, int elementSize, int lanes, int tallRows, int wideRows, PhaseGrouping grouping, WinogradTile tile, ImmutableArray<WinogradSet> sets)
    {
        Problem = problem;
        Lanes = lanes;
        TallRows = tallRows;
        WideRows = wideRows;
        Grouping = grouping;
        Tile = tile;
        Sets = sets;
        Ranges = [.. sets.Select(set => PhaseSchedule.RangeOf(problem, set.Phases))];
        Frequencies = sets.Max(set => Alpha1(set) * Alpha2(set));

        int members = sets.Max(static set => set.Phases.Members.Length);
        int most = Math.Max(1, Math.Min(problem.DestinationChannels, 4 * tallRows / members));
        var chunks = ImmutableArray.CreateBuilder<ChannelChunk>();
        int channel = 0;
        foreach (int channels in PhaseSchedule.Split(problem.DestinationChannels, most))
        {
            var tiles = ImmutableArray.CreateBuilder<RowTile>();
            int row = 0;
            for (int s = 0; s < sets.Length; s++)
            {
                foreach (int rows in PhaseSchedule.Split(sets[s].Phases.Members.Length * channels, tallRows))
                {
                    tiles.Add(new(s, row, rows, WeightsPerGroup));
                    WeightsPerGroup += (long)rows * problem.SourceChannels * sets[s].Entries.Length * Alpha1(sets[s]) * Alpha2(sets[s]);
                    row += rows;
                }
            }
            chunks.Add(new(channel, channels, tiles.ToImmutable()));
            channel += channels;
        }
        Chunks = chunks.ToImmutable();
        RowsPerChunk = Chunks.Max(chunk => chunk.Channels) * sets.Sum(static set => set.Phases.Members.Length);
        Block = new(this, TransformedBudget / elementSize, ProductBudget / elementSize);
        Cycles = Estimate(elementSize);
    }

    public WindowProblem Problem { get; }

    public int Lanes { get; }

    public int TallRows { get; }

    public int WideRows { get; }

    public PhaseGrouping Grouping { get; }

    public WinogradTile Tile { get; }

    public ImmutableArray<WinogradSet> Sets { get; }

    public ImmutableArray<PhaseRange> Ranges { get; }

    /// <summary>The most elements a transformed tile has.</summary>
    public int Frequencies { get; }

    public ImmutableArray<ChannelChunk> Chunks { get; }

    public int RowsPerChunk { get; }

    /// <summary>Elements of the packed weights of one group.</summary>
    public long WeightsPerGroup { get; }

    public WinogradBlock Block { get; }

    /// <summary>Estimated cycles of one run on one thread.</summary>
    public double Cycles { get; }

    /// <summary>The cheapest schedule; null where no window has a shape that a transform saves products for.</summary>
    public static WinogradSchedule? Cheapest(WindowProblem problem, int elementSize, int lanes, int tallRows, int wideRows)
    {
        WinogradSchedule? best = null;
        foreach (PhaseGrouping grouping in Enum.GetValues<PhaseGrouping>())
        {
            ImmutableArray<PhaseSet> phases = PhaseSets.Of(problem.Axes, problem.Kernel, grouping);

            // Many sets would each need a transform of their own; phases that share a window are together in another grouping.
            if (phases.Length > 8) continue;
            foreach (bool tile1 in (ReadOnlySpan<bool>)[true, false])
            {
                WinogradSet?[] sets = [.. phases.Select(set => WinogradSet.Of(set, tile1))];

                // A set may have one tap on a tiled axis, which saves nothing there; if none has more, nothing saves anything.
                if (sets.Any(static set => set is null) || sets.All(static set => set!.Taps2 == 1) || (tile1 && sets.All(static set => set!.Taps1 == 1))) continue;
                for (int m1 = tile1 ? 2 : 1; m1 <= (tile1 ? 4 : 1); m1++)
                for (int m2 = 2; m2 <= 4; m2++)
                {
                    if (sets.Any(set => m2 + set!.Taps2 - 1 > Winograd.MaximalAlpha || (tile1 && m1 + set.Taps1 - 1 > Winograd.MaximalAlpha))) continue;
                    var schedule = new WinogradSchedule(problem, elementSize, lanes, tallRows, wideRows, grouping, new(m1, m2), [.. sets.Select(static set => set!)]);
                    if (best is null || schedule.Cycles < best.Cycles) best = schedule;
                }
            }
        }
        return best;
    }

    public int Alpha1(WinogradSet set) => Tile.M1 == 1 ? 1 : Tile.M1 + set.Taps1 - 1;

    public int Alpha2(WinogradSet set) => Tile.M2 + set.Taps2 - 1;

    private double Estimate(int elementSize)
    {
        double cycles = 0;
        for (int s = 0; s < Sets.Length; s++)
        {
            WinogradSet set = Sets[s];
            (int a1, int a2) = (Alpha1(set), Alpha2(set));
            PhaseRange range = Ranges[s];
            double rows = (double)(range.Axis0.End - range.Axis0.First) * Ceiling(range.Axis1.End - range.Axis1.First, Tile.M1) * Block.CountImages;
            double tilesInRow = (double)Ceiling(range.Axis2.End - range.Axis2.First, Tile.M2) * Block.Images;
            double groups = rows * Math.Ceiling(tilesInRow / Lanes);
            double sources = groups * Problem.SourceChannels * Problem.Planes * Block.SourceRows0 / Block.Rows0;
            double outputs = groups * Problem.DestinationChannels * set.Phases.Members.Length;
            cycles += sources * TransformCycles(a1, a2) + outputs * TransformCycles(a1, a2);
            cycles += Chunks.Sum(chunk => chunk.Tiles.Where(tile => tile.Set == s).Sum(tile => ProductCost.Cycles(
                tile.Rows, PhaseSchedule.Vectors(tile.Rows, TallRows, WideRows), Lanes, Math.Min(rows * tilesInRow, Block.Positions), aligned: true)))
                * a1 * a2 * set.Entries.Length * Problem.SourceChannels * Math.Max(1, rows * tilesInRow / Block.Positions);
        }
        return Problem.Groups * (cycles + ProductCost.WeightCycles(WeightsPerGroup * elementSize, Block.Count));
    }

    // Loads, additions and stores of one vector of tiles: about three additions an element and axis, two of these or of the moves a cycle.
    private static double TransformCycles(int alpha1, int alpha2) => alpha1 * alpha2 * (alpha1 == 1 ? 2.5 : 4.0);

    private static int Ceiling(int value, int divisor) => (value + divisor - 1) / divisor;
}
