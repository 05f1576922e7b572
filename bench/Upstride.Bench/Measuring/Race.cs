using Upstride.Bench.Problems;

namespace Upstride.Bench.Measuring;

/// <summary>What was measured of one contender on one problem.</summary>
/// <param name="Name">The contender.</param>
/// <param name="SameContract">Held to NCHW in and out.</param>
/// <param name="Milliseconds">Median of a run.</param>
/// <param name="ColdMilliseconds">Preparation plus first run.</param>
/// <param name="PlanMilliseconds">Preparation once its code is compiled, where it is asked for.</param>
/// <param name="WorkspaceBytes">Scratch memory, where the library says.</param>
/// <param name="Algorithm">What the library says it does.</param>
/// <param name="WorstError">Largest |error| / sum|a b| at the sampled outputs.</param>
internal sealed record Timing(
    string Name, bool SameContract, double Milliseconds, double ColdMilliseconds, double? PlanMilliseconds, long? WorkspaceBytes, string Algorithm, double WorstError);

/// <summary>One problem's outcome.</summary>
/// <param name="Problem">Sizes.</param>
/// <param name="PeakGflops">FMA peak measured next to it.</param>
/// <param name="Timings">The contenders that ran.</param>
/// <param name="Refusals">The contenders that did not, with the reason.</param>
/// <param name="Disagreements">Wrong results; where there are any, nothing was timed.</param>
internal sealed record Outcome(
    Problem Problem, double PeakGflops, IReadOnlyList<Timing> Timings, IReadOnlyList<(string Name, string Reason)> Refusals,
    IReadOnlyList<string> Disagreements);

/// <summary>Runs the contenders on one problem: prepared, checked against the definition and each other, timed in turn.</summary>
/// <param name="contenders">Who takes part, in the order of the turns.</param>
/// <param name="secondsEach">Time counted for each contender, at least.</param>
/// <param name="repetitions">Runs counted for each contender instead; null: by time.</param>
/// <param name="clock">What runs are timed with.</param>
internal sealed class Race(IReadOnlyList<IContender> contenders, double secondsEach, int? repetitions, Clock clock)
{
    private readonly Rounds _turns = new(secondsEach, repetitions, clock);

    /// <summary>Prepares, checks, times.</summary>
    public Outcome Run(Workload workload)
    {
        var entrants = new List<Entrant>();
        var refusals = new List<(string, string)>();
        var disagreements = new List<string>();
        var peak = FmaPeak.Measure(workload.Threads);
        try
        {
            foreach (var contender in contenders)
            {
                var start = clock.Now();
                if (contender.TryCreate(workload, out var refusal) is not { } runnable)
                {
                    refusals.Add((contender.Name, refusal ?? "refused without a reason"));
                    continue;
                }

                var entrant = new Entrant(contender.Name, runnable, contender.CompilesWhileRunning);
                entrants.Add(entrant);
                entrant.Cold = runnable.PreparationMilliseconds ?? clock.Now() - start;
                entrant.Estimate = runnable.TimedRun(clock);
                entrant.Cold += entrant.Estimate;
            }

            var reference = new Reference(workload);
            foreach (var entrant in entrants)
                if ((reference.Check(entrant.Runnable.Output, out entrant.Error)
                    ?? reference.Compare(entrant.Runnable.Output, entrants[0].Runnable.Output)) is { } wrong)
                    disagreements.Add($"{entrant.Name}: {wrong}");
            if (disagreements.Count == 0)
            {
                _turns.Take(entrants, workload.Threads);
            }

            peak = Math.Max(peak, FmaPeak.Measure(workload.Threads));
            var timings = disagreements.Count > 0 ? [] : entrants.ConvertAll(e => new Timing(
                e.Name, contenders.First(c => c.Name == e.Name).SameContract, e.Median, e.Cold, e.Runnable.TimedPreparation(clock),
                e.Runnable.WorkspaceBytes, e.Runnable.Algorithm, e.Error));
            return new(workload.Problem, peak, timings, refusals, disagreements);
        }
        finally
        {
            foreach (var entrant in entrants) entrant.Runnable.Dispose();
        }
    }
}
