using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms.Execution;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The weight gradient over the same register tile: for each tap the product of the input and of the output as the tap sees it. Each
/// element of the gradient is summed by one thread, block after block, so the result does not depend on the number of threads.
/// </summary>
internal sealed unsafe partial class TapWeightGradient<T> : PreparedWeightGradient<T>
    where T : unmanaged, INumber<T>
{
    private readonly TapWeightGradientSchedule _schedule;
    private readonly ImmutableArray<ConvTransposeAxis> _axes;
    private readonly ActivationStrides _input;
    private readonly ActivationStrides _output;
    private readonly nint[][] _kernels;
    private readonly int _threads;

    public TapWeightGradient(ConvTransposeGeometry geometry, ComputeSettings settings)
        : base(geometry, settings.Workspaces)
    {
        GemmTile.Table<T> table = GemmTile.At<T>(settings.Width);
        _axes = geometry.ThreeAxes;
        _schedule = new(geometry, sizeof(T), table.Lanes, table.TallRows);
        _input = ActivationStrides.OfInput(geometry);
        _output = ActivationStrides.OfOutput(geometry);
        _kernels = [.. Arrays.Range(1, table.TallRows)
            .Select(rows => new[] { (nint)table.Kernel(rows, 1), (nint)table.Kernel(rows, 2) })];
        Items = geometry.Groups * _schedule.Panels * _schedule.RowRanges.Length;
        _threads = Math.Max(1, Math.Min(settings.Threads, Items));
    }

    private int Items { get; }

    internal override long PooledBytes => WorkspaceBytes;

    public override long WorkspaceBytes => _threads * sizeof(T) * Workspace.Length(_schedule);

    public override string Details =>
        $"{(_schedule.VectorsOfInput ? "input" : "output")} channels in vectors, {_schedule.Panels} panels of {_schedule.Panel}, "
        + $"{_schedule.RowRanges.Length} ranges of {_schedule.MaxRows} rows, blocks of {_schedule.Images} images x "
        + $"{_schedule.Depth}x{_schedule.Height}x{_schedule.Width}";

    protected override TensorRun<T> CreateRun() => new Execution(this);

    /// <summary>The places that are summed over in one go: some images, and a range of inputs of each axis.</summary>
    private readonly record struct Block(int Image, int Images, int First0, int Count0, int First1, int Count1, int First2, int Count2)
    {
        public int Rows => Images * Count0 * Count1;
    }

    private sealed partial class Execution(TapWeightGradient<T> plan) : TensorRun<T>(plan._threads, Workspace.Length(plan._schedule))
    {
        private readonly TapWeightGradient<T> _plan = plan;

        // For each thread where each place of its block stands in the panel.
        private readonly nint[][] _offsets = [.. Arrays.Range(0, plan._threads).Select(_ => new nint[plan._schedule.BlockPlaces])];

        protected override int Items => _plan.Items;

        protected override void Execute(int item, int worker)
        {
            TapWeightGradientSchedule schedule = _plan._schedule;
            var workspace = new Workspace(schedule, WorkspaceOf(worker));
            int range = item % schedule.RowRanges.Length;
            item /= schedule.RowRanges.Length;
            (int panel, int group) = (item % schedule.Panels, item / schedule.Panels);
            bool first = true;
            for (int n = 0; n < _plan.Geometry.Batch; n += schedule.Images)
            for (int i0 = 0; i0 < _plan._axes[0].Input; i0 += schedule.Depth)
            for (int i1 = 0; i1 < _plan._axes[1].Input; i1 += schedule.Height)
            for (int i2 = 0; i2 < _plan._axes[2].Input; i2 += schedule.Width)
            {
                var block = new Block(
                    n, Math.Min(schedule.Images, _plan.Geometry.Batch - n),
                    i0, Math.Min(schedule.Depth, _plan._axes[0].Input - i0),
                    i1, Math.Min(schedule.Height, _plan._axes[1].Input - i1),
                    i2, Math.Min(schedule.Width, _plan._axes[2].Input - i2));
                FillPanel(block, group, panel, workspace.Panel);
                AddBlock(block, group, range, workspace, _offsets[worker], accumulate: !first);
                first = false;
            }
            StoreGradient(group, panel, range, workspace.Result);
        }

        /// <summary>Adds the products of one block to the item's sums.</summary>
        private void AddBlock(in Block block, int group, int range, in Workspace workspace, nint[] placeOffsets, bool accumulate)
        {
            TapWeightGradientSchedule schedule = _plan._schedule;
            (ConvTransposeAxis a0, ConvTransposeAxis a1, ConvTransposeAxis a2) = (_plan._axes[0], _plan._axes[1], _plan._axes[2]);
            int firstRow = schedule.RowRanges[range].Start, rowsOfRange = schedule.RowRanges[range].Length;
            fixed (nint* offsets = placeOffsets)
            {
                var arguments = new GemmTile.Arguments<T>
                {
                    A = workspace.Packed,
                    Offsets = offsets,
                    OffsetCount = (nint)block.Rows * block.Count2,
                    Steps = 1,
                    CPitch = schedule.Panel,
                    Accumulate = accumulate,
                };
                FillOffsets(block, offsets);
                foreach (Interval tile in schedule.Tiles[range])
                {
                    (int first, int count) = (tile.Start, tile.Length);
                    PackRows(block, group, first, count, workspace.Packed);
                    T* result = workspace.Result + (nint)(first - firstRow) * schedule.Panel;
                    if (schedule.VectorsOfInput)
                    {
                        Multiply(ref arguments, count, workspace.Panel, result);
                        continue;
                    }
                    int tap = 0;
                    for (int t0 = 0; t0 < a0.Kernel; t0++)
                    for (int t1 = 0; t1 < a1.Kernel; t1++)
                    for (int t2 = 0; t2 < a2.Kernel; t2++, tap++)
                    {
                        nint seen = (((nint)a0.FullOf(0, t0) * schedule.PanelHeight + a1.FullOf(0, t1)) * schedule.PanelWidth
                            + a2.FullOf(0, t2)) * schedule.Panel;
                        Multiply(ref arguments, count, workspace.Panel + seen, result + (nint)tap * rowsOfRange * schedule.Panel);
                    }
                }
            }
        }

        private void Multiply(ref GemmTile.Arguments<T> arguments, int rows, T* panel, T* result)
        {
            TapWeightGradientSchedule schedule = _plan._schedule;
            fixed (GemmTile.Arguments<T>* pointer = &arguments)
            {
                for (int column = 0; column < schedule.Panel;)
                {
                    int vectors = schedule.Panel - column > schedule.Lanes ? 2 : 1;
                    arguments.B = panel + column;
                    arguments.C = result + column;
                    ((delegate*<GemmTile.Arguments<T>*, void>)_plan._kernels[rows - 1][vectors - 1])(pointer);
                    column += vectors * schedule.Lanes;
                }
            }
        }

        /// <summary>Where each place of a block stands in the panel, row by row.</summary>
        private void FillOffsets(in Block block, nint* offsets)
        {
            TapWeightGradientSchedule schedule = _plan._schedule;
            (int stride0, int stride1, int stride2) = schedule.VectorsOfInput
                ? (1, 1, 1) : (_plan._axes[0].Stride, _plan._axes[1].Stride, _plan._axes[2].Stride);
            for (int n = 0; n < block.Images; n++)
            for (int i0 = 0; i0 < block.Count0; i0++)
            for (int i1 = 0; i1 < block.Count1; i1++)
            {
                nint row = (((nint)n * schedule.PanelDepth + i0 * stride0) * schedule.PanelHeight + i1 * stride1) * schedule.PanelWidth;
                for (int i2 = 0; i2 < block.Count2; i2++) *offsets++ = (row + i2 * stride2) * schedule.Panel;
            }
        }
    }

    /// <summary>A thread's workspace: what vectors read of a block, the packed rows of a tile, and the sums of an item.</summary>
    private readonly struct Workspace(TapWeightGradientSchedule schedule, T* start)
    {
        public T* Panel { get; } = start;

        public T* Packed { get; } = start + AlignedBuffer<T>.WholeLines(schedule.PanelSize);

        public T* Result { get; } =
            start + AlignedBuffer<T>.WholeLines(schedule.PanelSize) + AlignedBuffer<T>.WholeLines(schedule.PackedLength);

        // Interleaving reads whole vectors of its own, which may be wider than the tile's.
        public static long Length(TapWeightGradientSchedule schedule) =>
            AlignedBuffer<T>.WholeLines(schedule.PanelSize) + AlignedBuffer<T>.WholeLines(schedule.PackedLength)
            + AlignedBuffer<T>.WholeLines(schedule.ResultLength + Interleaving.Lanes);
    }
}
