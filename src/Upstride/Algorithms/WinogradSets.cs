using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Algorithms;

/// <summary>How axes 1 and 2 are tiled.</summary>
internal readonly record struct WinogradTile(WinogradAxis Axis1, WinogradAxis Axis2)
{
    /// <summary>Outputs of a tile along axis 1.</summary>
    public int M1 => Axis1.Outputs;

    /// <summary>Outputs of a tile along axis 2.</summary>
    public int M2 => Axis2.Outputs;
}

/// <summary>
/// How an axis is tiled. A longer window is cut into pieces that begin as far apart as tiles do: each reads the transformed tile that is as
/// many tiles further as it is pieces, so no tile is transformed again.
/// </summary>
/// <param name="Outputs">Outputs of a tile, 1 where the axis is left direct.</param>
/// <param name="Taps">The most taps of a piece.</param>
internal readonly record struct WinogradAxis(int Outputs, int Taps)
{
    // Beyond, a window costs more to plan than the networks that have one are worth.
    private const int MostPieces = 8;

    /// <summary>An axis that no tile transforms.</summary>
    public static WinogradAxis Direct { get; } = new(1, 1);

    /// <summary>Whether the axis is transformed.</summary>
    public bool IsTiled => Outputs > 1;

    /// <summary>The tiles for windows of at most this many taps: for each number of outputs the fewest pieces.</summary>
    public static IEnumerable<WinogradAxis> TilesOf(int taps)
    {
        for (int outputs = 2; outputs <= 4; outputs++)
        {
            // Two outputs a tile save nothing where each piece has two taps more than the last.
            for (int pieces = 1; pieces <= (outputs == 2 ? 1 : MostPieces); pieces++)
            {
                // All pieces begin a tile apart, so all but the last have as many taps as a tile has outputs.
                int last = taps - (pieces - 1) * outputs, longest = pieces == 1 ? last : Math.Max(last, outputs);
                if (outputs + longest - 1 > Kernels.Winograd.MaximalAlpha) continue;
                yield return new(outputs, longest);
                break;
            }
        }
    }

    /// <summary>The pieces of a window.</summary>
    public int PiecesOf(int taps) => taps <= Taps ? 1 : 1 + (taps - Taps + Outputs - 1) / Outputs;

    /// <summary>The piece that a place of a window is in, and its place there.</summary>
    public (int Piece, int Place) Of(int place, int pieces)
    {
        int piece = Math.Min(place / Outputs, pieces - 1);
        return (piece, place - piece * Outputs);
    }
}

/// <summary>The windows of a set along an axis.</summary>
/// <param name="Lowest">The lowest offset; 0 where the axis is direct.</param>
/// <param name="Taps">Places of a piece; 1 where the axis is direct.</param>
/// <param name="Pieces">Pieces, as many tiles apart.</param>
/// <param name="Alpha">Elements of a tile.</param>
internal readonly record struct WinogradWindow(int Lowest, int Taps, int Pieces, int Alpha)
{
    public static WinogradWindow Direct { get; } = new(0, 1, 1, 1);

    public static WinogradWindow Of(IEnumerable<int> offsets, WinogradAxis axis)
    {
        if (!axis.IsTiled) return Direct;
        int lowest = offsets.Min(), taps = offsets.Max() - lowest + 1, longest = Math.Min(taps, axis.Taps);
        return new(lowest, longest, axis.PiecesOf(taps), axis.Outputs + longest - 1);
    }
}

/// <summary>
/// One list of windows that the products of a set are summed over: a source plane, the offsets on the axes that are direct, the pieces of
/// those that are transformed, and for these which tap of the kernel stands at each place of the piece (-1 for none), for each member.
/// </summary>
/// <param name="Plane">The residues of the source plane.</param>
/// <param name="Offset0">The offset on axis 0.</param>
/// <param name="Offset1">The offset on axis 1, where it is direct; else the window's lowest.</param>
/// <param name="Piece1">The piece along axis 1.</param>
/// <param name="Piece2">The piece along axis 2.</param>
/// <param name="Taps">For each member, for each place of the piece, [taps of axis 1][taps of axis 2].</param>
internal sealed record WinogradEntry(
    (int Q0, int Q1, int Q2) Plane, int Offset0, int Offset1, int Piece1, int Piece2, ImmutableArray<ImmutableArray<int>> Taps);

