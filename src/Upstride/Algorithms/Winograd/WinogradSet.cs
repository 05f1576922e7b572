using System.Collections.Immutable;
using Upstride.Algorithms.Phases;
using Upstride.Geometry;

namespace Upstride.Algorithms.Winograd;

/// <summary>The windows of a set along an axis.</summary>
/// <param name="Lowest">The lowest offset; 0 where the axis is direct.</param>
/// <param name="Taps">Places of a piece; 1 where the axis is direct.</param>
/// <param name="Segments">Pieces, as many tiles apart.</param>
/// <param name="Alpha">Elements of a tile.</param>
internal readonly record struct WinogradWindow(int Lowest, int Taps, int Segments, int Alpha)
{
    public static WinogradWindow Direct { get; } = new(0, 1, 1, 1);

    public static WinogradWindow Of(IEnumerable<int> offsets, WinogradAxis axis)
    {
        if (!axis.IsTiled) return Direct;
        int lowest = offsets.Min(), taps = offsets.Max() - lowest + 1, longest = Math.Min(taps, axis.Taps);
        return new(lowest, longest, axis.SegmentsOf(taps), axis.Outputs + longest - 1);
    }
}

/// <summary>
/// One list of windows that the products of a set are summed over: a source plane, the offsets on the axes that are direct, and the pieces
/// of those that are transformed.
/// </summary>
/// <param name="Q0">The residue of the source plane on axis 0.</param>
/// <param name="Q1">On axis 1.</param>
/// <param name="Q2">On axis 2.</param>
/// <param name="Offset0">The offset on axis 0.</param>
/// <param name="Offset1">The offset on axis 1, where it is direct; else the window's lowest.</param>
/// <param name="Segment1">The piece along axis 1.</param>
/// <param name="Segment2">The piece along axis 2.</param>
internal sealed record WinogradWindows(int Q0, int Q1, int Q2, int Offset0, int Offset1, int Segment1, int Segment2);

/// <summary>Windows, and which tap of the kernel is at each place of their piece (-1 for none).</summary>
/// <param name="Windows">The windows.</param>
/// <param name="Taps">For each member, for each place of the piece, [taps of axis 1][taps of axis 2].</param>
internal sealed record WinogradEntry(WinogradWindows Windows, ImmutableArray<ImmutableArray<int>> Taps);

/// <summary>A set of phases with its windows in the form that the transform takes.</summary>
internal sealed class WinogradSet
{
    private WinogradSet(FusedPhases phases, WinogradWindow window1, WinogradWindow window2, ImmutableArray<WinogradEntry> entries)
    {
        Phases = phases;
        Window1 = window1;
        Window2 = window2;
        Entries = entries;
        Frequencies = MakeFrequencies();
    }

    public FusedPhases Phases { get; }

    public WinogradWindow Window1 { get; }

    public WinogradWindow Window2 { get; }

    public ImmutableArray<WinogradEntry> Entries { get; }

    /// <summary>The windows that count at each frequency.</summary>
    public WinogradFrequencies Frequencies { get; }

    /// <summary>Places that the windows of a set span along an axis.</summary>
    public static int Span(FusedPhases phases, Func<(AxisTap A0, AxisTap A1, AxisTap A2), AxisTap> axis) =>
        phases.Offsets.Max(offset => axis(offset).Offset) - phases.Offsets.Min(offset => axis(offset).Offset) + 1;

    /// <summary>The set in this form; it has a tap.</summary>
    public static WinogradSet Of(FusedPhases phases, WinogradTile tile)
    {
        WinogradWindow window1 = WinogradWindow.Of(phases.Offsets.Select(static offset => offset.A1.Offset), tile.Axis1);
        WinogradWindow window2 = WinogradWindow.Of(phases.Offsets.Select(static offset => offset.A2.Offset), tile.Axis2);
        (int Piece, int Place) Place1(int o) =>
            tile.Axis1.IsTiled ? tile.Axis1.Of(phases.Offsets[o].A1.Offset - window1.Lowest, window1.Segments) : (0, 0);
        (int Piece, int Place) Place2(int o) => tile.Axis2.Of(phases.Offsets[o].A2.Offset - window2.Lowest, window2.Segments);

        var entries = ImmutableArray.CreateBuilder<WinogradEntry>();
        WinogradWindows[] windows = phases.Offsets.Select((offset, o) => new WinogradWindows(
            offset.A0.Residue, offset.A1.Residue, offset.A2.Residue, offset.A0.Offset,
            tile.Axis1.IsTiled ? window1.Lowest : offset.A1.Offset, Place1(o).Piece, Place2(o).Piece));
        foreach (WinogradWindows here in windows.Distinct())
        {
            ImmutableArray<int> TapsOf(int member)
            {
                int[] taps = new int[window1.Taps * window2.Taps];
                Array.Fill(taps, -1);
                for (int o = 0; o < windows.Length; o++)
                    if (windows[o] == here) taps[Place1(o).Place * window2.Taps + Place2(o).Place] = phases.Taps[member][o];
                return [.. taps];
            }
            entries.Add(new(here, [.. Arrays.Range(0, phases.Members.Length).Select(TapsOf)]));
        }
        return new(phases, window1, window2, entries.ToImmutable());
    }

    /// <summary>Which windows have weights other than zero at each frequency of a tile.</summary>
    private WinogradFrequencies MakeFrequencies()
    {
        (int alpha1, int alpha2, int taps2) = (Window1.Alpha, Window2.Alpha, Window2.Taps);
        (double[,] g1, double[,] g2) =
            (Kernels.WinogradKernels.WeightMatrix(alpha1, Window1.Taps), Kernels.WinogradKernels.WeightMatrix(alpha2, taps2));
        var entries = ImmutableArray.CreateBuilder<ImmutableArray<int>>(alpha1 * alpha2);
        ImmutableArray<int> all = [.. Arrays.Range(0, Entries.Length)];
        var here = new List<int>(Entries.Length);
        for (int f1 = 0; f1 < alpha1; f1++)
        for (int f2 = 0; f2 < alpha2; f2++)
        {
            here.Clear();
            for (int e = 0; e < Entries.Length; e++)
                if (Counts(Entries[e])) here.Add(e);
            entries.Add(here.Count == all.Length ? all : [.. here]);

            bool Counts(WinogradEntry entry)
            {
                foreach (ImmutableArray<int> taps in entry.Taps)
                for (int place = 0; place < taps.Length; place++)
                    if (taps[place] >= 0 && g1[f1, place / taps2] * g2[f2, place % taps2] != 0) return true;
                return false;
            }
        }
        return new(entries.ToImmutable());
    }
}

/// <summary>
/// The windows that are summed over at each frequency. A window with fewer taps than the longest has no weight at some: at infinity, where
/// only the last place counts, and at 0, where only the first does.
/// </summary>
internal sealed class WinogradFrequencies
{
    public WinogradFrequencies(ImmutableArray<ImmutableArray<int>> entries)
    {
        Entries = entries;
        var starts = ImmutableArray.CreateBuilder<int>();
        foreach (ImmutableArray<int> here in entries)
        {
            starts.Add(Total);
            Total += here.Length;
        }
        Starts = starts.ToImmutable();
    }

    /// <summary>For each frequency the numbers of its windows.</summary>
    public ImmutableArray<ImmutableArray<int>> Entries { get; }

    /// <summary>Windows of all frequencies before each.</summary>
    public ImmutableArray<int> Starts { get; }

    /// <summary>Windows of all frequencies.</summary>
    public int Total { get; }
}
