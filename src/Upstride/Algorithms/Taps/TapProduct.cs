using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Execution;
using Upstride.Algorithms.Phases;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Taps;

/// <summary>
/// The product of <see cref="TapAlgorithm"/>: the places of some images are packed in panels, multiplied by the weights of every tap of a
/// chunk of channels, and of each image the phases are summed and written, by one thread, in one order.
/// </summary>
internal sealed unsafe class TapProduct<T> : ParallelAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    private readonly TapSchedule _schedule;
    private readonly PolyphaseProblem _problem;
    private readonly AlignedBuffer<T> _weights;
    private readonly GemmTileRun<T>[] _products;
    private readonly BlockWriter<T> _writer;
    private readonly WorkPartition _partition;
    private readonly SimdWidth _sumWidth;
    private readonly AlignedBuffer<T> _masks;

    // For each phase and each of its rows of axis 0 the planes that are summed, which point into the masks and therefore never move.
    private readonly ShiftedSums.Term<T>[][][] _terms;

    public TapProduct(TapSchedule schedule, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        : base(settings.Workspaces)
    {
        GemmTile.Table<T> table = GemmTile.At<T>(settings.Width);
        _schedule = schedule;
        _problem = schedule.Problem;
        _products = GemmTileRun<T>.ByRows(table);
        _weights = AlignedBuffer<T>.InOrder(schedule.WeightsPerGroup * _problem.Groups);
        SetWeight(weight);
        _writer = new(_problem, [.. schedule.Ranges], PhaseSchedule.RowsOf(_problem, schedule.Sets),
            new(schedule.SumPlane, schedule.Height * (nint)schedule.SumPitch, schedule.SumPitch, 0, 1, 1), isInPlace: false, epilogue);
        _partition = new(schedule.Blocks * _problem.Groups, schedule.Chunks.Length, settings.ThreadsFor(schedule.Cycles));
        _sumWidth = ShiftedSums.WidthFor(schedule.Width, settings.Width, sizeof(T));
        _masks = MakeMasks();
        _terms = [.. Arrays.Range(0, schedule.Sets.Length).Select(TermsOf)];
    }

    internal override long PooledBytes => WorkspaceBytes;

    public override long WorkspaceBytes => _partition.Threads * sizeof(T) * Workspace.Length(_schedule);

    public override long WeightBytes => _weights.Length * sizeof(T);

    public override string Details =>
        $"{_schedule.Taps.Length} taps, {_schedule.Chunks.Length} channel chunks, {_schedule.Blocks} blocks of {_schedule.ImagesOfBlock} "
        + $"images of {_schedule.Places} places";

    /// <summary>[group][tile][source channel][row], the taps of a channel side by side.</summary>
    public override void SetWeight(ReadOnlySpan<T> weight)
    {
        int taps = _schedule.Taps.Length;
        int[] places = new int[_problem.DestinationChannels * taps];
        for (int row = 0; row < places.Length; row++)
            places[row] = row / taps * _problem.WeightOfDestination + _schedule.Taps[row % taps];
        T* packed = _weights.Start;
        fixed (T* weights = weight)
        {
            for (int group = 0; group < _problem.Groups; group++)
            {
                int first = 0;
                foreach (int rows in _schedule.RowsOfTiles.SelectMany(static tiles => tiles))
                {
                    PlaceGather.Run(weights + (long)group * _problem.WeightOfGroup, _problem.WeightOfSource, places.AsSpan(first, rows),
                        packed, rows, _problem.SourceChannels);
                    first += rows;
                    packed += (long)rows * _problem.SourceChannels;
                }
            }
        }
    }

    protected override TensorRun<T> CreateRun() => new Execution(this);

    /// <summary>A row of masks for each offset along axis 2 from the lowest on: all bits where j + offset lies in the source.</summary>
    private AlignedBuffer<T> MakeMasks()
    {
        PolyphaseAxis axis = _problem.Axes[2];
        var masks = new AlignedBuffer<T>((long)_schedule.Sets.Length * axis.Span * _schedule.SumPitch);
        masks.Span.Clear();
        for (int s = 0; s < _schedule.Sets.Length; s++)
        for (int offset = axis.Lowest; offset <= axis.Highest; offset++)
        {
            Interval range = _schedule.Ranges[s].Width;
            Interval inside = range.Clip(axis.Inside(0).Moved(-offset)).Moved(-range.Start);
            if (inside.IsEmpty) continue;
            MemoryMarshal.AsBytes(new Span<T>(MaskOf(masks, s, offset) + inside.Start, inside.Length)).Fill(byte.MaxValue);
        }
        return masks;
    }

    private T* MaskOf(AlignedBuffer<T> masks, int set, int offset) =>
        masks.Start + ((nint)set * _problem.Axes[2].Span + offset - _problem.Axes[2].Lowest) * _schedule.SumPitch;

    /// <summary>The planes that a phase sums, for each of its rows of axis 0, counted from an image's products of a channel.</summary>
    private ShiftedSums.Term<T>[][] TermsOf(int set)
    {
        (PolyphaseAxis a0, PolyphaseAxis a1, PolyphaseAxis a2) = (_problem.Axes[0], _problem.Axes[1], _problem.Axes[2]);
        (PhaseRange range, FusedPhases phase) = (_schedule.Ranges[set], _schedule.Sets[set]);
        var rows = new ShiftedSums.Term<T>[Math.Max(0, range.Depth.Length)][];
        for (int r0 = 0; r0 < rows.Length; r0++)
        {
            var terms = new List<ShiftedSums.Term<T>>();
            for (int i = 0; i < phase.Offsets.Length; i++)
            {
                (AxisTap t0, AxisTap t1, AxisTap t2) = phase.Offsets[i];
                int s0 = a0.SourceOf(0, range.Depth.Start + r0 + t0.Offset);
                Interval inside = range.Height.Clip(a1.Inside(0).Moved(-t1.Offset)).Moved(-range.Height.Start);
                if ((uint)s0 >= (uint)a0.SourceLength || inside.IsEmpty) continue;
                long first = ((long)s0 * a1.SourceLength + a1.SourceOf(0, range.Height.Start + t1.Offset)) * a2.SourceLength
                    + a2.SourceOf(0, range.Width.Start + t2.Offset);
                terms.Add(new()
                {
                    Offset = (nint)(_schedule.Taps.IndexOf(phase.Taps[0][i]) * _schedule.ResultPitch + first),
                    Mask = MaskOf(_masks, set, t2.Offset),
                    First = inside.Start,
                    End = inside.End,
                });
            }
            rows[r0] = GC.AllocateUninitializedArray<ShiftedSums.Term<T>>(terms.Count, pinned: true);
            terms.CopyTo(rows[r0]);
        }
        return rows;
    }

    private sealed class Execution(TapProduct<T> plan) : TensorRun<T>(plan._partition.Threads, Workspace.Length(plan._schedule))
    {
        private readonly delegate*<ShiftedSums.Arguments<T>*, void> _sum = ShiftedSums.At<T>(plan._sumWidth);
        private readonly int _lanes = WindowRows.Lanes<T>(plan._sumWidth);
        private readonly OutputRows<T>?[] _rows = new OutputRows<T>?[plan._partition.Threads];

        // For each thread the block that is packed in its workspace; -1 for none of this run's.
        private readonly int[] _packed = new int[plan._partition.Threads];

        protected override int Items => plan._partition.Items;

        protected override void Begin() => Array.Fill(_packed, -1);

        protected override void Execute(int item, int worker)
        {
            (TapSchedule schedule, PolyphaseProblem problem) = (plan._schedule, plan._problem);
            (int source, int firstChunk, int endChunk) = plan._partition.Of(item, schedule.Chunks.Length);
            (int block, int group) = Math.DivRem(source, problem.Groups);
            var buffers = new Workspace(schedule, WorkspaceOf(worker));
            int first = block * schedule.ImagesOfBlock, images = Math.Min(schedule.ImagesOfBlock, problem.Batch - first);
            if (_packed[worker] != source) Pack(first, images, group, buffers.Source);
            _packed[worker] = source;
            OutputRows<T> rows = _rows[worker] ??= plan._writer.CreateRows();
            T* weights = plan._weights.Start + group * schedule.WeightsPerGroup;
            int channel = group * problem.DestinationChannels;
            for (int c = 0; c < endChunk; c++)
            {
                int channels = schedule.Chunks[c];
                if (c >= firstChunk)
                {
                    Multiply(weights, schedule.RowsOfTiles[c].AsSpan(), images * schedule.Places, buffers);
                    for (int image = 0; image < images; image++)
                    {
                        Sum(buffers.Results + (nint)image * schedule.Places, channels, buffers.Sums);
                        plan._writer.Write(rows, new(problem, schedule, first + image), channel, channels, new(0, schedule.Sets.Length),
                            buffers.Sums, Destination, Right);
                    }
                }
                weights += (long)channels * schedule.Taps.Length * problem.SourceChannels;
                channel += channels;
            }
        }

        /// <summary>The places of some images, one image behind the other, to panels of all channels.</summary>
        private void Pack(int first, int images, int group, T* panels)
        {
            (TapSchedule schedule, PolyphaseProblem problem) = (plan._schedule, plan._problem);
            int places = schedule.Places, columns = schedule.TileColumns;
            T* source = Left + first * problem.Source.Image + (nint)group * problem.SourceChannels * problem.Source.Channel;
            for (int image = 0; image < images; image++, source += problem.Source.Image)
            {
                for (int place = 0; place < places;)
                {
                    (int panel, int column) = Math.DivRem(image * places + place, columns);
                    int here = Math.Min(columns - column, places - place);
                    PlaneCopy.Run(source + place, problem.Source.Channel, panels + panel * schedule.PanelPitch + column, columns,
                        problem.SourceChannels, here);
                    place += here;
                }
            }
        }

        /// <summary>The products of a chunk's rows with all panels: some panels stay in the first cache for all row tiles.</summary>
        private void Multiply(T* weights, ReadOnlySpan<int> rowsOfTiles, int columns, in Workspace buffers)
        {
            TapSchedule schedule = plan._schedule;
            nint zero = 0, strip = (nint)schedule.Strip * schedule.TileColumns;
            var arguments = new GemmTile.Arguments<T>
            {
                Offsets = &zero,
                OffsetCount = 1,
                Steps = plan._problem.SourceChannels,
                BStride = schedule.TileColumns,
                CPitch = (nint)schedule.ResultPitch,
            };
            T* source = buffers.Source;
            for (nint column = 0; column < columns; column += strip, source += schedule.Strip * schedule.PanelPitch)
            {
                arguments.A = weights;
                T* results = buffers.Results + column;
                foreach (int rows in rowsOfTiles)
                {
                    plan._products[rows].RunPanels(&arguments, source, results, nint.Min(strip, columns - column), schedule.TileColumns,
                        (nint)schedule.PanelPitch);
                    arguments.A += (nint)rows * plan._problem.SourceChannels;
                    results += rows * (nint)schedule.ResultPitch;
                }
            }
        }

        /// <summary>The phases of one image from the products of a chunk's channels.</summary>
        private void Sum(T* results, int channels, T* sums)
        {
            TapSchedule schedule = plan._schedule;
            var arguments = new ShiftedSums.Arguments<T>
            {
                SourcePitch = plan._problem.Axes[2].SourceLength,
                DestinationPitch = schedule.SumPitch,
            };
            for (int s = 0; s < schedule.Sets.Length; s++)
            {
                PhaseRange range = schedule.Ranges[s];
                arguments.Rows = range.Height.Length;
                arguments.Vectors = Integers.DivideUp(Math.Max(0, range.Width.Length), _lanes);
                for (int r0 = 0; r0 < range.Depth.Length; r0++)
                {
                    ShiftedSums.Term<T>[] terms = plan._terms[s][r0];
                    arguments.Terms = (ShiftedSums.Term<T>*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(terms));
                    arguments.Count = terms.Length;
                    arguments.Source = results;
                    arguments.Destination = sums + (long)s * channels * schedule.SumPlane + r0 * (nint)schedule.Height * schedule.SumPitch;
                    for (int channel = 0; channel < channels; channel++)
                    {
                        _sum(&arguments);
                        arguments.Source += schedule.Taps.Length * schedule.ResultPitch;
                        arguments.Destination += schedule.SumPlane;
                    }
                }
            }
        }
    }

    /// <summary>A thread's workspace: the packed source, the products of a chunk, and the sums of one image.</summary>
    private readonly struct Workspace(TapSchedule schedule, T* start)
    {
        public T* Source { get; } = start;

        /// <summary>The first product, behind its slack.</summary>
        public T* Results { get; } = start + AlignedBuffer<T>.WholeLines(schedule.SourceLength) + schedule.Slack;

        public T* Sums { get; } =
            start + AlignedBuffer<T>.WholeLines(schedule.SourceLength) + AlignedBuffer<T>.WholeLines(schedule.ResultLength);

        public static long Length(TapSchedule schedule) => AlignedBuffer<T>.WholeLines(schedule.SourceLength)
            + AlignedBuffer<T>.WholeLines(schedule.ResultLength) + AlignedBuffer<T>.WholeLines(schedule.SumLength);
    }
}
