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
        _weights = new((long)schedule.Groups * WeightRows * WeightColumns);
        SetWeight(weight);
        _threads = Math.Max(1, Math.Min(settings.ThreadsFor(schedule.Cycles), Items));
    }

    public override long WorkspaceBytes => 0;

    public override long WeightBytes => _weights.Length * sizeof(T);

    public override string Details => $"single channels, {_schedule.Planes} planes of "
        + $"{_schedule.WrittenRows}x{_schedule.WrittenColumns} by steps of two";

    private int Items => Integers.DivideUp(_schedule.Planes, PlanesOfItem);

    // Of a transposed one each phase has as many taps: what one has less is zero.
    private int WeightRows => _schedule.IsTransposed ? Integers.RoundUp(_schedule.Rows.Kernel, 2) : _schedule.Rows.Kernel;

    private int WeightColumns => _schedule.IsTransposed ? Integers.RoundUp(_schedule.Columns.Kernel, 2) : _schedule.Columns.Kernel;

    /// <summary>[group][row][column].</summary>
    public override void SetWeight(ReadOnlySpan<T> weight)
    {
        (int rows, int columns) = (_schedule.Rows.Kernel, _schedule.Columns.Kernel);
        _weights.Span.Clear();
        for (int group = 0; group < _schedule.Groups; group++)
        for (int row = 0; row < rows; row++)
            weight.Slice((group * rows + row) * columns, columns).CopyTo(_weights.Span[((group * WeightRows + row) * WeightColumns)..]);
    }

    protected override TensorRun<T> CreateRun() => new Execution(this);

    private sealed class Execution(StridedConvolution<T> plan) : TensorRun<T>(plan._threads)
    {
        private readonly delegate*<StridedPlane*, void> _kernel = plan._schedule.IsTransposed
            ? StridedPhases.At(plan._schedule.Width, plan.WeightColumns / 2)
            : StridedWindows.At(plan._schedule.Width, plan.WeightColumns);

        protected override int Items => plan.Items;

        protected override void Execute(int item, int worker)
        {
            StridedSchedule schedule = plan._schedule;
            nint read = (nint)schedule.ReadRows * schedule.ReadColumns, written = (nint)schedule.WrittenRows * schedule.WrittenColumns;
            int end = Math.Min((item + 1) * PlanesOfItem, schedule.Planes);
            for (int plane = item * PlanesOfItem; plane < end; plane++)
            {
                int channel = plane % schedule.Groups;
                var arguments = new StridedPlane
                {
                    Source = (float*)(Left + plane * read),
                    Weights = (float*)(plan._weights.Start + (nint)channel * plan.WeightRows * plan.WeightColumns),
                    Height = schedule.ReadRows,
                    Width = schedule.ReadColumns,
                    Top = schedule.Rows.Head,
                    Left = schedule.Columns.Head,
                    KernelRows = plan.WeightRows,
                    Columns = schedule.WrittenColumns,
                };
                for (int row = 0; row < schedule.WrittenRows; row += schedule.RowsOfStrip)
                {
                    nint at = plane * written + (nint)row * schedule.WrittenColumns;
                    arguments.FirstRow = row;
                    arguments.Rows = Math.Min(schedule.RowsOfStrip, schedule.WrittenRows - row);
                    arguments.Destination = (float*)(Destination + at);
                    _kernel(&arguments);
                    if (plan._epilogue.IsNone) continue;
                    int length = (int)arguments.Rows * schedule.WrittenColumns;
                    plan._epilogue.ApplyToChannel(new Span<T>(Destination + at, length), channel,
                        plan._epilogue.AddsResidual ? MemoryMarshal.CreateReadOnlySpan(ref Right[at], length) : default);
                }
            }
        }
    }
}
