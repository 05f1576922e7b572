using System.Runtime.InteropServices;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

internal sealed unsafe partial class PhaseTransform<T>
{
    private sealed partial class Execution
    {
        /// <summary>Interleaves the phases of a chunk into rows of [batch, channels, space...], finishes each row and writes it.</summary>
        private void StoreChannelsFirst(in Place place, int group, ChannelChunk chunk, T* scratch)
        {
            WindowProblem problem = _plan._problem;
            nint firstChannel = (nint)group * problem.DestinationChannels + chunk.FirstChannel;
            for (int r0 = 0; r0 < problem.Axes[0].Phases.Length; r0++)
            for (int r1 = 0; r1 < problem.Axes[1].Phases.Length; r1++)
            {
                (WindowPhase phase0, WindowPhase phase1) = (problem.Axes[0].Phases[r0], problem.Axes[1].Phases[r1]);
                (int first0, int end0) = place.Clip((phase0.First, phase0.End), 0);
                (int first1, int end1) = place.Clip((phase1.First, phase1.End), 1);
                for (int c = 0; c < chunk.Channels; c++)
                for (int j0 = first0; j0 < end0; j0++)
                for (int j1 = first1; j1 < end1; j1++)
                for (int image = 0; image < place.Images; image++)
                {
                    nint offset = (place.Image + image) * problem.Destination.Image + (firstChannel + c) * problem.Destination.Channel
                        + (phase0.FirstDestination + (nint)problem.Axes[0].DestinationStep * (j0 - phase0.First)) * problem.Destination.Axis0
                        + (phase1.FirstDestination + (nint)problem.Axes[1].DestinationStep * (j1 - phase1.First)) * problem.Destination.Axis1;
                    StoreRow(place, chunk, scratch, (r0, r1), c, (j0, j1), image, offset, (int)(firstChannel + c));
                }
            }
        }

        /// <summary>One row of the destination: all phases of the last axis.</summary>
        private void StoreRow(
            in Place place, ChannelChunk chunk, T* scratch, (int R0, int R1) residues, int c, (int J0, int J1) j, int image, nint offset, int channel)
        {
            PhaseBlock block = _plan._block;
            WindowAxis axis = _plan._problem.Axes[2];
            int step = axis.DestinationStep, images = block.Images;
            (int low, int high) = (int.MaxValue, 0);
            T* row = _destination + offset;
            if (step == 2 && images == 1)
            {
                // The common case: whole vectors of the phase that comes first and of the one that follows it.
                PhaseResults a = PhaseRow(place, chunk, scratch, (residues.R0, residues.R1, 0), c, j);
                PhaseResults b = PhaseRow(place, chunk, scratch, (residues.R0, residues.R1, 1), c, j);
                if (b.Count > 0 && (a.Count == 0 || b.First < a.First)) (a, b) = (b, a);
                int pairs = Math.Min(a.Count, b.Count);
                (low, high) = (a.First, Math.Max(a.End(step), b.End(step)));
                if (pairs > 0) Rows.Zip(a.From, b.From, row + a.First, pairs);
                if (a.Count > pairs) Rows.Copy(a.From + pairs, 1, row + a.First + 2 * pairs, 2, a.Count - pairs);
                if (b.Count > pairs) Rows.Copy(b.From + pairs, 1, row + b.First + 2 * pairs, 2, b.Count - pairs);
            }
            else
            {
                for (int r2 = 0; r2 < axis.Phases.Length; r2++)
                {
                    PhaseResults phase = PhaseRow(place, chunk, scratch, (residues.R0, residues.R1, r2), c, j);
                    if (phase.Count == 0) continue;
                    (low, high) = (Math.Min(low, phase.First), Math.Max(high, phase.End(step)));
                    Rows.Copy(phase.From + image, images, row + phase.First, step, phase.Count);
                }
            }
            if (_plan._epilogue.IsNone || high <= low) return;
            ReadOnlySpan<T> residual = _plan._epilogue.AddsResidual
                ? MemoryMarshal.CreateReadOnlySpan(ref _residual[offset + low], high - low)
                : default;
            _plan._epilogue.ApplyToChannel(new Span<T>(row + low, high - low), channel, residual);
        }