/// <summary>A set of phases with its windows in the form that the transform takes.</summary>
internal sealed class WinogradSet
{
    private WinogradSet(PhaseSet phases, WinogradWindow window1, WinogradWindow window2, ImmutableArray<WinogradEntry> entries)
    {
        Phases = phases;
        Window1 = window1;
        Window2 = window2;
        Entries = entries;
        Frequencies = MakeFrequencies();
    }

    public PhaseSet Phases { get; }

    public WinogradWindow Window1 { get; }

    public WinogradWindow Window2 { get; }

    public ImmutableArray<WinogradEntry> Entries { get; }

    /// <summary>The windows that count at each frequency.</summary>
    public WinogradFrequencies Frequencies { get; }

    /// <summary>Places that the windows of a set span along an axis.</summary>
    public static int Span(PhaseSet phases, Func<(WindowTap A0, WindowTap A1, WindowTap A2), WindowTap> axis) =>
        phases.Offsets.Max(offset => axis(offset).Offset) - phases.Offsets.Min(offset => axis(offset).Offset) + 1;

    /// <summary>The set in this form; it has a tap.</summary>
    public static WinogradSet Of(PhaseSet phases, WinogradTile tile)
    {
        WinogradWindow window1 = WinogradWindow.Of(phases.Offsets.Select(static offset => offset.A1.Offset), tile.Axis1);
        WinogradWindow window2 = WinogradWindow.Of(phases.Offsets.Select(static offset => offset.A2.Offset), tile.Axis2);
        (int Piece, int Place) Place1(int o) => tile.Axis1.IsTiled ? tile.Axis1.Of(phases.Offsets[o].A1.Offset - window1.Lowest, window1.Pieces) : (0, 0);
        (int Piece, int Place) Place2(int o) => tile.Axis2.Of(phases.Offsets[o].A2.Offset - window2.Lowest, window2.Pieces);

        var entries = ImmutableArray.CreateBuilder<WinogradEntry>();
        var windows = Enumerable.Range(0, phases.Offsets.Length).GroupBy(o =>
        {
            (WindowTap a0, WindowTap a1, WindowTap a2) = phases.Offsets[o];
            return (
                a0.Residue, R1: a1.Residue, R2: a2.Residue, a0.Offset, Offset1: tile.Axis1.IsTiled ? window1.Lowest : a1.Offset,
                Piece1: Place1(o).Piece, Piece2: Place2(o).Piece);
        });
        foreach (var window in windows)
        {
            ImmutableArray<int> TapsOf(int member)
            {
                int[] taps = new int[window1.Taps * window2.Taps];
                Array.Fill(taps, -1);
                foreach (int o in window) taps[Place1(o).Place * window2.Taps + Place2(o).Place] = phases.Taps[member][o];
                return [.. taps];
            }
            entries.Add(new(
                (window.Key.Residue, window.Key.R1, window.Key.R2), window.Key.Offset, window.Key.Offset1, window.Key.Piece1, window.Key.Piece2,
                [.. Enumerable.Range(0, phases.Members.Length).Select(TapsOf)]));
        }
        return new(phases, window1, window2, entries.ToImmutable());
    }

    /// <summary>Which windows have weights other than zero at each frequency of a tile.</summary>
    private WinogradFrequencies MakeFrequencies()
    {
        (int alpha1, int alpha2, int taps2) = (Window1.Alpha, Window2.Alpha, Window2.Taps);
        (double[,] g1, double[,] g2) = (Kernels.Winograd.WeightMatrix(alpha1, Window1.Taps), Kernels.Winograd.WeightMatrix(alpha2, taps2));
        var entries = ImmutableArray.CreateBuilder<ImmutableArray<int>>(alpha1 * alpha2);
        ImmutableArray<int> all = [.. Enumerable.Range(0, Entries.Length)];
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
