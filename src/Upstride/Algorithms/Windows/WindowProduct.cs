using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Execution;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Windows;

/// <summary>
/// The dot products of <see cref="WindowSchedule"/>, block of runs after block of runs: the weights of a tile of channels stay in the first
/// cache while it goes along a row of places, those of all channels in the second while all rows of an item are made. Windows that reach
/// beyond the source are gathered with zeros.
/// </summary>
internal sealed unsafe class WindowProduct<T> : ParallelAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    private readonly ConvTransposeGeometry _geometry;
    private readonly WindowSchedule _schedule;
    private readonly Epilogue<T> _epilogue;
    private readonly DotTile.Table<T> _dots;
    private readonly AlignedBuffer<T> _weights;

    // Where each run of a window stands in the source from its first element on, and in what is gathered. They never move.
    private readonly nint[] _runs;
    private readonly nint[] _gathered;
    private readonly nint _pitch;
    private readonly int _threads;
    private readonly int _rowsOfItem;

    public WindowProduct(ConvTransposeGeometry geometry, WindowSchedule schedule, ReadOnlySpan<T> weight, Epilogue<T> epilogue,
        ComputeSettings settings)
        : base(settings.Workspaces)
    {
        (_geometry, _schedule, _epilogue) = (geometry, schedule, epilogue);
        _dots = DotTile.At<T>(schedule.Width);
        _pitch = (nint)BlockSizes.Spread((long)schedule.Runs * schedule.Columns.Kernel, _dots.Lanes);
        _weights = AlignedBuffer<T>.InOrder((long)geometry.InputChannels * _pitch);
        SetWeight(weight);
        (ConvTransposeAxis depth, ConvTransposeAxis rows, ConvTransposeAxis columns) = (schedule.Depth, schedule.Rows, schedule.Columns);
        _runs = GC.AllocateUninitializedArray<nint>(schedule.Runs, pinned: true);
        _gathered = GC.AllocateUninitializedArray<nint>(schedule.RunsOfBlock, pinned: true);
        for (int run = 0; run < _runs.Length; run++)
        {
            (int channel, int t0, int t1) = TapsOf(run);
            _runs[run] = (((nint)channel * depth.Output + t0 * depth.Dilation) * rows.Output + t1 * rows.Dilation) * columns.Output;
        }
        for (int run = 0; run < _gathered.Length; run++) _gathered[run] = (nint)run * columns.Kernel;

        // The weights are read from afar once an item, so that a thread has few of them.
        _threads = settings.ThreadsFor(schedule.Cycles);
        _rowsOfItem = _threads == 1 ? PlaneRows : Integers.DivideUp(PlaneRows, 2 * _threads);
        _threads = Math.Max(1, Math.Min(_threads, Items));
    }

    public override long WorkspaceBytes => _threads * sizeof(T) * WorkspaceLength;

    internal override long PooledBytes => WorkspaceBytes;

    public override long WeightBytes => _weights.Length * sizeof(T);

    public override string Details => $"{_schedule.Runs} runs of {_schedule.Columns.Kernel}, {_schedule.RunsOfBlock} at a time, by "
        + $"{_schedule.TileRows} channels and {_schedule.TileColumns} places";

    // What is gathered of a tile's windows.
    private long WorkspaceLength =>
        AlignedBuffer<T>.WholeLines((long)_schedule.TileColumns * _schedule.RunsOfBlock * _schedule.Columns.Kernel);

    /// <summary>Rows of places of an image.</summary>
    private int PlaneRows => _schedule.Depth.Input * _schedule.Rows.Input;

    private int PartsOfRows => Integers.DivideUp(PlaneRows, _rowsOfItem);

    private int PartsOfColumns => Integers.DivideUp(_schedule.Columns.Input, _schedule.ColumnsOfItem);

    private int Items => _geometry.Batch * _geometry.Groups * PartsOfRows * PartsOfColumns;

    /// <summary>[channel][run][column], as they are, but that no row begins whole pages behind the one before.</summary>
    public override void SetWeight(ReadOnlySpan<T> weight)
    {
        int length = _schedule.Runs * _schedule.Columns.Kernel;
        for (int channel = 0; channel < _geometry.InputChannels; channel++)
            weight.Slice(channel * length, length).CopyTo(new Span<T>(_weights.Start + channel * _pitch, length));
    }

    public override void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination)
    {
        base.Run(left, right, destination);
        _epilogue.Apply(_geometry, Pass.InputGradient, destination, right);
    }

    protected override TensorRun<T> CreateRun() => new Execution(this);

    // Channel of the source, and taps of the two outer axes.
    private (int Channel, int Tap0, int Tap1) TapsOf(int run)
    {
        (int rest, int tap1) = Math.DivRem(run, _schedule.Rows.Kernel);
        (int channel, int tap0) = Math.DivRem(rest, _schedule.Depth.Kernel);
        return (channel, tap0, tap1);
    }

    private sealed class Execution(WindowProduct<T> plan) : TensorRun<T>(plan._threads, plan.WorkspaceLength)
    {
        private readonly WindowProduct<T> _plan = plan;

        protected override int Items => _plan.Items;

        protected override void Execute(int item, int worker)
        {
            WindowSchedule schedule = _plan._schedule;
            (int rest, int part) = Math.DivRem(item, _plan.PartsOfColumns);
            (int plane, int rows) = Math.DivRem(rest, _plan.PartsOfRows);
            int row = rows * _plan._rowsOfItem, end = Math.Min(row + _plan._rowsOfItem, _plan.PlaneRows);
            int left = part * schedule.ColumnsOfItem, right = Math.Min(left + schedule.ColumnsOfItem, schedule.Columns.Input);
            for (int run = 0; run < schedule.Runs; run += schedule.RunsOfBlock)
            for (int r = row; r < end; r++)
                RunRow(plane, r, left, right, run, Math.Min(schedule.RunsOfBlock, schedule.Runs - run), WorkspaceOf(worker));
        }

        /// <summary>Adds a block of runs to the results of a row: those whose windows lie within the source where they are.</summary>
        private void RunRow(int plane, int row, int left, int right, int firstRun, int runs, T* workspace)
        {
            WindowSchedule schedule = _plan._schedule;
            ConvTransposeAxis depth = schedule.Depth, height = schedule.Rows, width = schedule.Columns;
            (int i0, int i1) = Math.DivRem(row, height.Input);
            (int low, int high) = WindowSchedule.Inside(width).Clip(new(left, right));
            if (!IsInside(depth, i0) || !IsInside(height, i1) || low >= high) low = high = right;
            int channels = _plan._geometry.InputChannelsPerGroup, group = plane % _plan._geometry.Groups;
            nint places = (nint)_plan.PlaneRows * width.Input;
            nint source = (nint)depth.Output * height.Output * width.Output;
            T* from = Left + plane * _plan._geometry.OutputChannelsPerGroup * source
                + (((nint)i0 * depth.Stride - depth.Head) * height.Output + (nint)i1 * height.Stride - height.Head) * width.Output
                - width.Head;
            var call = new Call
            {
                Weights = _plan._weights.Start + (nint)group * channels * _plan._pitch + (nint)firstRun * width.Kernel,
                Results = Destination + plane * channels * places + (nint)row * width.Input,
                Channels = channels,
                ResultPitch = places,
            };
            nint* steps = stackalloc nint[DotTile.MaxColumns];
            call.Arguments = new()
            {
                APitch = _plan._pitch, ARun = width.Kernel, Columns = steps, RunCount = runs, Vectors = schedule.Vectors, CPitch = places,
                Accumulate = firstRun > 0,
            };
            for (int k = 0; k < DotTile.MaxColumns; k++) steps[k] = (nint)k * width.Stride;
            call.Arguments.Runs = Pointer(_plan._runs) + firstRun;
            Multiply(ref call, from + (nint)low * width.Stride, width.Stride, low, high);

            for (int k = 0; k < DotTile.MaxColumns; k++) steps[k] = (nint)k * runs * width.Kernel;
            call.Arguments.Runs = Pointer(_plan._gathered);
            foreach ((int begin, int stop) in (ReadOnlySpan<(int, int)>)[(left, low), (high, right)])
                for (int column = begin; column < stop; column += schedule.TileColumns)
                {
                    int here = Math.Min(schedule.TileColumns, stop - column);
                    for (int k = 0; k < here; k++) Gather(plane, i0, i1, column + k, firstRun, runs, workspace + steps[k]);
                    Multiply(ref call, workspace, 0, column, column + here);
                }
        }

        /// <summary>All channels of the places [first, end), whose windows stand <paramref name="step"/> apart.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Multiply(ref Call call, T* from, nint step, int first, int end)
        {
            if (first >= end) return;
            WindowSchedule schedule = _plan._schedule;
            int tiles = Integers.DivideUp(call.Channels, schedule.TileRows);
            for (int tile = 0; tile < tiles; tile++)
            {
                int channel = (int)((long)tile * call.Channels / tiles), rows = (int)((tile + 1L) * call.Channels / tiles) - channel;
                call.Arguments.A = call.Weights + channel * _plan._pitch;
                for (int column = first; column < end; column += schedule.TileColumns)
                {
                    call.Arguments.B = from + (column - first) * step;
                    call.Arguments.C = call.Results + channel * call.ResultPitch + column;
                    fixed (DotTile.Arguments<T>* arguments = &call.Arguments)
                        _plan._dots.Kernel(rows, Math.Min(schedule.TileColumns, end - column))(arguments);
                }
            }
        }

        /// <summary>A block of the runs of a place's window, zeros where it reaches beyond the source.</summary>
        private void Gather(int plane, int i0, int i1, int i2, int firstRun, int runs, T* to)
        {
            WindowSchedule schedule = _plan._schedule;
            ConvTransposeAxis depth = schedule.Depth, height = schedule.Rows, width = schedule.Columns;
            int begin = i2 * width.Stride - width.Head;
            int low = Math.Clamp(-begin, 0, width.Kernel), high = Math.Clamp(width.Output - begin, low, width.Kernel);
            for (int run = firstRun; run < firstRun + runs; run++, to += width.Kernel)
            {
                (int channel, int t0, int t1) = _plan.TapsOf(run);
                int row0 = depth.OutputOf(i0, t0), row1 = height.OutputOf(i1, t1);
                bool isInside = (uint)row0 < (uint)depth.Output && (uint)row1 < (uint)height.Output;
                (int from, int until) = isInside ? (low, high) : (0, 0);
                nint row = (((nint)plane * _plan._geometry.OutputChannelsPerGroup + channel) * depth.Output + row0) * height.Output + row1;
                new Span<T>(to, from).Clear();
                new ReadOnlySpan<T>(Left + row * width.Output + begin + from, until - from).CopyTo(new(to + from, until - from));
                new Span<T>(to + until, width.Kernel - until).Clear();
            }
        }

        private static bool IsInside(ConvTransposeAxis axis, int place) =>
            WindowSchedule.Inside(axis) is var inside && place >= inside.Start && place < inside.End;

        private static nint* Pointer(nint[] pinned) => (nint*)Unsafe.AsPointer(ref pinned[0]);

        /// <summary>What register tiles of one row of places have in common.</summary>
        private struct Call
        {
            public DotTile.Arguments<T> Arguments;
            public T* Weights;
            public T* Results;
            public nint ResultPitch;
            public int Channels;
        }
    }
}
