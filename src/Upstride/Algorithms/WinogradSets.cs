using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>How axes 1 and 2 are tiled: m outputs a tile along each, 1 where the axis is left direct.</summary>
internal readonly record struct WinogradTile(int M1, int M2);

/// <summary>
/// One list of windows that the products of a set are summed over: a source plane, the offsets on the axes that are direct, and for those
/// that are transformed which tap of the kernel stands at each place of the window (-1 for none), for each member.
/// </summary>
/// <param name="Plane">The residues of the source plane.</param>
/// <param name="Offset0">The offset on axis 0.</param>
/// <param name="Offset1">The offset on axis 1, where it is direct; else the window's lowest.</param>
/// <param name="Taps">For each member, for each place of the window, [taps of axis 1][taps of axis 2].</param>
internal sealed record WinogradEntry((int Q0, int Q1, int Q2) Plane, int Offset0, int Offset1, ImmutableArray<ImmutableArray<int>> Taps);

/// <summary>A set of phases with its windows in the form that the transform takes.</summary>
internal sealed class WinogradSet
{
    private WinogradSet(PhaseSet phases, int lowest1, int lowest2, int taps1, int taps2, ImmutableArray<WinogradEntry> entries)
    {
        Phases = phases;
        Lowest1 = lowest1;
        Lowest2 = lowest2;
        Taps1 = taps1;
        Taps2 = taps2;
        Entries = entries;
    }

    public PhaseSet Phases { get; }

    /// <summary>The lowest offset of the window on axis 1; 0 where that is direct.</summary>
    public int Lowest1 { get; }

    /// <summary>The lowest offset of the window on axis 2.</summary>
    public int Lowest2 { get; }

    /// <summary>Places of the window along axis 1; 1 where that is direct.</summary>
    public int Taps1 { get; }

    /// <summary>Places of the window along axis 2.</summary>
    public int Taps2 { get; }

    public ImmutableArray<WinogradEntry> Entries { get; }

    /// <summary>The set in this form; null where it has no tap.</summary>
    public static WinogradSet? Of(PhaseSet phases, bool tile1)
    {
        if (phases.Offsets.IsEmpty) return null;
        int lowest1 = phases.Offsets.Min(static offset => offset.A1.Offset), lowest2 = phases.Offsets.Min(static offset => offset.A2.Offset);
        int taps1 = tile1 ? phases.Offsets.Max(static offset => offset.A1.Offset) - lowest1 + 1 : 1;
        int taps2 = phases.Offsets.Max(static offset => offset.A2.Offset) - lowest2 + 1;

        var entries = ImmutableArray.CreateBuilder<WinogradEntry>();
        var windows = Enumerable.Range(0, phases.Offsets.Length).GroupBy(o =>
        {
            (WindowTap a0, WindowTap a1, WindowTap a2) = phases.Offsets[o];
            return (a0.Residue, R1: a1.Residue, R2: a2.Residue, a0.Offset, Offset1: tile1 ? lowest1 : a1.Offset);
        });
        foreach (var window in windows)
        {
            ImmutableArray<int> TapsOf(int member)
            {
                int[] taps = new int[taps1 * taps2];
                Array.Fill(taps, -1);
                foreach (int o in window)
                    taps[(tile1 ? phases.Offsets[o].A1.Offset - lowest1 : 0) * taps2 + phases.Offsets[o].A2.Offset - lowest2] = phases.Taps[member][o];
                return [.. taps];
            }
            entries.Add(new(
                (window.Key.Residue, window.Key.R1, window.Key.R2), window.Key.Offset, window.Key.Offset1,
                [.. Enumerable.Range(0, phases.Members.Length).Select(TapsOf)]));
        }
        return new(phases, tile1 ? lowest1 : 0, lowest2, taps1, taps2, entries.ToImmutable());
    }

    /// <summary>Which windows have weights other than zero at each frequency of a tile.</summary>
    public WinogradFrequencies At(int alpha1, int alpha2)
    {
        (double[,] g1, double[,] g2) = (Kernels.Winograd.WeightMatrix(alpha1, Taps1), Kernels.Winograd.WeightMatrix(alpha2, Taps2));
        var entries = ImmutableArray.CreateBuilder<ImmutableArray<int>>();
        for (int f1 = 0; f1 < alpha1; f1++)
        for (int f2 = 0; f2 < alpha2; f2++)
        {
            bool Counts(ImmutableArray<int> taps)
            {
                for (int place = 0; place < taps.Length; place++)
                    if (taps[place] >= 0 && g1[f1, place / Taps2] * g2[f2, place % Taps2] != 0) return true;
                return false;
            }
            entries.Add([.. Enumerable.Range(0, Entries.Length).Where(e => Entries[e].Taps.Any(Counts))]);
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
