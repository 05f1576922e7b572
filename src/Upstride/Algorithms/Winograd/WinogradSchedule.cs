using System.Collections.Immutable;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Winograd;

/// <summary>
/// The integers of a Winograd computation: the grouping of the phases and the tile with the least estimated cost, the register tiles, and
/// the blocks whose transformed source fits the second cache. Depends on the problem, the element size and the register tile, never on
/// threads.
/// </summary>
internal sealed class WinogradSchedule
{
    private const int MaxSets = 8;

    // Blocks up to four times as large, out of the third cache, where tiles at the borders of blocks are transformed twice: what must save
    // a
    // twentieth at least, and leave some blocks for threads to share. Measured, on windows of 5 to 11 taps over 1 to 3 axes.
    private const int LargestBlock = 4;
    private const double Worthwhile = 0.95;
    private const int MinBlocks = 4;

    private WinogradSchedule(PolyphaseProblem problem, GemmTileShape shape, PhaseFusion grouping, WinogradTile tile,
        ImmutableArray<WinogradSet> sets, bool images, double size)
    {
        Problem = problem;
        Lanes = shape.Lanes;
        TallRows = shape.TallRows;
        WideRows = shape.WideRows;
        Fusion = grouping;
        Tile = tile;
        Sets = sets;
        Ranges = [.. sets.Select(set => PhaseSchedule.RangeOf(problem, set.Phases))];
        Frequencies = sets.Max(static set => set.Window1.Alpha * set.Window2.Alpha);

        bool together = problem.IsSmall && sets.Length <= 4;
        PhaseRowGroups = together ? [new(0, sets.Length)] : RowGroupsOf(sets);

        int members = sets.Max(static set => set.Phases.Members.Length);
        int most = Math.Max(1, Math.Min(problem.DestinationChannels, (problem.IsSmall ? 4 : 2) * TallRows / members));
        var chunks = ImmutableArray.CreateBuilder<ChannelChunk>();
        int channel = 0;
        foreach (int channels in Integers.EvenParts(problem.DestinationChannels, most))
        {
            var tiles = ImmutableArray.CreateBuilder<RowTile>();
            int row = 0;
            for (int s = 0; s < sets.Length; s++)
            {
                if (PhaseRowGroups.Any(part => part.Start == s)) row = 0;
                foreach (int rows in Integers.EvenParts(sets[s].Phases.Members.Length * channels, TallRows))
                {
                    tiles.Add(new(s, row, rows, WeightsPerGroup));
                    WeightsPerGroup += (long)rows * problem.SourceChannels * sets[s].Frequencies.Total;
                    row += rows;
                }
            }
            chunks.Add(new(channel, channels, tiles.ToImmutable()));
            channel += channels;
        }
        Chunks = chunks.ToImmutable();
        RowsPerChunk =
            Chunks.Max(chunk => chunk.Channels)
            * PhaseRowGroups.Max(part => sets[part.Start..part.End].Sum(static set => set.Phases.Members.Length));
        Block = new(
            this, (long)((together ? 2 : 1) * shape.Machine.WinogradSourceBytes / shape.ElementSize * size),
            (long)(shape.Machine.WinogradProductBytes / shape.ElementSize * size), size < 1 ? Lanes : 2 * Lanes, images);
        Cycles = Estimate(shape);
    }

    public PolyphaseProblem Problem { get; }

    public int Lanes { get; }

    public int TallRows { get; }

    public int WideRows { get; }

    public PhaseFusion Fusion { get; }

    public WinogradTile Tile { get; }

    public ImmutableArray<WinogradSet> Sets { get; }

    public ImmutableArray<PhaseRange> Ranges { get; }

    /// <summary>
    /// Ranges of sets that make the same rows of the destination, all phases of the last axis: they are computed one class after the other,
    /// so that only one class's transformed source is held at a time. Where memory does not matter all sets are one class, and the source
    /// is packed once.
    /// </summary>
    public ImmutableArray<Interval> PhaseRowGroups { get; }

    /// <summary>The most sets that a class has.</summary>
    public int MaxSetsPerGroup => PhaseRowGroups.Max(static part => part.Length);

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
    /// <param name="problem">What is computed.</param>
    /// <param name="shape">The register tile.</param>
    /// <param name="onlyTogether">Whether all phases must share tiles, which then begin where the first of them does, whichever it
    /// is.</param>
    public static WinogradSchedule? Cheapest(PolyphaseProblem problem, GemmTileShape shape, bool onlyTogether = false) =>
        All(problem, shape).Where(schedule => !onlyTogether || schedule.HasPhasesTogether).MinBy(static schedule => schedule.Cycles);

