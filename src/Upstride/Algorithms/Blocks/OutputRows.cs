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
    private readonly ResultRun<T>[] _runs = GC.AllocateUninitializedArray<ResultRun<T>>(Max(problem, layout), pinned: true);
    private readonly nint[] _interleaved = GC.AllocateUninitializedArray<nint>(Max(problem, layout), pinned: true);
    private (BlockOrigin Place, int Channels, int FirstSet) _lastFind = (default, 0, 0);
    private T* _results;

    /// <summary>Finds the rows of a chunk of channels; those that it found last are kept.</summary>
    /// <param name="place">The block.</param>
    /// <param name="channels">Channels of the chunk.</param>
    /// <param name="sets">The sets whose phases are written, [start, end).</param>
    /// <param name="results">The results.</param>
    public void Find(in BlockOrigin place, int channels, Interval sets, T* results)
    {
        if (_results == results && _lastFind.Channels == channels && _lastFind.FirstSet == sets.Start
            && _lastFind.Place.CoversAsMuchAs(place)) return;
        _lastFind = (place, channels, sets.Start);
        _results = results;
        (PolyphaseAxis axis0, PolyphaseAxis axis1) = (problem.Axes[0], problem.Axes[1]);
        var runs = (ResultRun<T>*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_runs));
        var interleaved = (T**)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_interleaved));
        for (int r0 = 0; r0 < axis0.Phases.Length; r0++)
        {
            AxisPhase phase0 = axis0.Phases[r0];
            Interval depth = place.Clip(phase0.Range, 0), height = Interval.None;
            int count = 0;
            bool isPlain = problem.ChannelsFirst && layout.Images == 1;
            for (int r1 = 0; r1 < axis1.Phases.Length && !depth.IsEmpty; r1++, runs += _step, interleaved += _step)
            {
                OutputRow<T> row = RunsOf(place, (r0, r1), sets, channels, results, runs);
                if (row.Count == 0 || row.Height.IsEmpty) continue;
                height = height.Union(row.Height);
                row.To += axis0.DestinationOf(phase0, place.Lattice0, depth.Start) * problem.Destination.Depth;
                isPlain &= row.Count == _step || problem.Axes[2].Lattices > 1;
                if (isPlain && problem.Axes[2].Lattices == 1) row.Interleave(interleaved);
                _rows[r0 * axis1.Phases.Length + count++] = row;
            }
            _found[r0] = new(count, depth, height, isPlain);
        }
    }

    /// <summary>The rows of one residue along the depth.</summary>
    public ReadOnlySpan<OutputRow<T>> Of(int r0, out RowSpan range)
    {
        range = _found[r0];
        return _rows.AsSpan(r0 * problem.Axes[1].Phases.Length, range.Count);
    }

    private static int Max(PolyphaseProblem problem, ResultLayout layout) =>
        problem.Axes[0].Phases.Length * problem.Axes[1].Phases.Length * problem.Axes[2].DestinationStep * layout.Lanes;

    /// <summary>
    /// The runs of results that each row of one residue is interleaved from, one for each phase and lane, for a chunk's first channel in
    /// the block's first row.
    /// </summary>
    private OutputRow<T> RunsOf(
        in BlockOrigin place, (int R0, int R1) residues, Interval sets, int channels, T* results, ResultRun<T>* runs)
    {
        PolyphaseAxis axis = problem.Axes[2];
        var row = new OutputRow<T> { Runs = runs, Step = _step, Low = int.MaxValue };
        AxisPhase phase1 = problem.Axes[1].Phases[residues.R1];
        row.Height = place.Clip(phase1.Range, 1);
        row.To = problem.Axes[1].DestinationOf(phase1, place.Lattice1, row.Height.Start) * problem.Destination.Height;
        for (int r2 = 0; r2 < axis.Phases.Length; r2++)
        {
            AxisPhase phase = axis.Phases[r2];
            (int first, int end) = place.Clip(phase.Range, 2);
            if (first >= end) continue;
            (int set, int index) = rowOf[problem.PhaseIndex(residues.R0, residues.R1, r2)];
            if (set < sets.Start || set >= sets.End) continue;

            // A set's range along an axis follows from the residue on that axis alone, so the first rows are the same for every r2.
            row.ResultDepth = place.Clip(ranges[set].Depth, 0).Start;
            row.ResultHeight = place.Clip(ranges[set].Height, 1).Start;
            int firstColumn = place.Clip(ranges[set].Width, 2).Start;
            T* from = results + (long)index * channels * layout.Row;
            int destination = axis.DestinationOf(phase, 0, first);
            if (axis.Lattices > 1)
            {
                // All lattices' columns, from the first lane on.
                (row.Low, row.High) = (destination, Math.Min(destination + axis.Lattices * (end - first), axis.DestinationLength));
                runs[row.Count++] = new(from, row.High - row.Low, destination);
                continue;
            }
            row.Low = Math.Min(row.Low, destination);
            row.High = Math.Max(row.High, destination + axis.DestinationStep * (end - first - 1) + 1);
            for (int u = 0; u < layout.Lanes && first + u < end; u++)
            {
                int column = first + u - firstColumn;
                int count = Integers.DivideUp(end - first - u, layout.Lanes);
                runs[row.Count++] = new(
                    from + column % layout.Lanes * layout.Lane + column / layout.Lanes * (nint)layout.Images, count,
                        destination + axis.DestinationStep * u);
            }
        }
        return row;
    }
}
