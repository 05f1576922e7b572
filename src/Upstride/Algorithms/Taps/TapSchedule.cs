using System.Collections.Immutable;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Taps;

/// <summary>
/// The integers of a computation by taps: a block is some whole images, whose places are the columns of the product, and a chunk some
/// output channels, whose taps are its rows. Depends on the problem, the element size and the register tile, never on threads.
/// </summary>
internal sealed class TapSchedule : IBlockShape
{
    // Measured: cycles that moving a channel's part of a panel takes, that a product takes which is written and read again, that a term of
    // a row's sum takes for each vector, and what a row, a plane of sums, and a channel of an image cost beside. With less of them 3x3 taps
    // over 88x14 places were chosen, which took 1.2 times as long as the phases.
    private const double PackCycles = 5;
    private const double ProductCycles = 0.25;
    private const double TermCycles = 2;
    private const double RowCycles = 10;
    private const double PlaneCycles = 25;
    private const double ChannelCycles = 60;

    public TapSchedule(PolyphaseProblem problem, GemmTileShape shape)
    {
        Problem = problem;
        Sets = PhaseFusions.Of(problem.Axes, problem.Kernel, PhaseFusion.None);
        Ranges = [.. Sets.Select(set => PhaseSchedule.RangeOf(problem, set))];
        Taps = [.. Sets.SelectMany(static set => set.Taps[0]).Distinct().Order()];
        Places = problem.Axes[0].SourceLength * problem.Axes[1].SourceLength * problem.Axes[2].SourceLength;
        (Depth, Height, Width) = (problem.Axes[0].Longest, problem.Axes[1].Longest, problem.Axes[2].Longest);

        // As many images as leave the packed source its share of the second cache, and the products of a channel theirs.
        long most = Math.Min(shape.Machine.PhaseSourceBytes / shape.ElementSize / problem.SourceChannels,
            shape.Machine.PhaseResultBytes / shape.ElementSize / Math.Max(1, Taps.Length)) / Places;
        ImagesOfBlock = Integers.EvenParts(problem.Batch, (int)Math.Clamp(most, 1, Math.Max(1, problem.Batch))).FirstOrDefault(1);
        Blocks = Integers.DivideUp(problem.Batch, ImagesOfBlock);
        int columns = ImagesOfBlock * Places;

        // The lengths that tiles run over: rows of a chunk's channels stand one behind the other.
        bool isWide = problem.DestinationChannels * Taps.Length <= shape.WideRows;
        TileColumns = (isWide ? GemmTile.WideVectors : 2) * shape.Lanes;
        Panels = Integers.DivideUp(columns, TileColumns);
        PanelPitch = BlockSizes.Spread((long)TileColumns * problem.SourceChannels, shape.Lanes);
        ResultPitch = BlockSizes.Spread((long)Panels * TileColumns, shape.Lanes);
        long rows = shape.Machine.PhaseResultBytes / shape.ElementSize / ResultPitch;
        Chunks = [.. Integers.EvenParts(problem.DestinationChannels, (int)Math.Max(1, rows / Math.Max(1, Taps.Length)))];
        RowsOfTiles = [.. Chunks.Select(channels => Integers.EvenParts(channels * Taps.Length, shape.TallRows).ToImmutableArray())];
        Strip = (int)Math.Clamp(shape.Machine.StripBytes / shape.ElementSize / PanelPitch, 1, Panels);
        WeightsPerGroup = (long)problem.DestinationChannels * Taps.Length * problem.SourceChannels;
        SumPitch = Integers.RoundUp(Width, Interleaving.Lanes);
        Slack = AlignedBuffer<double>.WholeLines(Places + SumPitch + (long)problem.Axes.Sum(static axis => axis.Span) * Places);
        Cycles = Estimate(shape);
    }

    public PolyphaseProblem Problem { get; }

    /// <summary>Every phase by itself.</summary>
    public ImmutableArray<FusedPhases> Sets { get; }

    /// <summary>The j that each phase is computed for.</summary>
    public ImmutableArray<PhaseRange> Ranges { get; }

    /// <summary>The kernel's taps that any phase reads, ascending.</summary>
    public ImmutableArray<int> Taps { get; }

    /// <summary>Places of the source of one image.</summary>
    public int Places { get; }

    /// <summary>Images whose places are columns of one product; the last block may have fewer.</summary>
    public int ImagesOfBlock { get; }

    public int Blocks { get; }

    /// <summary>Columns of a panel: those of a register tile.</summary>
    public int TileColumns { get; }

    public int Panels { get; }

