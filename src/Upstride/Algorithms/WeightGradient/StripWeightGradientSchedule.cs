using System.Collections.Immutable;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The integers of a weight gradient by strips: how the places that are summed over fall into blocks of which a strip stays in the first
/// cache, and which channels and strips an item takes. Depends on the problem, the element size and the register tile, never on threads.
/// </summary>
/// <remarks>
/// The gradient of a group is the product of the input, [input channels, places], and of what each place's taps see of the output,
/// [places, output channels * taps], in the order of the weights. A register tile's columns of the latter are a strip.
/// </remarks>
internal sealed class StripWeightGradientSchedule
{
    // Measured cycles: an element turned, copied, stored; a run collected; a call.
    private const double TransposeCycles = 3;
    private const double CopyCycles = 0.5;
    private const double StoreCycles = 0.6;
    private const double RunCycles = 2;
    private const double PlaceCycles = 4;
    private const double CallCycles = 45;

    // Output elements of a channel that a block reaches, at most as many times its places.
    private const int PanelPerPlace = 64;

    // Strips of an item where all places are one block: enough to be worth its input, few enough to share out.
    private const int StripsOfItem = 64;

    public StripWeightGradientSchedule(ConvTransposeGeometry geometry, GemmTileShape shape)
    {
        StripColumns = 2 * shape.Lanes;
        Taps = geometry.KernelTaps;
        IsPlaceByPlace = geometry.IsPlaceByPlace && geometry.Axes.Length == 1;
        Columns = (long)geometry.OutputChannelsPerGroup * Taps;
        long places = Math.Max(1, shape.Machine.StripBytes / shape.ElementSize / StripColumns);
        Blocks = new(geometry, PanelPerPlace * places, places);
        PanelLength = Blocks.PanelLength + RunGather.MaxBytes / shape.ElementSize;
        PanelSlots = Integers.DivideUp(StripColumns, Taps) + 1;
        IsLong = geometry.ThreeAxes[2].Kernel * shape.ElementSize > RunGather.MaxBytes / 2;

        int inputs = geometry.InputChannelsPerGroup;
        long rows = Math.Max(1, shape.Machine.GradientPanelBytes / shape.ElementSize / Blocks.Places / shape.TallRows) * shape.TallRows;
        InputRanges = [.. Interval.Consecutive(Integers.EvenParts(inputs, (int)Math.Min(rows, inputs)))];
        Tiles = [.. InputRanges.Select(range => Integers.EvenParts(range.Length, shape.TallRows).ToImmutableArray())];
        MaxInputs = InputRanges.Max(static range => range.Length);

        // Sums of several blocks stay in their share of the second cache; those of one are written where they belong.
        int strips = (int)Integers.DivideUp(Columns, StripColumns);
        IsDirect = Blocks.Count == 1;
        long most = IsDirect ? StripsOfItem
            : Math.Max(1, shape.Machine.GradientResultBytes / shape.ElementSize / ((long)MaxInputs * StripColumns));
        StripRanges = [.. Interval.Consecutive(Integers.EvenParts(strips, (int)Math.Min(most, strips)))];
        MaxStrips = StripRanges.Max(static range => range.Length);
        Together = (int)Math.Clamp(
            shape.Machine.StripBytes / ((long)Blocks.Places * StripColumns * shape.ElementSize), 1, MaxStrips);
        ResultLength = IsDirect ? (long)shape.TallRows * GemmTile.WideVectors * shape.Lanes : (long)MaxInputs * MaxStrips * StripColumns;
        Cycles = Estimate(geometry, shape);
    }

    public GradientBlocks Blocks { get; }

    /// <summary>Taps of the kernel.</summary>
    public int Taps { get; }

    /// <summary>Whether columns are channels, and all places stand in one row.</summary>
    public bool IsPlaceByPlace { get; }

    /// <summary>Columns of a group: output channels times taps.</summary>
    public long Columns { get; }

    /// <summary>Columns of a strip.</summary>
    public int StripColumns { get; }

    /// <summary>Strips that all tiles go along before the next ones.</summary>
    public int Together { get; }

    /// <summary>Whether a run of taps is moved in 32 bytes; else 16 hold it.</summary>
    public bool IsLong { get; }

    /// <summary>Elements of a block's output of one channel, with what a run reads behind them.</summary>
    public long PanelLength { get; }

    /// <summary>Output channels whose blocks are held at once.</summary>
    public int PanelSlots { get; }

    /// <summary>The input channels of a group that items take.</summary>
    public ImmutableArray<Interval> InputRanges { get; }

    /// <summary>Of each range the input channels of its register tiles.</summary>
    public ImmutableArray<ImmutableArray<int>> Tiles { get; }

    public int MaxInputs { get; }

    /// <summary>The strips of a group that items take.</summary>
    public ImmutableArray<Interval> StripRanges { get; }

    public int MaxStrips { get; }

    /// <summary>Whether products are written where they belong, all places being one block.</summary>
    public bool IsDirect { get; }

    /// <summary>Elements of an item's sums, [input channel][column], or of one tile's where they are written at once.</summary>
    public long ResultLength { get; }

    /// <summary>Elements of the strips that all tiles go along, with what a last run writes behind them.</summary>
    public long StripsLength => (long)Together * Blocks.Places * StripColumns + RunGather.MaxBytes;

    /// <summary>Estimated cycles of one run on one thread.</summary>
    public double Cycles { get; }

    private double Estimate(ConvTransposeGeometry geometry, GemmTileShape shape)
    {
        double strips = (double)Integers.DivideUp(Columns, StripColumns);
        double products = Tiles.Sum(
            tiles => tiles.Sum(rows => CallCycles + CostModel.Run(rows, 2, shape.Lanes, StripColumns, Blocks.Places, aligned: true)));
        double runs = StripColumns / (double)Math.Min(geometry.ThreeAxes[2].Kernel, RunGather.MaxBytes / shape.ElementSize) + 0.5;
        double collected = IsPlaceByPlace ? TransposeCycles * geometry.OutputChannelsPerGroup * Blocks.Places
            : strips * Blocks.Places * (runs * RunCycles + PlaceCycles) + geometry.OutputChannelsPerGroup * CopyCycles * PanelLength;
        double block = strips * products + InputRanges.Length * collected
            + StripRanges.Length * TransposeCycles * geometry.InputChannelsPerGroup * Blocks.Places;
        return geometry.Groups * Blocks.Count * block + StoreCycles * geometry.WeightLength;
    }
}
