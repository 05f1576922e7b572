using System.Collections.Immutable;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The integers of a weight gradient: which side's channels fill the vectors, how many channels and rows an item takes, and how the
/// places that are summed over fall into blocks whose vectors fit the second cache.
/// </summary>
/// <remarks>
/// The gradient of tap t is the product of the input, [channels, places], and the output as the tap sees it, [places, channels]. One side
/// is laid out with its channels side by side in a panel, [row][column][channel], and read in vectors; the other is packed in rows.
/// Where the output fills the vectors, a tap is another offset into the same panel; where the input does, it is another row.
/// </remarks>
internal sealed class TapWeightGradientSchedule
{
    /// <summary>
    /// Taps whose places fit on the stack, to be transposed into the gradient's order; more are written one after the other.
    /// </summary>
    public const int MaxTaps = 256;

    // Measured cycles an element: transposed with what lies around it; gathered by a tap out of its row; stored in its place; stored where
    // the gradient is larger than any cache, or has too many taps to transpose.
    private const double TransposeCycles = 1.3;
    private const double NarrowTransposeCycles = 2;
    private const double GatherCycles = 3;
    private const double StoreCycles = 0.6;
    private const double NarrowStoreCycles = 2;
    private const double DistantStoreCycles = 3;
    private const int CachedElements = 16 * 1024 * 1024;

    private readonly bool _isNarrow;

    public TapWeightGradientSchedule(ConvTransposeGeometry geometry, int elementSize, int lanes, int tallRows)
    {
        Axes = geometry.ThreeAxes;
        Taps = geometry.KernelTaps;
        Lanes = lanes;
        _isNarrow = MachineModel.Of(lanes * elementSize).IsNarrow;
        InputChannels = geometry.InputChannelsPerGroup;
        OutputChannels = geometry.OutputChannelsPerGroup;

        // The side whose channels leave fewer lanes empty fills the vectors.
        VectorsOfInput = Filled(OutputChannels) < Filled(InputChannels);
        VectorChannels = VectorsOfInput ? InputChannels : OutputChannels;
        Panel = Math.Min(4 * lanes, Padded(VectorChannels));
        Panels = Integers.DivideUp(VectorChannels, Panel);

        // The rows of the other side: its channels, and with them every tap where the panel is the input's.
        RowChannels = VectorsOfInput ? OutputChannels : InputChannels;
        TotalRows = VectorsOfInput ? OutputChannels * Taps : InputChannels;
        long resultsPerRow = (long)Panel * (VectorsOfInput ? 1 : Taps);
        int rows = (int)Math.Clamp(MachineModel.Of(lanes * elementSize).GradientResultBytes / elementSize / resultsPerRow, tallRows,
            TotalRows < tallRows ? tallRows : TotalRows);
        RowRanges = [.. Interval.Consecutive(Integers.EvenParts(TotalRows, Math.Min(TotalRows, rows)))];
        Tiles = [.. RowRanges.Select(range => Interval.Consecutive(Integers.EvenParts(range.Length, tallRows), range.Start)
            .ToImmutableArray())];
        MaxRows = RowRanges.Max(static range => range.Length);
        ResultLength = MaxRows * resultsPerRow;

        (ConvTransposeAxis a0, ConvTransposeAxis a1, ConvTransposeAxis a2) = (Axes[0], Axes[1], Axes[2]);
        long places = MachineModel.Of(lanes * elementSize).GradientPanelBytes / elementSize / Panel;
        bool Fits(long images, long n0, long n1, long n2) =>
            images * PanelLength(a0, n0) * PanelLength(a1, n1) * PanelLength(a2, n2) <= places;
        Width = BlockSizes.Largest(a2.Input, n => n <= 32 || Fits(1, 1, 1, n));
        Height = Width < a2.Input ? 1 : BlockSizes.Largest(a1.Input, n => Fits(1, 1, n, Width));
        Depth = Height < a1.Input ? 1 : BlockSizes.Largest(a0.Input, n => Fits(1, n, Height, Width));
        Images = Depth < a0.Input ? 1 : BlockSizes.Largest(Math.Max(1, geometry.Batch), n => Fits(n, Depth, Height, Width));
        PanelWidth = (int)PanelLength(a2, Width);
        PanelHeight = (int)PanelLength(a1, Height);
        PanelDepth = (int)PanelLength(a0, Depth);
        PanelSize = (long)Images * PanelDepth * PanelHeight * PanelWidth * Panel + 2 * lanes;
        BlockPlaces = Images * Depth * Height * Width;
        PackedLength = (long)BlockPlaces * tallRows;
    }

