using System.Diagnostics;

namespace Upstride.Bench;

/// <summary>
/// What native libraries and the runtime read from the environment when they are loaded: number of OpenMP threads and
/// instruction sets. .NET's own variables do not reach getenv, so a process that lacks them starts itself again.
/// </summary>
internal static class NativeEnvironment
{
    /// <summary>Runs the program again where a variable is not as it must be.</summary>
    /// <returns>The exit code of that run, or null: everything is in place.</returns>
    public static int? Ensure(int threadCount, bool avx2, IReadOnlyList<string> arguments)
    {
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OMP_NUM_THREADS"] = $"{threadCount}",
            ["OMP_DYNAMIC"] = "false",
        };
        if (avx2)
        {
            wanted["DOTNET_EnableAVX512"] = "0";
            wanted["ONEDNN_MAX_CPU_ISA"] = wanted["DNNL_MAX_CPU_ISA"] = "AVX2";
            wanted["ATEN_CPU_CAPABILITY"] = "avx2";
            wanted["MKL_ENABLE_INSTRUCTIONS"] = "AVX2";
        }

        if (wanted.All(v => Environment.GetEnvironmentVariable(v.Key) == v.Value)) return null;
        var program = Environment.ProcessPath!;
        string[] host = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        var start = new ProcessStartInfo(program, [.. host, .. arguments]);
        foreach (var (name, value) in wanted) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
