namespace Upstride.Testing;

/// <summary>What code allocates on its thread.</summary>
internal static class Allocation
{
    private const int Series = 8;

    /// <summary>
    /// The least that one of several runs allocates. What the runtime allocates for code that it compiles anew (a hot loop is replaced
    /// while it
    /// runs, and later the busier the machine is) or for its thread pool comes once; what the code itself allocates comes with every run.
    /// </summary>
    /// <param name="run">Done several times.</param>
    public static long OfEachRun(Action run)
    {
        long least = long.MaxValue;
        for (int series = 0; series < Series && least != 0; series++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
