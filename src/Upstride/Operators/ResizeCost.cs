using Upstride.Geometry;

namespace Upstride.Operators;

/// <summary>The memory of a <see cref="ResizePlan{T}"/>, known before one is made.</summary>
internal static class ResizeCost
{
    /// <summary>
    /// Bytes of the tables of taps: for each output where its taps begin and which input is the first, for each tap its weight as it was
    /// computed and as it is used.
    /// </summary>
    /// <param name="geometry">The sizes and the method.</param>
    /// <param name="elementSize">Bytes of an element.</param>
    public static long TableBytes(ResizeGeometry geometry, int elementSize)
    {
        double bytes = 0;
        foreach (ResizeAxis axis in geometry.Axes)
            if (!axis.IsIdentity)
                bytes += (2.0 * sizeof(int) * axis.Output) + (Taps(axis, geometry.Method) * (sizeof(double) + elementSize));
        return (long)Math.Min(bytes, long.MaxValue / 2);
    }

    /// <summary>Elements between the passes: what each axis but the last leaves, in two buffers by turns.</summary>
    public static long WorkspaceElements(ResizeGeometry geometry)
    {
        long[] lengths = [.. geometry.Axes.Select(static axis => (long)axis.Input)];
        int[] order = geometry.AxesByScale.Where(d => !geometry.Axes[d].IsIdentity);
        Span<long> buffers = [0, 0];
        for (int p = 0; p + 1 < order.Length; p++)
        {
            lengths[order[p]] = geometry.Axes[order[p]].Output;
            buffers[p % 2] = Math.Max(buffers[p % 2], lengths.Aggregate(1L, static (product, length) => product * length));
        }
        return buffers[0] + buffers[1];
    }

    // Taps of all outputs of an axis, at most: a filter is as wide as it is, or as many times wider as the axis shrinks where it is
    // stretched.
    private static double Taps(ResizeAxis axis, ResizeMethod method)
    {
        if (method.Mode == ResizeMode.Nearest) return axis.Output;
        if (method.Mode == ResizeMode.Area) return (double)axis.Input + axis.Output;
        double stretch = method.Antialias && axis.Scale < 1 ? 1 / axis.Scale : 1;
        return axis.Output * Math.Min(axis.Input, (method.Mode == ResizeMode.Linear ? 2 : 4) * stretch + 1);
    }
}
