using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    // Tiles point into these, which therefore never move.
    private readonly nint[][] _offsets;
    private readonly GemmTileRun<T>[] _products;
    private readonly Epilogue<T> _epilogue;

    // Whether the register tiles see to the epilogue, so that nothing is left to do when a block's results are there.
    private readonly bool _finishes;
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
        _weights = AlignedBuffer<T>.InOrder(_schedule.WeightsPerGroup * _problem.Groups);
        SetWeight(weight);
        _offsets = [.. _schedule.Sets.Select(Offsets)];
        _ranges = [.. _schedule.Sets.Select(set => PhaseSchedule.RangeOf(_problem, set))];
        _packer = new(_problem, new(
            _block.ChannelPitch, _block.PlanePitch, _block.SourceDepth, _block.SourceHeight, _block.SourceWidth, _block.RowPitch, 1,
                _block.Images, _block.Shifts, new(_block.Panels, _block.TileColumns, _block.TilePitch, _block.Flat && _block.Panels > 0)));
        _epilogue = epilogue;
        _finishes = _block.IsInPlace && epilogue.IsBiasAndBounds && settings.Width != SimdWidth.Interpreted
            && _offsets.All(static offsets => offsets.Length > 0);
        _writer = new(
            _problem, _ranges, PhaseSchedule.RowsOf(_problem, _schedule.Sets),
            new(_block.ScratchRow, (nint)_block.Height * _block.ScratchPitch, _block.ScratchPitch, 0, 1, _block.Images), _block.IsInPlace,
                _finishes ? Epilogue<T>.None : epilogue);
        _products = GemmTileRun<T>.ByRows(table);

        _run = new(
            _problem, _block, [new(0, _schedule.Sets.Length)], _schedule.Chunks,
            new(_block.Count * _problem.Groups, _schedule.Chunks.Length, settings.ThreadsFor(_schedule.Cycles)), _writer);
    }

    internal override long PooledBytes => WorkspaceBytes;

    public override long WorkspaceBytes => _run.Partition.Threads * sizeof(T) * Workspace.Length(_block);

    public override long WeightBytes => _weights.Length * sizeof(T);

    public override string Details =>
        $"{_schedule.Sets.Length} phase sets ({_schedule.Fusion}), {_schedule.Chunks.Length} channel chunks, {_block.Count} blocks of "
        + $"{_block.Depth}x{_block.Height}x{_block.Width}{(_block.Images > 1 ? $" x {_block.Images} images" : "")}{(_block.Shifts > 1 ? $", {_block.Shifts} shifts" : _block.Panels > 0 ? " in panels" : _block.IsSourceInPlace ? " in place" : "")}";

    public override void SetWeight(ReadOnlySpan<T> weight) => PhaseWeights.Pack(_schedule, weight, _weights);

    protected override TensorRun<T> CreateRun() => new Execution(this);

    /// <summary>Offset of each window element in the packed block, relative to phase coordinate j.</summary>
    private nint[] Offsets(FusedPhases set)
    {
        nint[] offsets = GC.AllocateUninitializedArray<nint>(set.Offsets.Length, pinned: true);
        for (int i = 0; i < offsets.Length; i++) offsets[i] = Of(set.Offsets[i]);
        return offsets;

        nint Of((AxisTap A0, AxisTap A1, AxisTap A2) offset)
        {
            // In a shifted block the set's own beginning is part of the shift.
            (PolyphaseAxis a0, PolyphaseAxis a1, PolyphaseAxis a2) = (_problem.Axes[0], _problem.Axes[1], _problem.Axes[2]);
            int plane = _problem.PlaneIndex(offset.A0.Residue, offset.A1.Residue, offset.A2.Residue);
            long row = (long)(offset.A0.Offset - a0.Lowest) * _block.SourceHeight + offset.A1.Offset - a1.Lowest;
            int column = offset.A2.Offset - a2.Lowest;
            if (_block.Shifts == 1) return (nint)(plane * _block.PlanePitch + row * _block.RowPitch + column * _block.Images);
            int shift = column + PhaseSchedule.RangeOf(_problem, set).Width.Start - a2.First;
            return (nint)(((long)plane * _block.Shifts + shift) * _block.PlanePitch + row * _block.RowPitch);
        }
    }

    private sealed class Execution(PhaseConvolution<T> plan) : BlockRun<T>(plan._run, Workspace.Length(plan._block))
    {
        private readonly PhaseConvolution<T> _plan = plan;

        protected override void Pack(in BlockOrigin origin, int group, Interval sets, T* workspace)
        {
            if (_plan._block.IsSourceInPlace) return;
            PolyphaseProblem problem = _plan._problem;
            T* source = Left + (nint)group * problem.SourceChannels * problem.Source.Channel;
            _plan._packer.Pack(origin, source, problem.SourceChannels, new Workspace(_plan._block, workspace).Source);
        }

        protected override T* Results(T* workspace) => new Workspace(_plan._block, workspace).Scratch;

        protected override void Multiply(in BlockOrigin origin, int group, ChannelChunk chunk, Interval sets, T* workspace)
        {
            PhaseBlock block = _plan._block;
            var buffers = new Workspace(block, workspace);
            const int MaxOnStack = 32;
            Span<TilePlace> places =
                chunk.Tiles.Length <= MaxOnStack ? stackalloc TilePlace[MaxOnStack] : new TilePlace[chunk.Tiles.Length];
            int count = 0;
            foreach (RowTile tile in chunk.Tiles)
            {
                TilePlace place = PlaceOf(origin, group, chunk, tile, buffers);
                // A phase without taps has no products, and results that are read all the same.
                if (place.Arguments.OffsetCount > 0) places[count++] = place;
                else if (place.Results is not null) RowCopy.Clear(place.Results, 1, place.TileRows * (nint)block.ScratchRow);
            }
            if (count == 0) return;
            fixed (TilePlace* tiles = places) Multiply(tiles, count, buffers);
        }

        private void Multiply(TilePlace* tiles, int count, in Workspace workspace)
        {
            PhaseBlock block = _plan._block;
            T* scratch = workspace.Scratch;
            PolyphaseProblem problem = _plan._problem;
            nint rowOfResults = block.IsInPlace ? problem.Axes[1].DestinationDistance * problem.Destination.Height : block.ScratchPitch;
            nint depthOfResults = block.IsInPlace ? problem.Axes[0].DestinationDistance * problem.Destination.Depth
                : block.Height * rowOfResults;

            if (block.IsSourceInPlace)
            {
                MultiplyInPlace(tiles, count, depthOfResults, workspace);
                return;
            }
            if (block.Panels == 0)
            {
                for (; count > 0; count--, tiles++) MultiplyRows(tiles, rowOfResults, depthOfResults, scratch);
                return;
            }

            // All row tiles read some columns before the next ones are touched: those stay in the first cache.
            nint step = block.StripColumns, pitch = block.StripPitch, panelColumns = block.PanelColumns, panelPitch = block.TilePitch;
            nint all = block.Columns, rows = block.Rows;
            bool isInPlace = block.IsInPlace;
            GemmTileRun<T>[] products = _plan._products;
            for (int r0 = 0; r0 < block.Layers; r0++)
            for (int r1 = 0; r1 < rows; r1++)
            {
                nint source = (r0 * block.SourceHeight + r1) * block.RowPitch, results = r0 * depthOfResults + r1 * rowOfResults;
                for (nint column = 0; column < all; column += step, source += pitch, results += step)
                {
                    for (TilePlace* place = tiles, end = tiles + count; place < end; place++)
                    {
                        nint columns = nint.Min(place->Columns - column, step);
                        if (r0 >= place->Depth || r1 >= place->Rows || columns <= 0) continue;
                        ref readonly GemmTileRun<T> run = ref products[place->TileRows];
                        T* from = place->Source + source, to = place->Results + results;
                        if (isInPlace) run.RunPanelsWithin(&place->Arguments, from, to, columns, panelColumns, panelPitch, scratch);
                        else run.RunPanels(&place->Arguments, from, to, columns, panelColumns, panelPitch);
                    }
                }
            }
        }

        /// <summary>The products of all row tiles with the tensor itself; a last vector that is not full is copied.</summary>
        private void MultiplyInPlace(TilePlace* tiles, int count, nint depthOfResults, in Workspace workspace)
        {
            PhaseBlock block = _plan._block;
            int channels = _plan._problem.SourceChannels, lanes = _plan._schedule.Lanes;
            nint step = block.StripColumns, columns = tiles->Columns, whole = columns / lanes * lanes;
            for (int r0 = 0; r0 < tiles->Depth; r0++)
            {
                nint source = r0 * block.RowPitch, results = r0 * depthOfResults;
                for (nint column = 0; column < whole; column += step)
                {
                    nint here = nint.Min(whole - column, step), next = nint.Min(columns - column - here, step);

                    // More channels than hardware follows streams: what the next columns need is asked for here.
                    for (int c = 0; c < channels; c++)
                        RowCopy.Prefetch(tiles->Source + source + column + here + c * (nint)block.ChannelPitch, next);
                    T* strip = tiles->Source + source + column;
                    nint pitch = (nint)block.ChannelPitch;
                    if (block.MovesStrips)
                    {
                        PanelCopy.Run(strip, pitch, 0, here, channels, workspace.Source, step, 1, here, here, 0);
                        strip = workspace.Source;
                        pitch = step;
                    }
                    for (TilePlace* place = tiles, end = tiles + count; place < end; place++)
                    {
                        place->Arguments.BStride = pitch;
                        _plan._products[place->TileRows].RunVectors(&place->Arguments, strip, place->Results + results + column, here);
                    }
                }
                if (whole == columns) continue;
                nint rest = columns - whole;
                for (int c = 0; c < channels; c++)
                {
                    T* from = tiles->Source + source + whole + c * (nint)block.ChannelPitch, to = workspace.Source + (nint)c * lanes;
                    for (nint i = 0; i < rest; i++) to[i] = from[i];
                }
                for (TilePlace* place = tiles, end = tiles + count; place < end; place++)
                {
                    GemmTile.Arguments<T> arguments = place->Arguments;
                    arguments.BStride = lanes;
                    ref readonly GemmTileRun<T> run = ref _plan._products[place->TileRows];
                    T* to = place->Results + results + whole;
                    if (block.IsInPlace) run.RunWithin(&arguments, workspace.Source, to, rest, workspace.Scratch);
                    else run.Run(&arguments, workspace.Source, to, rest);
                }
            }
        }

        /// <summary>The products of one row tile over all rows of the block.</summary>
        private void MultiplyRows(TilePlace* place, nint rowOfResults, nint depthOfResults, T* scratch)
        {
            PhaseBlock block = _plan._block;
            GemmTileRun<T> products = _plan._products[place->TileRows];
            nint columns = place->Columns, rowPitch = block.RowPitch;
            int rows = place->Rows;
            bool isInPlace = block.IsInPlace;
            for (int r0 = 0; r0 < place->Depth; r0++)
            {
                T* from = place->Source + r0 * block.SourceHeight * rowPitch, to = place->Results + r0 * depthOfResults;
                for (int row = 0; row < rows; row++, from += rowPitch, to += rowOfResults)
                {
                    if (isInPlace) products.RunWithin(&place->Arguments, from, to, columns, scratch);
                    else products.Run(&place->Arguments, from, to, columns);
                }
            }
        }

        /// <summary>
        /// What a row tile reads and writes in a block; where results are written in place, its rows are channels.
        /// </summary>
        private TilePlace PlaceOf(in BlockOrigin origin, int group, ChannelChunk chunk, RowTile tile, in Workspace buffers)
        {
            PolyphaseProblem problem = _plan._problem;
            PhaseBlock block = _plan._block;
            PhaseRange range = _plan._ranges[tile.Set];
            Interval depth = origin.Clip(range.Depth, 0), height = origin.Clip(range.Height, 1), width = origin.Clip(range.Width, 2);
            if (height.IsEmpty || width.IsEmpty) return default;
            nint columns = (nint)width.Length * block.Images;
            int channel = group * problem.DestinationChannels + chunk.FirstChannel + tile.FirstRow;
            (T least, T most) = _plan._finishes ? _plan._epilogue.Bounds : default;
            return new()
            {
                Arguments = new()
                {
                    A = _plan._weights.Start + group * _plan._schedule.WeightsPerGroup + tile.WeightOffset,
                    Offsets = (nint*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_plan._offsets[tile.Set])),
                    OffsetCount = _plan._offsets[tile.Set].Length,
                    Steps = problem.SourceChannels,
                    BStride = (nint)block.ChannelPitch,
                    Fetch = block.IsInPlace,
                    Bias = _plan._finishes ? (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(_plan._epilogue.Bias[channel..])) : null,
                    Least = least,
                    Most = most,
                    CPitch = block.IsInPlace ? problem.Destination.Channel : (nint)block.ScratchRow,
                },
                TileRows = tile.Rows,
                Depth = block.PlanesAreJoined ? 1 : depth.Length,
                Rows = block.Flat ? 1 : height.Length,
                Columns = (block.PlanesAreJoined ? (depth.Length - 1) * (nint)block.Height * block.ScratchPitch : 0)
                    + (block.Flat ? (height.Length - 1) * (nint)block.ScratchPitch + columns : columns),
                Source = block.IsSourceInPlace
                    ? Left + StartOf(group, origin.Image, depth.Start, height.Start, width.Start)
                    : buffers.Source
                    + ((nint)(depth.Start - origin.Depth) * block.SourceHeight + height.Start - origin.Height) * block.RowPitch
                    + (block.Shifts > 1 ? 0 : (nint)(width.Start - origin.Width) * block.Images),
                Results = block.IsInPlace
                    ? Destination + origin.Image * problem.Destination.Image
                        + channel * problem.Destination.Channel
                        + _plan._writer.Start(origin, depth.Start, height.Start, width.Start)
                    : buffers.Scratch + tile.FirstRow * block.ScratchRow,
            };
        }

        /// <summary>Where a group's first channel of an image stands in the source, read in place, at j of each axis.</summary>
        private nint StartOf(int group, int image, int j0, int j1, int j2)
        {
            PolyphaseProblem problem = _plan._problem;
            return (nint)group * problem.SourceChannels * problem.Source.Channel + image * problem.Source.Image
                + problem.Axes[0].SourceOf(0, j0) * problem.Source.Depth + problem.Axes[1].SourceOf(0, j1) * problem.Source.Height
                + problem.Axes[2].SourceOf(0, j2);
        }

        private struct TilePlace
        {
            public GemmTile.Arguments<T> Arguments;
            public T* Source;
            public T* Results;
            public nint Columns;
            public int TileRows;
            public int Depth;
            public int Rows;
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
