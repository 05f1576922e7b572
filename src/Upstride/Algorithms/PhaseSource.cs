using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>
/// How the source of a block stands in its buffer: [channel][plane][row of axis 0][row of axis 1][lane][column][image], with the zeros
/// that the windows reach beyond the source. Columns of axis 2 may be dealt out to lanes, column c standing in lane c % <paramref name="Lanes"/>.
/// </summary>
/// <param name="Channel">Elements from channel to channel.</param>
/// <param name="Plane">From plane to plane.</param>
/// <param name="Rows0">Rows of axis 0.</param>
/// <param name="Rows1">Rows of axis 1.</param>
/// <param name="Columns">Columns of axis 2, over all lanes.</param>
/// <param name="Lane">From lane to lane.</param>
/// <param name="Lanes">Lanes that the columns are dealt out to.</param>
/// <param name="Images">Images that stand side by side.</param>
/// <param name="Shifts">Copies of each plane, each beginning a column further, so that no row needs a halo.</param>
internal readonly record struct SourceLayout(long Channel, long Plane, int Rows0, int Rows1, int Columns, nint Lane, int Lanes, int Images, int Shifts = 1)
{
    /// <summary>From row to row of axis 1.</summary>
    public nint Row => Lane * Lanes;
}

/// <summary>The first step of every phase computation: copies what the windows of a block read, with zeros where they leave the source.</summary>
internal readonly unsafe struct PhaseSource<T>(WindowProblem problem, SourceLayout layout)
    where T : unmanaged, INumber<T>
{
    // Channels ahead that are fetched: one takes less time than memory to answer.
    private const int Ahead = 4;

    /// <summary>Fills the buffer with some channels of a block.</summary>
    /// <param name="place">The block.</param>
    /// <param name="source">The first of these channels in the tensor, in its first image.</param>
    /// <param name="channels">How many.</param>
    /// <param name="buffer">In this source's layout, the first of these channels first.</param>
    public void Pack(in PhasePlace place, T* source, int channels, T* buffer)
    {
        (WindowAxis a0, WindowAxis a1, WindowAxis a2) = (problem.Axes[0], problem.Axes[1], problem.Axes[2]);
        source += place.Image * problem.Source.Image;
        if (IsPlain)
        {
            PackPlanes(place, source, channels, buffer);
            return;
        }
        if (DealsPlanes && layout.Images == 1)
        {
            DealPlanes(place, source, channels, buffer);
            return;
        }
        for (int q0 = 0; q0 < a0.SourceStep; q0++)
        for (int q1 = 0; q1 < a1.SourceStep; q1++)
        for (int q2 = 0; q2 < (DealsPlanes ? 1 : a2.SourceStep); q2++)
        for (int shift = 0; shift < layout.Shifts; shift++)
        {
            T* row = buffer + (problem.PlaneIndex(q0, q1, q2) * layout.Shifts + shift) * layout.Plane;
            for (int r0 = 0; r0 < layout.Rows0; r0++)
            for (int r1 = 0; r1 < layout.Rows1; r1++, row += layout.Row)
            {
                int s0 = a0.SourceOf(q0, place.Start0 + a0.Lowest + r0);
                int s1 = a1.SourceOf(q1, place.Start1 + a1.Lowest + r1);
                bool inside = (uint)s0 < (uint)a0.SourceLength && (uint)s1 < (uint)a1.SourceLength;
                T* from = inside ? source + s0 * problem.Source.Axis0 + s1 * problem.Source.Axis1 : null;
                if (DealsPlanes) DealImages(place, from, channels, row);
                else PackRow(place, from, q2, shift, channels, row);
            }
        }
    }

    /// <summary>Whether a contiguous row of the source is dealt out to all its planes of axis 2, and their lanes, at once.</summary>
    private bool DealsPlanes => problem.ChannelsFirst && layout.Shifts == 1
        && (layout.Images == 1 ? problem.Axes[2].SourceStep * layout.Lanes > 1
            : problem.Axes[2].SourceStep > 1 && layout.Images == Interleaving.Lanes && Interleaving.IsAccelerated<T>());

    /// <summary>All rows of a channel that one plane of axes 0 and 1 holds, to every plane of axis 2 and every lane.</summary>
    private void DealPlanes(in PhasePlace place, T* source, int channels, T* buffer)
    {
        (WindowAxis a0, WindowAxis a1, WindowAxis a2) = (problem.Axes[0], problem.Axes[1], problem.Axes[2]);
        int planes = a2.SourceStep, sequences = planes * layout.Lanes, total = planes * layout.Columns;
        int first = a2.SourceOf(0, place.Start2 + a2.Lowest);
        int low = Math.Clamp(-first, 0, total), high = Math.Clamp(a2.SourceLength - first, low, total);
        T** destinations = stackalloc T*[sequences];
        source += first;

        // Where a block has one row, those of all channels are dealt out like the rows of one.
        bool isRow = layout.Rows0 * layout.Rows1 == 1;
        int together = isRow ? channels : 1;
        nint pitch = isRow ? problem.Source.Channel : a1.SourceStep * problem.Source.Axis1, pitchTo = isRow ? (nint)layout.Channel : layout.Row;
        for (int channel = 0; channel < channels; channel += together, source += problem.Source.Channel, buffer += layout.Channel)
        for (int q0 = 0; q0 < a0.SourceStep; q0++)
        for (int q1 = 0; q1 < a1.SourceStep; q1++)
        {
            int start1 = place.Start1 + a1.Lowest;
            (int top, int bottom) = a1.Inside(q1);
            top = Math.Clamp(top - start1, 0, layout.Rows1);
            bottom = Math.Clamp(bottom - start1, top, layout.Rows1);
            T* to = buffer + problem.PlaneIndex(q0, q1, 0) * layout.Plane;
            for (int r0 = 0; r0 < layout.Rows0; r0++, to += layout.Rows1 * layout.Row)
            {
                int s0 = a0.SourceOf(q0, place.Start0 + a0.Lowest + r0);
                int end = (uint)s0 < (uint)a0.SourceLength ? bottom : top;
                for (int c = 0; c < together; c++)
                for (int q2 = 0; q2 < planes; q2++)
                {
                    T* plane = to + c * layout.Channel + q2 * layout.Plane;
                    Rows.Clear(plane, 1, top * layout.Row);
                    Rows.Clear(plane + end * layout.Row, 1, (layout.Rows1 - end) * layout.Row);
                }
                if (!isRow && r0 == 0 && channel < channels - Ahead) PrefetchChannel(place, source - first + a1.SourceOf(q1, start1 + top) * problem.Source.Axis1, end - top, pitch);
                for (int k = 0; k < sequences; k++) destinations[k] = to + k % planes * layout.Plane + k / planes * layout.Lane + top * layout.Row;
                Interleaving.Deal(
                    source + s0 * problem.Source.Axis0 + a1.SourceOf(q1, start1 + top) * problem.Source.Axis1, pitch,
                    low, high, total, sequences, destinations, pitchTo, (end - top) * together);
            }
        }
    }

    /// <summary>The same for images that stand side by side: squares of sixteen columns and images are turned, each column to its plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DealImages(in PhasePlace place, T* source, int channels, T* buffer)
    {
        WindowAxis axis = problem.Axes[2];
        int start = place.Start2 + axis.Lowest;
        int first = Math.Max(axis.SourceOf(0, start), 0), end = Math.Min(axis.SourceOf(0, start + layout.Columns), axis.SourceLength);
        T** columns = stackalloc T*[Interleaving.Lanes];
        for (int channel = 0; channel < channels; channel++)
        {
            T* to = buffer + channel * layout.Channel;
            for (int q = 0; q < axis.SourceStep; q++)
            {
                (int low, int high) = InsideRow(axis, q, start);
                Clear(to + q * layout.Plane, low, source is null ? low : high);
            }
            if (source is null) continue;
            T* from = source + channel * problem.Source.Channel;
            for (int s = first; s < end; s += Interleaving.Lanes)
            {
                int here = Math.Min(Interleaving.Lanes, end - s);
                (int m, int q) = Math.DivRem(s - axis.SourceOf(0, start), axis.SourceStep);
                for (int i = 0; i < here; i++)
                {
                    columns[i] = Column(m, to + q * layout.Plane);
                    if (++q == axis.SourceStep) (m, q) = (m + 1, 0);
                }
                if (place.Images == layout.Images) Interleaving.ToColumns(from + s, problem.Source.Image, here, columns);
                else for (int i = 0; i < here; i++) Rows.Copy(from + s + i, problem.Source.Image, columns[i], 1, place.Images);
            }
        }
    }

    /// <summary>Zeros in all lanes of a row, but for columns first .. end - 1.</summary>
    private void Clear(T* row, int first, int end)
    {
        for (int lane = 0; lane < layout.Lanes; lane++)
        {
            // Column lane + Lanes*i of the row is element i of the lane.
            int total = Share(layout.Columns, lane), low = Share(first, lane), high = Share(end, lane);
            Rows.Clear(row + lane * layout.Lane, 1, (nint)low * layout.Images);
            Rows.Clear(row + lane * layout.Lane + (nint)high * layout.Images, 1, (nint)(total - high) * layout.Images);
        }
    }

    private (int First, int End) InsideRow(WindowAxis axis, int residue, int start)
    {
        (int first, int end) = axis.Inside(residue);
        first = Math.Clamp(first - start, 0, layout.Columns);
        return (first, Math.Clamp(end - start, first, layout.Columns));
    }

    /// <summary>Whether rows of the buffer are stretches of the source's rows.</summary>
    private bool IsPlain => layout.Lanes == 1 && layout.Images == 1 && problem.ChannelsFirst && problem.Planes == 1;

    /// <summary>Has the rows of a channel further on fetched, which begin elsewhere where a block holds a part of the plane.</summary>
    /// <param name="place">The block.</param>
    /// <param name="rows">The first of the channel's rows, column 0.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="pitch">From row to row.</param>
    private void PrefetchChannel(in PhasePlace place, T* rows, nint count, nint pitch)
    {
        WindowAxis axis = problem.Axes[2];
        int columns = layout.Columns * axis.SourceStep, first = axis.SourceOf(0, place.Start2 + axis.Lowest);
        if (layout.Rows1 >= problem.Axes[1].SourceLength / problem.Axes[1].SourceStep && columns >= axis.SourceLength) return;
        (int low, int high) = (Math.Max(first, 0), Math.Min(first + columns, axis.SourceLength));
        rows += Ahead * problem.Source.Channel + low;
        for (nint r = 0; r < count; r++) Rows.Prefetch(rows + r * pitch, high - low);
    }

    /// <summary>Such rows, a plane of axes 1 and 2 at a time.</summary>
    private void PackPlanes(in PhasePlace place, T* source, int channels, T* buffer)
    {
        (WindowAxis a0, WindowAxis a1, WindowAxis a2) = (problem.Axes[0], problem.Axes[1], problem.Axes[2]);
        int start1 = a1.SourceOf(0, place.Start1 + a1.Lowest), start2 = a2.SourceOf(0, place.Start2 + a2.Lowest);
        nint top = Math.Clamp(-start1, 0, layout.Rows1), bottom = Math.Clamp(a1.SourceLength - start1, (int)top, layout.Rows1);
        source += (start1 + top) * problem.Source.Axis1;
        for (int channel = 0; channel < channels; channel++, source += problem.Source.Channel)
        for (int shift = 0; shift < layout.Shifts; shift++)
        {
            if (shift == 0 && channel < channels - Ahead) PrefetchChannel(place, source, bottom - top, problem.Source.Axis1);
            nint left = Math.Clamp(-start2 - shift, 0, layout.Columns), right = Math.Clamp(a2.SourceLength - start2 - shift, (int)left, layout.Columns);
            T* to = buffer + channel * layout.Channel + shift * layout.Plane;
            for (int r0 = 0; r0 < layout.Rows0; r0++, to += layout.Rows1 * layout.Row)
            {
                int s0 = a0.SourceOf(0, place.Start0 + a0.Lowest + r0);
                PlaneCopy.Framed(
                    source + s0 * problem.Source.Axis0 + start2 + shift + left, problem.Source.Axis1, to, layout.Rows1, layout.Columns,
                    (uint)s0 < (uint)a0.SourceLength ? (top, bottom) : (bottom, bottom), (left, right));
            }
        }
    }

    /// <summary>One row of one plane for all channels and images; a null source is all zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackRow(in PhasePlace place, T* source, int residue, int shift, int channels, T* buffer)
    {
        WindowAxis axis = problem.Axes[2];
        int start = place.Start2 + axis.Lowest + shift;
        (int first, int end) = InsideRow(axis, residue, start);
        if (source is null) end = first;
        nint step = problem.Source.Axis2 * axis.SourceStep;
        int turned = end > first ? TurnChannels(source + axis.SourceOf(residue, start + first) * problem.Source.Axis2, step, first, end, channels, buffer) : 0;
        for (int channel = 0; channel < channels; channel++)
        {
            T* destination = buffer + channel * layout.Channel;
            Clear(destination, first, end);
            if (end > first && channel >= turned)
                CopyRow(place, source + channel * problem.Source.Channel + axis.SourceOf(residue, start + first) * problem.Source.Axis2, step, first, end, destination);
        }
    }

    /// <summary>Of a source whose channels stand side by side, squares of sixteen channels and columns first .. end - 1; returns how many channels those are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int TurnChannels(T* from, nint step, int first, int end, int channels, T* buffer)
    {
        if (problem.ChannelsFirst || layout.Images > 1 || layout.Lanes > 1 || !Interleaving.IsAccelerated<T>()) return 0;
        T** columns = stackalloc T*[Interleaving.Lanes];
        int channel = 0;
        for (; channel + Interleaving.Lanes <= channels; channel += Interleaving.Lanes)
        for (int column = first; column < end; column += Interleaving.Lanes)
        {
            int here = Math.Min(Interleaving.Lanes, end - column);
            for (int i = 0; i < here; i++) columns[i] = from + channel + (column + i - first) * step;
            Interleaving.ToRows(columns, here, buffer + channel * layout.Channel + column, (nint)layout.Channel, Interleaving.Lanes);
        }
        return channel;
    }

    /// <summary>Columns first .. end - 1 of one channel, of all images, to their lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyRow(in PhasePlace place, T* from, nint step, int first, int end, T* destination)
    {
        if (layout.Images > 1)
        {
            CopyImages(place, from, step, first, end, destination);
            return;
        }
        for (int lane = 0; lane < layout.Lanes; lane++)
        {
            int low = Share(first, lane), high = Share(end, lane);
            if (high > low) Rows.Copy(from + (lane + low * layout.Lanes - first) * step, step * layout.Lanes, destination + lane * layout.Lane + low, 1, high - low);
        }
    }

    /// <summary>The same for images that stand side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyImages(in PhasePlace place, T* from, nint step, int first, int end, T* destination)
    {
        int column = first;
        if (step == 1 && layout.Images == Interleaving.Lanes && place.Images == layout.Images && Interleaving.IsAccelerated<T>())
        {
            T** columns = stackalloc T*[Interleaving.Lanes];
            for (; column < end; column += Interleaving.Lanes)
            {
                int here = Math.Min(Interleaving.Lanes, end - column);
                for (int i = 0; i < here; i++) columns[i] = Column(column + i, destination);
                Interleaving.ToColumns(from + (column - first), problem.Source.Image, here, columns);
            }
        }
        for (; column < end; column++) Rows.Copy(from + (column - first) * step, problem.Source.Image, Column(column, destination), 1, place.Images);
    }

    /// <summary>Where the images of a column stand side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T* Column(int column, T* row) => layout.Lanes == 1
        ? row + column * (nint)layout.Images
        : row + column % layout.Lanes * layout.Lane + column / layout.Lanes * (nint)layout.Images;

    /// <summary>How many of the first <paramref name="columns"/> columns stand in a lane.</summary>
    private int Share(int columns, int lane) => Math.Max(0, columns - lane + layout.Lanes - 1) / layout.Lanes;
}
