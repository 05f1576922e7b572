using System.Numerics;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Windows;

/// <summary>
/// The integers of a gradient by windows: the weights of a channel and the windows as they lie are rows of the kernel's columns, runs, and
/// each result is the dot product of one with the other. Along an axis, place i's window begins at i*stride - head of the source.
/// </summary>
internal sealed class WindowSchedule
{
    // Fewer would fill no vector of 256 bits.
    private const int LeastColumns = 8;

    // Columns of places that an item has at most: what they span of a block's runs stays in the second cache.
    private const int MaximalColumns = 256;

    // Fitted to fcn8-8x, fcn32, patches of 8x8 and 16x16 and single axes at 256 and 512 bits: cycles of a call with its sums of lanes, what
    // products take longer than multiply-adds, cycles of a byte of the source each time that a row of windows reads it, and of an element
    // that is gathered.
    private const double CallCycles = 40;
    private const double Products = 1.15;
    private const double ReadCycles = 0.15;
    private const double GatherCycles = 0.4;

    private static readonly SimdWidth[] s_widths =
        [SimdWidth.Bits512, SimdWidth.Bits256, SimdWidth.Bits128, SimdWidth.Interpreted, SimdWidth.Scalar];

    private WindowSchedule(ConvTransposeGeometry geometry, SimdWidth width, int lanes, (int Rows, int Columns) tile, GemmTileShape shape)
    {
        (Depth, Rows, Columns) = (geometry.ThreeAxes[0], geometry.ThreeAxes[1], geometry.ThreeAxes[2]);
        Width = width;
        (TileRows, TileColumns) = tile;
        Vectors = Columns.Kernel / lanes;
        Runs = geometry.OutputChannelsPerGroup * Depth.Kernel * Rows.Kernel;
        long run = (long)Columns.Kernel * shape.ElementSize;
        RunsOfBlock = (int)Math.Clamp(shape.Machine.FirstCacheBytes / (TileRows * run), 1, Runs);
        ColumnsOfItem = Math.Min(Columns.Input, MaximalColumns);

        double rows = (double)geometry.Batch * geometry.Groups * Depth.Input * Rows.Input, blocks = Integers.DivideUp(Runs, RunsOfBlock);
        double tiles = Math.Ceiling(Columns.Input / (double)TileColumns);
        double products = Integers.EvenParts(geometry.InputChannelsPerGroup, TileRows).Sum(here => tiles
            * ((double)Runs * Vectors * Math.Max(here * TileColumns / 2.0, (here + TileColumns * 1.5) / 2) + blocks * CallCycles));
        double gathered = Columns.Input * (1 - InsideShare(Depth) * InsideShare(Rows) * InsideShare(Columns)) * Runs * Columns.Kernel;
        double read = (double)Runs * Columns.Output * shape.ElementSize;
        Cycles = rows * (Products * products + ReadCycles * read + GatherCycles * gathered)
            + CostModel.WeightCycles((double)geometry.WeightLength * shape.ElementSize, 1, shape.Machine);
    }

    /// <summary>The outermost axis.</summary>
    public ConvTransposeAxis Depth { get; }

    /// <summary>Down a plane.</summary>
    public ConvTransposeAxis Rows { get; }

    /// <summary>Along a row.</summary>
    public ConvTransposeAxis Columns { get; }

    /// <summary>The widest vectors that a run is a whole number of.</summary>
    public SimdWidth Width { get; }

    /// <summary>Vectors of a run.</summary>
    public int Vectors { get; }

    /// <summary>Runs of a window, and of a row of weights: [channel of the source][tap of axis 0][tap of axis 1].</summary>
    public int Runs { get; }

    /// <summary>Runs whose weights a register tile keeps in the first cache.</summary>
    public int RunsOfBlock { get; }

    /// <summary>Channels of a register tile, at most.</summary>
    public int TileRows { get; }

    /// <summary>Places of a register tile, at most.</summary>
    public int TileColumns { get; }

    /// <summary>Places of a row that one item has.</summary>
    public int ColumnsOfItem { get; }

    /// <summary>Estimated cycles of one run on one thread.</summary>
    public double Cycles { get; }

    /// <summary>Why there is none; null where there is one.</summary>
    public static string? Refusal(ConvTransposeGeometry geometry, Pass pass) =>
        pass != Pass.InputGradient ? "it computes convolutions and the gradients of inputs"
        : geometry.Layout != Layout.ChannelsFirst ? "the channels are last, and windows are rows of planes"
        : geometry.ThreeAxes[2].Dilation != 1 ? $"the taps of a row are {geometry.ThreeAxes[2].Dilation} apart, and it takes neighbours"
        : geometry.ThreeAxes[2].Kernel % LeastColumns != 0
            ? $"the kernel has {geometry.ThreeAxes[2].Kernel} columns, and it takes multiples of {LeastColumns}"
        : null;

    /// <summary>The schedule of what is not refused.</summary>
    public static WindowSchedule Of<T>(ConvTransposeGeometry geometry, SimdWidth widest, GemmTileShape shape)
        where T : unmanaged, INumber<T>
    {
        SimdWidth width = s_widths.First(width => width <= widest && geometry.ThreeAxes[2].Kernel % DotTile.At<T>(width).Lanes == 0);
        DotTile.Table<T> table = DotTile.At<T>(width);
        return new(geometry, width, table.Lanes, (table.TallRows, table.ColumnsFor(table.TallRows)), shape);
    }

    /// <summary>The places of an axis whose windows lie within the source.</summary>
    public static Interval Inside(ConvTransposeAxis axis)
    {
        long first = Integers.DivideUp((long)axis.Head, axis.Stride);
        long end = Integers.DivideDown((long)axis.Output - axis.Extent + axis.Head, axis.Stride) + 1;
        int start = (int)Math.Clamp(first, 0, axis.Input);
        return new(start, (int)Math.Clamp(end, start, axis.Input));
    }

    private static double InsideShare(ConvTransposeAxis axis) => (double)Inside(axis).Length / axis.Input;
}
