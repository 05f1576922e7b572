using System.Globalization;

namespace Upstride.Fuzz.Tests;

/// <summary>What one mutant cost: the processor time of the whole process, and what the process's memory grew by at its highest.</summary>
/// <param name="Processor">Processor time; the clock would tell of other programs.</param>
/// <param name="Bytes">Resident memory at its highest less that before; where the system does not tell, what was allocated.</param>
internal readonly record struct Cost(TimeSpan Processor, long Bytes)
{
    /// <summary>Does something and measures it.</summary>
    public static Cost Of(Action action)
    {
        long before = Resident(resets: true), allocated = GC.GetTotalAllocatedBytes();
        TimeSpan start = Environment.CpuUsage.TotalTime;
        action();
        TimeSpan time = Environment.CpuUsage.TotalTime - start;
        return new(time, before < 0 ? GC.GetTotalAllocatedBytes() - allocated : Math.Max(0, Resident(resets: false) - before));
    }

    // The highest resident memory since the last reset, in bytes; -1 where it is not told.
    private static long Resident(bool resets)
    {
        try
        {
            if (resets) File.WriteAllText("/proc/self/clear_refs", "5");
            string line = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return 1024 * long.Parse(line.AsSpan(6, line.Length - 8).Trim(), CultureInfo.InvariantCulture);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return -1;
        }
    }
}