    /// <summary>The schedule with the grouping and the tile of another, whose sums have the same order; blocks as this problem has them,
    /// also where they take more memory than they should.</summary>
    public static WinogradSchedule Like(WinogradSchedule other, PolyphaseProblem problem, GemmTileShape shape)
    {
        ImmutableArray<WinogradSet> sets = [.. PhaseFusions.Of(problem.Axes, problem.Kernel, other.Fusion)
            .Select(set => WinogradSet.Of(set, other.Tile))];
        WinogradSchedule Of(double size) => new(problem, shape, other.Fusion, other.Tile, sets, images: false, size);
        return Sized(Of) ?? Of(1);
    }

    /// <summary>A schedule for every grouping and tile, images one by one and side by side.</summary>
    public static IEnumerable<WinogradSchedule> All(PolyphaseProblem problem, GemmTileShape shape)
    {
        foreach ((PhaseFusion grouping, WinogradTile tile, ImmutableArray<WinogradSet> sets) in Candidates(problem))
        {
            bool takesImages = problem.Batch >= shape.Lanes && shape.Lanes > 1 && problem.Axes[2].Lattices == 1;
            for (int images = 0; images < (takesImages ? 2 : 1); images++)
            {
                WinogradSchedule Of(double size) => new(problem, shape, grouping, tile, sets, images == 1, size);
                if (Sized(Of) is { } schedule) yield return schedule;
            }
        }
    }

    /// <summary>
    /// Blocks of the usual size; smaller ones where those take more memory than they should, and larger ones where that saves transforms.
    /// </summary>
    private static WinogradSchedule? Sized(Func<double, WinogradSchedule> make)
    {
        WinogradSchedule chosen = make(1);
        for (int share = 2; share <= 4 && !chosen.FitsBudget; share *= 2) chosen = make(1.0 / share);
        if (!chosen.FitsBudget) return null;
        for (int size = 2; size <= LargestBlock && chosen.Block.HasHalo; size *= 2)
        {
            WinogradSchedule larger = make(size);
            if (!larger.FitsBudget || larger.Block.Count * larger.Problem.Groups < MinBlocks) break;
            if (larger.Cycles < Worthwhile * chosen.Cycles) chosen = larger;
        }
        return chosen;
    }

    // Sets that begin at outputs of their own begin tiles there in the first block, and where the first set's are in the others. Of several
    // phases tiles along rows alone, which large problems would be left with, were slower than none: 45 ms and 29 for 4x4 taps of
    // stride 2 from 256 to 128 channels at 64x64, 7.5 in place of 8.7 with tiles of 3x3 for 64 channels at 96x96 (Zen 5, AVX-512).
    private bool HasPhasesTogether => Sets.All(set =>
        (Problem.Phases == 1 || Tile.Axis1.IsTiled || WinogradSet.Span(set.Phases, static offset => offset.A1) == 1)
        && (!Tile.Axis1.IsTiled || set.Phases.Members.DistinctBy(static member => member.R1).Count() == Problem.Axes[1].Phases.Length)
        && set.Phases.Members.DistinctBy(static member => member.R2).Count() == Problem.Axes[2].Phases.Length);

    /// <summary>Whether its memory is what a workspace may take, and its weights what a buffer holds.</summary>
    private bool FitsBudget =>
        Block.WorkspaceLength <= Problem.WorkspaceTarget && WeightsPerGroup * Problem.Groups <= AlignedBuffer<float>.MaxLength;

