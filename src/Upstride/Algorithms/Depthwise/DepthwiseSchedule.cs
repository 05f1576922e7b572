using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Depthwise;

/// <summary>
/// The integers of a convolution of single channels to one phase: every group has one channel in and one out, and a block is some rows of
/// one or some channels of one image, so few that its source stays in the first cache.
/// </summary>
internal sealed class DepthwiseSchedule : IBlockShape
{
    // 16 KB of floats: with the rows that are written what a first cache of 32 KB keeps.
    private const int SourceElements = 4096;

    private const int MostChannels = 8;

    // Fitted to runs of windows of 3 to 7 taps, at 256 bits: cycles of a vector's multiply-add, whose operand mostly lies across two lines,
    // and what a vector of results and a block cost beside.
    private const double TapCycles = 0.8;
    private const double VectorCycles = 3;
    private const double BlockCycles = 60;

    // The same where sums slide: of a multiply-add, and of a vector that is read for all rows of the kernel. Fitted to runs of 3 to 7 taps
    // over planes of 14 to 112, which took 0.6 to 0.8 of the time of windows by themselves at 512 and 256 bits.
    private const double SlidingTapCycles = 0.4;
    private const double SlidingColumnCycles = 0.6;

    private DepthwiseSchedule(PolyphaseProblem problem, FusedPhases phase, SimdWidth width, int lanes)
    {
        Problem = problem;
        Phase = phase;
        KernelWidth = width;
        Width = problem.Axes[2].Longest;
        int rows = problem.Axes[1].Longest, halo = BlockSizes.Halo(problem.Axes[1], relative: true);
        SourcePitch = Width + BlockSizes.Halo(problem.Axes[2], relative: true);
        Height = BlockSizes.Largest(rows, height => (height + halo) * (long)SourcePitch * problem.Planes <= SourceElements);
        SourceHeight = Height + halo;
        BlocksOfHeight = Integers.DivideUp(rows, Height);
        PlanePitch = (long)SourceHeight * SourcePitch;
        SourceLength = PlanePitch * problem.Planes;
        Channels = (int)Math.Clamp(SourceElements / SourceLength, 1, Math.Min(MostChannels, problem.Groups));
        int whole = WholeRows(phase);
        (double windows, double passed) = (WindowCycles(lanes), whole > 0 ? SlidingCycles(lanes, whole) : double.PositiveInfinity);
        KernelRows = passed < windows ? whole : 0;
        // Vectors of 512 bits lie across two lines in a plane as in a copy, and their masks cost more than the copy but where weights stay
        // in registers: 5x5 took 1.08 of the time in place on Zen 5, 3x3 0.75; at 256 bits 0.65 to 1.
        IsSourceInPlace = KernelRows > 0 && Simd.LoadsInPart && problem.Axes[1].SourceDistance == 1 && problem.Axes[2].SourceDistance == 1
            && (width != SimdWidth.Bits512 || phase.Offsets.Length == 9);
        Cycles = Estimate(Math.Min(windows, passed));
    }

    public PolyphaseProblem Problem { get; }

    public FusedPhases Phase { get; }

    /// <summary>The widest vectors that rows are not shorter than.</summary>
    public SimdWidth KernelWidth { get; }

    public int Images => 1;

    public int Depth => 1;

    public int Height { get; }

    public int Width { get; }

    public int BlocksOfDepth => 1;

    public int BlocksOfHeight { get; }

    public int BlocksOfWidth => 1;

    public bool IsRelative => true;

    public int SourceHeight { get; }

    public int SourcePitch { get; }

    public long PlanePitch { get; }

    /// <summary>Elements of a block's source in one channel.</summary>
    public long SourceLength { get; }

    /// <summary>Channels that are packed at once.</summary>
    public int Channels { get; }

    /// <summary>Rows of the kernel where their sums slide from row to row; 0 where each window is summed by itself.</summary>
    public int KernelRows { get; }

    /// <summary>Whether planes are read where they lie, and not packed with zeros around them.</summary>
    public bool IsSourceInPlace { get; }

    /// <summary>Estimated cycles of one run on one thread.</summary>
    public double Cycles { get; }

    /// <summary>Blocks of the destination of one group.</summary>
    public int Count => BlocksOfHeight * Problem.Batch;

    /// <summary>Blocks of some channels of the destination.</summary>
    public int Items => Count * Integers.DivideUp(Problem.Groups, Channels);

    /// <summary>
    /// The schedule; null where a group has more than a channel, channels are last, there are several phases or a depth, or rows are too
    /// short for vectors.
    /// </summary>
    public static DepthwiseSchedule? For(PolyphaseProblem problem, int elementSize, SimdWidth widest)
    {
        PolyphaseAxis depth = problem.Axes[0];
        if (problem.SourceChannels != 1 || problem.DestinationChannels != 1 || !problem.ChannelsFirst || problem.Phases != 1
            || depth.SourceLength != 1 || depth.DestinationLength != 1 || problem.Kernel[0] != 1) return null;
        foreach (SimdWidth width in (ReadOnlySpan<SimdWidth>)[SimdWidth.Bits512, SimdWidth.Bits256, SimdWidth.Bits128])
        {
            int lanes = (int)width / (8 * elementSize);
            if (width <= widest && lanes <= problem.Axes[2].Longest)
                return new(problem, PhaseFusions.Of(problem.Axes, problem.Kernel, PhaseFusion.None)[0], width, lanes);
        }
        return null;
    }

    /// <summary>How many rows a kernel has that are alike and follow each other, where sums can slide over them; else 0.</summary>
    private static int WholeRows(FusedPhases phase)
    {
        AxisTap[] all = phase.Offsets.Select(static offset => offset.A1);
        AxisTap[] rows = all.Where((row, i) => Array.FindIndex(all, one => one == row) == i);
        return rows.Length is >= SlidingRows.LeastRows and <= SlidingRows.MostRows
            && rows.Select((row, i) => row == new AxisTap(row.Tap, rows[0].Residue, rows[0].Offset + i)).All(static follows => follows)
            ? rows.Length : 0;
    }

    private double WindowCycles(int lanes) =>
        (double)Height * Integers.DivideUp(Width, lanes) * (TapCycles * Phase.Offsets.Length + VectorCycles);

    // The rows above the first one are summed as well, for nothing.
    private double SlidingCycles(int lanes, int rows) =>
        (Height + rows - 1.0) * Integers.DivideUp(Width, lanes)
            * (SlidingTapCycles * Phase.Offsets.Length + SlidingColumnCycles * Phase.Offsets.Length / rows + VectorCycles);

    private double Estimate(double windows)
    {
        double sourceRows = (double)SourceHeight * Problem.Planes;
        double pack = IsSourceInPlace ? 0 : CostModel.Pack(sourceRows * SourcePitch, sourceRows, 1, true, Problem.Axes[2].SourceStep);
        return (double)Problem.Groups * Count * (CostModel.ItemCycles / Channels + BlockCycles + windows + pack);
    }
}
