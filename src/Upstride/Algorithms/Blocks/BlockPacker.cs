using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.Blocks;

/// <summary>
/// How the source of a block is in its buffer: [channel][plane][row of axis 0][row of axis 1][lane][column][image], with the zeros
/// that the windows reach beyond the source. Columns of axis 2 may be deinterleaved to lanes, column c in lane c %
/// <paramref name="Lanes"/>; of an axis 2 that is split into lattices, a column is one of each, side by side.
/// </summary>
/// <param name="Channel">Elements from channel to channel.</param>
/// <param name="Plane">From plane to plane.</param>
/// <param name="Depth">Rows of axis 0.</param>
/// <param name="Height">Rows of axis 1.</param>
/// <param name="Width">Columns of axis 2, over all lanes.</param>
/// <param name="Lane">From lane to lane.</param>
/// <param name="Lanes">Lanes that the columns are deinterleaved to.</param>
/// <param name="Images">Images that are stored side by side.</param>
/// <param name="Shifts">Copies of each plane, each beginning a column further, so that no row needs a halo.</param>
/// <param name="Panels">The panels that a row falls into; none by default.</param>
internal readonly record struct PackedLayout(long Channel, long Plane, int Depth, int Height, int Width, nint Lane, int Lanes, int Images,
    int Shifts = 1, PackedPanels Panels = default)
{
    /// <summary>From row to row of axis 1.</summary>
    public nint Row => Lane * Lanes;
}

/// <summary>
/// The panels of a row: number p holds its columns from p*<paramref name="Columns"/> on, as many as there are elements from channel to
/// channel, so that neighbours overlap by a window's halo.
/// </summary>
/// <param name="Count">How many there are; 0 where rows are whole.</param>
/// <param name="Columns">Columns from panel to panel.</param>
/// <param name="Pitch">Elements from panel to panel.</param>
/// <param name="Joined">Whether a row of the layout is all rows of a plane one after the other.</param>
internal readonly record struct PackedPanels(int Count, int Columns, nint Pitch, bool Joined);