        /// <summary>The results of one phase in one row of j: where they stand, how many, and the first one's place in the destination's row.</summary>
        private PhaseResults PhaseRow(
            in Place place, ChannelChunk chunk, T* scratch, (int R0, int R1, int R2) residues, int c, (int J0, int J1) j)
        {
            PhaseBlock block = _plan._block;
            WindowAxis axis = _plan._problem.Axes[2];
            WindowPhase phase = axis.Phases[residues.R2];
            (int first, int end) = place.Clip((phase.First, phase.End), 2);
            if (first >= end) return new(scratch, 0, 0);
            (int set, int row) = _plan._rowOf[Index(residues)];
            (int set0, _) = place.Clip(_plan._ranges[set].Axis0, 0);
            (int set1, _) = place.Clip(_plan._ranges[set].Axis1, 1);
            (int set2, _) = place.Clip(_plan._ranges[set].Axis2, 2);
            T* from = scratch + (row * chunk.Channels + c) * block.ScratchRow
                + ((nint)(j.J0 - set0) * block.Rows1 + (j.J1 - set1)) * block.ScratchPitch + (nint)(first - set2) * block.Images;
            return new(from, end - first, phase.FirstDestination + axis.DestinationStep * (first - phase.First));
        }

        private int Index((int R0, int R1, int R2) residues) =>
            (residues.R0 * _plan._problem.Axes[1].Phases.Length + residues.R1) * _plan._problem.Axes[2].Phases.Length + residues.R2;

        /// <summary>Writes the phases of a chunk into [batch, space..., channels], the chunk's channels of one position together.</summary>
        private void StoreChannelsLast(in Place place, int group, ChannelChunk chunk, T* scratch)
        {
            WindowProblem problem = _plan._problem;
            PhaseBlock block = _plan._block;
            int firstChannel = group * problem.DestinationChannels + chunk.FirstChannel;
            for (int r0 = 0; r0 < problem.Axes[0].Phases.Length; r0++)
            for (int r1 = 0; r1 < problem.Axes[1].Phases.Length; r1++)
            for (int r2 = 0; r2 < problem.Axes[2].Phases.Length; r2++)
            {
                (WindowPhase phase0, WindowPhase phase1) = (problem.Axes[0].Phases[r0], problem.Axes[1].Phases[r1]);
                (int first0, int end0) = place.Clip((phase0.First, phase0.End), 0);
                (int first1, int end1) = place.Clip((phase1.First, phase1.End), 1);
                for (int j0 = first0; j0 < end0; j0++)
                for (int j1 = first1; j1 < end1; j1++)
                {
                    PhaseResults phase = PhaseRow(place, chunk, scratch, (r0, r1, r2), 0, (j0, j1));
                    nint offset = (phase0.FirstDestination + (nint)problem.Axes[0].DestinationStep * (j0 - phase0.First)) * problem.Destination.Axis0
                        + (phase1.FirstDestination + (nint)problem.Axes[1].DestinationStep * (j1 - phase1.First)) * problem.Destination.Axis1
                        + phase.First * problem.Destination.Axis2 + firstChannel;
                    for (int image = 0; image < place.Images; image++)
                    for (int i = 0; i < phase.Count; i++)
                    {
                        nint pixel = offset + (place.Image + image) * problem.Destination.Image + i * problem.Axes[2].DestinationStep * problem.Destination.Axis2;
                        Rows.Copy(phase.From + (nint)i * block.Images + image, (nint)block.ScratchRow, _destination + pixel, 1, chunk.Channels);
                        if (_plan._epilogue.IsNone) continue;
                        ReadOnlySpan<T> residual = _plan._epilogue.AddsResidual
                            ? MemoryMarshal.CreateReadOnlySpan(ref _residual[pixel], chunk.Channels)
                            : default;
                        _plan._epilogue.ApplyAcrossChannels(new Span<T>(_destination + pixel, chunk.Channels), firstChannel, residual);
                    }
                }
            }
        }
    }

    /// <summary>A phase's results in one row: where they stand, how many, and the first one's place in the destination's row.</summary>
    private readonly struct PhaseResults(T* from, int count, int first)
    {
        public T* From { get; } = from;

        public int Count { get; } = count;

        public int First { get; } = first;

        /// <summary>One past the last one's place in the destination's row; 0 for none.</summary>
        public int End(int step) => Count == 0 ? 0 : First + step * (Count - 1) + 1;
    }
}
