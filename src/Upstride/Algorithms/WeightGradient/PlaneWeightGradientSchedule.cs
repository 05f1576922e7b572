using System.Collections.Immutable;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The integers of a weight gradient that is summed along the width: how the places fall into blocks that a tile's rows keep in the first
/// cache, and which channels of either side an item takes, so that both stay in the second.
/// </summary>
/// <remarks>
/// The output gradient is in the planes of the input gradient's windows, with their halo: [image][output channel][plane][row of axis 0]
/// [row of axis 1][column]. The input is in rows of the same pitch, zeros instead of the halo: [input channel][image][row of
/// axis 0][row of axis 1][column]. So a tap is an offset, and rows follow each other without an end.
/// </remarks>
internal sealed class PlaneWeightGradientSchedule : IBlockShape
{
    // Elements of a run of which six rows and their columns stay in the first cache, and bytes of both sides that stay in the second; the
    // input has more of them, since what is saved by it is dealing out the output gradient anew.
    private const long RunPlaces = 1280;
    private const double InputShare = 0.6;

    // Measured on vectors of less than 512 bits: what a tile takes longer than its products and loads.
    private const double NarrowTile = 1.5;

    public PlaneWeightGradientSchedule(ConvTransposeGeometry geometry, int elementSize, int lanes, int tileRows, int tileColumns,
        int threads)
    {
        Problem = new(geometry, Pass.InputGradient);
        Lanes = lanes;
        IsNarrow = MachineModel.Of(lanes * elementSize).IsNarrow;
        (PolyphaseAxis a0, PolyphaseAxis a1, PolyphaseAxis a2) = (Problem.Axes[0], Problem.Axes[1], Problem.Axes[2]);
        (int n0, int n1, int n2) = (a0.Longest, a1.Longest, a2.Longest);
        int halo2 = a2.Span - 1;
        Width = BlockSizes.Largest(n2, n => n <= lanes || n + halo2 <= RunPlaces);
        Pitch = Width + halo2;
        Height = Width < n2 ? 1 : BlockSizes.Largest(n1, n => (long)n * Pitch <= RunPlaces);
        RunLength = Integers.RoundUp(RunOf(Height), lanes);
        Depth = Height < n1 ? 1 : BlockSizes.Largest(n0, n => (long)n * RunLength <= RunPlaces);
        BlockImages = Depth < n0 ? 1 : BlockSizes.Largest(Math.Max(1, Problem.Batch), n => (long)n * Depth * RunLength <= RunPlaces);
        (BlocksOfDepth, BlocksOfHeight, BlocksOfWidth) =
            (Integers.DivideUp(n0, Depth), Integers.DivideUp(n1, Height), Integers.DivideUp(n2, Width));

        SourceDepth = Depth + a0.Span - 1;
        SourceHeight = Height + a1.Span - 1;
        // What a run reads behind its end stays in its own plane.
        PlanePitch = Integers.RoundUp((long)SourceDepth * SourceHeight * Pitch + lanes, lanes);
        ChannelPitch = BlockSizes.Spread(PlanePitch * Problem.Planes, lanes);
        RowPitch = BlockSizes.Spread((long)BlockImages * Depth * RunLength, lanes);

        Taps = Problem.Kernel[0] * Problem.Kernel[1] * Problem.Kernel[2];
        double both = Math.Min(MachineModel.Of(lanes * elementSize).PlaneBytes, (double)Problem.WorkspaceTarget * elementSize / threads);
        OutputRange = Range(Problem.SourceChannels, (1 - InputShare) * both / (ChannelPitch * BlockImages * elementSize), 1);
        InputRange = Range(Problem.DestinationChannels, InputShare * both / (RowPitch * elementSize), tileRows);
        while (threads > 1 && Items < 2 * threads && InputRange > tileRows) InputRange = Integers.RoundUp(InputRange / 2, tileRows);
        while (threads > 1 && Items < 2 * threads && OutputRange > 1) OutputRange = (OutputRange + 1) / 2;
        ColumnTiles = [.. Integers.EvenParts(Taps, tileColumns)];
        TileRows = tileRows;
    }

    /// <summary>The input gradient's windows: their source is the output gradient, their destination the input.</summary>
    public PolyphaseProblem Problem { get; }

    public int Lanes { get; }

    private bool IsNarrow { get; }

    /// <summary>The most rows of a register tile.</summary>
    public int TileRows { get; }

    public int Taps { get; }

    /// <summary>Taps that a register tile takes, one after the other.</summary>
    public ImmutableArray<int> ColumnTiles { get; }

