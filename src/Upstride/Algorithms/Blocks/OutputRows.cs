using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Upstride.Geometry;

namespace Upstride.Algorithms.Blocks;

/// <summary>
/// The rows of the destination that a block makes, and the results that each is interleaved from. Groups and channels differ in where they
/// begin alone, so the rows are found once for all of those that follow each other.
/// </summary>
internal sealed unsafe class OutputRows<T>(PolyphaseProblem problem, PhaseRange[] ranges, (int Set, int Row)[] rowOf, ResultLayout layout)
    where T : unmanaged, INumber<T>
{
    private readonly int _step = problem.Axes[2].DestinationStep * layout.Lanes;
    private readonly RowSpan[] _found = new RowSpan[problem.Axes[0].Phases.Length];
    private readonly OutputRow<T>[] _rows = new OutputRow<T>[problem.Axes[0].Phases.Length * problem.Axes[1].Phases.Length];

    // Rows point into these, which therefore never move.
    private readonly ResultRun<T>[] _sequences = GC.AllocateUninitializedArray<ResultRun<T>>(Most(problem, layout), pinned: true);
    private readonly nint[] _interleaved = GC.AllocateUninitializedArray<nint>(Most(problem, layout), pinned: true);
    private (BlockOrigin Place, int Channels, int FirstSet) _lastFind = (default, 0, 0);
    private T* _results;

    /// <summary>Finds the rows of a chunk of channels; those that it found last are kept.</summary>
    /// <param name="place">The block.</param>
    /// <param name="channels">Channels of the chunk.</param>
    /// <param name="sets">The sets whose phases are written, first and one past the last.</param>
    /// <param name="results">The results.</param>
    public void Find(in BlockOrigin place, int channels, (int First, int End) sets, T* results)
    {
        if (_results == results && _lastFind.Channels == channels && _lastFind.FirstSet == sets.First && _lastFind.Place.CoversAsMuchAs(place)) return;
        _lastFind = (place, channels, sets.First);
        _results = results;
        (PolyphaseAxis axis0, PolyphaseAxis axis1) = (problem.Axes[0], problem.Axes[1]);
        var sequences = (ResultRun<T>*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_sequences));
        var interleaved = (T**)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_interleaved));
        for (int r0 = 0; r0 < axis0.Phases.Length; r0++)
        {
            AxisPhase phase0 = axis0.Phases[r0];
            (int first0, int end0) = place.Clip((phase0.First, phase0.End), 0);
            int count = 0, first1 = int.MaxValue, end1 = int.MinValue;
            bool isPlain = problem.ChannelsFirst && layout.Images == 1;
            for (int r1 = 0; r1 < axis1.Phases.Length && first0 < end0; r1++, sequences += _step, interleaved += _step)
            {
                OutputRow<T> row = Sequences(place, (r0, r1), sets, channels, results, sequences);
                if (row.Count == 0 || row.Start1 >= row.End1) continue;
                (first1, end1) = (Math.Min(first1, row.Start1), Math.Max(end1, row.End1));
                row.To += (phase0.FirstDestination + (nint)axis0.DestinationStep * (first0 - phase0.First)) * problem.Destination.Depth;
                isPlain &= row.Count == _step;
                if (isPlain) row.Interleave(interleaved);
                _rows[r0 * axis1.Phases.Length + count++] = row;
            }
            _found[r0] = new(count, first0, end0, first1, end1, isPlain);
        }
    }

    /// <summary>The rows of one residue on axis 0.</summary>
    public ReadOnlySpan<OutputRow<T>> Of(int r0, out RowSpan range)
    {
        range = _found[r0];
        return _rows.AsSpan(r0 * problem.Axes[1].Phases.Length, range.Count);
    }

    private static int Most(PolyphaseProblem problem, ResultLayout layout) =>
        problem.Axes[0].Phases.Length * problem.Axes[1].Phases.Length * problem.Axes[2].DestinationStep * layout.Lanes;

    /// <summary>The sequences of results, of a chunk's first channel in the block's first row, that each row of one residue is made of: one for each phase and lane.</summary>
    private OutputRow<T> Sequences(
        in BlockOrigin place, (int R0, int R1) residues, (int First, int End) sets, int channels, T* results, ResultRun<T>* sequences)
    {
        PolyphaseAxis axis = problem.Axes[2];
        var row = new OutputRow<T> { Runs = sequences, Step = _step, Low = int.MaxValue };
        AxisPhase phase1 = problem.Axes[1].Phases[residues.R1];
        (row.Start1, row.End1) = place.Clip((phase1.First, phase1.End), 1);
        row.To = (phase1.FirstDestination + problem.Axes[1].DestinationStep * (row.Start1 - phase1.First)) * problem.Destination.Height;
        for (int r2 = 0; r2 < axis.Phases.Length; r2++)
        {
            AxisPhase phase = axis.Phases[r2];
            (int first, int end) = place.Clip((phase.First, phase.End), 2);
            if (first >= end) continue;
            (int set, int index) = rowOf[problem.PhaseIndex(residues.R0, residues.R1, r2)];
            if (set < sets.First || set >= sets.End) continue;

            // A set's range of one axis follows from the residue on that axis alone, so the first rows are the same for every r2.
            (row.First0, _) = place.Clip(ranges[set].Depth, 0);
            (row.First1, _) = place.Clip(ranges[set].Height, 1);
            (int set2, _) = place.Clip(ranges[set].Width, 2);
            T* from = results + (long)index * channels * layout.Row;
            int destination = phase.FirstDestination + axis.DestinationStep * (first - phase.First);
            row.Low = Math.Min(row.Low, destination);
            row.High = Math.Max(row.High, destination + axis.DestinationStep * (end - first - 1) + 1);
            for (int u = 0; u < layout.Lanes && first + u < end; u++)
            {
                int column = first + u - set2;
                int count = (end - first - u + layout.Lanes - 1) / layout.Lanes;
                sequences[row.Count++] = new(
                    from + column % layout.Lanes * layout.Lane + column / layout.Lanes * (nint)layout.Images, count, destination + axis.DestinationStep * u);
            }
        }
        return row;
    }
}
