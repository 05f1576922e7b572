using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>
/// Where a block's results stand before they are written: [row of the product][row of axis 0][row of axis 1][lane][column][image]. The
/// columns of axis 2 may be dealt out to several lanes, column c standing in lane c % <paramref name="Lanes"/>.
/// </summary>
/// <param name="Row">Elements from row to row of the product.</param>
/// <param name="Axis0">From row to row of axis 0.</param>
/// <param name="Axis1">From row to row of axis 1.</param>
/// <param name="Lane">From lane to lane.</param>
/// <param name="Lanes">Lanes that the columns are dealt out to.</param>
/// <param name="Images">Images that stand side by side.</param>
internal readonly record struct ResultLayout(long Row, nint Axis0, nint Axis1, nint Lane, int Lanes, int Images);

/// <summary>
/// The rows of the destination that a block makes, and the results that each is interleaved from. Groups and channels differ in where they
/// begin alone, so the rows are found once for all of those that follow each other.
/// </summary>
internal sealed unsafe class PhaseRows<T>(WindowProblem problem, PhaseRange[] ranges, (int Set, int Row)[] rowOf, ResultLayout layout)
    where T : unmanaged, INumber<T>
{
    private readonly int _step = problem.Axes[2].DestinationStep * layout.Lanes;
    private readonly RangeOfRows[] _found = new RangeOfRows[problem.Axes[0].Phases.Length];
    private readonly RowOfSequences<T>[] _rows = new RowOfSequences<T>[problem.Axes[0].Phases.Length * problem.Axes[1].Phases.Length];

    // Rows point into these, which therefore never move.
    private readonly SequenceOfResults<T>[] _sequences = GC.AllocateUninitializedArray<SequenceOfResults<T>>(Most(problem, layout), pinned: true);
    private readonly nint[] _interleaved = GC.AllocateUninitializedArray<nint>(Most(problem, layout), pinned: true);
    private (PhasePlace Place, int Channels, int FirstSet) _held = (default, 0, 0);
    private T* _results;

    /// <summary>Finds the rows of a chunk of channels; those that it found last are kept.</summary>
    /// <param name="place">The block.</param>
    /// <param name="channels">Channels of the chunk.</param>
    /// <param name="sets">The sets whose phases are written, first and one past the last.</param>
    /// <param name="results">The results.</param>
    public void Find(in PhasePlace place, int channels, (int First, int End) sets, T* results)
    {
        if (_results == results && _held.Channels == channels && _held.FirstSet == sets.First && _held.Place.CoversAsMuchAs(place)) return;
        _held = (place, channels, sets.First);
        _results = results;
        (WindowAxis axis0, WindowAxis axis1) = (problem.Axes[0], problem.Axes[1]);
        var sequences = (SequenceOfResults<T>*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_sequences));
        var interleaved = (T**)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_interleaved));
        for (int r0 = 0; r0 < axis0.Phases.Length; r0++)
        {
            WindowPhase phase0 = axis0.Phases[r0];
            (int first0, int end0) = place.Clip((phase0.First, phase0.End), 0);
            int count = 0, first1 = int.MaxValue, end1 = int.MinValue;
            bool isPlain = problem.ChannelsFirst && layout.Images == 1;
            for (int r1 = 0; r1 < axis1.Phases.Length && first0 < end0; r1++, sequences += _step, interleaved += _step)
            {
                RowOfSequences<T> row = Sequences(place, (r0, r1), sets, channels, results, sequences);
                if (row.Count == 0 || row.Start1 >= row.End1) continue;
                (first1, end1) = (Math.Min(first1, row.Start1), Math.Max(end1, row.End1));
                row.To += (phase0.FirstDestination + (nint)axis0.DestinationStep * (first0 - phase0.First)) * problem.Destination.Axis0;
                isPlain &= row.Count == _step;
                if (isPlain) row.Interleave(interleaved);
                _rows[r0 * axis1.Phases.Length + count++] = row;
            }
            _found[r0] = new(count, first0, end0, first1, end1, isPlain);
        }
    }

    /// <summary>The rows of one residue on axis 0.</summary>
    public ReadOnlySpan<RowOfSequences<T>> Of(int r0, out RangeOfRows range)
    {
        range = _found[r0];
        return _rows.AsSpan(r0 * problem.Axes[1].Phases.Length, range.Count);
    }

    private static int Most(WindowProblem problem, ResultLayout layout) =>
        problem.Axes[0].Phases.Length * problem.Axes[1].Phases.Length * problem.Axes[2].DestinationStep * layout.Lanes;

    /// <summary>The sequences of results, of a chunk's first channel in the block's first row, that each row of one residue is made of: one for each phase and lane.</summary>
    private RowOfSequences<T> Sequences(
        in PhasePlace place, (int R0, int R1) residues, (int First, int End) sets, int channels, T* results, SequenceOfResults<T>* sequences)
    {
        WindowAxis axis = problem.Axes[2];
        var row = new RowOfSequences<T> { Sequences = sequences, Step = _step, Low = int.MaxValue };
        WindowPhase phase1 = problem.Axes[1].Phases[residues.R1];
        (row.Start1, row.End1) = place.Clip((phase1.First, phase1.End), 1);
        row.To = (phase1.FirstDestination + problem.Axes[1].DestinationStep * (row.Start1 - phase1.First)) * problem.Destination.Axis1;
        for (int r2 = 0; r2 < axis.Phases.Length; r2++)
        {
            WindowPhase phase = axis.Phases[r2];
            (int first, int end) = place.Clip((phase.First, phase.End), 2);
            if (first >= end) continue;
            (int set, int index) = rowOf[problem.PhaseIndex(residues.R0, residues.R1, r2)];
            if (set < sets.First || set >= sets.End) continue;

            // A set's range of one axis follows from the residue on that axis alone, so the first rows are the same for every r2.
            (row.First0, _) = place.Clip(ranges[set].Axis0, 0);
            (row.First1, _) = place.Clip(ranges[set].Axis1, 1);
            (int set2, _) = place.Clip(ranges[set].Axis2, 2);
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

/// <summary>Rows of one residue on axis 0.</summary>
/// <param name="Count">Residues on axis 1 that have rows.</param>
/// <param name="First0">The first j of axis 0.</param>
/// <param name="End0">One past the last.</param>
/// <param name="First1">The first j of axis 1 that any of them has.</param>
/// <param name="End1">One past the last.</param>
/// <param name="IsPlain">Whether each row's sequences stand in one image of one channel, and fill it without gaps.</param>
internal readonly record struct RangeOfRows(int Count, int First0, int End0, int First1, int End1, bool IsPlain);

/// <summary>The sequences that a row of the destination is made of, and the part of the row that they fill.</summary>
internal unsafe struct RowOfSequences<T>
    where T : unmanaged
{
    public SequenceOfResults<T>* Sequences;
    public int Count;

    /// <summary>From one element of a sequence to the next in the destination; as many sequences fill a row without gaps.</summary>
    public int Step;
    public int Low;
    public int High;

    /// <summary>The j of axes 0 and 1 that the results begin with.</summary>
    public int First0;
    public int First1;

    /// <summary>The j of axis 1 that there are rows of, and the place of the first one in the destination.</summary>
    public int Start1;
    public int End1;

    /// <summary>The first row's place in the destination, of the block's first image.</summary>
    public nint To;

    /// <summary>Where the sequences begin, in the order of the destination; null where they leave gaps.</summary>
    public T** Interleaved;

    /// <summary>The j of axis 1 from one to before another that there are rows of; false where there are none.</summary>
    public readonly bool Reaches(int from, int to, out int first, out int end)
    {
        (first, end) = (Math.Max(from, Start1), Math.Min(to, End1));
        return first < end;
    }

    /// <summary>Sequence k begins k places behind the first where there are as many as fill a row.</summary>
    public void Interleave(T** starts)
    {
        Interleaved = starts;
        for (int k = 0; k < Count; k++) starts[Sequences[k].First - Low] = Sequences[k].From;
    }
}

/// <summary>Results that stand next to each other: where, how many, and the first one's place in the destination's row; the next one's is phases * lanes further.</summary>
internal readonly unsafe struct SequenceOfResults<T>(T* from, int count, int first)
    where T : unmanaged
{
    public T* From { get; } = from;

    public int Count { get; } = count;

    public int First { get; } = first;
}

/// <summary>The j of each axis for which a set of phases is computed.</summary>
internal readonly record struct PhaseRange((int First, int End) Axis0, (int First, int End) Axis1, (int First, int End) Axis2);
