using System.Diagnostics;
using System.Globalization;

namespace Upstride.Bench.Networks;

/// <summary>
/// The most memory that a contender's process has held beyond what it held before the contender was made: each in a process of its own,
/// where the system says.
/// </summary>
internal static class PeakMemory
{
    private const string Mark = "peak bytes ";

    /// <summary>Prints the growth of this process over some work.</summary>
    public static void Report(Action work)
    {
        var before = Status("VmRSS:");
        work();
        if (before is { } start && Status("VmHWM:") is { } peak)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Mark}{Math.Max(peak - start, 0)}"));
    }

    /// <summary>What a process with these arguments reports; null where it reports nothing.</summary>
    public static long? Of(IEnumerable<string> arguments)
    {
        var program = Environment.ProcessPath!;
        string[] host = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        using var process = Process.Start(new ProcessStartInfo(program, [.. host, .. arguments]) { RedirectStandardOutput = true })!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n');
        process.WaitForExit();
        return lines.FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal)) is { } line
            ? long.Parse(line[Mark.Length..], CultureInfo.InvariantCulture) : null;
    }

    // Linux gives the resident size and its peak in kilobytes.
    private static long? Status(string key) =>
        File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) is { } line
            ? 1024 * long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture)
            : null;
}
