using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Upstride.Algorithms.Blocks;
using Upstride.Algorithms.Execution;
using Upstride.Algorithms.Phases;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Depthwise;

/// <summary>
/// Single channels over small planes: the sums of each phase over a whole plane, which are the destination's where there is one phase and
/// are interleaved to it else.
/// </summary>
internal sealed unsafe class SmallPlaneConvolution<T> : ParallelAlgorithm<T>
    where T : unmanaged, INumber<T>
{
    // Planes that a thread takes at once: some microseconds of work.
    private const int PlanesOfItem = 16;

    private readonly SmallPlaneSchedule _schedule;
    private readonly PolyphaseProblem _problem;
    private readonly AlignedBuffer<T> _weights;
    private readonly AlignedBuffer<T> _masks;
    private readonly nint[] _offsets;
    private readonly BlockWriter<T> _writer;
    private readonly int _threads;

    // How far before and behind a plane its windows read.
    private readonly nint _before;
    private readonly nint _behind;

    public SmallPlaneConvolution(SmallPlaneSchedule schedule, ReadOnlySpan<T> weight, Epilogue<T> epilogue, ComputeSettings settings)
        : base(settings.Workspaces)
    {
        _schedule = schedule;
        _problem = schedule.Problem;
        _weights = new((long)schedule.Taps * _problem.Groups);
        SetWeight(weight);
        _masks = new((long)schedule.Taps * schedule.Sums);
        _offsets = GC.AllocateUninitializedArray<nint>(schedule.Taps, pinned: true);
        MakeWindows();
        _before = Math.Max(0, -_offsets.DefaultIfEmpty(0).Min());
        _behind = Math.Max(0, _offsets.DefaultIfEmpty(0).Max() + schedule.Sums - schedule.Residues * schedule.PlaneLength);
        _writer = new(_problem, [.. schedule.Ranges], PhaseSchedule.RowsOf(_problem, schedule.Phases),
            new(schedule.SumPitch, 0, schedule.Pitch, 0, 1, 1), schedule.IsInPlace, epilogue);
        _threads = Math.Max(1, Math.Min(settings.ThreadsFor(schedule.Cycles), Items));
    }

    internal override long PooledBytes => WorkspaceBytes;

    public override long WorkspaceBytes => _threads * sizeof(T) * WorkspaceLength;

    public override long WeightBytes => _weights.Length * sizeof(T);

    public override string Details => $"single channels, {_schedule.Planes} planes of {_schedule.Rows}x{_schedule.Pitch}"
        + (_schedule.IsSourceInPlace ? " in place" : $", {_schedule.Residues} residues");

    private int Items => Integers.DivideUp(_schedule.Planes, PlanesOfItem);

    /// <summary>A channel's residues with what its windows read around them.</summary>
    private long CopyLength => AlignedBuffer<T>.WholeLines(_before + (long)_schedule.Residues * _schedule.PlaneLength + _behind);

    private long WorkspaceLength =>
        CopyLength + AlignedBuffer<T>.WholeLines(_schedule.IsInPlace ? 0 : (long)_schedule.Phases.Length * _schedule.SumPitch);

    /// <summary>[group][phase][tap], in the order of the windows.</summary>
    public override void SetWeight(ReadOnlySpan<T> weight)
    {
        T* packed = _weights.Start;
        for (int group = 0; group < _problem.Groups; group++)
        {
            ReadOnlySpan<T> kernel = weight.Slice(group * _problem.WeightOfGroup, _problem.WeightOfGroup);
            foreach (FusedPhases phase in _schedule.Phases)
            foreach (int tap in phase.Taps[0]) *packed++ = kernel[tap];
        }
    }

    protected override TensorRun<T> CreateRun() => new Execution(this);

    /// <summary>Offset and mask of each tap of each phase, over the phase's rows at the source's pitch.</summary>
    private void MakeWindows()
    {
        _masks.Span.Clear();
        (PolyphaseAxis a1, PolyphaseAxis a2) = (_problem.Axes[1], _problem.Axes[2]);
        int tap = 0;
        for (int p = 0; p < _schedule.Phases.Length; p++)
        {
            PhaseRange range = _schedule.Ranges[p];
            foreach ((_, AxisTap t1, AxisTap t2) in _schedule.Phases[p].Offsets)
            {
                // A residue's plane begins with its first element inside the source.
                (Interval inside1, Interval inside2) = (a1.Inside(t1.Residue), a2.Inside(t2.Residue));
                _offsets[tap] = ((nint)t1.Residue * a2.SourceStep + t2.Residue) * _schedule.PlaneLength
                    + (nint)(range.Height.Start + t1.Offset - inside1.Start) * _schedule.Pitch
                    + range.Width.Start + t2.Offset - inside2.Start;
                Interval rows = range.Height.Clip(inside1.Moved(-t1.Offset)).Moved(-range.Height.Start),
                    columns = range.Width.Clip(inside2.Moved(-t2.Offset)).Moved(-range.Width.Start);
                T* mask = _masks.Start + (nint)tap++ * _schedule.Sums;
                for (int row = rows.Start; row < rows.End && !columns.IsEmpty; row++)
                    MemoryMarshal.AsBytes(new Span<T>(mask + row * _schedule.Pitch + columns.Start, columns.Length)).Fill(byte.MaxValue);
            }
        }
    }

    private sealed class Execution(SmallPlaneConvolution<T> plan) : TensorRun<T>(plan._threads, plan.WorkspaceLength)
    {
        private readonly delegate*<MaskedWindows.Arguments<T>*, void> _kernel = MaskedWindows.At<T>(plan._schedule.Width);
        private readonly OutputRows<T>?[] _rows = new OutputRows<T>?[plan._threads];

        protected override int Items => plan.Items;

        protected override void Execute(int item, int worker)
        {
            (SmallPlaneSchedule schedule, PolyphaseProblem problem) = (plan._schedule, plan._problem);
            T* copy = WorkspaceOf(worker), sums = copy + plan.CopyLength;
            OutputRows<T> rows = _rows[worker] ??= plan._writer.CreateRows();
            int lanes = WindowRows.Lanes<T>(schedule.Width);
            nint plane = problem.Source.Channel, length = schedule.Planes * plane;
            int end = Math.Min((item + 1) * PlanesOfItem, schedule.Planes), imageOfOrigin = -1;
            BlockOrigin origin = default;
            for (int at = item * PlanesOfItem, together; at < end; at += together)
            {
                (int image, int channel) = Math.DivRem(at, problem.Groups);
                if (image != imageOfOrigin) origin = new(problem, schedule, imageOfOrigin = image);
                nint start = at * plane;
                T* source = Left + start;
                together = 1;
                if (!schedule.IsSourceInPlace)
                {
                    Deal(source, copy + plan._before);
                    source = copy + plan._before;
                }

                // What windows read around the first and the last planes is no part of the tensor.
                else if (start < plan._before || start + plane + plan._behind > length)
                {
                    RowCopy.Copy(source, 1, copy + plan._before, 1, plane);
                    source = copy + plan._before;
                }

                // Planes that are read and written where they lie are one call, as far as their weights follow each other.
                else if (schedule.IsInPlace)
                    together = (int)nint.Min(Math.Min(end - at, problem.Groups - channel), (length - plan._behind - start) / plane);
                T* results = schedule.IsInPlace ? Destination + (nint)at * problem.Destination.Channel : sums;
                int tap = 0;
                fixed (nint* offsets = plan._offsets)
                {
                    for (int p = 0; p < schedule.Phases.Length; p++)
                    {
                        int count = schedule.Ranges[p].Height.Length * schedule.Pitch, taps = schedule.Phases[p].Offsets.Length;
                        var arguments = new MaskedWindows.Arguments<T>
                        {
                            Source = source,
                            Destination = results + (nint)p * schedule.SumPitch,
                            Weights = plan._weights.Start + (nint)channel * schedule.Taps + tap,
                            Masks = plan._masks.Start + (nint)tap * schedule.Sums,
                            Offsets = offsets + tap,
                            Count = taps,
                            MaskPitch = schedule.Sums,
                            Columns = schedule.IsInPlace ? count : Integers.RoundUp(count, lanes),
                            Planes = together,
                            SourcePlane = plane,
                            DestinationPlane = problem.Destination.Channel,
                            WeightPlane = schedule.Taps,
                        };
                        _kernel(&arguments);
                        tap += taps;
                    }
                }

                // Of results that lie in the destination the writer asks no place: one of them serves all planes.
                plan._writer.Write(rows, origin, channel, together, new(0, schedule.Phases.Length), schedule.IsInPlace ? copy : results,
                    Destination, Right);
            }
        }

        /// <summary>The elements of a channel to the planes of their residues.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Deal(T* source, T* planes)
        {
            SmallPlaneSchedule schedule = plan._schedule;
            (PolyphaseAxis a1, PolyphaseAxis a2) = (plan._problem.Axes[1], plan._problem.Axes[2]);
            T** destinations = stackalloc T*[a2.SourceStep];
            foreach (int q1 in a1.Residues)
            {
                (int first, int end) = a1.Inside(q1);
                if (first >= end) continue;
                for (int k = 0; k < a2.SourceStep; k++)
                {
                    int q2 = (int)Integers.Remainder((long)k + a2.SourceOrigin, a2.SourceStep);
                    destinations[k] = planes + ((nint)q1 * a2.SourceStep + q2) * schedule.PlaneLength;
                }
                Interleaving.Deinterleave(source + (nint)a1.SourceOf(q1, first) * a2.SourceLength, (nint)a1.SourceStep * a2.SourceLength, 0,
                    a2.SourceLength, a2.SourceLength, a2.SourceStep, destinations, schedule.Pitch, end - first);
            }
        }
    }
}
