using System.Collections.Immutable;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The integers of a weight gradient whose vectors are rows of taps: which channels an item takes, and how the places that are summed
/// over fall into blocks whose output fits the first cache. Depends on the problem, the element size and the register tile, never on
/// threads.
/// </summary>
/// <remarks>
/// The gradient of the taps of a row, for one output channel, is the product of the input, [input channels, places], and of the output
/// from where the row's first tap sees it, [places, taps]: the output itself, read at a stride from place to place.
/// </remarks>
internal sealed class RowWeightGradientSchedule
{
    // Measured cycles an element: turned; copied; and an item's sums stored.
    private const double TransposeCycles = 1.3;
    private const double CopyCycles = 0.5;
    private const double StoreCycles = 0.6;
    private const double CallCycles = 20;

    public RowWeightGradientSchedule(ConvTransposeGeometry geometry, GemmTileShape shape)
    {
        ImmutableArray<ConvTransposeAxis> axes = geometry.ThreeAxes;
        Rows = axes[0].Kernel * axes[1].Kernel;
        Taps = axes[2].Kernel;
        RowPitch = Integers.RoundUp(Taps, shape.Lanes);

        // An item's sums are about a square of channels, and fill their share of the second cache.
        int inputs = geometry.InputChannelsPerGroup, outputs = geometry.OutputChannelsPerGroup;
        long pairs = Math.Max(1, shape.Machine.GradientResultBytes / shape.ElementSize / ((long)Rows * RowPitch));
        int most = (int)Math.Clamp(ChannelsOfItem * shape.TallRows, 1, Math.Max(shape.TallRows, pairs));
        InputRanges = [.. Interval.Consecutive(Integers.EvenParts(inputs, most))];
        Tiles = [.. InputRanges.Select(range => Integers.EvenParts(range.Length, shape.TallRows).ToImmutableArray())];
        MaxInputs = InputRanges.Max(static range => range.Length);
        OutputRanges = [.. Interval.Consecutive(Integers.EvenParts(outputs, (int)Math.Clamp(pairs / MaxInputs, 1, outputs)))];
        ResultLength = (long)MaxInputs * OutputRanges.Max(static range => range.Length) * Rows * RowPitch;

        long elements = shape.Machine.StripBytes / shape.ElementSize;
        Blocks = new(geometry, elements, elements / shape.TallRows);
        PanelLength = Blocks.PanelLength + RowPitch;
        Cycles = Estimate(geometry, shape);
    }

    // Register tiles that an item's input channels make, where its sums leave room for as many.
    private const int ChannelsOfItem = 8;

    public GradientBlocks Blocks { get; }

    /// <summary>Rows of taps of the kernel.</summary>
    public int Rows { get; }

    /// <summary>Taps of a row.</summary>
    public int Taps { get; }

    /// <summary>Elements of a row of an item's sums, whole vectors.</summary>
    public int RowPitch { get; }

    /// <summary>The input channels of a group that items take.</summary>
    public ImmutableArray<Interval> InputRanges { get; }

    /// <summary>Of each range the input channels of its register tiles.</summary>
    public ImmutableArray<ImmutableArray<int>> Tiles { get; }

    public int MaxInputs { get; }

    /// <summary>The output channels of a group that items take.</summary>
    public ImmutableArray<Interval> OutputRanges { get; }

    /// <summary>Elements of an item's sums, [input channel][output channel][row of taps][tap].</summary>
    public long ResultLength { get; }

    /// <summary>Elements of a block's output of one channel, with what a tile reads behind them.</summary>
    public long PanelLength { get; }

    /// <summary>Estimated cycles of one run on one thread.</summary>
    public double Cycles { get; }

    private double Estimate(ConvTransposeGeometry geometry, GemmTileShape shape)
    {
        int outputs = geometry.OutputChannelsPerGroup, inputs = geometry.InputChannelsPerGroup;
        double products = Tiles.Sum(
            tiles => tiles.Sum(rows => CallCycles + CostModel.Run(rows, 2, shape.Lanes, RowPitch, Blocks.Places, aligned: false)));
        double block = outputs * (Rows * products + InputRanges.Length * CopyCycles * PanelLength)
            + OutputRanges.Length * TransposeCycles * inputs * Blocks.Places;
        return geometry.Groups * Blocks.Count * block + StoreCycles * geometry.WeightLength;
    }
}
