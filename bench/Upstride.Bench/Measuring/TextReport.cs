using Upstride.Bench.Problems;

namespace Upstride.Bench.Measuring;

/// <summary>The figures for a reader.</summary>
internal static class TextReport
{
    /// <summary>The heading of the columns.</summary>
    public const string Columns =
        "  contender            ms   GFLOP/s   peak   workspace     cold ms     plan ms   error/sum|ab|  algorithm";

    /// <summary>One problem: a line for each contender, and the ratios.</summary>
    public static void Write(TextWriter writer, Outcome outcome, Operation operation)
    {
        var problem = outcome.Problem;
        writer.WriteLine(
            $"{problem.Name}  {problem.Describe(operation)}  {problem.Flops / 1e6:f1} MFLOP, peak {outcome.PeakGflops:f0} GFLOP/s");
        foreach (var t in outcome.Timings)
        {
            var gflops = Gflops(problem, t);
            writer.WriteLine($"  {t.Name,-14} {t.Milliseconds,9:f3} {gflops,9:f1} {100 * gflops / outcome.PeakGflops,5:f0} %" +
                $" {(t.WorkspaceBytes is { } bytes ? Bytes(bytes) : "-"),11} {t.ColdMilliseconds,11:f2} "
                + $"{(t.PlanMilliseconds is { } plan ? $"{plan:f2}" : "-"),11} {t.WorstError,15:0.0e-0}  {t.Algorithm}");
        }

        foreach (var (name, reason) in outcome.Refusals) writer.WriteLine($"  {name,-14} none: {reason}");
        foreach (var wrong in outcome.Disagreements) writer.WriteLine($"  WRONG RESULT {wrong}");
        if (Ratios.Of(outcome, Contenders.Upstride, t => t.SameContract) is { } same)
            writer.WriteLine($"  best peer / upstride: same contract {same:f2}" +
                (Ratios.Of(outcome, Contenders.Upstride, t => !t.SameContract) is { } own ? $", oneDNN in its own layout {own:f2}" : ""));
    }

    /// <summary>Mean and minimum of the ratios.</summary>
    public static void WriteSummary(TextWriter writer, IReadOnlyList<Outcome> outcomes)
    {
        foreach (var (what, peers) in new (string, Func<Timing, bool>)[]
        {
            ("peers under the same contract", t => t.SameContract),
            ("oneDNN in its own layout", t => !t.SameContract),
        })
            if (Ratios.Over(outcomes, Contenders.Upstride, peers) is { } r)
                writer.WriteLine(
                    $"best of {what} / upstride: geometric mean {r.GeometricMean:f2}, minimum {r.Minimum:f2} ({r.Worst}), {r.Count} "
                        + $"problems");
    }

    /// <summary>Effective GFLOP/s: the definition's operations over the median time.</summary>
    public static double Gflops(Problem problem, Timing timing) => problem.Flops / timing.Milliseconds / 1e6;

    private static string Bytes(long bytes) => bytes < 1 << 20 ? $"{bytes / 1024.0:f1} KB" : $"{bytes / 1048576.0:f1} MB";
}