    /// <summary>Elements from panel to panel, each [source channel][column].</summary>
    public long PanelPitch { get; }

    /// <summary>Panels that all row tiles go along before the next ones.</summary>
    public int Strip { get; }

    /// <summary>Elements from row to row of a chunk's products, each [image][place].</summary>
    public long ResultPitch { get; }

    /// <summary>Output channels of each chunk.</summary>
    public ImmutableArray<int> Chunks { get; }

    /// <summary>The rows of each register tile of each chunk.</summary>
    public ImmutableArray<ImmutableArray<int>> RowsOfTiles { get; }

    /// <summary>Elements of the packed weights of one group.</summary>
    public long WeightsPerGroup { get; }

    /// <summary>Elements from row to row of the sums, each [phase][channel][row of axis 0][row of axis 1].</summary>
    public int SumPitch { get; }

    /// <summary>Elements from a channel's sums of a phase to the next.</summary>
    public long SumPlane => (long)Depth * Height * SumPitch;

    // The sums of one image lie before those of the next overwrite them.
    public int Images => 1;

    public int Depth { get; }

    public int Height { get; }

    public int Width { get; }

    public int BlocksOfDepth => 1;

    public int BlocksOfHeight => 1;

    public int BlocksOfWidth => 1;

    public bool IsRelative => true;

    /// <summary>Estimated cycles of one run on one thread.</summary>
    public double Cycles { get; }

    /// <summary>Elements of the packed source; a tile of slack behind it.</summary>
    public long SourceLength => PanelPitch * Panels;

    /// <summary>Elements of a chunk's products, between slacks that moved rows reach into.</summary>
    public long ResultLength => Chunks[0] * Taps.Length * ResultPitch + 2 * Slack;

    /// <summary>Elements of a chunk's sums of one image, with the vector that is read behind them.</summary>
    public long SumLength => Sets.Length * Chunks[0] * SumPlane + Interleaving.Lanes;

    /// <summary>Elements before and behind the products: the furthest that a tap moves a plane, and a row of sums.</summary>
    public long Slack { get; }

    /// <summary>Elements of a thread's workspace.</summary>
    public long WorkspaceLength => SourceLength + ResultLength + SumLength;

    /// <summary>Whether its memory is what a workspace may take, and its weights what a buffer holds.</summary>
    public bool FitsBudget =>
        WorkspaceLength <= Problem.WorkspaceTarget && WeightsPerGroup * Problem.Groups <= AlignedBuffer<float>.MaxLength;

    /// <summary>Products of one output channel and one image.</summary>
    public static long ProductsOfChannel(ConvTransposeGeometry geometry, Pass pass) =>
        (long)geometry.KernelTaps * (pass == Pass.Forward ? geometry.InputPlane : geometry.OutputPlane);

    /// <summary>The most of them that are kept at once.</summary>
    public static long MostProducts(GemmTileShape shape) => shape.Machine.PhaseResultBytes / shape.ElementSize;

    private double Estimate(GemmTileShape shape)
    {
        double columns = (double)ImagesOfBlock * Places, products = 0;
        foreach (int rows in RowsOfTiles.SelectMany(static tiles => tiles))
        {
            products += CostModel.Run(rows, PhaseSchedule.Vectors(rows, shape.TallRows, shape.WideRows), shape.Lanes, columns,
                Problem.SourceChannels, aligned: true);
        }
        products += ProductCycles * Problem.DestinationChannels * Taps.Length * columns;
        double pack = PackCycles * (Panels + ImagesOfBlock) * Problem.SourceChannels;
        double sums = 0;
        for (int s = 0; s < Sets.Length; s++)
        {
            double vectors = Integers.DivideUp(Ranges[s].Width.Length, shape.Lanes), planes = Math.Max(0, Ranges[s].Depth.Length);
            sums += planes
                * (PlaneCycles + Math.Max(0, Ranges[s].Height.Length) * vectors * (TermCycles * Sets[s].Offsets.Length + RowCycles));
        }
        double outputRows = (double)Depth * Height * Problem.Axes[0].DestinationStep * Problem.Axes[1].DestinationStep;
        double store = CostModel.Store(outputRows * Width * Problem.Axes[2].DestinationStep, outputRows, 1, true,
            Problem.Axes[2].DestinationStep);
        return Problem.Groups
            * (Blocks * (products + pack + CostModel.ItemCycles)
            + (double)Problem.Batch * Problem.DestinationChannels * (sums + store + ChannelCycles)
            + CostModel.WeightCycles((double)WeightsPerGroup * shape.ElementSize, Blocks, shape.Machine));
    }
}