/// <summary>
/// The first step of every phase computation: copies what the windows of a block read, with zeros where they leave the source.
/// </summary>
internal readonly unsafe struct BlockPacker<T>(PolyphaseProblem problem, PackedLayout layout)
    where T : unmanaged, INumber<T>
{
    // Columns of images whose places are found at once.
    private const int ColumnsAtOnce = 256;

    // Places of a channel that are collected before they go to their panels: a fraction of a first cache.
    private const int CollectedElements = 1024;

    // Channels ahead that are fetched: one takes less time than memory to answer.
    private const int Ahead = 4;

    /// <summary>Fills the buffer with some channels of a block.</summary>
    /// <param name="place">The block.</param>
    /// <param name="source">The first of these channels in the tensor, in its first image.</param>
    /// <param name="channels">How many.</param>
    /// <param name="buffer">In this source's layout, the first of these channels first.</param>
    public void Pack(in BlockOrigin place, T* source, int channels, T* buffer)
    {
        (PolyphaseAxis a0, PolyphaseAxis a1, PolyphaseAxis a2) = (problem.Axes[0], problem.Axes[1], problem.Axes[2]);
        source += place.Image * problem.Source.Image;
        if (layout.Panels.Joined)
        {
            PackPlane(place, source, channels, buffer);
            return;
        }
        if (PacksPlanes)
        {
            PackPlanes(place, source, channels, buffer);
            return;
        }
        bool deals = DealsPlanes;
        foreach (int q0 in a0.Residues)
        foreach (int q1 in a1.Residues)
        foreach (int q2 in a2.Residues)
        for (int shift = 0; shift < layout.Shifts; shift++)
        {
            T* row = buffer + (problem.PlaneIndex(q0, q1, q2) * layout.Shifts + shift) * layout.Plane;
            for (int r0 = 0; r0 < layout.Depth; r0++)
            for (int r1 = 0; r1 < layout.Height; r1++, row += layout.Row)
            {
                int s0 = a0.SourceOf(q0 + place.Lattice0, place.Depth + a0.Lowest + r0);
                int s1 = a1.SourceOf(q1 + place.Lattice1, place.Height + a1.Lowest + r1);
                bool inside = (uint)s0 < (uint)a0.SourceLength && (uint)s1 < (uint)a1.SourceLength;
                T* from = inside ? source + s0 * problem.Source.Depth + s1 * problem.Source.Height : null;
                if (!deals) PackRow(place, from, q2, shift, channels, row);
                else if (q2 == 0) DealImages(place, from, channels, row);
            }
        }
    }

    /// <summary>
    /// Whether contiguous rows of the source become rows of the buffer, deinterleaved to the planes of axis 2 and their lanes, all of a
    /// plane at once.
    /// </summary>
    private bool PacksPlanes =>
        problem.ChannelsFirst && layout.Images == 1 && (layout.Shifts == 1 || problem.Axes[2].SourceStep * layout.Lanes == 1
            || ReadsEveryPlane && problem.Axes[2].Lattices == 1 && layout.Panels.Count == 0);

    /// <summary>Whether a contiguous row of each image is deinterleaved to all planes of axis 2 at once.</summary>
    private bool DealsPlanes => problem.ChannelsFirst && layout.Shifts == 1
        && problem.Axes[2].SourceStep > 1 && ReadsEveryPlane && layout.Images > 1 && Interleaving.FillsColumns<T>(layout.Images);

    /// <summary>Whether every element of a row is on a plane that is read.</summary>
    private bool ReadsEveryPlane => problem.Axes[2].Residues.Length == problem.Axes[2].SourceStep;

    /// <summary>All rows of a channel that one plane of axes 0 and 1 holds, to every plane of axis 2 and every lane.</summary>
    private void PackPlanes(in BlockOrigin place, T* source, int channels, T* buffer)
    {
        (PolyphaseAxis a0, PolyphaseAxis a1, PolyphaseAxis a2) = (problem.Axes[0], problem.Axes[1], problem.Axes[2]);
        int planes = a2.Residues.Length, sequences = planes * layout.Lanes, total = a2.SourceDistance * layout.Width;
        T** destinations = stackalloc T*[sequences];

        // Where a block has one row, those of all channels are deinterleaved like the rows of one.
        bool isRow = layout.Depth * layout.Height == 1;
        int together = isRow ? channels : 1;
        nint pitch = isRow ? problem.Source.Channel : a1.SourceDistance * problem.Source.Height,
            pitchTo = isRow ? (nint)layout.Channel : layout.Row;
        bool readsEvery = ReadsEveryPlane;

        // What does not depend on the channel is found once.
        PlanePart* parts = stackalloc PlanePart[a0.Residues.Length * a1.Residues.Length * layout.Shifts];
        int count = 0;
        foreach (int q0 in a0.Residues)
        foreach (int q1 in a1.Residues)
        {
            int start1 = place.Height + a1.Lowest;
            (int top, int bottom) = a1.Inside(q1 + place.Lattice1);
            top = Math.Clamp(top - start1, 0, layout.Height);
            bottom = Math.Clamp(bottom - start1, top, layout.Height);
            nint from = a1.SourceOf(q1 + place.Lattice1, start1 + top) * problem.Source.Height;
            int depth = a0.SourceOf(q0 + place.Lattice0, place.Depth + a0.Lowest);
            for (int shift = 0; shift < layout.Shifts; shift++)
            {
                int first = a2.SourceOf(0, place.Width + a2.Lowest + shift);
                int low = Math.Clamp(-first, 0, total), high = Math.Clamp(a2.SourceLength - first, low, total);
                nint to = (problem.PlaneIndex(q0, q1, a2.Residues[0]) * layout.Shifts + shift) * (nint)layout.Plane;
                parts[count++] = new(depth, from, top, bottom, first, low, high, to, shift);
            }
        }
        for (int channel = 0; channel < channels; channel += together, source += problem.Source.Channel, buffer += layout.Channel)
        for (int p = 0; p < count; p++)
        {
            ref readonly PlanePart part = ref parts[p];
            T* from = source + part.From, to = buffer + part.To;
            if (!isRow && part.Shift == 0 && channel < channels - Ahead) PrefetchChannel(place, from, part.Bottom - part.Top, pitch);
            for (int r0 = 0; r0 < layout.Depth; r0++, to += layout.Height * layout.Row)
            {
                int s0 = part.Depth + r0 * a0.SourceDistance;
                int top = part.Top, end = (uint)s0 < (uint)a0.SourceLength ? part.Bottom : top;
                T* row = from + s0 * problem.Source.Depth + part.First;
                if (!readsEvery)
                {
                    TakePlanes(place, from + s0 * problem.Source.Depth, pitch, to, pitchTo, new(top, end), together);
                    continue;
                }
                if (layout.Panels.Count > 0)
                {
                    ToPanels(row, pitch, part.Low, part.High, to, pitchTo, new(top, end), together);
                    continue;
                }
                for (int c = 0; c < together && end - top < layout.Height; c++)
                for (int q2 = 0; q2 < planes; q2++)
                {
                    T* plane = to + c * layout.Channel + q2 * layout.Shifts * layout.Plane;
                    if (top > 0) RowCopy.Clear(plane, 1, top * layout.Row);
                    if (end < layout.Height) RowCopy.Clear(plane + end * layout.Row, 1, (layout.Height - end) * layout.Row);
                }
                if (a2.Lattices > 1)
                {
                    RunDealing.Deal(row, pitch, part.Low, part.High, total, a2.Lattices, layout.Lanes, to + top * layout.Row, layout.Lane,
                        pitchTo, (end - top) * together);
                    continue;
                }
                for (int k = 0; k < sequences; k++)
                    destinations[k] = to + k % planes * layout.Shifts * layout.Plane + k / planes * layout.Lane + top * layout.Row;
                Interleaving.Deinterleave(row, pitch, part.Low, part.High, total, sequences, destinations, pitchTo, (end - top) * together);
            }
        }
    }

    /// <summary>Where the rows of a plane of axes 0 and 1 begin in a channel, and where they go in one of the buffer.</summary>
    /// <param name="Depth">Of axis 0, the first.</param>
    /// <param name="From">The first row of axis 1 that the source has.</param>
    /// <param name="Top">Rows of zeros before it.</param>
    /// <param name="Bottom">The first row behind those that the source has.</param>
    /// <param name="First">The column that the buffer's first one is, which may be none of the source's.</param>
    /// <param name="Low">Columns of zeros.</param>
    /// <param name="High">The first behind those of the source.</param>
    /// <param name="To">The first element there.</param>
    /// <param name="Shift">By how much the plane is shifted.</param>
    private readonly record struct PlanePart(
        int Depth, nint From, int Top, int Bottom, int First, int Low, int High, nint To, int Shift);

    /// <summary>
    /// Deals rows out to the panels of every plane of axis 2: rows <paramref name="inside"/> of a block of one channel, or of all channels
    /// where the block has one row, and zeros to its other rows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ToPanels(T* source, nint pitch, int low, int high, T* to, nint pitchTo, Interval inside, int together)
    {
        int planes = problem.Axes[2].SourceStep, width = (int)layout.Channel, total = planes * width;
        PackedPanels panels = layout.Panels;
        for (int r = 0; r < layout.Height; r++)
        {
            if (r == inside.Start) r = Math.Max(inside.Start, inside.End);
            if (r >= layout.Height) break;
            for (int q = 0; q < planes; q++)
            for (int p = 0; p < panels.Count; p++)
                RowCopy.Clear(to + q * layout.Plane + r * layout.Row + p * panels.Pitch, 1, together * (nint)width);
        }
        nint rows = (nint)inside.Length * together;
        to += inside.Start * layout.Row;
        if (planes == 1)
        {
            PanelCopy.Run(source, pitch, low, high, rows, to, pitchTo, panels.Count, panels.Columns, width, panels.Pitch);
            return;
        }
        T** destinations = stackalloc T*[planes];
        for (int p = 0; p < panels.Count; p++, to += panels.Pitch)
        {
            for (int q = 0; q < planes; q++) destinations[q] = to + q * layout.Plane;
            int begin = p * panels.Columns * planes;
            int first = Math.Clamp(low - begin, 0, total), end = Math.Clamp(high - begin, first, total);
            Interleaving.Deinterleave(source + begin, pitch, first, end, total, planes, destinations, pitchTo, rows);
        }
    }

    /// <summary>
    /// The rows of every plane of axis 2 that is read, where others are not: rows <paramref name="inside"/> of a block of one channel, or
    /// of all channels where the block has one row, and zeros to its other rows.
    /// </summary>
    /// <param name="place">The block.</param>
    /// <param name="source">The first of these rows, column 0 of the source.</param>
    /// <param name="pitch">From row to row.</param>
    /// <param name="to">The block's first row in the first plane.</param>
    /// <param name="pitchTo">From row to row there.</param>
    /// <param name="inside">The rows that the source has.</param>
    /// <param name="together">Channels.</param>
    private void TakePlanes(in BlockOrigin place, T* source, nint pitch, T* to, nint pitchTo, Interval inside, int together)
    {
        PolyphaseAxis axis = problem.Axes[2];
        int start = place.Width + axis.Lowest, step = axis.SourceStep, rows = layout.Height * together;
        foreach (int residue in axis.Residues)
        {
            (int first, int end) = InsideRow(axis, residue, start);
            T* from = source + axis.SourceOf(residue, start);
            for (int r = 0; r < rows; r++)
            {
                bool isInside = together > 1 ? !inside.IsEmpty : r >= inside.Start && r < inside.End;
                T* row = to + r * pitchTo, read = from + (together > 1 ? r : r - inside.Start) * pitch;
                int last = isInside ? end : first;
                if (layout.Panels.Count == 0)
                {
                    Clear(row, first, last);
                    if (last > first) CopyRow(place, read + first * step, step, first, last, row);
                    continue;
                }
                for (int p = 0; p < layout.Panels.Count; p++)
                {
                    int begin = p * layout.Panels.Columns, width = (int)layout.Channel;
                    int low = Math.Clamp(first - begin, 0, width), high = Math.Clamp(last - begin, low, width);
                    T* panel = row + p * layout.Panels.Pitch;
                    RowCopy.Clear(panel, 1, low);
                    RowCopy.Copy(read + (begin + low) * step, step, panel + low, 1, high - low);
                    RowCopy.Clear(panel + high, 1, width - high);
                }
            }
            to += layout.Plane;
        }
    }

    /// <summary>The places of a plane that windows of one place read, row after row, to the panels of one long row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackPlane(in BlockOrigin place, T* source, int channels, T* buffer)
    {
        (PolyphaseAxis a0, PolyphaseAxis a1, PolyphaseAxis a2) = (problem.Axes[0], problem.Axes[1], problem.Axes[2]);

        // More rows than a plane has are those of whole planes, which follow each other.
        int columns = a2.End - a2.First, all = a1.End - a1.First, rows = layout.Width / columns;
        rows = Math.Min(rows, rows > all ? (a0.End - place.Depth) * all : a1.End - place.Height);
        source += a1.SourceOf(a1.Residues[0], place.Height) * problem.Source.Height + a2.SourceOf(a2.Residues[0], a2.First);
        bool follows = columns == a2.SourceLength && a1.SourceStep == 1;
        foreach (int q0 in a0.Residues)
        for (int r0 = 0; r0 < layout.Depth; r0++)
        {
            int s0 = a0.SourceOf(q0 + place.Lattice0, place.Depth + a0.Lowest + r0);
            T* to = buffer + problem.PlaneIndex(q0, a1.Residues[0], a2.Residues[0]) * layout.Plane + r0 * layout.Row;
            T* from = source + s0 * problem.Source.Depth;
            int inside = (uint)s0 < (uint)a0.SourceLength ? rows * columns : 0;
            if (follows || inside == 0)
                PanelCopy.Run(
                    from, problem.Source.Channel, 0, inside, channels, to, (nint)layout.Channel, layout.Panels.Count, layout.Panels.Columns,
                    layout.Panels.Columns, layout.Panels.Pitch);
            else CollectPlane(from, channels, inside, to);
        }
    }

    /// <summary>The same where places do not follow each other in the source: they are collected, some panels at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CollectPlane(T* source, int channels, int count, T* to)
    {
        (PolyphaseAxis a1, PolyphaseAxis a2) = (problem.Axes[1], problem.Axes[2]);
        PackedPanels panels = layout.Panels;
        int columns = a2.End - a2.First, together = Math.Max(1, CollectedElements / panels.Columns), most = together * panels.Columns;
        nint pitch = a1.SourceStep * problem.Source.Height;
        T* collected = stackalloc T[most];
        for (int channel = 0; channel < channels; channel++, source += problem.Source.Channel, to += layout.Channel)
        for (int panel = 0; panel < panels.Count; panel += together)
        {
            int start = panel * panels.Columns, end = Math.Min(start + most, count);
            for (int at = start; at < end;)
            {
                (int row, int column) = Math.DivRem(at, columns);
                int here = Math.Min(columns - column, end - at);
                RowCopy.Copy(source + row * pitch + column * (nint)a2.SourceStep, a2.SourceStep, collected + (at - start), 1, here);
                at += here;
            }
            PanelCopy.Run(collected, 0, 0, Math.Max(0, end - start), 1, to + panel * panels.Pitch, (nint)layout.Channel,
                Math.Min(together, panels.Count - panel), panels.Columns, panels.Columns, panels.Pitch);
        }
    }

    /// <summary>Has the rows of a channel further on fetched, which begin elsewhere where a block holds a part of the plane.</summary>
    /// <param name="place">The block.</param>
    /// <param name="rows">The first of the channel's rows, column 0.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="pitch">From row to row.</param>
    private void PrefetchChannel(in BlockOrigin place, T* rows, nint count, nint pitch)
    {
        PolyphaseAxis axis = problem.Axes[2];
        int columns = layout.Width * axis.SourceDistance, first = axis.SourceOf(0, place.Width + axis.Lowest);
        if (layout.Height >= problem.Axes[1].SourceLength / problem.Axes[1].SourceStep && columns >= axis.SourceLength) return;
        (int low, int high) = (Math.Max(first, 0), Math.Min(first + columns, axis.SourceLength));
        rows += Ahead * problem.Source.Channel + low;
        for (nint r = 0; r < count; r++) RowCopy.Prefetch(rows + r * pitch, high - low);
    }

    /// <summary>
    /// The same for images that are stored side by side: each column goes to its plane.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DealImages(in BlockOrigin place, T* source, int channels, T* buffer)
    {
        PolyphaseAxis axis = problem.Axes[2];
        int start = place.Width + axis.Lowest;
        int first = Math.Max(axis.SourceOf(0, start), 0), end = Math.Min(axis.SourceOf(0, start + layout.Width), axis.SourceLength);
        for (int channel = 0; channel < channels; channel++)
        for (int q = 0; q < axis.SourceStep; q++)
        {
            (int low, int high) = InsideRow(axis, q, start);
            Clear(buffer + channel * layout.Channel + q * layout.Plane, low, source is null ? low : high);
        }
        if (source is null || first >= end) return;
        T** columns = stackalloc T*[Math.Min(ColumnsAtOnce, end - first)];
        (int m, int plane) = Math.DivRem(first - axis.SourceOf(0, start), axis.SourceStep);
        for (int s = first; s < end; s += ColumnsAtOnce)
        {
            int here = Math.Min(ColumnsAtOnce, end - s);
            for (int i = 0; i < here; i++)
            {
                columns[i] = Column(m, buffer + plane * layout.Plane);
                if (++plane == axis.SourceStep) (m, plane) = (m + 1, 0);
            }
            TurnImages(place, source + s, channels, columns, here);
        }
    }

    /// <summary>Columns of images that are side by side in a row, to where each of them begins in the first channel.</summary>
    private void TurnImages(in BlockOrigin place, T* from, int channels, T** columns, int count)
    {
        for (int channel = 0; channel < channels; channel++, from += problem.Source.Channel)
            Interleaving.TransposeToColumns(from, problem.Source.Image, place.Images, count, columns, layout.Images,
                (nint)(channel * layout.Channel));
    }

    /// <summary>Zeros in all lanes of a row, but for columns first .. end - 1.</summary>
    private void Clear(T* row, int first, int end)
    {
        for (int lane = 0; lane < layout.Lanes; lane++)
        {
            // Column lane + Lanes*i of the row is element i of the lane.
            int total = Share(layout.Width, lane), low = Share(first, lane), high = Share(end, lane);
            RowCopy.Clear(row + lane * layout.Lane, 1, (nint)low * layout.Images);
            RowCopy.Clear(row + lane * layout.Lane + (nint)high * layout.Images, 1, (nint)(total - high) * layout.Images);
        }
    }

    private Interval InsideRow(PolyphaseAxis axis, int residue, int start)
    {
        (int first, int end) = axis.Inside(residue);
        first = Math.Clamp(first - start, 0, layout.Width);
        return new(first, Math.Clamp(end - start, first, layout.Width));
    }

    /// <summary>One row of one plane for all channels and images; a null source is all zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackRow(in BlockOrigin place, T* source, int residue, int shift, int channels, T* buffer)
    {
        PolyphaseAxis axis = problem.Axes[2];
        int start = place.Width + axis.Lowest + shift;
        (int first, int end) = InsideRow(axis, residue, start);
        if (source is null) end = first;
        nint step = problem.Source.Width * axis.SourceStep;
        T* from = end > first ? source + axis.SourceOf(residue, start + first) * problem.Source.Width : null;
        int transposed = end <= first ? 0 : layout.Images > 1 ? TransposeImages(place, from, step, first, end, channels, buffer)
            : TransposeChannels(from, step, first, end, channels, buffer);
        for (int channel = 0; channel < channels; channel++)
        {
            T* destination = buffer + channel * layout.Channel;
            Clear(destination, first, end);
            if (end > first && channel >= transposed)
                CopyRow(place, from + channel * problem.Source.Channel, step, first, end, destination);
        }
    }

    /// <summary>
    /// Of a source whose channels are stored side by side, columns first .. end - 1 of sixteen or eight channels at a time; returns how
    /// many channels those are.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int TransposeChannels(T* from, nint step, int first, int end, int channels, T* buffer)
    {
        if (problem.ChannelsFirst || layout.Lanes > 1 || !Interleaving.IsAccelerated<T>()) return 0;
        T** columns = stackalloc T*[Interleaving.Lanes];
        int channel = 0;
        for (int side = Interleaving.Lanes; side >= Interleaving.Lanes / 2; side /= 2)
        for (; channel + side <= channels; channel += side)
        for (int column = first; column < end; column += Interleaving.Lanes)
        {
            int here = Math.Min(Interleaving.Lanes, end - column);
            for (int i = 0; i < here; i++) columns[i] = from + channel + (column + i - first) * step;
            Interleaving.TransposeToRows(columns, here, buffer + channel * layout.Channel + column, (nint)layout.Channel, side);
        }
        return channel;
    }

    /// <summary>Of images that are stored side by side, columns first .. end - 1 of all channels where rows are contiguous.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int TransposeImages(in BlockOrigin place, T* from, nint step, int first, int end, int channels, T* buffer)
    {
        if (step != 1 || !Interleaving.FillsColumns<T>(layout.Images)) return 0;
        T** columns = stackalloc T*[Math.Min(ColumnsAtOnce, end - first)];
        for (int column = first; column < end; column += ColumnsAtOnce)
        {
            int here = Math.Min(ColumnsAtOnce, end - column);
            for (int i = 0; i < here; i++) columns[i] = Column(column + i, buffer);
            TurnImages(place, from + (column - first), channels, columns, here);
        }
        return channels;
    }

    /// <summary>Columns first .. end - 1 of one channel, of all images, to their lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyRow(in BlockOrigin place, T* from, nint step, int first, int end, T* destination)
    {
        if (layout.Images > 1)
        {
            CopyImages(place, from, step, first, end, destination);
            return;
        }
        for (int lane = 0; lane < layout.Lanes; lane++)
        {
            int low = Share(first, lane), high = Share(end, lane);
            if (high > low)
                RowCopy.Copy(from + (lane + low * layout.Lanes - first) * step, step * layout.Lanes, destination + lane * layout.Lane + low,
                    1, high - low);
        }
    }

    /// <summary>The same for images that are stored side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyImages(in BlockOrigin place, T* from, nint step, int first, int end, T* destination)
    {
        for (int column = first; column < end; column++)
            RowCopy.Copy(from + (column - first) * step, problem.Source.Image, Column(column, destination), 1, place.Images);
    }

    /// <summary>Where the images of a column are stored side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T* Column(int column, T* row) => layout.Lanes == 1
        ? row + column * (nint)layout.Images
        : row + column % layout.Lanes * layout.Lane + column / layout.Lanes * (nint)layout.Images;

    /// <summary>How many of the first <paramref name="columns"/> columns are in a lane.</summary>
    private int Share(int columns, int lane) => Math.Max(0, Integers.DivideUp(columns - lane, layout.Lanes));
}
