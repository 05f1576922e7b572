using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Upstride.Geometry;
using Upstride.Kernels;

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

/// <summary>The last step of every phase computation: interleaves the phases, applies the epilogue, and writes each element of the destination once.</summary>
internal sealed unsafe class PhaseStore<T>
    where T : unmanaged, INumber<T>
{
    // Elements of a channel that are written before the epilogue goes over them: 8 KB of floats, with their results a third of a first cache.
    private const int StripElements = 2048;

    // A destination that no third cache keeps until it is read again is written past the caches: its lines need not be read first.
    private const double StreamedBytes = 32 * 1024 * 1024;

    private readonly WindowProblem _problem;
    private readonly Epilogue<T> _epilogue;
    private readonly ResultLayout _layout;
    private readonly bool _isInPlace;
    private readonly bool _streams;
    private readonly PhaseRange[] _ranges;
    private readonly (int Set, int Row)[] _rowOf;

    public PhaseStore(WindowProblem problem, PhaseRange[] ranges, (int Set, int Row)[] rowOf, ResultLayout layout, bool isInPlace, Epilogue<T> epilogue)
    {
        _problem = problem;
        _ranges = ranges;
        _rowOf = rowOf;
        _layout = layout;
        _isInPlace = isInPlace;
        _streams = !isInPlace && (double)problem.Batch * problem.Destination.Image * sizeof(T) > StreamedBytes;
        _epilogue = epilogue;
    }

    /// <summary>Writes the results of one chunk of channels of one block.</summary>
    /// <param name="place">The block.</param>
    /// <param name="firstChannel">The chunk's first channel in the destination.</param>
    /// <param name="channels">Its channels.</param>
    /// <param name="sets">The sets whose phases are written, first and one past the last: all that make the same rows.</param>
    /// <param name="results">In this store's layout.</param>
    /// <param name="destination">The whole destination.</param>
    /// <param name="residual">The whole residual, where the epilogue adds one.</param>
    public void Run(in PhasePlace place, int firstChannel, int channels, (int First, int End) sets, T* results, T* destination, T* residual)
    {
        if (_isInPlace && _epilogue.IsNone) return;
        (WindowAxis axis0, WindowAxis axis1) = (_problem.Axes[0], _problem.Axes[1]);
        int step = _problem.Axes[2].DestinationStep * _layout.Lanes;
        RowOfSequences* rows = stackalloc RowOfSequences[axis1.Phases.Length];
        Sequence* sequences = stackalloc Sequence[axis1.Phases.Length * step];
        T** interleaved = stackalloc T*[axis1.Phases.Length * step];
        nint pitch0 = axis0.DestinationStep * _problem.Destination.Axis0, pitch1 = axis1.DestinationStep * _problem.Destination.Axis1;
        for (int r0 = 0; r0 < axis0.Phases.Length; r0++)
        {
            WindowPhase phase0 = axis0.Phases[r0];
            (int first0, int end0) = place.Clip((phase0.First, phase0.End), 0);
            if (first0 >= end0) continue;
            int count = 0, first1 = int.MaxValue, end1 = int.MinValue;
            bool isPlain = _problem.ChannelsFirst && _layout.Images == 1;
            for (int r1 = 0; r1 < axis1.Phases.Length; r1++)
            {
                RowOfSequences row = Sequences(place, (r0, r1), sets, channels, results, sequences + count * step, step);
                if (row.Count == 0 || row.Start1 >= row.End1) continue;
                (first1, end1) = (Math.Min(first1, row.Start1), Math.Max(end1, row.End1));
                row.To = place.Image * _problem.Destination.Image + phase0.FirstDestination * _problem.Destination.Axis0
                    + row.FirstDestination1 * _problem.Destination.Axis1;
                isPlain &= row.Count == step;
                if (isPlain) row.Interleave(interleaved + count * step);
                rows[count++] = row;
            }
            if (count == 0) continue;
            for (int j0 = first0; j0 < end0; j0++)
            {
                var span = new ReadOnlySpan<RowOfSequences>(rows, count);
                nint from = (j0 - rows[0].First0) * _layout.Axis0, to = (j0 - phase0.First) * pitch0;
                if (isPlain)
                {
                    for (int c = 0; c < channels; c++)
                        StorePlane(span, (first1, end1), from + c * (nint)_layout.Row, firstChannel + c, destination, residual, to + (firstChannel + c) * _problem.Destination.Channel);
                    continue;
                }

                // Row by row in the order of the destination, whatever phase a row is of, so that each channel is written in one go.
                for (int j1 = first1; j1 < end1; j1++)
                foreach (ref readonly RowOfSequences row in span)
                {
                    if (j1 < row.Start1 || j1 >= row.End1) continue;
                    nint offset = from + (j1 - row.First1) * _layout.Axis1;
                    nint start = row.To + to + (j1 - row.Start1) * pitch1;
                    if (_problem.ChannelsFirst) StoreChannelsFirst(place, row, offset, firstChannel, channels, destination, residual, start);
                    else StoreChannelsLast(place, row, offset, firstChannel, channels, destination, residual, start);
                }
            }
        }
    }

    /// <summary>
    /// The rows of one channel, of one j of axis 0, whose sequences fill them without gaps: as many at a time as the first cache holds,
    /// those of each residue in one go, and the epilogue while they are in it.
    /// </summary>
    private void StorePlane(
        ReadOnlySpan<RowOfSequences> rows, (int First, int End) range, nint from, int channel, T* destination, T* residual, nint to)
    {
        int length = rows[0].High - rows[0].Low;
        nint pitches = _problem.Axes[1].DestinationStep * _problem.Destination.Axis1;
        int strip = Math.Max(1, StripElements / (length * rows.Length));

        // Whole rows of every residue are one stretch of the channel.
        bool isWhole = rows.Length == _problem.Axes[1].DestinationStep && length == _problem.Axes[2].DestinationLength;
        bool streams = _streams && isWhole && strip * rows.Length * length <= StripElements;
        T* staged = stackalloc T[streams ? StripElements + 2 * Simd.Line / sizeof(T) : 0];
        staged = Simd.AtLine(staged);
        for (int start = range.First; start < range.End; start += strip)
        {
            nint low = nint.MaxValue, high = nint.MinValue;
            foreach (ref readonly RowOfSequences row in rows)
            {
                if (!row.Reaches(start, start + strip, out int first, out int end)) continue;
                nint at = row.To + to + row.Low + (first - row.Start1) * pitches;
                (low, high) = (nint.Min(low, at), nint.Max(high, at + (end - 1 - first) * pitches + length));
            }
            if (low >= high) continue;

            // What is staged begins as far behind a cache line as where it goes.
            T* target = streams ? staged + (nint)(destination + low) % Simd.Line / sizeof(T) - low : destination;
            foreach (ref readonly RowOfSequences row in rows)
            {
                if (!row.Reaches(start, start + strip, out int first, out int end)) continue;
                nint at = row.To + to + row.Low + (first - row.Start1) * pitches;
                if (!_isInPlace)
                    Interleaving.Run(row.Interleaved, from + (first - row.First1) * _layout.Axis1, _layout.Axis1, row.Step, target + at, pitches, end - first, length);
                for (int j = first; j < end && !_epilogue.IsNone && !isWhole; j++) Finish(target, at + (j - first) * pitches, length, channel, residual);
            }
            if (isWhole && !_epilogue.IsNone) Finish(target, low, (int)(high - low), channel, residual);
            if (streams) Rows.Stream(target + low, destination + low, high - low);
        }
    }

    /// <summary>The epilogue over neighbouring elements of one channel.</summary>
    private void Finish(T* destination, nint at, int length, int channel, T* residual)
    {
        ReadOnlySpan<T> added = _epilogue.AddsResidual ? MemoryMarshal.CreateReadOnlySpan(ref residual[at], length) : default;
        _epilogue.ApplyToChannel(new Span<T>(destination + at, length), channel, added);
    }

    /// <summary>Where the result of a j stands in its channel of the destination, for a problem of one phase.</summary>
    public nint Start(int j0, int j1, int j2) =>
        Place(0, j0) * _problem.Destination.Axis0 + Place(1, j1) * _problem.Destination.Axis1 + Place(2, j2) * _problem.Destination.Axis2;

    private nint Place(int axis, int j)
    {
        WindowPhase phase = _problem.Axes[axis].Phases[0];
        return phase.FirstDestination + (nint)_problem.Axes[axis].DestinationStep * (j - phase.First);
    }

    /// <summary>One row of [batch, channels, space...] for each channel and image: all phases of the last axis, interleaved.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreChannelsFirst(
        in PhasePlace place, in RowOfSequences row, nint from, int firstChannel, int channels, T* destination, T* residual, nint to)
    {
        nint first = to + (nint)firstChannel * _problem.Destination.Channel + row.Low;
        for (int c = 0; c < channels; c++, first += _problem.Destination.Channel, from += (nint)_layout.Row)
        {
            StoreImages(place, row, from, destination + first);
            if (_epilogue.IsNone) continue;
            for (int image = 0; image < place.Images; image++) Finish(destination, first + image * _problem.Destination.Image, row.High - row.Low, firstChannel + c, residual);
        }
    }

    /// <summary>One row of one channel for each image of the block: what stands side by side goes to as many rows, sixteen columns at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreImages(in PhasePlace place, in RowOfSequences row, nint from, T* destination)
    {
        if (_layout.Images == 1)
        {
            for (int k = 0; k < row.Count; k++)
                Rows.Copy(row.Sequences[k].From + from, 1, destination + row.Sequences[k].First - row.Low, row.Step, row.Sequences[k].Count);
            return;
        }
        const int Batch = Interleaving.Lanes;
        T** columns = stackalloc T*[Batch];
        for (int start = row.Low; start < row.High; start += Batch)
        {
            int end = Math.Min(start + Batch, row.High);
            for (int k = 0; k < row.Count; k++)
            {
                Sequence sequence = row.Sequences[k];
                int i = Math.Max(0, (start - sequence.First + row.Step - 1) / row.Step);
                for (int at = sequence.First + i * row.Step; at < end && i < sequence.Count; i++, at += row.Step)
                    columns[at - start] = sequence.From + from + (nint)i * _layout.Images;
            }
            Interleaving.ToRows(columns, end - start, destination + start - row.Low, _problem.Destination.Image, place.Images);
        }
    }

    /// <summary>One row of [batch, space..., channels]: the chunk's channels of each position side by side, sixteen positions of a sequence at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreChannelsLast(
        in PhasePlace place, in RowOfSequences row, nint from, int firstChannel, int channels, T* destination, T* residual, nint to)
    {
        T** starts = stackalloc T*[channels];
        nint pitch = row.Step * _problem.Destination.Axis2;
        for (int k = 0; k < row.Count; k++)
        for (int image = 0; image < place.Images; image++)
        {
            Sequence sequence = row.Sequences[k];
            nint first = to + image * _problem.Destination.Image + sequence.First * _problem.Destination.Axis2 + firstChannel;
            if (_layout.Images == 1)
            {
                for (int c = 0; c < channels; c++) starts[c] = sequence.From + from + c * (nint)_layout.Row;
                for (int i = 0; i < sequence.Count; i += Interleaving.Lanes)
                {
                    Interleaving.ToRows(starts, channels, destination + first + i * pitch, pitch, Math.Min(Interleaving.Lanes, sequence.Count - i));
                    for (int c = 0; c < channels; c++) starts[c] += Interleaving.Lanes;
                }
            }
            for (int i = 0; i < sequence.Count; i++)
            {
                nint pixel = first + i * pitch;
                if (_layout.Images > 1) Rows.Copy(sequence.From + from + (nint)i * _layout.Images + image, (nint)_layout.Row, destination + pixel, 1, channels);
                if (_epilogue.IsNone) continue;
                ReadOnlySpan<T> added = _epilogue.AddsResidual ? MemoryMarshal.CreateReadOnlySpan(ref residual[pixel], channels) : default;
                _epilogue.ApplyAcrossChannels(new Span<T>(destination + pixel, channels), firstChannel, added);
            }
        }
    }

    /// <summary>The sequences of results, of a chunk's first channel in the block's first row, that each row of one residue is made of: one for each phase and lane.</summary>
    private RowOfSequences Sequences(
        in PhasePlace place, (int R0, int R1) residues, (int First, int End) sets, int channels, T* results, Sequence* sequences, int step)
    {
        WindowAxis axis = _problem.Axes[2];
        var row = new RowOfSequences { Sequences = sequences, Step = step, Low = int.MaxValue };
        WindowPhase phase1 = _problem.Axes[1].Phases[residues.R1];
        (row.Start1, row.End1) = place.Clip((phase1.First, phase1.End), 1);
        row.FirstDestination1 = phase1.FirstDestination + _problem.Axes[1].DestinationStep * (row.Start1 - phase1.First);
        for (int r2 = 0; r2 < axis.Phases.Length; r2++)
        {
            WindowPhase phase = axis.Phases[r2];
            (int first, int end) = place.Clip((phase.First, phase.End), 2);
            if (first >= end) continue;
            (int set, int index) = _rowOf[_problem.PhaseIndex(residues.R0, residues.R1, r2)];
            if (set < sets.First || set >= sets.End) continue;

            // A set's range of one axis follows from the residue on that axis alone, so the first rows are the same for every r2.
            (row.First0, _) = place.Clip(_ranges[set].Axis0, 0);
            (row.First1, _) = place.Clip(_ranges[set].Axis1, 1);
            (int set2, _) = place.Clip(_ranges[set].Axis2, 2);
            T* from = results + (long)index * channels * _layout.Row;
            int destination = phase.FirstDestination + axis.DestinationStep * (first - phase.First);
            row.Low = Math.Min(row.Low, destination);
            row.High = Math.Max(row.High, destination + axis.DestinationStep * (end - first - 1) + 1);
            for (int u = 0; u < _layout.Lanes && first + u < end; u++)
            {
                int column = first + u - set2;
                int count = (end - first - u + _layout.Lanes - 1) / _layout.Lanes;
                sequences[row.Count++] = new(
                    from + column % _layout.Lanes * _layout.Lane + column / _layout.Lanes * (nint)_layout.Images, count, destination + axis.DestinationStep * u);
            }
        }
        return row;
    }

    /// <summary>The sequences that a row of the destination is made of, and the part of the row that they fill.</summary>
    private struct RowOfSequences
    {
        public Sequence* Sequences;
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
        public int FirstDestination1;

        /// <summary>The first row's place in the destination.</summary>
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
    private readonly struct Sequence(T* from, int count, int first)
    {
        public T* From { get; } = from;

        public int Count { get; } = count;

        public int First { get; } = first;
    }
}

/// <summary>The j of each axis for which a set of phases is computed.</summary>
internal readonly record struct PhaseRange((int First, int End) Axis0, (int First, int End) Axis1, (int First, int End) Axis2);