    private static IEnumerable<(PhaseFusion Grouping, WinogradTile Tile,
        ImmutableArray<WinogradSet> Sets)> Candidates(PolyphaseProblem problem)
    {
        foreach (PhaseFusion grouping in Enum.GetValues<PhaseFusion>())
        {
            // One phase is one set in every grouping.
            if (grouping != PhaseFusion.None && problem.Phases == 1) continue;

            // Many sets would each need a transform of their own; phases that share a window are together in another grouping.
            if (grouping == PhaseFusion.None && problem.Phases > MaxSets) continue;
            ImmutableArray<FusedPhases> phases = PhaseFusions.Of(problem.Axes, problem.Kernel, grouping);
            if (phases.Length > MaxSets) continue;
            if (phases.Any(static set => set.Offsets.IsEmpty)) continue;
            int taps1 = phases.Max(static set => WinogradSet.Span(set, static offset => offset.A1)),
                taps2 = phases.Max(static set => WinogradSet.Span(set, static offset => offset.A2));

            // A set may have one tap on a tiled axis, which saves nothing there; if none has more, nothing saves anything.
            if (taps2 == 1) continue;
            WinogradAxis[] axes1 = taps1 == 1 ? [WinogradAxis.Direct] : [WinogradAxis.Direct, .. WinogradAxis.TilesOf(taps1)];
            foreach (WinogradAxis axis1 in axes1)
            foreach (WinogradAxis axis2 in WinogradAxis.TilesOf(taps2))
            {
                var tile = new WinogradTile(axis1, axis2);
                yield return (grouping, tile, [.. phases.Select(set => WinogradSet.Of(set, tile))]);
            }
        }
    }

    private double Estimate(GemmTileShape shape)
    {
        double cycles = 0;
        double tilesInRow = (double)Block.TilesInRow * Block.Beside, groups = Math.Ceiling(tilesInRow / Lanes),
            sourceGroups = Math.Ceiling((double)Block.RowPitch / Lanes);
        double positions = ((Block.Depth - 1.0) * Block.TransformedHeight + Block.RowsOfTiles - 1) * Block.RowPitch + tilesInRow;
        for (int s = 0; s < Sets.Length; s++)
        {
            WinogradSet set = Sets[s];
            (int a1, int a2) = (set.Window1.Alpha, set.Window2.Alpha);
            double sources = (double)Block.SourceDepth * Block.TransformedHeight * Problem.Planes * Problem.SourceChannels;
            double outputs = (double)Block.Depth * Block.RowsOfTiles * Problem.DestinationChannels * set.Phases.Members.Length;
            cycles += (sources + outputs) * CallCycles + (sources * sourceGroups + outputs * groups) * TransformCycles(a1, a2);
            double steps = (double)set.Frequencies.Total / (a1 * a2) * Problem.SourceChannels;
            foreach (ChannelChunk chunk in Chunks)
            {
                foreach (RowTile tile in chunk.Tiles)
                {
                    if (tile.Set == s)
                        cycles += a1 * a2
                            * CostModel.Run(tile.Rows, PhaseSchedule.Vectors(tile.Rows, TallRows, WideRows), Lanes, positions, steps,
                            aligned: true);
                }
            }
        }
        double sourceRows = (double)Block.SourceDepth * Block.SourceHeight * Problem.Planes * Problem.SourceChannels;
        cycles += PhaseRowGroups.Length
            * CostModel.Pack(sourceRows * Block.SourceWidth * Block.Images, sourceRows * Tile.M2, Block.Images, Problem.ChannelsFirst,
            Problem.Axes[2].SourceStep * Tile.M2);
        double rows =
            (double)Block.Depth * Block.Height * Problem.Axes[0].DestinationStep * Problem.Axes[1].DestinationStep
            * Problem.DestinationChannels;
        cycles += CostModel.Store(rows * Block.Width * Problem.Axes[2].DestinationStep * Block.Images, rows, Block.Images,
            Problem.ChannelsFirst, Problem.Axes[2].DestinationStep * Tile.M2);
        return Problem.Groups
            * (Block.Whole * cycles + Block.Count * CostModel.ItemCycles
            + CostModel.WeightCycles((double)WeightsPerGroup * shape.ElementSize, Block.Count, shape.Machine));
    }

    /// <summary>Neighbouring sets whose members have the same residues on the outer axes.</summary>
    private static ImmutableArray<Interval> RowGroupsOf(ImmutableArray<WinogradSet> sets)
    {
        var groups = ImmutableArray.CreateBuilder<Interval>();
        int first = 0;
        for (int s = 1; s <= sets.Length; s++)
        {
            if (s < sets.Length && Outer(sets[s]) == Outer(sets[first])) continue;
            groups.Add(new(first, s));
            first = s;
        }
        return groups.ToImmutable();

        static (int, int) Outer(WinogradSet set) => (set.Phases.Members[0].R0, set.Phases.Members[0].R1);
    }

    // Measured: loads, additions and stores of one vector of tiles, by way of the stack.
    private static double TransformCycles(int alpha1, int alpha2) => alpha1 * alpha2 * (alpha1 == 1 ? 4.0 : 6.0);

    // What calling a transform for one row of tiles costs beside the tiles.
    private const double CallCycles = 30;
}
