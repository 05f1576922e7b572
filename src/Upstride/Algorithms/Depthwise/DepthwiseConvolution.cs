using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Execution;
using Upstride.Algorithms.Phases;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Depthwise;

/// <summary>
/// One phase of single channels: each window is summed in registers along the rows of its channel, and goes where it belongs in the
/// destination at once.
/// </summary>
internal sealed unsafe class DepthwiseConvolution<T> : ParallelAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    private readonly DepthwiseSchedule _schedule;
    private readonly PolyphaseProblem _problem;
    private readonly AlignedBuffer<T> _weights;
    private readonly nint[] _offsets;
    private readonly PhaseRange _range;
    private readonly BlockPacker<T> _packer;
    private readonly BlockWriter<T> _writer;
    private readonly int _threads;

    public DepthwiseConvolution(DepthwiseSchedule schedule, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        : base(settings.Workspaces)
    {
        _schedule = schedule;
        _problem = schedule.Problem;
        _offsets = Offsets(schedule.Phase);
        _weights = new((long)_offsets.Length * _problem.Groups);
        SetWeight(weight);
        _range = PhaseSchedule.RangeOf(_problem, schedule.Phase);
        _packer = new(_problem, new(schedule.SourceLength, schedule.PlanePitch, 1, schedule.SourceHeight, schedule.SourcePitch,
            schedule.SourcePitch, 1, 1));

        // Results lie where the destination has them, so their layout is never asked for.
        _writer = new(_problem, [_range], PhaseSchedule.RowsOf(_problem, [schedule.Phase]), new(0, 0, 0, 0, 1, 1), isInPlace: true,
            epilogue);
        _threads = Math.Max(1, Math.Min(settings.ThreadsFor(schedule.Cycles), schedule.Items));
    }

    internal override long PooledBytes => WorkspaceBytes;

    public override long WorkspaceBytes => _threads * sizeof(T) * WorkspaceLength;

    public override long WeightBytes => _weights.Length * sizeof(T);

    public override string Details => $"single channels, {_schedule.Count} blocks of {_schedule.Height}x{_schedule.Width}"
        + (_schedule.IsSourceInPlace ? " in place" : "");

    private long WorkspaceLength =>
        _schedule.IsSourceInPlace ? 0 : AlignedBuffer<T>.WholeLines(_schedule.SourceLength * _schedule.Channels);

    /// <summary>[group][tap], in the order of the window, or where sums slide [group][column][row].</summary>
    public override void SetWeight(ReadOnlySpan<T> weight)
    {
        T* packed = _weights.Start;
        ImmutableArray<int> taps = _schedule.Phase.Taps[0];
        int rows = Math.Max(1, _schedule.KernelRows), columns = taps.Length / rows;
        for (int group = 0; group < _problem.Groups; group++)
        {
            ReadOnlySpan<T> kernel = weight.Slice(group * _problem.WeightOfGroup, _problem.WeightOfGroup);
            for (int column = 0; column < columns; column++)
            for (int row = 0; row < rows; row++) *packed++ = kernel[taps[row * columns + column]];
        }
    }

    protected override TensorRun<T> CreateRun() => new Execution(this);

    /// <summary>Offset of each window element in the packed block, relative to phase coordinate j.</summary>
    private nint[] Offsets(FusedPhases phase) =>
    [
        .. phase.Offsets.Select(offset => (nint)(
            _problem.PlaneIndex(offset.A0.Residue, offset.A1.Residue, offset.A2.Residue) * _schedule.PlanePitch
            + (offset.A1.Offset - _problem.Axes[1].Lowest) * (long)_schedule.SourcePitch + offset.A2.Offset - _problem.Axes[2].Lowest)),
    ];

    private sealed class Execution(DepthwiseConvolution<T> plan) : TensorRun<T>(plan._threads, plan.WorkspaceLength)
    {
        private readonly delegate*<WindowRows.Arguments<T>*, void> _kernel = plan._schedule.KernelRows > 0
            ? SlidingRows.At<T>(plan._schedule.KernelWidth, plan._schedule.KernelRows) : WindowRows.At<T>(plan._schedule.KernelWidth);
        private readonly OutputRows<T>?[] _rows = new OutputRows<T>?[plan._threads];

        protected override int Items => plan._schedule.Items;

        protected override void Execute(int item, int worker)
        {
            (DepthwiseSchedule schedule, PolyphaseProblem problem) = (plan._schedule, plan._problem);
            BlockOrigin origin = OriginOf(item, out int group);
            int end = Math.Min(group + schedule.Channels, problem.Groups);
            T* source = WorkspaceOf(worker);
            if (!schedule.IsSourceInPlace) plan._packer.Pack(origin, Left + group * problem.Source.Channel, end - group, source);
            Interval height = origin.Clip(plan._range.Height, 1), width = origin.Clip(plan._range.Width, 2);
            fixed (nint* offsets = plan._offsets)
            {
                var arguments = new WindowRows.Arguments<T>
                {
                    Source = source,
                    Destination = Destination + origin.Image * problem.Destination.Image + group * problem.Destination.Channel
                        + plan._writer.Start(origin, origin.Depth, height.Start, width.Start),
                    Weights = plan._weights.Start + (long)group * plan._offsets.Length,
                    Offsets = offsets,
                    Count = plan._offsets.Length / Math.Max(1, schedule.KernelRows),
                    SourcePitch = schedule.SourcePitch,
                    DestinationPitch = problem.Destination.Height,
                    Rows = height.Length,
                    Columns = width.Length,
                };
                nint plane = (nint)schedule.SourceLength;
                if (schedule.IsSourceInPlace)
                {
                    (PolyphaseAxis a1, PolyphaseAxis a2) = (problem.Axes[1], problem.Axes[2]);
                    (nint top, nint left) =
                        (a1.SourceOf(0, height.Start + a1.Lowest), a2.SourceOf(0, width.Start + a2.Lowest));
                    plane = problem.Source.Channel;
                    arguments.Source = Left + origin.Image * problem.Source.Image + group * plane + top * a2.SourceLength + left;
                    arguments.SourcePitch = a2.SourceLength;
                    arguments.IsPlane = true;
                    (arguments.Top, arguments.Bottom) = (-top, a1.SourceLength - top);
                    (arguments.Left, arguments.Right) = (-left, a2.SourceLength - left);
                }
                for (int channel = group; channel < end; channel++)
                {
                    _kernel(&arguments);
                    plan._writer.Write(_rows[worker] ??= plan._writer.CreateRows(), origin, channel, 1, new(0, 1), source, Destination,
                        Right);
                    arguments.Source += plane;
                    arguments.Destination += problem.Destination.Channel;
                    arguments.Weights += plan._offsets.Length;
                }
            }
        }

        private BlockOrigin OriginOf(int item, out int group)
        {
            (int rest, int block) = Math.DivRem(item, plan._schedule.BlocksOfHeight);
            (int image, int part) = Math.DivRem(rest, Integers.DivideUp(plan._problem.Groups, plan._schedule.Channels));
            group = part * plan._schedule.Channels;
            return new(plan._problem, plan._schedule, image * plan._schedule.BlocksOfHeight + block);
        }
    }
}
