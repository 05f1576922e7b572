using System.Collections.Immutable;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Depthwise;

/// <summary>
/// The integers of single channels over small planes: every phase sums its windows over the whole plane of a channel at once, its rows
/// one behind the other, and masks leave out what a window has beyond the plane. It is read where it lies, unless it is strided over, or
/// the phase has longer rows: then its residues are dealt out first.
/// </summary>
internal sealed class SmallPlaneSchedule : IBlockShape
{
    // Masks of all taps: with a channel's plane and its sums what a first cache keeps.
    private const int MostMaskBytes = 24 * 1024;

    // Measured: cycles of a vector's multiply-add with its mask, of storing a vector of sums, and what a phase, a channel, and a channel
    // whose phases are interleaved cost beside.
    private const double TapCycles = 1.3;
    private const double VectorCycles = 2;
    private const double PhaseCycles = 25;
    private const double ChannelCycles = 15;
    private const double WriteCycles = 100;
    private const double DealtRowCycles = 24;

    private SmallPlaneSchedule(PolyphaseProblem problem, ImmutableArray<FusedPhases> phases, SimdWidth width, int lanes)
    {
        Problem = problem;
        Phases = phases;
        Width = width;
        (PolyphaseAxis height, PolyphaseAxis across) = (problem.Axes[1], problem.Axes[2]);
        IsSourceInPlace = height.SourceStep * across.SourceStep == 1 && across.Longest <= across.SourceLength;
        Rows = Integers.DivideUp(height.SourceLength, height.SourceStep);
        Pitch = IsSourceInPlace ? across.SourceLength
            : Math.Max(across.Longest, Integers.DivideUp(across.SourceLength, across.SourceStep));
        Ranges = [.. phases.Select(phase => PhaseSchedule.RangeOf(problem, phase))];
        Taps = phases.Sum(static phase => phase.Offsets.Length);
        IsInPlace = problem.Phases == 1 && across.DestinationLength == Pitch && height.DestinationLength * Pitch >= lanes;
        Sums = Integers.RoundUp(height.Longest * Pitch, lanes);
        SumPitch = Sums + Interleaving.Lanes;
        Cycles = Estimate(lanes);
    }

    public PolyphaseProblem Problem { get; }

    /// <summary>Every phase by itself.</summary>
    public ImmutableArray<FusedPhases> Phases { get; }

    /// <summary>The j that each phase is computed for.</summary>
    public ImmutableArray<PhaseRange> Ranges { get; }

    /// <summary>The vectors.</summary>
    public SimdWidth Width { get; }

    /// <summary>Whether planes are read where they lie, as far as the tensor goes on around them.</summary>
    public bool IsSourceInPlace { get; }

    /// <summary>Rows of a plane of a residue, at most.</summary>
    public int Rows { get; }

    /// <summary>Elements from row to row of such a plane, and of the sums.</summary>
    public int Pitch { get; }

    /// <summary>Elements from residue to residue.</summary>
    public int PlaneLength => Rows * Pitch;

    /// <summary>Residues of a channel, over both axes, those that are not read among them.</summary>
    public int Residues => Problem.Axes[1].SourceStep * Problem.Axes[2].SourceStep;

    /// <summary>Taps of all phases.</summary>
    public int Taps { get; }

    /// <summary>Whether the sums of the one phase are the destination's plane.</summary>
    public bool IsInPlace { get; }

    /// <summary>The most sums of a phase, in whole vectors: the length of a mask.</summary>
    public int Sums { get; }

    /// <summary>Elements from phase to phase of a channel's sums.</summary>
    public int SumPitch { get; }

    /// <summary>Images and channels: each is an item by itself.</summary>
    public int Planes => Problem.Batch * Problem.Groups;

    int IBlockShape.Images => 1;

    int IBlockShape.Depth => 1;

    int IBlockShape.Height => Problem.Axes[1].Longest;

    int IBlockShape.Width => Problem.Axes[2].Longest;

    int IBlockShape.BlocksOfDepth => 1;

    int IBlockShape.BlocksOfHeight => 1;

    int IBlockShape.BlocksOfWidth => 1;

    bool IBlockShape.IsRelative => true;

    /// <summary>Estimated cycles of one run on one thread.</summary>
    public double Cycles { get; }

    /// <summary>
    /// The schedule; null where a group has more than a channel, channels are last, there is a depth, or planes are large.
    /// </summary>
    public static SmallPlaneSchedule? For(PolyphaseProblem problem, int elementSize, SimdWidth widest)
    {
        PolyphaseAxis depth = problem.Axes[0], height = problem.Axes[1], across = problem.Axes[2];
        if (problem.SourceChannels != 1 || problem.DestinationChannels != 1 || !problem.ChannelsFirst || widest < SimdWidth.Bits128
            || depth.SourceLength != 1 || depth.DestinationLength != 1 || problem.Kernel[0] != 1) return null;
        long taps = (long)problem.Kernel[1] * problem.Kernel[2],
            sums = height.Longest * (long)Math.Max(across.Longest, Integers.DivideUp(across.SourceLength, across.SourceStep));
        if (taps * sums * elementSize > MostMaskBytes) return null;
        SimdWidth width = ShiftedSums.WidthFor((int)sums, widest, elementSize);
        return new(problem, PhaseFusions.Of(problem.Axes, problem.Kernel, PhaseFusion.None), width, (int)width / (8 * elementSize));
    }

    private double Estimate(int lanes)
    {
        PolyphaseAxis height = Problem.Axes[1], across = Problem.Axes[2];
        double cycles = ChannelCycles;
        if (!IsSourceInPlace)
        {
            double elements = (double)height.SourceLength * across.SourceLength;
            cycles += height.SourceStep * PhaseCycles + DealtRowCycles * height.SourceLength
                + CostModel.Pack(elements, 0, 1, true, across.SourceStep);
        }
        for (int p = 0; p < Phases.Length; p++)
        {
            double vectors = Integers.DivideUp(Math.Max(0, Ranges[p].Height.Length) * Pitch, lanes);
            cycles += PhaseCycles + vectors * (TapCycles * Phases[p].Offsets.Length + VectorCycles);
        }
        if (!IsInPlace)
        {
            double rows = height.DestinationLength;
            cycles += WriteCycles + CostModel.Store(rows * across.DestinationLength, rows, 1, true, across.DestinationStep);
        }
        return Planes * cycles;
    }
}
