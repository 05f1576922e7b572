using System.Diagnostics;
using Upstride.Bench.Problems;

namespace Upstride.Bench.Measuring;

/// <summary>What was measured of one contender on one problem.</summary>
/// <param name="Name">The contender.</param>
/// <param name="SameContract">Held to NCHW in and out.</param>
/// <param name="Milliseconds">Median of a run.</param>
/// <param name="ColdMilliseconds">Preparation plus first run.</param>
/// <param name="WorkspaceBytes">Scratch memory, where the library says.</param>
/// <param name="Algorithm">What the library says it does.</param>
/// <param name="WorstError">Largest |error| / sum|a b| at the sampled outputs.</param>
internal sealed record Timing(
    string Name, bool SameContract, double Milliseconds, double ColdMilliseconds, long? WorkspaceBytes, string Algorithm, double WorstError);

/// <summary>One problem's outcome.</summary>
/// <param name="Problem">Sizes.</param>
/// <param name="PeakGflops">FMA peak measured next to it.</param>
/// <param name="Timings">The contenders that ran.</param>
/// <param name="Refusals">The contenders that did not, with the reason.</param>
/// <param name="Disagreements">Wrong results; where there are any, nothing was timed.</param>
internal sealed record Outcome(
    Problem Problem, double PeakGflops, IReadOnlyList<Timing> Timings, IReadOnlyList<(string Name, string Reason)> Refusals,
    IReadOnlyList<string> Disagreements);

/// <summary>
/// Runs the contenders on one problem in turn: A B C A B C. A turn is one run, or for short runs a slice of time opened
/// by a run that is not counted, so that nobody pays for the caches the one before has filled or for its idle threads.
/// </summary>
/// <param name="contenders">Who takes part, in the order of the turns.</param>
/// <param name="secondsEach">Time counted for each contender, at least.</param>
/// <param name="repetitions">Runs counted for each contender instead; null: by time.</param>
/// <param name="clock">What runs are timed with.</param>
internal sealed class Race(IReadOnlyList<IContender> contenders, double secondsEach, int? repetitions, Clock clock)
{
    private const double SliceMilliseconds = 10;
    private const int LeastRuns = 5;

    // Worker threads of the one before spin for about a millisecond before they sleep (OpenMP's default).
    private const int SettleMilliseconds = 2;

    // A contender that needs seconds for a run has been told apart long before its fifth.
    private const double MostMilliseconds = 15_000;

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

                var entrant = new Entrant(contender, runnable);
                entrants.Add(entrant);
                entrant.Cold = runnable.PreparationMilliseconds ?? clock.Now() - start;
                entrant.Estimate = runnable.TimedRun(clock);
                entrant.Cold += entrant.Estimate;
            }

            var reference = new Reference(workload);
            foreach (var entrant in entrants)
                if ((reference.Check(entrant.Runnable.Output, out entrant.Error)
                    ?? reference.Compare(entrant.Runnable.Output, entrants[0].Runnable.Output)) is { } wrong)
                    disagreements.Add($"{entrant.Contender.Name}: {wrong}");
            if (disagreements.Count == 0)
            {
                foreach (var entrant in entrants) WarmUp(entrant);
                while (entrants.Any(e => !Done(e)))
                    foreach (var entrant in entrants)
                        if (!Done(entrant)) TakeTurn(entrant, workload.Threads);
            }

            peak = Math.Max(peak, FmaPeak.Measure(workload.Threads));
            var timings = disagreements.Count > 0 ? [] : entrants.ConvertAll(e => new Timing(
                e.Contender.Name, e.Contender.SameContract, Median(e.Samples), e.Cold, e.Runnable.WorkspaceBytes, e.Runnable.Algorithm, e.Error));
            return new(workload.Problem, peak, timings, refusals, disagreements);
        }
        finally
        {
            foreach (var entrant in entrants) entrant.Runnable.Dispose();
        }
    }

    // .NET compiles a method for good after 30 calls, and not before 100 ms have passed without new methods.
    private void WarmUp(Entrant entrant)
    {
        var (leastRuns, leastMilliseconds) = entrant.Contender.CompilesWhileRunning ? (40, 400) : (2, 20);
        var start = Stopwatch.GetTimestamp();
        for (var run = 0; ; run++)
        {
            var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (elapsed > 1000 || (run >= leastRuns && elapsed >= leastMilliseconds) || entrant.Estimate > 1000) return;
            entrant.Estimate = entrant.Runnable.TimedRun(clock);
        }
    }

    private void TakeTurn(Entrant entrant, int threads)
    {
        if (threads > 1) Thread.Sleep(SettleMilliseconds);
        if (entrant.Estimate < SliceMilliseconds) entrant.Runnable.Run();
        double slice = 0;
        do
        {
            entrant.Estimate = entrant.Runnable.TimedRun(clock);
            slice += entrant.Estimate;
            entrant.Total += entrant.Estimate;
            entrant.Samples.Add(entrant.Estimate);
        }
        while (slice + entrant.Estimate <= SliceMilliseconds && !Done(entrant));
    }

    private bool Done(Entrant entrant) => repetitions is { } count
        ? entrant.Samples.Count >= count
        : entrant.Total >= MostMilliseconds || (entrant.Samples.Count >= LeastRuns && entrant.Total >= 1000 * secondsEach);

    private static double Median(List<double> samples)
    {
        samples.Sort();
        var middle = samples.Count / 2;
        return samples.Count % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
    }

    private sealed class Entrant(IContender contender, IRunnable runnable)
    {
        public readonly IContender Contender = contender;
        public readonly IRunnable Runnable = runnable;
        public readonly List<double> Samples = [];
        public double Cold, Estimate, Total, Error;
    }
}