    /// <summary>Images of a block; each has a run of its own, unlike images side by side.</summary>
    public int BlockImages { get; }

    public int Images => 1;

    public int Depth { get; }

    public int Height { get; }

    public int Width { get; }

    public int BlocksOfDepth { get; }

    public int BlocksOfHeight { get; }

    public int BlocksOfWidth { get; }

    public bool IsRelative => false;

    /// <summary>From row to row of axis 1, on both sides.</summary>
    public int Pitch { get; }

    /// <summary>Elements from run to run of the input: some rows of axis 1, and zeros up to whole vectors.</summary>
    public int RunLength { get; }

    /// <summary>From channel to channel of the input.</summary>
    public long RowPitch { get; }

    public int SourceDepth { get; }

    public int SourceHeight { get; }

    public long PlanePitch { get; }

    /// <summary>From channel to channel of the output gradient.</summary>
    public long ChannelPitch { get; }

    /// <summary>Output channels of an item.</summary>
    public int OutputRange { get; }

    /// <summary>Input channels of an item.</summary>
    public int InputRange { get; }

    public int OutputRanges => Integers.DivideUp(Problem.SourceChannels, OutputRange);

    public int InputRanges => Integers.DivideUp(Problem.DestinationChannels, InputRange);

    public int Items => Problem.Groups * OutputRanges * InputRanges;

    public long OutputLength => ChannelPitch * OutputRange * BlockImages;

    public long InputLength => RowPitch * InputRange;

    /// <summary>Places of some rows of axis 1, from the first to the last, with what lies between two rows.</summary>
    public int RunOf(int rows1) => (rows1 - 1) * Pitch + Width;

    /// <summary>Where a tap is in a channel's planes.</summary>
    public nint OffsetOf(int tap0, int tap1, int tap2)
    {
        AxisTap t0 = Problem.Axes[0].Phases[0].Taps[tap0], t1 = Problem.Axes[1].Phases[0].Taps[tap1],
            t2 = Problem.Axes[2].Phases[0].Taps[tap2];
        return (nint)(Problem.PlaneIndex(t0.Residue, t1.Residue, t2.Residue) * PlanePitch
            + ((long)t0.Offset * SourceHeight + t1.Offset) * Pitch + t2.Offset);
    }

    /// <summary>
    /// Cycles of one run on one thread: the tiles' products with the sums of their lanes, and bringing both sides into place as often as
    /// items ask for it.
    /// </summary>
    public double Cycles
    {
        get
        {
            double runs = (double)BlockImages * Depth, vectors = runs * RunLength / Lanes, products = 0;
            foreach (int rows in Integers.EvenParts(Math.Min(InputRange, Problem.DestinationChannels), TileRows))
                foreach (int columns in ColumnTiles) products += TileCycles(rows, columns) * vectors + 1.2 * rows * columns + 20 + 5 * runs;
            bool rowsFollow = Pitch == Problem.Axes[2].SourceLength && Problem.Planes == 1;
            double pack =
                BlockImages * OutputRange
                * (double)Pack(ChannelPitch, rowsFollow ? 1 : (long)Problem.Planes * SourceDepth * SourceHeight,
                Problem.Axes[2].SourceStep > 1)
                + InputRange * Pack(RowPitch, BlockImages * Depth * (long)Height, deals: false);
            double blocks = (double)BlocksOfDepth * BlocksOfHeight * BlocksOfWidth * Integers.DivideUp(Problem.Batch, BlockImages);
            return Items * blocks * (products * OutputRange + pack);
        }
    }

    // Two products and two loads a cycle, every column's load across two lines; products of one accumulator follow each other in four
    // cycles.
    private double TileCycles(int rows, int columns) =>
        (IsNarrow ? NarrowTile : 1) * Math.Max(Math.Max(rows * columns / 2.0, (rows + 2 * columns) / 2.0), 4);

    // Measured: elements of whole rows go by the vector, those of neighbouring channels one by one.
    private double Pack(long elements, long rows, bool deals) =>
        elements * (!Problem.ChannelsFirst ? 2 : deals ? 0.8 : 0.25) + (deals && !IsNarrow ? 60.0 : 25.0) * rows;

    private static int Range(int channels, double fitting, int multiple)
    {
        int most = (int)Math.Clamp(fitting, multiple, Math.Max(multiple, channels)) / multiple * multiple;
        int parts = Integers.DivideUp(channels, most);
        return Math.Min(channels, Integers.DivideUp(Integers.DivideUp(channels, parts), multiple) * multiple);
    }
}
