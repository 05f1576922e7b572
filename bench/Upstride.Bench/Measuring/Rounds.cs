using System.Diagnostics;

namespace Upstride.Bench.Measuring;

/// <summary>A contender's prepared work, and what was measured of it.</summary>
internal sealed class Entrant(string name, IRunnable runnable, bool compilesWhileRunning)
{
    public readonly string Name = name;
    public readonly IRunnable Runnable = runnable;
    public readonly bool CompilesWhileRunning = compilesWhileRunning;
    public readonly List<double> Samples = [];
    public double Cold, Estimate, Total, Error;

    /// <summary>The middle one of the counted runs, in milliseconds.</summary>
    public double Median
    {
        get
        {
            Samples.Sort();
            var middle = Samples.Count / 2;
            return Samples.Count % 2 == 1 ? Samples[middle] : (Samples[middle - 1] + Samples[middle]) / 2;
        }
    }
}

/// <summary>
/// Times several entrants in turn: A B C A B C. A turn is one run, or for short runs a slice of time opened by a run that
/// is not counted, so that nobody pays for the caches the one before has filled or for its idle threads.
/// </summary>
/// <param name="secondsEach">Time counted for each, at least.</param>
/// <param name="repetitions">Runs counted for each instead; null: by time.</param>
/// <param name="clock">What runs are timed with.</param>
internal sealed class Rounds(double secondsEach, int? repetitions, Clock clock)
{
    private const double SliceMilliseconds = 10;
    private const int LeastRuns = 5;

    // Worker threads of the one before spin for about a millisecond before they sleep (OpenMP's default).
    private const int SettleMilliseconds = 2;

    // A contender that needs seconds for a run has been told apart long before its fifth.
    private const double MostMilliseconds = 15_000;

    /// <summary>Warms all of them up, then lets them take turns until each has enough samples.</summary>
    public void Take(IReadOnlyList<Entrant> entrants, int threads)
    {
        foreach (var entrant in entrants) WarmUp(entrant);
        while (entrants.Any(e => !Done(e)))
            foreach (var entrant in entrants)
                if (!Done(entrant)) TakeTurn(entrant, threads);
    }

    // .NET compiles a method for good after 30 calls, and not before 100 ms have passed without new methods.
    private void WarmUp(Entrant entrant)
    {
        var (leastRuns, leastMilliseconds) = entrant.CompilesWhileRunning ? (40, 400) : (2, 20);
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
}
