using System.Diagnostics;

namespace Upstride.Cli.Commands.Shards;

/// <summary>How long work takes that a plan counts by.</summary>
internal static class ProbeTime
{
    // The second time nothing is prepared for the first time any more.
    private const int Times = 3;

    /// <summary>The shortest of some times that it takes, in seconds.</summary>
    public static double Of(Action work)
    {
        double best = double.PositiveInfinity;
        for (int time = 0; time < Times; time++)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
