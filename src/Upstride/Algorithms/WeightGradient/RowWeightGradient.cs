using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Algorithms.Execution;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>
/// The weight gradient over the register tile, a row of taps in its vectors: the output of one channel is copied once for a block, and
/// every place reads its taps in it. Each element is summed by one thread, block after block.
/// </summary>
internal sealed unsafe class RowWeightGradient<T> : PreparedWeightGradient<T>
    where T : unmanaged, INumber<T>
{
    private readonly RowWeightGradientSchedule _schedule;
    private readonly GemmTileRun<T>[] _products;
    private readonly int _threads;

    public RowWeightGradient(RowWeightGradientSchedule schedule, ConvTransposeGeometry geometry, ComputeSettings settings)
        : base(geometry, settings.Workspaces)
    {
        _schedule = schedule;
        _products = GemmTileRun<T>.ByRows(GemmTile.At<T>(settings.Width));
        Items = geometry.Groups * schedule.InputRanges.Length * schedule.OutputRanges.Length;
        _threads = Math.Max(1, Math.Min(settings.Threads, Items));
    }

    private int Items { get; }

    internal override long PooledBytes => WorkspaceBytes;

    public override long WorkspaceBytes => _threads * sizeof(T) * Workspace.Length(_schedule);

    public override string Details =>
        $"{_schedule.Rows} rows of {_schedule.Taps} taps, items of {_schedule.MaxInputs} x {_schedule.OutputRanges[0].Length} channels, "
        + $"{_schedule.Blocks}";

    protected override TensorRun<T> CreateRun() => new Execution(this);

    /// <summary>A thread's workspace: a block's input packed for the tiles, its output of one channel, and the sums of an item.</summary>
    private readonly struct Workspace
    {
        public Workspace(RowWeightGradientSchedule schedule, T* start)
        {
            Packed = start;
            Panel = Packed + AlignedBuffer<T>.WholeLines((long)schedule.Blocks.Places * schedule.MaxInputs);
            Result = Panel + AlignedBuffer<T>.WholeLines(schedule.PanelLength);
        }

        public T* Packed { get; }

        public T* Panel { get; }

        public T* Result { get; }

        // Turning writes whole vectors of its own.
        public static long Length(RowWeightGradientSchedule schedule) =>
            (nint)new Workspace(schedule, null).Result / sizeof(T)
            + AlignedBuffer<T>.WholeLines(schedule.ResultLength + Interleaving.Lanes);
    }

    private sealed class Execution(RowWeightGradient<T> plan)
        : GradientBlockRun<T>(plan.Geometry, plan._schedule.Blocks, plan._threads, Workspace.Length(plan._schedule))
    {
        protected override int Items => plan.Items;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Execute(int item, int worker)
        {
            RowWeightGradientSchedule schedule = plan._schedule;
            var workspace = new Workspace(schedule, WorkspaceOf(worker));
            (int rest, int outputRange) = Math.DivRem(item, schedule.OutputRanges.Length);
            (int group, int inputRange) = Math.DivRem(rest, schedule.InputRanges.Length);
            Interval inputs = schedule.InputRanges[inputRange], outputs = schedule.OutputRanges[outputRange];
            for (int b = 0; b < schedule.Blocks.Count; b++)
            {
                GradientBlock block = schedule.Blocks[b, plan.Geometry.Batch];
                PackInput(block, group * plan.Geometry.InputChannelsPerGroup + inputs.Start, schedule.Tiles[inputRange], workspace.Packed);
                schedule.Blocks.FillOffsets(block, OffsetsOf(worker));
                fixed (nint* offsets = OffsetsOf(worker))
                {
                    var arguments = new GemmTile.Arguments<T>
                    {
                        Offsets = offsets, OffsetCount = block.Places, Steps = 1, Accumulate = b > 0,
                        CPitch = (nint)outputs.Length * schedule.Rows * schedule.RowPitch,
                    };
                    for (int output = 0; output < outputs.Length; output++)
                    {
                        FillPanel(block, group * plan.Geometry.OutputChannelsPerGroup + outputs.Start + output, workspace.Panel);
                        Multiply(&arguments, block.Places, schedule.Tiles[inputRange], workspace,
                            workspace.Result + (nint)output * schedule.Rows * schedule.RowPitch);
                    }
                }
            }
            Store(group, inputs, outputs, workspace.Result);
        }

        /// <summary>The products of every tile and row of taps with the output of one channel.</summary>
        private void Multiply(GemmTile.Arguments<T>* arguments, int places, ImmutableArray<int> tiles, in Workspace workspace, T* result)
        {
            RowWeightGradientSchedule schedule = plan._schedule;
            for (int t0 = 0; t0 < schedule.Blocks.Axes[0].Kernel; t0++)
            for (int t1 = 0; t1 < schedule.Blocks.Axes[1].Kernel; t1++, result += schedule.RowPitch)
            {
                T* seen = workspace.Panel + schedule.Blocks.OffsetOf(t0, t1, 0), packed = workspace.Packed, to = result;
                foreach (int rows in tiles)
                {
                    arguments->A = packed;
                    plan._products[rows].RunVectors(arguments, seen, to, schedule.RowPitch);
                    packed += (nint)places * rows;
                    to += rows * arguments->CPitch;
                }
            }
        }

        /// <summary>Writes an item's sums to [input channels, output channels of a group, taps].</summary>
        private void Store(int group, Interval inputs, Interval outputs, T* result)
        {
            RowWeightGradientSchedule schedule = plan._schedule;
            nint channel = (nint)schedule.Rows * schedule.Taps, input = plan.Geometry.OutputChannelsPerGroup * channel;
            nint rows = (nint)outputs.Length * schedule.Rows;
            for (int i = inputs.Start; i < inputs.End; i++, result += rows * schedule.RowPitch)
            {
                T* to = Destination + ((nint)group * plan.Geometry.InputChannelsPerGroup + i) * input + outputs.Start * channel;
                PlaneCopy.Run(result, schedule.RowPitch, to, schedule.Taps, rows, schedule.Taps);
            }
        }
    }
}
