using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Upstride.Bench.Measuring;

/// <summary>
/// What a run is timed with. Wall time is what a user waits for; the processor time of the process is the same on an
/// idle machine and one thread, and leaves out the time in which other programs had the core.
/// </summary>
internal readonly partial record struct Clock(bool Processor)
{
    private const int ProcessCpuTime = 2; // CLOCK_PROCESS_CPUTIME_ID on Linux

    /// <summary>Milliseconds since some fixed moment.</summary>
    public double Now()
    {
        if (!Processor) return Stopwatch.GetTimestamp() * (1000.0 / Stopwatch.Frequency);
        if (clock_gettime(ProcessCpuTime, out var time) != 0)
            throw new PlatformNotSupportedException("clock_gettime knows no processor time here");
        return time.Seconds * 1e3 + time.Nanoseconds * 1e-6;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpecification time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpecification
    {
        public long Seconds, Nanoseconds;
    }
}
