namespace Upstride.Bench.Measuring;

/// <summary>How many times faster Upstride is than the best of some peers, over the problems where both ran.</summary>
/// <param name="GeometricMean">Geometric mean.</param>
/// <param name="Minimum">The worst problem.</param>
/// <param name="Worst">Its name.</param>
/// <param name="Count">Number of problems.</param>
internal sealed record Ratios(double GeometricMean, double Minimum, string Worst, int Count)
{
    /// <summary>Milliseconds of the best of the peers over those of the subject; null where one of them did not run.</summary>
    public static double? Of(Outcome outcome, string subject, Func<Timing, bool> peers)
    {
        var own = outcome.Timings.FirstOrDefault(t => t.Name == subject);
        var others = outcome.Timings.Where(t => t.Name != subject && peers(t)).ToList();
        return own is null || others.Count == 0 ? null : others.Min(t => t.Milliseconds) / own.Milliseconds;
    }

    /// <summary>Over all problems; null where there is no ratio at all.</summary>
    public static Ratios? Over(IEnumerable<Outcome> outcomes, string subject, Func<Timing, bool> peers)
    {
        var ratios = outcomes.Select(o => (o.Problem.Name, Ratio: Of(o, subject, peers))).Where(r => r.Ratio is not null)
            .Select(r => (r.Name, Ratio: r.Ratio!.Value)).ToList();
        if (ratios.Count == 0) return null;
        var worst = ratios.MinBy(r => r.Ratio);
        return new(Math.Exp(ratios.Average(r => Math.Log(r.Ratio))), worst.Ratio, worst.Name, ratios.Count);
    }

    /// <summary>The value below which so many of a hundred lie, in between two by a straight line; NaN of none.</summary>
    /// <param name="sorted">Rising.</param>
    /// <param name="percent">From 0 to 100.</param>
    public static double Percentile(IReadOnlyList<double> sorted, double percent)
    {
        if (sorted.Count == 0) return double.NaN;
        var at = percent / 100 * (sorted.Count - 1);
        var below = (int)at;
        return below + 1 < sorted.Count ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[^1];
    }
}
