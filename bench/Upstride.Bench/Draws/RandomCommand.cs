using System.Diagnostics;
using Upstride.Bench.Measuring;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Draws;

/// <summary>
/// The command 'random': problems drawn from what networks have, by default others each day, and the geometric mean and the fifth
/// percentile of the ratios over them.
/// </summary>
internal static class RandomCommand
{
    // Of the worst problems that are listed in the end.
    private const int Listed = 10;

    /// <summary>Runs the command.</summary>
    /// <returns>1 where two results disagree.</returns>
    /// <exception cref="FormatException">The file of results is of another run.</exception>
    public static int Run(Options options)
    {
        var seed = options.Seed ?? DrawnProblems.SeedOf(DateOnly.FromDateTime(DateTime.UtcNow));
        var all = DrawnProblems.Of(seed, options.Count)
            .Where(p => p.Name.Contains(options.Filter, StringComparison.OrdinalIgnoreCase)).ToList();
        if (options.List)
        {
            foreach (var problem in all) Console.WriteLine(DrawnProblems.LineOf(problem));
            return 0;
        }

        var file = new RatioFile(options.Results,
            $"{options.Operation.Name()}, seed {seed}, {FmaPeak.Bits} bits, {options.Threads} threads, "
            + $"{(options.Clock.Processor ? "processor time" : "wall")}, {string.Join(',', options.Peers)}");
        var entries = file.Read().ToList();
        var contenders = Contenders.Load(options);
        Console.WriteLine($"{all.Count} random problems of seed {seed}, {options.Operation.Name()}, {options.Threads} threads, "
            + $"{FmaPeak.Bits}-bit FMA peak {FmaPeak.Measure(options.Threads, 20):f0} GFLOP/s"
            + $"{(entries.Count > 0 ? $", {entries.Count} measured before" : "")}");
        foreach (var note in contenders.Notes) Console.WriteLine(note);
        var known = entries.Select(static entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        var race = new Race(contenders.All, options.Quick ? 0.03 : 0.25, options.Repeat, options.Clock);
        var wrong = false;
        var start = Stopwatch.GetTimestamp();
        foreach (var problem in all)
        {
            if (known.Contains(problem.Name)) continue;
            if (Stopwatch.GetElapsedTime(start).TotalSeconds >= options.Limit) break;
            using var workload = new Workload(problem, options.Operation, options.Threads, options.Winograd);
            var outcome = race.Run(workload);
            TextReport.Write(Console.Out, outcome, options.Operation);
            wrong |= outcome.Disagreements.Count > 0;
            if (outcome.Timings.FirstOrDefault(static timing => timing.Name == Contenders.Upstride) is not { } own) continue;
            entries.Add(new(problem.Name, own.Milliseconds,
                Ratios.Of(outcome, Contenders.Upstride, static timing => timing.SameContract) ?? double.NaN,
                Ratios.Of(outcome, Contenders.Upstride, static timing => !timing.SameContract) ?? double.NaN, own.Algorithm));
            file.Add(entries[^1]);
        }

        Summarize(Console.Out, all, entries);
        return wrong ? 1 : 0;
    }

    private static void Summarize(TextWriter writer, IReadOnlyList<Problem> all, IReadOnlyList<RatioFile.Entry> entries)
    {
        var byName = all.ToDictionary(static problem => problem.Name, StringComparer.Ordinal);
        var measured = entries.Where(entry => byName.ContainsKey(entry.Name)).ToList();
        writer.WriteLine($"{measured.Count} of {all.Count} problems measured; the best peer's time over Upstride's:");
        writer.WriteLine("| kind | problems | geometric mean | 5th percentile | least | own layout: mean | 5th percentile |");
        writer.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var kind in measured.GroupBy(entry => DrawnProblems.KindOf(byName[entry.Name])).OrderBy(static kind => Mean(kind)))
            WriteRow(writer, kind.Key, [.. kind]);
        WriteRow(writer, "all", measured);
        writer.WriteLine($"the {Listed} least under the same contract:");
        foreach (var entry in measured.Where(static e => !double.IsNaN(e.SameContract)).OrderBy(static e => e.SameContract).Take(Listed))
            writer.WriteLine(
                $"  {entry.SameContract:f2} {DrawnProblems.LineOf(byName[entry.Name])} # {entry.Milliseconds:f3} ms, {entry.Algorithm}");
    }

    private static void WriteRow(TextWriter writer, string name, IReadOnlyList<RatioFile.Entry> entries)
    {
        double[] same = Sorted(entries.Select(static e => e.SameContract)), own = Sorted(entries.Select(static e => e.OwnLayout));
        writer.WriteLine($"| {name} | {same.Length} | {GeometricMean(same):f2} | {Ratios.Percentile(same, 5):f2} | "
            + $"{(same.Length > 0 ? same[0] : double.NaN):f2} | {GeometricMean(own):f2} | {Ratios.Percentile(own, 5):f2} |");
    }

    private static double Mean(IEnumerable<RatioFile.Entry> entries) => GeometricMean(Sorted(entries.Select(static e => e.SameContract)));

    private static double[] Sorted(IEnumerable<double> ratios) => [.. ratios.Where(static ratio => !double.IsNaN(ratio)).Order()];

    private static double GeometricMean(double[] ratios) =>
        ratios.Length == 0 ? double.NaN : Math.Exp(ratios.Average(static ratio => Math.Log(ratio)));
}
