using System.Numerics;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Execution;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Phases;

/// <summary>
/// The one idea, direct: every phase of the destination is a stride-1 convolution over the same windows of the source. A block of the
/// source is copied once with its zeros, the register tile reads every window in it in place, and each result is interleaved, finished
/// and written once, by one thread, in one order.
/// </summary>
internal sealed unsafe class PhaseConvolution<T> : ParallelAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    private readonly PolyphaseProblem _problem;
    private readonly PhaseSchedule _schedule;
    private readonly PhaseBlock _block;
    private readonly AlignedBuffer<T> _weights;
    private readonly nint[][] _offsets;
    private readonly GemmTileRun<T>[][] _products;
    private readonly PhaseRange[] _ranges;
    private readonly BlockPacker<T> _packer;
    private readonly BlockWriter<T> _writer;
    private readonly BlockRunPlan<T> _run;

    public PhaseConvolution(PhaseSchedule schedule, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        : base(settings.Workspaces)
    {
        GemmTile.Table<T> table = GemmTile.At<T>(settings.Width);
        _schedule = schedule;
        _problem = schedule.Problem;
        _block = _schedule.Block;
        _weights = new(_schedule.WeightsPerGroup * _problem.Groups);
        SetWeight(weight);
        _offsets = [.. _schedule.Sets.Select(Offsets)];
        _ranges = [.. _schedule.Sets.Select(set => PhaseSchedule.RangeOf(_problem, set))];
        _packer = new(_problem, new(
            _block.ChannelPitch, _block.PlanePitch, _block.SourceDepth, _block.SourceHeight, _block.SourcePitch,
                (nint)_block.SourcePitch * _block.Images, 1, _block.Images, _block.Shifts));
        _writer = new(
            _problem, _ranges, PhaseSchedule.RowsOf(_problem, _schedule.Sets),
            new(_block.ScratchRow, (nint)_block.Height * _block.ScratchPitch, _block.ScratchPitch, 0, 1, _block.Images), _block.IsInPlace,
                epilogue);
        _products = [.. _schedule.Chunks.Select(chunk => chunk.Tiles.Select(tile => new GemmTileRun<T>(table, tile.Rows)).ToArray())];

        _run = new(
            _problem, _block, [new(0, _schedule.Sets.Length)], _schedule.Chunks,
            new(_block.Count * _problem.Groups, _schedule.Chunks.Length, settings.ThreadsFor(_schedule.Cycles)), _writer);
    }

    internal override long PooledBytes => WorkspaceBytes;

    public override long WorkspaceBytes => _run.Partition.Threads * sizeof(T) * Workspace.Length(_block);

    public override long WeightBytes => _weights.Length * sizeof(T);

    public override string Details =>
        $"{_schedule.Sets.Length} phase sets ({_schedule.Fusion}), {_schedule.Chunks.Length} channel chunks, {_block.Count} blocks of "
        + $"{_block.Depth}x{_block.Height}x{_block.Width}{(_block.Images > 1 ? $" x {_block.Images} images" : "")}{(_block.Shifts > 1 ? $", {_block.Shifts} shifts" : "")}";

    public override void SetWeight(ReadOnlySpan<T> weight) => PhaseWeights.Pack(_schedule, weight, _weights);

    protected override TensorRun<T> CreateRun() => new Execution(this);

    /// <summary>Offset of each window element in the packed block, relative to phase coordinate j.</summary>
    private nint[] Offsets(FusedPhases set) =>
    [
        .. set.Offsets.Select(offset =>
        {
            // In a shifted block the set's own beginning is part of the shift.
            (PolyphaseAxis a0, PolyphaseAxis a1, PolyphaseAxis a2) = (_problem.Axes[0], _problem.Axes[1], _problem.Axes[2]);
            int plane = _problem.PlaneIndex(offset.A0.Residue, offset.A1.Residue, offset.A2.Residue);
            long row = (long)(offset.A0.Offset - a0.Lowest) * _block.SourceHeight + offset.A1.Offset - a1.Lowest;
            int column = offset.A2.Offset - a2.Lowest;
            if (_block.Shifts == 1) return (nint)(plane * _block.PlanePitch + (row * _block.SourcePitch + column) * _block.Images);
            int shift = column + PhaseSchedule.RangeOf(_problem, set).Width.Start - a2.First;
            return (nint)(((long)plane * _block.Shifts + shift) * _block.PlanePitch + row * _block.SourcePitch);
        }),
    ];

    private sealed class Execution(PhaseConvolution<T> plan) : BlockRun<T>(plan._run, Workspace.Length(plan._block))
    {
        private readonly PhaseConvolution<T> _plan = plan;

        protected override void Pack(in BlockOrigin origin, int group, Interval sets, T* workspace)
        {
            PolyphaseProblem problem = _plan._problem;
            T* source = Left + (nint)group * problem.SourceChannels * problem.Source.Channel;
            _plan._packer.Pack(origin, source, problem.SourceChannels, new Workspace(_plan._block, workspace).Source);
        }

        protected override T* Results(T* workspace) => new Workspace(_plan._block, workspace).Scratch;

        protected override void Multiply(in BlockOrigin origin, int group, int chunk, int tile, Interval sets, T* workspace)
        {
            PolyphaseProblem problem = _plan._problem;
            PhaseBlock block = _plan._block;
            PhaseSchedule schedule = _plan._schedule;
            RowTile rows = schedule.Chunks[chunk].Tiles[tile];
            var arguments = new GemmTile.Arguments<T>
            {
                A = _plan._weights.Start + group * schedule.WeightsPerGroup + rows.WeightOffset,
                BStride = (nint)block.ChannelPitch,
                Steps = problem.SourceChannels,
                CPitch = block.IsInPlace ? problem.Destination.Channel : (nint)block.ScratchRow,
            };
            int channel = group * problem.DestinationChannels + schedule.Chunks[chunk].FirstChannel + rows.FirstRow;
            var buffers = new Workspace(block, workspace);
            Multiply(ref arguments, rows, _plan._products[chunk][tile], origin, buffers.Source, channel, buffers.Scratch);
        }

        /// <summary>
        /// The products of one row tile over all columns of the block; where results are written in place, its rows are channels from
        /// <paramref name="channel"/> on.
        /// </summary>
        private void Multiply(
            ref GemmTile.Arguments<T> arguments, RowTile tile, in GemmTileRun<T> products, in BlockOrigin place, T* source, int channel,
                T* scratch)
        {
            PolyphaseProblem problem = _plan._problem;
            PhaseBlock block = _plan._block;
            (int first0, int end0) = place.Clip(_plan._ranges[tile.Set].Depth, 0);
            (int first1, int end1) = place.Clip(_plan._ranges[tile.Set].Height, 1);
            (int first2, int end2) = place.Clip(_plan._ranges[tile.Set].Width, 2);
            if (first1 >= end1 || first2 >= end2) return;
            nint columns = (nint)(end2 - first2) * block.Images;
            nint fromPitch1 = (nint)block.SourcePitch * block.Images, fromPitch0 = block.SourceHeight * fromPitch1;
            nint toPitch1 = block.ScratchPitch, toPitch0 = block.Height * toPitch1;
            T* results = scratch + tile.FirstRow * block.ScratchRow;
            if (block.IsInPlace)
            {
                (toPitch0, toPitch1) = (problem.Destination.Depth, problem.Destination.Height);
                results = Destination + place.Image * problem.Destination.Image + channel * problem.Destination.Channel
                    + _plan._writer.Start(first0, first1, first2);
            }
            int rows = end1 - first1;
            if (block.Flat) (rows, columns) = (1, (rows - 1) * fromPitch1 + columns);
            fixed (nint* offsets = _plan._offsets[tile.Set])
            fixed (GemmTile.Arguments<T>* pointer = &arguments)
            {
                arguments.Offsets = offsets;
                arguments.OffsetCount = _plan._offsets[tile.Set].Length;
                for (int j0 = first0; j0 < end0; j0++)
                {
                    T* from = source + (j0 - place.Depth) * fromPitch0 + (first1 - place.Height) * fromPitch1
                        + (block.Shifts > 1 ? 0 : (nint)(first2 - place.Width) * block.Images);
                    T* to = results + (j0 - first0) * toPitch0;
                    for (int row = 0; row < rows; row++, from += fromPitch1, to += toPitch1)
                    {
                        if (block.IsInPlace) products.RunWithin(pointer, from, to, columns, scratch);
                        else products.Run(pointer, from, to, columns);
                    }
                }
            }
        }
    }

    /// <summary>A thread's workspace: a block's source, and the results of a chunk of channels.</summary>
    private readonly struct Workspace(PhaseBlock block, T* start)
    {
        public T* Source { get; } = start;

        public T* Scratch { get; } = start + AlignedBuffer<T>.WholeLines(block.SourceLength);

        public static long Length(PhaseBlock block) =>
            AlignedBuffer<T>.WholeLines(block.SourceLength) + AlignedBuffer<T>.WholeLines(block.ScratchLength);
    }
}
