using System.Numerics;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>
/// The phases by Winograd's minimal filtering: a tile of the source is transformed once for every phase and channel that shares its
/// window, the sum over channels runs in the transformed domain with fewer products, and the results are transformed back, interleaved,
/// finished and written once.
/// </summary>
internal sealed unsafe class WinogradTransform<T> : ParallelAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    private readonly WindowProblem _problem;
    private readonly WinogradSchedule _schedule;
    private readonly WinogradBlock _block;
    private readonly AlignedBuffer<T> _weights;
    private readonly SetKernels[] _sets;
    private readonly ProductRun<T>[][] _products;
    private readonly PhaseRange[] _ranges;
    private readonly PhaseSource<T> _pack;
    private readonly PhaseStore<T> _store;
    private readonly Sharing _sharing;

    public WinogradTransform(WinogradSchedule schedule, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
    {
        ProductTile.Table<T> table = ProductTile.At<T>(settings.Width);
        _schedule = schedule;
        _problem = schedule.Problem;
        _block = schedule.Block;
        _weights = new(schedule.WeightsPerGroup * _problem.Groups);
        SetWeight(weight);
        _sets = [.. schedule.Sets.Select((set, s) => MakeKernels(set, schedule.Windows[s], settings.Width))];
        _products = [.. schedule.Chunks.Select(chunk => chunk.Tiles.Select(tile => new ProductRun<T>(table, tile.Rows)).ToArray())];
        _ranges = [.. schedule.Ranges];
        nint lane = (nint)_block.SourceLane;
        _pack = new(_problem, new(
            0, _block.SourceRows0 * _block.SourceRows1 * lane * schedule.Tile.M2, _block.SourceRows0, _block.SourceRows1, _block.SourceColumns, lane, schedule.Tile.M2, _block.Images));
        nint row = (nint)_block.ResultLane * schedule.Tile.M2;
        _store = new(
            _problem, _ranges, PhaseSchedule.RowsOf(_problem, schedule.Sets.Select(static set => set.Phases), s => schedule.Classes.Any(part => part.First == s)),
            new(_block.ResultRow, _block.Rows1 * row, row, _block.ResultLane, schedule.Tile.M2, _block.Images), false, epilogue);
        _sharing = new(_block.Count * _problem.Groups * schedule.Classes.Length, schedule.Chunks.Length, settings.Threads);
    }

    public override long WorkspaceBytes =>
        _sharing.Threads * sizeof(T) * _block.WorkspaceLength;

    public override long WeightBytes => _weights.Length * sizeof(T);

    public override string Details =>
        $"F({_schedule.Tile.M1}x{_schedule.Tile.M2}, {_schedule.Sets[0].Taps1}x{_schedule.Sets[0].Taps2}), {_schedule.Sets.Length} phase sets ({_schedule.Grouping}), {_schedule.Chunks.Length} channel chunks, {_block.Count} blocks of {_block.Rows0}x{_block.Rows1}x{_block.Columns}{(_block.Images > 1 ? $" x {_block.Images} images" : "")}";

    public override void SetWeight(ReadOnlySpan<T> weight) => WinogradWeights.Pack(_schedule, weight, _weights);

    protected override TensorWork<T> CreateWork() => new Execution(this);

    private SetKernels MakeKernels(WinogradSet set, WinogradFrequencies windows, SimdWidth width)
    {
        (int a1, int a2) = (_schedule.Alpha1(set), _schedule.Alpha2(set));
        nint[][] offsets = [.. windows.Entries.Select(entries => entries.Select(e => Offset(set.Entries[e])).ToArray())];
        return new(
            a1, a2, offsets, [.. windows.Starts], Winograd.InputKernel<T>(width, (a1, set.Taps1), (a2, set.Taps2)), Winograd.OutputKernel<T>(width, (a1, set.Taps1), (a2, set.Taps2)));
    }

    /// <summary>Where a window stands in the transformed source.</summary>
    private nint Offset(WinogradEntry entry) => (nint)(
        _problem.PlaneIndex(entry.Plane.Q0, entry.Plane.Q1, entry.Plane.Q2) * _block.PlanePitch
        + ((long)(entry.Offset0 - _problem.Axes[0].Lowest) * _block.TransformedRows1 + (_schedule.Tile.M1 == 1 ? entry.Offset1 - _problem.Axes[1].Lowest : 0)) * _block.RowPitch);

    /// <summary>What a set needs at run time: the sizes of its tile, for each frequency where its windows stand in the transformed source and how many those before it have, and its transforms.</summary>
    private sealed record SetKernels(int Alpha1, int Alpha2, nint[][] Offsets, int[] Starts, nint Input, nint Output);

    private sealed class Workspace(WinogradBlock block, PhaseRows<T> rows)
    {
        public PhaseRows<T> Rows { get; } = rows;

        /// <summary>The number of the source that stands transformed in it; -1 for none of this run's.</summary>
        public int Held { get; set; } = -1;

        public AlignedBuffer<T> Source { get; } = new(block.SourceLength);

        public AlignedBuffer<T> Transformed { get; } = new(block.TransformedLength);

        public AlignedBuffer<T> Products { get; } = new(block.ProductLength);

        public AlignedBuffer<T> Results { get; } = new(block.ResultLength);
    }

    private sealed class Execution(WinogradTransform<T> plan) : TensorWork<T>(plan._sharing.Threads)
    {
        private readonly WinogradTransform<T> _plan = plan;
        private readonly Workspace?[] _workspaces = new Workspace?[plan._sharing.Threads];

        protected override int Items => _plan._sharing.Items;

        protected override void Begin()
        {
            foreach (Workspace? workspace in _workspaces)
                if (workspace is not null) workspace.Held = -1;
        }

        protected override void Execute(int item, int worker)
        {
            WindowProblem problem = _plan._problem;
            WinogradSchedule schedule = _plan._schedule;
            Workspace workspace = _workspaces[worker] ??= new(_plan._block, _plan._store.CreateRows());
            // A source is a block, a group and a class of sets.
            (int source, int firstChunk, int endChunk) = _plan._sharing.Of(item, schedule.Chunks.Length);
            (int rest, int part) = (source / schedule.Classes.Length, source % schedule.Classes.Length);
            (int index, int group) = (rest / problem.Groups, rest % problem.Groups);
            (int First, int End) sets = schedule.Classes[part];
            PhasePlace place = new(problem, _plan._block, index);
            if (workspace.Held != source) TransformSource(place, group, sets, workspace);
            workspace.Held = source;
            for (int c = firstChunk; c < endChunk; c++)
            {
                ChannelChunk chunk = schedule.Chunks[c];
                for (int t = 0; t < chunk.Tiles.Length; t++)
                {
                    int set = chunk.Tiles[t].Set;
                    if (set >= sets.First && set < sets.End) Multiply(place, group, chunk.Tiles[t], set - sets.First, _plan._products[c][t], workspace);
                }
                _plan._store.Run(
                    workspace.Rows, place, group * problem.DestinationChannels + chunk.FirstChannel, chunk.Channels, sets, workspace.Results.Start, Destination, Right);
            }
        }

        /// <summary>The part of a set that lies in a block: its rows of axis 0, its rows of tiles (or of axis 1) and its tiles in a row.</summary>
        private Part PartOf(in PhasePlace place, int set)
        {
            PhaseRange range = _plan._ranges[set];
            (int first0, int end0) = place.Clip(range.Axis0, 0);
            (int first1, int end1) = place.Clip(range.Axis1, 1);
            (int first2, int end2) = place.Clip(range.Axis2, 2);
            WinogradTile tile = _plan._schedule.Tile;
            return new(first0, end0 - first0, first1, (end1 - first1 + tile.M1 - 1) / tile.M1, first2, (end2 - first2 + tile.M2 - 1) / tile.M2);
        }

        private void TransformSource(in PhasePlace place, int group, (int First, int End) sets, Workspace workspace)
        {
            WindowProblem problem = _plan._problem;
            WinogradBlock block = _plan._block;
            T* source = Left + (nint)group * problem.SourceChannels * problem.Source.Channel;
            for (int channel = 0; channel < problem.SourceChannels; channel++)
            {
                _plan._pack.Pack(place, source + channel * problem.Source.Channel, 1, workspace.Source.Start);
                for (int set = sets.First; set < sets.End; set++)
                {
                    T* to = workspace.Transformed.Start + (set - sets.First) * _plan._schedule.Frequencies * block.Frequency + channel * block.TransformedChannel;
                    TransformChannel(place, set, workspace.Source.Start, to);
                }
            }
        }

        /// <summary>All tiles of one channel of one set.</summary>
        private void TransformChannel(in PhasePlace place, int set, T* source, T* transformed)
        {
            WindowProblem problem = _plan._problem;
            WinogradBlock block = _plan._block;
            SetKernels kernels = _plan._sets[set];
            WinogradSet windows = _plan._schedule.Sets[set];
            Part part = PartOf(place, set);
            if (part.IsEmpty) return;
            int m1 = _plan._schedule.Tile.M1, m2 = _plan._schedule.Tile.M2, lanes = _plan._schedule.Lanes;
            nint sourceRow = (nint)block.SourceLane * m2;
            nint* columns = stackalloc nint[Winograd.MaximalAlpha];
            int firstColumn = part.First2 - place.Start2 + windows.Lowest2 - problem.Axes[2].Lowest;
            for (int b = 0; b < kernels.Alpha2; b++)
                columns[b] = (nint)((firstColumn + b) % m2 * block.SourceLane) + (firstColumn + b) / m2 * block.Images;
            int firstRow = m1 == 1 ? 0 : part.First1 - place.Start1 + windows.Lowest1 - problem.Axes[1].Lowest;
            int rows = m1 == 1 ? block.TransformedRows1 : part.Rows1;
            var arguments = new Winograd.Arguments<T>
            {
                Columns = columns,
                SourceRow = sourceRow,
                DestinationStep = (nint)block.Frequency,
                Groups = (part.Tiles * block.Images + lanes - 1) / lanes,
            };
            for (int plane = 0; plane < problem.Planes; plane++)
            for (int r0 = 0; r0 < block.SourceRows0; r0++)
            for (int r1 = 0; r1 < rows; r1++)
            {
                arguments.Source = source + (((long)plane * block.SourceRows0 + r0) * block.SourceRows1 + firstRow + r1 * m1) * sourceRow;
                arguments.Destination = transformed + plane * block.PlanePitch + ((nint)r0 * block.TransformedRows1 + r1) * block.RowPitch;
                ((delegate*<Winograd.Arguments<T>*, void>)kernels.Input)(&arguments);
            }
        }

        /// <summary>The products of one row tile at every frequency, and their way back.</summary>
        private void Multiply(in PhasePlace place, int group, RowTile tile, int setOfClass, ProductRun<T> products, Workspace workspace)
        {
            WindowProblem problem = _plan._problem;
            WinogradBlock block = _plan._block;
            WinogradSchedule schedule = _plan._schedule;
            SetKernels kernels = _plan._sets[tile.Set];
            Part part = PartOf(place, tile.Set);
            if (part.IsEmpty) return;
            bool tiled1 = schedule.Tile.M1 > 1;

            // Positions run over all rows of the block at once. Those between two rows of axis 0, its halo's, are computed for nothing.
            nint first = tiled1 ? 0 : (nint)(part.First1 - place.Start1) * block.RowPitch;
            first += (nint)(part.First0 - place.Start0) * block.TransformedRows1 * block.RowPitch;
            nint positions = ((nint)(part.Rows0 - 1) * block.TransformedRows1 + part.Rows1 - 1) * block.RowPitch + (nint)part.Tiles * block.Images;
            T* transformed = workspace.Transformed.Start + setOfClass * schedule.Frequencies * block.Frequency + first;
            T* weights = _plan._weights.Start + group * schedule.WeightsPerGroup + tile.WeightOffset;
            var arguments = new ProductTile.Arguments<T>
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
                    products.Run(&arguments, transformed + f * block.Frequency, workspace.Products.Start + f * block.ProductFrequency, positions);
                }
            }
            TransformBack(part, tile, kernels, workspace);
        }

        private void TransformBack(in Part part, RowTile tile, SetKernels kernels, Workspace workspace)
        {
            WinogradBlock block = _plan._block;
            int m1 = _plan._schedule.Tile.M1, m2 = _plan._schedule.Tile.M2, lanes = _plan._schedule.Lanes;
            nint resultRow = (nint)block.ResultLane * m2;
            var arguments = new Winograd.Arguments<T>
            {
                SourceStep = (nint)block.ProductFrequency,
                DestinationRow = resultRow,
                DestinationStep = block.ResultLane,
                Groups = (part.Tiles * block.Images + lanes - 1) / lanes,
                Tile0 = m1,
                Tile1 = m2,
            };
            for (int r = 0; r < tile.Rows; r++)
            for (int r0 = 0; r0 < part.Rows0; r0++)
            for (int r1 = 0; r1 < part.Rows1; r1++)
            {
                arguments.Source = workspace.Products.Start + r * block.ProductRow + ((nint)r0 * block.TransformedRows1 + r1) * block.RowPitch;
                arguments.Destination = workspace.Results.Start + (tile.FirstRow + r) * block.ResultRow + ((nint)r0 * block.Rows1 + r1 * m1) * resultRow;
                ((delegate*<Winograd.Arguments<T>*, void>)kernels.Output)(&arguments);
            }
        }
    }

    private readonly record struct Part(int First0, int Rows0, int First1, int Rows1, int First2, int Tiles)
    {
        public bool IsEmpty => Rows0 <= 0 || Rows1 <= 0 || Tiles <= 0;
    }
}
