using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Algorithms.Execution;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The weight gradient over the register tile, in the order of the weights: what the places of a block see through the taps of a strip is
/// collected once, and all tiles of input channels are multiplied by it. Each element is summed by one thread, block after block.
/// </summary>
internal sealed unsafe class StripWeightGradient<T> : PreparedWeightGradient<T>
    where T : unmanaged, INumber<T>
{
    private readonly StripWeightGradientSchedule _schedule;
    private readonly GemmTileRun<T>[] _products;
    private readonly int _threads;

    public StripWeightGradient(StripWeightGradientSchedule schedule, ConvTransposeGeometry geometry, ComputeSettings settings)
        : base(geometry, settings.Workspaces)
    {
        _schedule = schedule;
        _products = GemmTileRun<T>.ByRows(GemmTile.At<T>(settings.Width));
        Items = geometry.Groups * schedule.InputRanges.Length * schedule.StripRanges.Length;
        _threads = Math.Max(1, Math.Min(settings.Threads, Items));
    }

    private int Items { get; }

    internal override long PooledBytes => WorkspaceBytes;

    public override long WorkspaceBytes => _threads * sizeof(T) * Workspace.Length(_schedule);

    public override string Details =>
        $"{_schedule.Columns} columns, items of {_schedule.MaxInputs} channels x {_schedule.MaxStrips} strips, {_schedule.Blocks}";

    protected override TensorRun<T> CreateRun() => new Execution(this);

    /// <summary>
    /// A thread's workspace: a block's input packed for the tiles, its output of some channels, some strips of it, and the sums of an item.
    /// </summary>
    private readonly struct Workspace
    {
        public Workspace(StripWeightGradientSchedule schedule, T* start)
        {
            Packed = start;
            Panels = Packed + AlignedBuffer<T>.WholeLines((long)schedule.Blocks.Places * schedule.MaxInputs);
            Strips = Panels + AlignedBuffer<T>.WholeLines(schedule.PanelLength * schedule.PanelSlots);
            Result = Strips + AlignedBuffer<T>.WholeLines(schedule.StripsLength);
        }

        public T* Packed { get; }

        public T* Panels { get; }

        public T* Strips { get; }

        public T* Result { get; }

        // Turning writes whole vectors of its own.
        public static long Length(StripWeightGradientSchedule schedule) =>
            (nint)new Workspace(schedule, null).Result / sizeof(T)
            + AlignedBuffer<T>.WholeLines(schedule.ResultLength + Interleaving.Lanes);
    }

    private sealed class Execution(StripWeightGradient<T> plan)
        : GradientBlockRun<T>(plan.Geometry, plan._schedule.Blocks, plan._threads, Workspace.Length(plan._schedule))
    {
        protected override int Items => plan.Items;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Execute(int item, int worker)
        {
            StripWeightGradientSchedule schedule = plan._schedule;
            var workspace = new Workspace(schedule, WorkspaceOf(worker));
            (int rest, int inputRange) = Math.DivRem(item, schedule.InputRanges.Length);
            (int group, int stripRange) = Math.DivRem(rest, schedule.StripRanges.Length);
            Interval inputs = schedule.InputRanges[inputRange], strips = schedule.StripRanges[stripRange];
            long firstColumn = (long)strips.Start * schedule.StripColumns;
            nint columns = (nint)(Math.Min((long)strips.End * schedule.StripColumns, schedule.Columns) - firstColumn);
            T* gradient = Destination
                + ((nint)group * plan.Geometry.InputChannelsPerGroup + inputs.Start) * (nint)schedule.Columns + (nint)firstColumn;
            nint pitch = schedule.IsDirect ? (nint)schedule.Columns : strips.Length * schedule.StripColumns;
            fixed (nint* offsets = OffsetsOf(worker))
            {
                for (int b = 0; b < schedule.Blocks.Count; b++)
                {
                    GradientBlock block = schedule.Blocks[b, plan.Geometry.Batch];
                    PackInput(block, group * plan.Geometry.InputChannelsPerGroup + inputs.Start, schedule.Tiles[inputRange],
                        workspace.Packed);
                    schedule.Blocks.FillOffsets(block, OffsetsOf(worker));
                    nint zero = 0;
                    var arguments = new GemmTile.Arguments<T>
                    {
                        Offsets = &zero, OffsetCount = 1, Steps = block.Places, BStride = schedule.StripColumns, CPitch = pitch,
                        Accumulate = b > 0,
                    };
                    int filled = (int)(firstColumn / schedule.Taps);
                    for (int strip = strips.Start; strip < strips.End; strip += schedule.Together)
                    {
                        int together = Math.Min(schedule.Together, strips.End - strip);
                        for (int s = 0; s < together; s++)
                        {
                            T* to = workspace.Strips + (nint)s * block.Places * schedule.StripColumns;
                            if (schedule.IsPlaceByPlace) Turn(block, group, strip + s, to);
                            else Collect(block, group, strip + s, ref filled, offsets, workspace, to);
                        }
                        nint at = (nint)(strip - strips.Start) * schedule.StripColumns;
                        nint width = nint.Min((nint)together * schedule.StripColumns, columns - at);
                        Multiply(&arguments, schedule.Tiles[inputRange], workspace, block.Places,
                            (schedule.IsDirect ? gradient : workspace.Result) + at, width);
                    }
                }
            }
            if (!schedule.IsDirect) PlaneCopy.Run(workspace.Result, pitch, gradient, (nint)schedule.Columns, inputs.Length, columns);
        }

        private void Multiply(GemmTile.Arguments<T>* arguments, ImmutableArray<int> tiles, in Workspace workspace, int places, T* to,
            nint columns)
        {
            StripWeightGradientSchedule schedule = plan._schedule;
            nint strip = (nint)places * schedule.StripColumns;
            T* packed = workspace.Packed;
            foreach (int rows in tiles)
            {
                arguments->A = packed;
                ref readonly GemmTileRun<T> product = ref plan._products[rows];
                if (schedule.IsDirect)
                    product.RunPanelsWithin(arguments, workspace.Strips, to, columns, schedule.StripColumns, strip, workspace.Result);
                else product.RunPanels(arguments, workspace.Strips, to, columns, schedule.StripColumns, strip);
                packed += (nint)places * rows;
                to += rows * arguments->CPitch;
            }
        }

        /// <summary>What the places of a block see through the taps of a strip, [place][column].</summary>
        private void Collect(in GradientBlock block, int group, int strip, ref int filled, nint* offsets, in Workspace workspace, T* to)
        {
            StripWeightGradientSchedule schedule = plan._schedule;
            ImmutableArray<ConvTransposeAxis> axes = schedule.Blocks.Axes;
            long first = (long)strip * schedule.StripColumns, end = Math.Min(first + schedule.StripColumns, schedule.Columns);
            int longest = RunGather.MaxBytes / sizeof(T) / (schedule.IsLong ? 1 : 2);

            // Of each channel the rows of its taps, in pieces that one move takes.
            nint* from = stackalloc nint[schedule.StripColumns];
            nint* at = stackalloc nint[schedule.StripColumns];
            int runs = 0;
            for (long column = first; column < end;)
            {
                (long channel, long tap) = Math.DivRem(column, schedule.Taps);
                for (; filled <= channel; filled++)
                    FillPanel(block, group * plan.Geometry.OutputChannelsPerGroup + filled, PanelOf(workspace, filled));
                (int row, int t2) = Math.DivRem((int)tap, axes[2].Kernel);
                (int t0, int t1) = Math.DivRem(row, axes[1].Kernel);
                from[runs] = (nint)(PanelOf(workspace, (int)channel) - workspace.Panels) + schedule.Blocks.OffsetOf(t0, t1, t2);
                at[runs++] = (nint)(column - first);
                column += Math.Min(Math.Min(axes[2].Kernel - t2, longest), end - column);
            }
            RunGather.Run(workspace.Panels, offsets, block.Places, from, at, runs, schedule.IsLong, to, schedule.StripColumns);
        }

        /// <summary>The same where a channel is a column: a strip's channels side by side.</summary>
        private void Turn(in GradientBlock block, int group, int strip, T* to)
        {
            int channel = strip * plan._schedule.StripColumns, all = plan.Geometry.OutputChannelsPerGroup;
            int channels = Math.Min(plan._schedule.StripColumns, all - channel);
            for (int n = 0; n < block.Images; n++, to += (nint)block.Count2 * plan._schedule.StripColumns)
                TurnOutput(block, n, group * all + channel, channels, to, plan._schedule.StripColumns);
        }

        private T* PanelOf(in Workspace workspace, int channel) =>
            workspace.Panels + channel % plan._schedule.PanelSlots * (nint)plan._schedule.PanelLength;
    }
}
