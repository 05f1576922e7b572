using System.Collections.Immutable;
using Upstride.Geometry;

namespace Upstride.Algorithms.Phases;

/// <summary>
/// Phases of a window problem that are computed from one list of window offsets, as rows of one matrix product. A tap that some member
/// lacks has weight zero there.
/// </summary>
/// <param name="Members">The phases, by their place on each axis.</param>
/// <param name="Offsets">The window: plane residues and offsets on each axis.</param>
/// <param name="Taps">For each member, for each offset: the kernel's tap, or -1.</param>
internal sealed record FusedPhases(
    ImmutableArray<(int R0, int R1, int R2)> Members,
    ImmutableArray<(AxisTap A0, AxisTap A1, AxisTap A2)> Offsets,
    ImmutableArray<ImmutableArray<int>> Taps);

/// <summary>How the phases of an axis are put together.</summary>
internal enum PhaseFusion
{
    /// <summary>Each phase by itself, over exactly its own outputs.</summary>
    None,

    /// <summary>Phases with the same window together.</summary>
    SameWindow,

    /// <summary>All phases together, over the union of their windows.</summary>
    All,
}

/// <summary>Divides the phases of three axes into sets.</summary>
internal static class PhaseFusions
{
    public static ImmutableArray<FusedPhases> Of(ImmutableArray<PolyphaseAxis> axes, ImmutableArray<int> kernel, PhaseFusion grouping)
    {
        var sets = ImmutableArray.CreateBuilder<FusedPhases>();
        foreach (int[] c0 in Classes(axes[0], grouping))
        foreach (int[] c1 in Classes(axes[1], grouping))
        foreach (int[] c2 in Classes(axes[2], grouping))
        {
            (int R0, int R1, int R2)[] members = [.. from r0 in c0 from r1 in c1 from r2 in c2 select (r0, r1, r2)];
            (AxisTap A0, AxisTap A1, AxisTap A2)[] offsets =
                [.. from a0 in Window(axes[0], c0) from a1 in Window(axes[1], c1) from a2 in Window(axes[2], c2) select (a0, a1, a2)];
            ImmutableArray<int> TapsOf((int R0, int R1, int R2) member) =>
            [
                .. offsets.Select(offset =>
                {
                    int t0 = TapAt(axes[0].Phases[member.R0], offset.A0);
                    int t1 = TapAt(axes[1].Phases[member.R1], offset.A1);
                    int t2 = TapAt(axes[2].Phases[member.R2], offset.A2);
                    return t0 < 0 || t1 < 0 || t2 < 0 ? -1 : (t0 * kernel[1] + t1) * kernel[2] + t2;
                }),
            ];
            sets.Add(new([.. members], [.. offsets], [.. members.Select(TapsOf)]));
        }
        return sets.ToImmutable();
    }

    private static int[][] Classes(PolyphaseAxis axis, PhaseFusion grouping)
    {
        int[] phases = Arrays.Range(0, axis.Phases.Length).Where(r => axis.Phases[r].Count > 0);
        string[] kinds = phases.Select(r => grouping switch
        {
            PhaseFusion.None => $"{r}",
            PhaseFusion.SameWindow => string.Join(' ', axis.Phases[r].Taps.Select(static tap => $"{tap.Residue},{tap.Offset}")),
            _ => "",
        });
        return [.. kinds.Distinct(StringComparer.Ordinal).Select(
            kind => phases.Where((_, i) => string.Equals(kinds[i], kind, StringComparison.Ordinal)))];
    }

    /// <summary>The places that any of these phases reads, by residue, then offset.</summary>
    private static AxisTap[] Window(PolyphaseAxis axis, int[] phases)
    {
        AxisTap[] taps = phases.SelectMany(r => axis.Phases[r].Taps).Sorted(Compare);
        return taps.Where((tap, i) => i == 0 || Compare(taps[i - 1], tap) != 0);

        static int Compare(AxisTap a, AxisTap b) => a.Residue != b.Residue ? a.Residue.CompareTo(b.Residue) : a.Offset.CompareTo(b.Offset);
    }

    private static int TapAt(AxisPhase phase, AxisTap place)
    {
        foreach (AxisTap tap in phase.Taps)
            if (tap.Residue == place.Residue && tap.Offset == place.Offset) return tap.Tap;
        return -1;
    }
}
