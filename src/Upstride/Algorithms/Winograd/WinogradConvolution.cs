using System.Numerics;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Execution;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Winograd;

/// <summary>
/// The phases by Winograd's minimal filtering: a tile of the source is transformed once for every phase and channel that shares its
/// window, the sum over channels runs in the transformed domain with fewer products, and the results are transformed back, interleaved,
/// finished and written once.
/// </summary>
internal sealed unsafe class WinogradConvolution<T> : ParallelAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    private readonly PolyphaseProblem _problem;
    private readonly WinogradSchedule _schedule;
    private readonly WinogradBlock _block;
    private readonly AlignedBuffer<T> _weights;
    private readonly SetKernels[] _sets;
    private readonly GemmTileRun<T>[] _products;
    private readonly PhaseRange[] _ranges;
    private readonly BlockPacker<T> _packer;
    private readonly BlockWriter<T> _writer;
    private readonly BlockRunPlan<T> _run;

    public WinogradConvolution(WinogradSchedule schedule, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        : base(settings.Workspaces)
    {
        GemmTile.Table<T> table = GemmTile.At<T>(settings.Width);
        _schedule = schedule;
        _problem = schedule.Problem;
        _block = schedule.Block;
        _weights = AlignedBuffer<T>.InOrder(schedule.WeightsPerGroup * _problem.Groups);
        SetWeight(weight);
        _sets = [.. schedule.Sets.Select(set => MakeKernels(set, settings.Width))];
        _products = GemmTileRun<T>.ByRows(table);
        _ranges = [.. schedule.Ranges];
        nint lane = (nint)_block.SourceLane;
        _packer = new(_problem, new(
            (nint)_block.SourceChannel, _block.SourceDepth * _block.SourceHeight * lane * schedule.Tile.M2, _block.SourceDepth,
                _block.SourceHeight, _block.SourceWidth, lane, schedule.Tile.M2, _block.Images));
        nint row = (nint)_block.ResultLane * schedule.Tile.M2;
        _writer = new(
            _problem, _ranges,
                PhaseSchedule.RowsOf(_problem, schedule.Sets.Select(static set => set.Phases),
                s => schedule.PhaseRowGroups.Any(part => part.Start == s)),
            new(_block.ResultRow, _block.Height * row, row, _block.ResultLane, schedule.Tile.M2, _block.Images), false, epilogue);
        _run = new(
            _problem, _block, schedule.PhaseRowGroups, schedule.Chunks,
            new(_block.Count * _problem.Groups * schedule.PhaseRowGroups.Length, schedule.Chunks.Length,
                settings.ThreadsFor(schedule.Cycles)),
            _writer);
    }

    internal override long PooledBytes => WorkspaceBytes;

    public override long WorkspaceBytes =>
        _run.Partition.Threads * sizeof(T) * Workspace.Length(_block);

    public override long WeightBytes => _weights.Length * sizeof(T);

    public override string Details =>
        $"F({_schedule.Tile.M1}x{_schedule.Tile.M2}, {_schedule.Sets[0].Window1.Taps}x{_schedule.Sets[0].Window2.Taps}){Segments}, "
        + $"{_schedule.Sets.Length} phase sets ({_schedule.Fusion}), {_schedule.Chunks.Length} channel chunks, {_block.Count} blocks of "
        + $"{_block.Depth}x{_block.Height}x{_block.Width}{(_block.Images > 1 ? $" x {_block.Images} images" : "")}";

    private string Segments =>
        _schedule.Sets[0] is { Window1.Segments: int pieces1, Window2.Segments: int pieces2 } && pieces1 * pieces2 > 1
        ? $" in {pieces1}x{pieces2} pieces" : "";

    public override void SetWeight(ReadOnlySpan<T> weight) => WinogradWeights.Pack(_schedule, weight, _weights);

    protected override TensorRun<T> CreateRun() => new Execution(this);

    private SetKernels MakeKernels(WinogradSet set, SimdWidth width)
    {
        (WinogradWindow w1, WinogradWindow w2) = (set.Window1, set.Window2);
        nint[][] offsets = [.. set.Frequencies.Entries.Select(entries => entries.Select(e => Offset(set.Entries[e].Windows)).ToArray())];
        return new(
            w2.Alpha, offsets, [.. set.Frequencies.Starts],
            WinogradKernels.InputKernel<T>(width, (w1.Alpha, w1.Taps), (w2.Alpha, w2.Taps)),
                WinogradKernels.OutputKernel<T>(width, (w1.Alpha, w1.Taps), (w2.Alpha, w2.Taps)));
    }

    /// <summary>Where a window is in the transformed source: a piece is a tile further.</summary>
    private nint Offset(WinogradWindows windows) => (nint)(
        _problem.PlaneIndex(windows.Q0, windows.Q1, windows.Q2) * _block.PlanePitch
        + ((long)(windows.Offset0 - _problem.Axes[0].Lowest) * _block.TransformedHeight
            + (_schedule.Tile.Axis1.IsTiled ? windows.Segment1 : windows.Offset1 - _problem.Axes[1].Lowest)) * _block.RowPitch
        + (long)windows.Segment2 * _block.Beside);

    /// <summary>
    /// What a set needs at run time: the length of its tiles, for each frequency where its windows are in the transformed source and how
    /// many those before it have, and its transforms.
    /// </summary>
    private sealed record SetKernels(int Alpha2, nint[][] Offsets, int[] Starts, nint Input, nint Output);

    /// <summary>
    /// A thread's workspace: the source of some channels, all channels transformed, and the results of a chunk of channels before and after
    /// their way back.
    /// </summary>
    private readonly struct Workspace
    {
        public Workspace(WinogradBlock block, T* start)
        {
            Source = start;
            Transformed = Source + AlignedBuffer<T>.WholeLines(block.SourceLength);
            Products = Transformed + AlignedBuffer<T>.WholeLines(block.TransformedLength);
            Results = Products + AlignedBuffer<T>.WholeLines(block.ProductLength);
        }

        public T* Source { get; }

        public T* Transformed { get; }

        public T* Products { get; }

        public T* Results { get; }

        public static long Length(WinogradBlock block) =>
            (nint)(new Workspace(block, null).Results) / sizeof(T) + AlignedBuffer<T>.WholeLines(block.ResultLength);
    }

    private sealed class Execution(WinogradConvolution<T> plan) : BlockRun<T>(plan._run, Workspace.Length(plan._block))
    {
        private readonly WinogradConvolution<T> _plan = plan;

        protected override void Pack(in BlockOrigin origin, int group, Interval sets, T* workspace) =>
            TransformSource(origin, group, sets, new(_plan._block, workspace));

        protected override T* Results(T* workspace) => new Workspace(_plan._block, workspace).Results;

        protected override void Multiply(in BlockOrigin origin, int group, ChannelChunk chunk, Interval sets, T* workspace)
        {
            foreach (RowTile tile in chunk.Tiles)
            {
                if (tile.Set >= sets.Start && tile.Set < sets.End)
                    Multiply(origin, group, tile, tile.Set - sets.Start, _plan._products[tile.Rows], new(_plan._block, workspace));
            }
        }

        /// <summary>
        /// The part of a set that lies in a block: its rows of axis 0, its rows of tiles (or of axis 1) and its tiles in a row.
        /// </summary>
        private Region RegionOf(in BlockOrigin place, int set)
        {
            PhaseRange range = _plan._ranges[set];
            (int first0, int end0) = place.Clip(range.Depth, 0);
            (int first1, int end1) = place.Clip(range.Height, 1);
            (int first2, int end2) = place.Clip(range.Width, 2);
            WinogradTile tile = _plan._schedule.Tile;
            return new(first0, end0 - first0, first1, Integers.DivideUp(end1 - first1, tile.M1), first2,
                Integers.DivideUp(end2 - first2, tile.M2));
        }

        private void TransformSource(in BlockOrigin place, int group, Interval sets, in Workspace workspace)
        {
            PolyphaseProblem problem = _plan._problem;
            WinogradBlock block = _plan._block;
            T* source = Left + (nint)group * problem.SourceChannels * problem.Source.Channel;
            for (int first = 0; first < problem.SourceChannels; first += block.SourceChannels)
            {
                int channels = Math.Min(block.SourceChannels, problem.SourceChannels - first);
                _plan._packer.Pack(place, source + first * problem.Source.Channel, channels, workspace.Source);
                for (int channel = 0; channel < channels; channel++)
                for (int set = sets.Start; set < sets.End; set++)
                {
                    T* to = workspace.Transformed + (set - sets.Start) * _plan._schedule.Frequencies * block.Frequency
                        + (first + channel) * block.TransformedChannel;
                    TransformChannel(place, set, workspace.Source + channel * block.SourceChannel, to);
                }
            }
        }

        /// <summary>All tiles of one channel of one set.</summary>
        private void TransformChannel(in BlockOrigin place, int set, T* source, T* transformed)
        {
            PolyphaseProblem problem = _plan._problem;
            WinogradBlock block = _plan._block;
            SetKernels kernels = _plan._sets[set];
            WinogradSet windows = _plan._schedule.Sets[set];
            Region part = RegionOf(place, set);
            if (part.IsEmpty) return;
            int m1 = _plan._schedule.Tile.M1, m2 = _plan._schedule.Tile.M2, lanes = _plan._schedule.Lanes;
            nint sourceRow = (nint)block.SourceLane * m2;
            nint* columns = stackalloc nint[WinogradKernels.MaxAlpha];
            int firstColumn = part.First2 - place.Width + windows.Window2.Lowest - problem.Axes[2].Lowest;
            for (int b = 0; b < kernels.Alpha2; b++)
                columns[b] = (nint)((firstColumn + b) % m2 * block.SourceLane) + (firstColumn + b) / m2 * block.Beside;
            int firstRow = m1 == 1 ? 0 : part.First1 - place.Height + windows.Window1.Lowest - problem.Axes[1].Lowest;
            int rows = m1 == 1 ? block.TransformedHeight : part.Rows1 + windows.Window1.Segments - 1;
            var arguments = new WinogradKernels.Arguments<T>
            {
                Columns = columns,
                SourceRow = sourceRow,
                DestinationStep = (nint)block.Frequency,
                Groups = Integers.DivideUp((part.Tiles + windows.Window2.Segments - 1) * block.Beside, lanes),
            };
            for (int plane = 0; plane < problem.Planes; plane++)
            for (int r0 = 0; r0 < block.SourceDepth; r0++)
            for (int r1 = 0; r1 < rows; r1++)
            {
                arguments.Source = source + (((long)plane * block.SourceDepth + r0) * block.SourceHeight + firstRow + r1 * m1) * sourceRow;
                arguments.Destination = transformed + plane * block.PlanePitch + ((nint)r0 * block.TransformedHeight + r1) * block.RowPitch;
                ((delegate*<WinogradKernels.Arguments<T>*, void>)kernels.Input)(&arguments);
            }
        }

        /// <summary>The products of one row tile at every frequency, and their way back.</summary>
        private void Multiply(in BlockOrigin place, int group, RowTile tile, int setOfClass, GemmTileRun<T> products,
            in Workspace workspace)
        {
            PolyphaseProblem problem = _plan._problem;
            WinogradBlock block = _plan._block;
            WinogradSchedule schedule = _plan._schedule;
            SetKernels kernels = _plan._sets[tile.Set];
            Region part = RegionOf(place, tile.Set);
            if (part.IsEmpty) return;
            bool tiled1 = schedule.Tile.M1 > 1;

            // Positions run over all rows of the block at once. Those between two rows of axis 0, its halo's, are computed for nothing.
            nint first = tiled1 ? 0 : (nint)(part.First1 - place.Height) * block.RowPitch;
            first += (nint)(part.First0 - place.Depth) * block.TransformedHeight * block.RowPitch;
            nint positions =
                ((nint)(part.Rows0 - 1) * block.TransformedHeight + part.Rows1 - 1) * block.RowPitch + (nint)part.Tiles * block.Beside;
            T* transformed = workspace.Transformed + setOfClass * schedule.Frequencies * block.Frequency + first;
            T* weights = _plan._weights.Start + group * schedule.WeightsPerGroup + tile.WeightOffset;
            var arguments = new GemmTile.Arguments<T>
            {
                Steps = problem.SourceChannels,
                BStride = (nint)block.TransformedChannel,
                CPitch = (nint)block.ProductRow,
            };
            for (int f = 0; f < kernels.Offsets.Length; f++)
            {
                fixed (nint* offsets = kernels.Offsets[f])
                {
                    arguments.A = weights + (nint)kernels.Starts[f] * problem.SourceChannels * tile.Rows;
                    arguments.Offsets = offsets;
                    arguments.OffsetCount = kernels.Offsets[f].Length;
                    products.Run(&arguments, transformed + f * block.Frequency, workspace.Products + f * block.ProductFrequency, positions);
                }
            }
            TransformBack(part, tile, kernels, workspace);
        }

        private void TransformBack(in Region part, RowTile tile, SetKernels kernels, in Workspace workspace)
        {
            WinogradBlock block = _plan._block;
            int m1 = _plan._schedule.Tile.M1, m2 = _plan._schedule.Tile.M2, lanes = _plan._schedule.Lanes;
            nint resultRow = (nint)block.ResultLane * m2;
            var arguments = new WinogradKernels.Arguments<T>
            {
                SourceStep = (nint)block.ProductFrequency,
                DestinationRow = resultRow,
                DestinationStep = block.ResultLane,
                Groups = Integers.DivideUp(part.Tiles * block.Beside, lanes),
                Tile0 = m1,
                Tile1 = m2,
            };
            for (int r = 0; r < tile.Rows; r++)
            for (int r0 = 0; r0 < part.Rows0; r0++)
            for (int r1 = 0; r1 < part.Rows1; r1++)
            {
                arguments.Source = workspace.Products + r * block.ProductRow + ((nint)r0 * block.TransformedHeight + r1) * block.RowPitch;
                arguments.Destination =
                    workspace.Results + (tile.FirstRow + r) * block.ResultRow + ((nint)r0 * block.Height + r1 * m1) * resultRow;
                ((delegate*<WinogradKernels.Arguments<T>*, void>)kernels.Output)(&arguments);
            }
        }
    }

    private readonly record struct Region(int First0, int Rows0, int First1, int Rows1, int First2, int Tiles)
    {
        public bool IsEmpty => Rows0 <= 0 || Rows1 <= 0 || Tiles <= 0;
    }
}
