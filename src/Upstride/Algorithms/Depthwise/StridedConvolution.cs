using System.Numerics;
using System.Runtime.InteropServices;
using Upstride.Algorithms.Execution;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Depthwise;

/// <summary>
/// Single channels by steps of two rows and two columns: the planes are read where they lie, dealt out in registers, and nothing of them is
/// copied.
/// </summary>
internal sealed unsafe class StridedConvolution<T> : ParallelAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    // Planes that a thread takes at once: some microseconds of work.
    private const int PlanesOfItem = 8;

    private readonly StridedSchedule _schedule;
    private readonly Epilogue<T> _epilogue;
    private readonly AlignedBuffer<T> _weights;
    private readonly int _threads;

    public StridedConvolution(StridedSchedule schedule, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
    {
        _schedule = schedule;
        _epilogue = epilogue;
        _weights = new(weight.Length);
        SetWeight(weight);
        _threads = Math.Max(1, Math.Min(settings.ThreadsFor(schedule.Cycles), Items));
    }

    public override long WorkspaceBytes => 0;

    public override long WeightBytes => _weights.Length * sizeof(T);

    public override string Details => $"single channels, {_schedule.Planes} planes of {_schedule.Rows.Input}x{_schedule.Columns.Input} by "
        + "steps of two";

    private int Items => Integers.DivideUp(_schedule.Planes, PlanesOfItem);

    /// <summary>[group][row][column], as they are.</summary>
    public override void SetWeight(ReadOnlySpan<T> weight) => weight.CopyTo(_weights.Span);

    protected override TensorRun<T> CreateRun() => new Execution(this);

    private sealed class Execution(StridedConvolution<T> plan) : TensorRun<T>(plan._threads)
    {
        private readonly delegate*<StridedWindows.Arguments*, void> _kernel =
            StridedWindows.At(plan._schedule.Width, plan._schedule.Columns.Kernel);

        protected override int Items => plan.Items;

        protected override void Execute(int item, int worker)
        {
            StridedSchedule schedule = plan._schedule;
            (ConvTransposeAxis rows, ConvTransposeAxis columns) = (schedule.Rows, schedule.Columns);
            (nint read, nint written) = ((nint)rows.Output * columns.Output, (nint)rows.Input * columns.Input);
            int end = Math.Min((item + 1) * PlanesOfItem, schedule.Planes);
            for (int plane = item * PlanesOfItem; plane < end; plane++)
            {
                int channel = plane % schedule.Groups;
                var arguments = new StridedWindows.Arguments
                {
                    Source = (float*)(Left + plane * read),
                    Weights = (float*)(plan._weights.Start + (nint)channel * rows.Kernel * columns.Kernel),
                    Height = rows.Output,
                    Width = columns.Output,
                    Top = rows.Head,
                    Left = columns.Head,
                    KernelRows = rows.Kernel,
                    Columns = columns.Input,
                };
                for (int row = 0; row < rows.Input; row += schedule.RowsOfStrip)
                {
                    nint at = plane * written + (nint)row * columns.Input;
                    arguments.FirstRow = row;
                    arguments.Rows = Math.Min(schedule.RowsOfStrip, rows.Input - row);
                    arguments.Destination = (float*)(Destination + at);
                    _kernel(&arguments);
                    if (plan._epilogue.IsNone) continue;
                    int length = (int)arguments.Rows * columns.Input;
                    plan._epilogue.ApplyToChannel(new Span<T>(Destination + at, length), channel,
                        plan._epilogue.AddsResidual ? MemoryMarshal.CreateReadOnlySpan(ref Right[at], length) : default);
                }
            }
        }
    }
}