    public ImmutableArray<ConvTransposeAxis> Axes { get; }

    public int Taps { get; }

    public int Lanes { get; }

    public int InputChannels { get; }

    public int OutputChannels { get; }

    /// <summary>Whether the input's channels fill the vectors; else the output's do.</summary>
    public bool VectorsOfInput { get; }

    /// <summary>Channels of the side that fills the vectors.</summary>
    public int VectorChannels { get; }

    /// <summary>Channels of the other side.</summary>
    public int RowChannels { get; }

    /// <summary>Channels that an item has in its panel, whole vectors.</summary>
    public int Panel { get; }

    public int Panels { get; }

    public int TotalRows { get; }

    /// <summary>The rows that an item sums, as parts of all rows.</summary>
    public ImmutableArray<Interval> RowRanges { get; }

    /// <summary>The register tiles of each range.</summary>
    public ImmutableArray<ImmutableArray<Interval>> Tiles { get; }

    public int MaxRows { get; }

    /// <summary>Elements of an item's sums, [tap][row][channel of the panel]; without taps where the rows hold them.</summary>
    public long ResultLength { get; }

    public int Width { get; }

    public int Height { get; }

    public int Depth { get; }

    public int Images { get; }

    public int PanelWidth { get; }

    public int PanelHeight { get; }

    public int PanelDepth { get; }

    public long PanelSize { get; }

    /// <summary>The most places a block has.</summary>
    public int BlockPlaces { get; }

    /// <summary>Elements of a tile's packed rows.</summary>
    public long PackedLength { get; }

    /// <summary>Cycles of one run on one thread: the tiles' products, and transposing both sides for every item that reads them.</summary>
    public double Cycles(ConvTransposeGeometry geometry)
    {
        double blocks = Integers.DivideUp(geometry.Batch, Images) * (double)Integers.DivideUp(Axes[0].Input, Depth)
            * Integers.DivideUp(Axes[1].Input, Height) * Integers.DivideUp(Axes[2].Input, Width);
        double steps = BlockPlaces, cycles = 0, transpose = _isNarrow ? NarrowTransposeCycles : TransposeCycles;
        int panelVectors = Panel / Lanes;
        foreach (ImmutableArray<Interval> tiles in Tiles)
        {
            cycles += transpose * PanelSize;
            foreach (Interval tile in tiles)
            {
                cycles += (VectorsOfInput ? GatherCycles : transpose) * tile.Length * steps;
                cycles += (VectorsOfInput ? 1 : Taps) * CostModel.Run(tile.Length, 2, Lanes, panelVectors * Lanes, steps, aligned: true);
            }
        }
        double store = geometry.WeightLength > CachedElements || Taps > MaxTaps ? DistantStoreCycles
            : _isNarrow ? NarrowStoreCycles : StoreCycles;
        return geometry.Groups * Panels * blocks * cycles + store * geometry.WeightLength;
    }

    /// <summary>
    /// Elements of the panel along an axis for <paramref name="n"/> inputs: themselves, or the full output that they reach.
    /// </summary>
    private long PanelLength(ConvTransposeAxis axis, long n) => VectorsOfInput ? n : axis.FullOf(n);

    private int Padded(int channels) => Integers.RoundUp(channels, Lanes);

    private double Filled(int channels) => (double)channels / Padded(channels);
}
