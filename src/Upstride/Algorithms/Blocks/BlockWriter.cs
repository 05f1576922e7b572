using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Upstride.Algorithms.Tiles;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Blocks;

/// <summary>
/// The last step of every phase computation: interleaves the phases, applies the epilogue, and writes each element of the destination once.
/// </summary>
/// <remarks>Along an axis: j is a phase coordinate of the whole problem, the block's results are counted from its first j
/// (<see cref="BlockOrigin"/>), and the result of residue r at j is the destination's element s*j + r - head.</remarks>
internal sealed unsafe class BlockWriter<T>
    where T : unmanaged, INumber<T>
{
    // Elements of a channel that are written before the epilogue goes over them: 8 KB of floats, with their results a third of a first
    // cache.
    private const int StripElements = 2048;

    private readonly PolyphaseProblem _problem;
    private readonly Epilogue<T> _epilogue;
    private readonly ResultLayout _layout;
    private readonly bool _isInPlace;
    private readonly bool _streams;
    private readonly PhaseRange[] _ranges;
    private readonly (int Set, int Row)[] _rowOf;

    /// <summary>What a block's results are written with.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="ranges">The j that each set is computed for.</param>
    /// <param name="rowOf">For each phase its set and its row among all members.</param>
    /// <param name="layout">How the results stand.</param>
    /// <param name="isInPlace">Whether they are in the destination already, and need the epilogue alone.</param>
    /// <param name="epilogue">What happens to each element.</param>
    public BlockWriter(PolyphaseProblem problem, PhaseRange[] ranges, (int Set, int Row)[] rowOf, ResultLayout layout, bool isInPlace,
        Epilogue<T> epilogue)
    {
        _problem = problem;
        _ranges = ranges;
        _rowOf = rowOf;
        _layout = layout;
        _isInPlace = isInPlace;
        _streams = !isInPlace && (double)problem.Batch * problem.Destination.Image * sizeof(T) > MachineModel.StreamedBytes;
        _epilogue = epilogue;
    }

    /// <summary>Where the rows of one block are kept: one for each thread.</summary>
    public OutputRows<T> CreateRows() => new(_problem, _ranges, _rowOf, _layout);

    /// <summary>Writes the results of one chunk of channels of one block.</summary>
    /// <param name="rows">This thread's.</param>
    /// <param name="place">The block.</param>
    /// <param name="firstChannel">The chunk's first channel in the destination.</param>
    /// <param name="channels">Its channels.</param>
    /// <param name="sets">The sets whose phases are written, [start, end): all that make the same rows.</param>
    /// <param name="results">In this store's layout.</param>
    /// <param name="destination">The whole destination.</param>
    /// <param name="residual">The whole residual, where the epilogue adds one.</param>
    public void Write(
        OutputRows<T> rows, in BlockOrigin place, int firstChannel, int channels, Interval sets, T* results, T* destination, T* residual)
    {
        if (_isInPlace && _epilogue.IsNone) return;
        rows.Find(place, channels, sets, results);
        nint pitch0 = _problem.Axes[0].DestinationDistance * _problem.Destination.Depth,
            pitch1 = _problem.Axes[1].DestinationDistance * _problem.Destination.Height;
        for (int r0 = 0; r0 < _problem.Axes[0].Phases.Length; r0++)
        {
            ReadOnlySpan<OutputRow<T>> here = rows.Of(r0, out RowSpan range);
            if (here.IsEmpty) continue;
            for (int j0 = range.Depth.Start; j0 < range.Depth.End; j0++)
            {
                nint from = (j0 - here[0].ResultDepth) * _layout.Depth,
                    to = place.Image * _problem.Destination.Image + (j0 - range.Depth.Start) * pitch0;
                if (range.IsPlain)
                {
                    for (int c = 0; c < channels; c++)
                        StorePlane(here, range, from + c * (nint)_layout.Row, firstChannel + c, destination, residual,
                            to + (firstChannel + c) * _problem.Destination.Channel);
                    continue;
                }

                // Row by row in the order of the destination, whatever phase a row is of, so that each channel is written in one go.
                for (int j1 = range.Height.Start; j1 < range.Height.End; j1++)
                foreach (ref readonly OutputRow<T> row in here)
                {
                    if (j1 < row.Height.Start || j1 >= row.Height.End) continue;
                    nint offset = from + (j1 - row.ResultHeight) * _layout.Height;
                    nint start = row.To + to + (j1 - row.Height.Start) * pitch1;
                    if (_problem.ChannelsFirst)
                        StoreChannelsFirst(place, row, offset, firstChannel, channels, destination, residual, start);
                    else StoreChannelsLast(place, row, offset, firstChannel, channels, destination, residual, start);
                }
            }
        }
    }

    /// <summary>
    /// The rows of one channel, of one j of axis 0, whose runs fill them without gaps: as many at a time as the first cache holds,
    /// those of each residue in one go, and the epilogue while they are in it.
    /// </summary>
    private void StorePlane(
        ReadOnlySpan<OutputRow<T>> rows, RowSpan range, nint from, int channel, T* destination, T* residual, nint to)
    {
        int length = rows[0].High - rows[0].Low;
        nint pitches = _problem.Axes[1].DestinationDistance * _problem.Destination.Height;
        int strip = Math.Max(1, StripElements / (length * rows.Length));

        // Whole rows of every residue are one stretch of the channel.
        bool isWhole = rows.Length == _problem.Axes[1].DestinationDistance && length == _problem.Axes[2].DestinationLength;
        bool streams = _streams && isWhole && strip * rows.Length * length <= StripElements;
        T* staged = stackalloc T[streams ? StripElements + 2 * Simd.Line / sizeof(T) : 0];
        staged = Simd.AtLine(staged);
        // What is written next is fetched before: this channel's next strip, or the first one of the channel behind it.
        nint next = to + rows[0].To + rows[0].Low + _problem.Destination.Channel;
        for (int start = range.Height.Start; start < range.Height.End; start += strip)
        {
            nint low = nint.MaxValue, high = nint.MinValue;
            foreach (ref readonly OutputRow<T> row in rows)
            {
                (int first, int end) = row.Height.Clip(new(start, start + strip));
                if (first >= end) continue;
                nint at = row.To + to + row.Low + (first - row.Height.Start) * pitches;
                (low, high) = (nint.Min(low, at), nint.Max(high, at + (end - 1 - first) * pitches + length));
            }
            if (low >= high) continue;
            if (isWhole && !streams && !_isInPlace)
                RowCopy.Prefetch(destination + (start + strip < range.Height.End ? high : next), high - low);

            // What is staged begins as far behind a cache line as where it goes.
            T* target = streams ? staged + (nint)(destination + low) % Simd.Line / sizeof(T) - low : destination;
            foreach (ref readonly OutputRow<T> row in rows)
            {
                (int first, int end) = row.Height.Clip(new(start, start + strip));
                if (first >= end) continue;
                nint at = row.To + to + row.Low + (first - row.Height.Start) * pitches;
                if (!_isInPlace && _problem.Axes[2].Lattices > 1)
                    RunDealing.Collect(row.Runs->From + from + (first - row.ResultHeight) * _layout.Height, _layout.Lane, _layout.Height,
                        _problem.Axes[2].Lattices, _layout.Lanes, target + at, pitches, end - first, length);
                else if (!_isInPlace)
                    Interleaving.Interleave(row.Interleaved, from + (first - row.ResultHeight) * _layout.Height, _layout.Height, row.Step,
                        target + at, pitches, end - first, length);
                for (int j = first; j < end && !_epilogue.IsNone && !isWhole; j++)
                    Finish(target, at + (j - first) * pitches, length, channel, residual);
            }
            if (isWhole && !_epilogue.IsNone) Finish(target, low, (int)(high - low), channel, residual);
            if (streams) RowCopy.Stream(target + low, destination + low, high - low);
        }
    }

    /// <summary>The epilogue over neighbouring elements of one channel.</summary>
    private void Finish(T* destination, nint at, int length, int channel, T* residual)
    {
        ReadOnlySpan<T> added = _epilogue.AddsResidual ? MemoryMarshal.CreateReadOnlySpan(ref residual[at], length) : default;
        _epilogue.ApplyToChannel(new Span<T>(destination + at, length), channel, added);
    }

    /// <summary>Where the result of a j of a block's lattice is in its channel of the destination, for a problem of one phase.</summary>
    public nint Start(in BlockOrigin place, int j0, int j1, int j2) =>
        Place(0, place.Lattice0, j0) * _problem.Destination.Depth + Place(1, place.Lattice1, j1) * _problem.Destination.Height
        + Place(2, 0, j2) * _problem.Destination.Width;

    private nint Place(int axis, int lattice, int j) =>
        _problem.Axes[axis].DestinationOf(_problem.Axes[axis].Phases[0], lattice, j);

    /// <summary>One row of [batch, channels, space...] for each channel and image: all phases of the last axis, interleaved.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreChannelsFirst(
        in BlockOrigin place, in OutputRow<T> row, nint from, int firstChannel, int channels, T* destination, T* residual, nint to)
    {
        if (_layout.Images > 1)
        {
            StoreImages(place, row, from, firstChannel, channels, destination, residual, to);
            return;
        }
        nint first = to + (nint)firstChannel * _problem.Destination.Channel;
        for (int c = 0; c < channels; c++, first += _problem.Destination.Channel, from += (nint)_layout.Row)
        {
            for (int k = 0; k < row.Count; k++)
                RowCopy.Copy(row.Runs[k].From + from, 1, destination + first + row.Runs[k].First, row.Step, row.Runs[k].Count);
            if (!_epilogue.IsNone) Finish(destination, first + row.Low, row.High - row.Low, firstChannel + c, residual);
        }
    }

    /// <summary>
    /// The same for images that are stored side by side: each goes to a row of its own. Where the columns are is found once for all
    /// channels.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreImages(
        in BlockOrigin place, in OutputRow<T> row, nint from, int firstChannel, int channels, T* destination, T* residual, nint to)
    {
        const int Batch = 256;
        T** columns = stackalloc T*[Math.Min(Batch, row.High - row.Low)];
        for (int start = row.Low; start < row.High; start += Batch)
        {
            int end = Math.Min(start + Batch, row.High);
            for (int k = 0; k < row.Count; k++)
            {
                ResultRun<T> run = row.Runs[k];
                int i = Math.Max(0, Integers.DivideUp(start - run.First, row.Step));
                for (int at = run.First + i * row.Step; at < end && i < run.Count; i++, at += row.Step)
                    columns[at - start] = run.From + from + (nint)i * _layout.Images;
            }
            for (int c = 0; c < channels; c++)
            {
                nint at = to + (nint)(firstChannel + c) * _problem.Destination.Channel + start;
                Interleaving.TransposeToRows(columns, end - start, destination + at, _problem.Destination.Image, place.Images,
                    c * (nint)_layout.Row);
                if (_epilogue.IsNone) continue;
                for (int image = 0; image < place.Images; image++)
                    Finish(destination, at + image * _problem.Destination.Image, end - start, firstChannel + c, residual);
            }
        }
    }

    /// <summary>
    /// One row of [batch, space..., channels]: the chunk's channels of each position side by side, sixteen positions of a run at a time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreChannelsLast(
        in BlockOrigin place, in OutputRow<T> row, nint from, int firstChannel, int channels, T* destination, T* residual, nint to)
    {
        T** starts = stackalloc T*[channels];
        nint pitch = row.Step * _problem.Destination.Width;
        for (int k = 0; k < row.Count; k++)
        for (int image = 0; image < place.Images; image++)
        {
            ResultRun<T> run = row.Runs[k];
            nint first = to + image * _problem.Destination.Image + run.First * _problem.Destination.Width + firstChannel;
            if (_layout.Images == 1)
            {
                for (int c = 0; c < channels; c++) starts[c] = run.From + from + c * (nint)_layout.Row;
                for (int i = 0; i < run.Count; i += Interleaving.Lanes)
                {
                    Interleaving.TransposeToRows(starts, channels, destination + first + i * pitch, pitch,
                        Math.Min(Interleaving.Lanes, run.Count - i), i);
                }
            }
            for (int i = 0; i < run.Count; i++)
            {
                nint pixel = first + i * pitch;
                if (_layout.Images > 1)
                    RowCopy.Copy(run.From + from + (nint)i * _layout.Images + image, (nint)_layout.Row, destination + pixel, 1, channels);
                if (_epilogue.IsNone) continue;
                ReadOnlySpan<T> added = _epilogue.AddsResidual ? MemoryMarshal.CreateReadOnlySpan(ref residual[pixel], channels) : default;
                _epilogue.ApplyAcrossChannels(new Span<T>(destination + pixel, channels), firstChannel, added);
            }
        }
    }
}
