using System.Numerics;
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
internal readonly record struct SourceLayout(long Channel, long Plane, int Rows0, int Rows1, int Columns, nint Lane, int Lanes, int Images)
{
    /// <summary>From row to row of axis 1.</summary>
    public nint Row => Lane * Lanes;
}

/// <summary>The first step of every phase computation: copies what the windows of a block read, with zeros where they leave the source.</summary>
internal readonly unsafe struct PhaseSource<T>(WindowProblem problem, SourceLayout layout)
    where T : unmanaged, INumber<T>
{
    // The longest row that images are staged for; longer ones have columns enough without images beside them.
    private const int StagedColumns = 192;

    /// <summary>Fills the buffer with some channels of a block.</summary>
    /// <param name="place">The block.</param>
    /// <param name="source">The first of these channels in the tensor, in its first image.</param>
    /// <param name="channels">How many.</param>
    /// <param name="buffer">In this source's layout, the first of these channels first.</param>
    public void Pack(in PhasePlace place, T* source, int channels, T* buffer)
    {
        (WindowAxis a0, WindowAxis a1, WindowAxis a2) = (problem.Axes[0], problem.Axes[1], problem.Axes[2]);
        source += place.Image * problem.Source.Image;
        for (int q0 = 0; q0 < a0.SourceStep; q0++)
        for (int q1 = 0; q1 < a1.SourceStep; q1++)
        for (int q2 = 0; q2 < a2.SourceStep; q2++)
        {
            T* row = buffer + problem.PlaneIndex(q0, q1, q2) * layout.Plane;
            for (int r0 = 0; r0 < layout.Rows0; r0++)
            for (int r1 = 0; r1 < layout.Rows1; r1++, row += layout.Row)
            {
                int s0 = a0.SourceOf(q0, place.Start0 + a0.Lowest + r0);
                int s1 = a1.SourceOf(q1, place.Start1 + a1.Lowest + r1);
                bool inside = (uint)s0 < (uint)a0.SourceLength && (uint)s1 < (uint)a1.SourceLength;
                PackRow(place, inside ? source + s0 * problem.Source.Axis0 + s1 * problem.Source.Axis1 : null, q2, channels, row);
            }
        }
    }

    /// <summary>One row of one plane for all channels and images; a null source is all zeros.</summary>
    private void PackRow(in PhasePlace place, T* source, int residue, int channels, T* buffer)
    {
        WindowAxis axis = problem.Axes[2];
        int start = place.Start2 + axis.Lowest;
        (int first, int end) = axis.Inside(residue);
        first = Math.Clamp(first - start, 0, layout.Columns);
        end = source is null ? first : Math.Clamp(end - start, first, layout.Columns);
        nint step = problem.Source.Axis2 * axis.SourceStep;
        for (int channel = 0; channel < channels; channel++)
        {
            T* destination = buffer + channel * layout.Channel;
            for (int lane = 0; lane < layout.Lanes; lane++)
            {
                // Column lane + Lanes*i of the row is element i of the lane.
                int total = Share(layout.Columns, lane), low = Share(first, lane), high = Share(end, lane);
                Rows.Clear(destination + lane * layout.Lane, 1, (nint)low * layout.Images);
                Rows.Clear(destination + lane * layout.Lane + (nint)high * layout.Images, 1, (nint)(total - high) * layout.Images);
            }
            if (end > first)
                CopyRow(place, source + channel * problem.Source.Channel + axis.SourceOf(residue, start + first) * problem.Source.Axis2, step, first, end, destination);
        }
    }

    /// <summary>Columns first .. end - 1 of one channel, of all images, to their lanes.</summary>
    private void CopyRow(in PhasePlace place, T* from, nint step, int first, int end, T* destination)
    {
        if (layout.Images > 1)
        {
            CopyImages(place, from, step, first, end, destination);
            return;
        }
        if (step == 1 && layout.Lanes > 1)
        {
            // Up to the next column of lane 0 one by one, then whole deals.
            int aligned = Math.Min(end, (first + layout.Lanes - 1) / layout.Lanes * layout.Lanes);
            int deals = (end - aligned) / layout.Lanes;
            for (int column = first; column < aligned; column++) destination[column % layout.Lanes * layout.Lane + column / layout.Lanes] = from[column - first];
            Interleaving.Deal(from + (aligned - first), layout.Lanes, destination + aligned / layout.Lanes, layout.Lane, deals);
            for (int column = aligned + deals * layout.Lanes; column < end; column++)
                destination[column % layout.Lanes * layout.Lane + column / layout.Lanes] = from[column - first];
            return;
        }
        for (int lane = 0; lane < layout.Lanes; lane++)
        {
            int low = Share(first, lane), high = Share(end, lane);
            if (high > low) Rows.Copy(from + (lane + low * layout.Lanes - first) * step, step * layout.Lanes, destination + lane * layout.Lane + low, 1, high - low);
        }
    }

    /// <summary>The same for images that stand side by side.</summary>
    private void CopyImages(in PhasePlace place, T* from, nint step, int first, int end, T* destination)
    {
        if (step == 1 && layout.Images == Interleaving.Lanes && layout.Columns <= StagedColumns && Interleaving.IsAccelerated<T>())
        {
            StageImages(place, from, first, end, destination);
            return;
        }
        for (int column = first; column < end; column++)
        {
            T* to = destination + column % layout.Lanes * layout.Lane + column / layout.Lanes * (nint)layout.Images;
            Rows.Copy(from + (column - first) * step, problem.Source.Image, to, 1, place.Images);
        }
    }

    /// <summary>
    /// A vector's worth of images: each row is brought close, with its zeros, and dealt out to lanes; then squares of images and columns
    /// are turned. Images often stand a power of two apart, where they compete for the same sets of the cache.
    /// </summary>
    private void StageImages(in PhasePlace place, T* from, int first, int end, T* destination)
    {
        const int Images = Interleaving.Lanes, Pitch = StagedColumns + (6 * Images);
        T* row = stackalloc T[StagedColumns + Images];
        T* staged = stackalloc T[Images * Pitch];
        T** rows = stackalloc T*[Images];
        int lane = (Share(layout.Columns, 0) + Images - 1) / Images * Images;
        Rows.Clear(row, 1, first);
        Rows.Clear(row + end, 1, layout.Columns - end);
        for (int image = 0; image < place.Images; image++)
        {
            T* lanes = staged + image * Pitch;
            Rows.Copy(from + image * problem.Source.Image, 1, row + first, 1, end - first);
            int deals = layout.Columns / layout.Lanes;
            if (layout.Lanes == 1) Rows.Copy(row, 1, lanes, 1, layout.Columns);
            else Interleaving.Deal(row, layout.Lanes, lanes, lane, deals);
            for (int column = deals * layout.Lanes; column < layout.Columns; column++) lanes[column % layout.Lanes * lane + column / layout.Lanes] = row[column];
        }
        for (int l = 0; l < layout.Lanes; l++)
        {
            int total = Share(layout.Columns, l);
            for (int start = 0; start < total; start += Images)
            {
                for (int image = 0; image < Images; image++) rows[image] = staged + Math.Min(image, place.Images - 1) * Pitch + l * lane + start;
                Interleaving.ToRows(rows, Images, destination + l * layout.Lane + (nint)start * Images, Images, Math.Min(Images, total - start));
            }
        }
    }

    /// <summary>How many of the first <paramref name="columns"/> columns stand in a lane.</summary>
    private int Share(int columns, int lane) => Math.Max(0, columns - lane + layout.Lanes - 1) / layout.Lanes;
}
