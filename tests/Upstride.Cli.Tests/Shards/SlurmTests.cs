using System.Diagnostics;
using Upstride.Testing;

namespace Upstride.Cli.Tests.Shards;

/// <summary>The array scripts of <c>deploy/slurm</c> under a real controller with four nodes, by <c>tests/slurm/run</c>. Where
/// UPSTRIDE_SLURM_REQUIRED is set (continuous integration), a missing Slurm is a failure.</summary>
public sealed class SlurmTests(ITestOutputHelper output)
{
    private const int Skipped = 77;

    [Fact]
    public async Task Arrays_with_killed_and_requeued_tasks_and_a_full_disk_make_what_one_process_makes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Slurm");
        using Process script = Process.Start(new ProcessStartInfo(Path.Combine(SharedData.Checkout, "tests", "slurm", "run"),
            [Path.Combine(AppContext.BaseDirectory, "Upstride.Cli.dll")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = script.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string text = await script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.WriteLine(text);
        if (script.ExitCode == Skipped && Environment.GetEnvironmentVariable("UPSTRIDE_SLURM_REQUIRED") is not { Length: > 0 })
            Assert.Skip(text.Trim());
        Assert.True(script.ExitCode == 0, $"exit code {script.ExitCode}: {text}{await error}");
        Assert.EndsWith("passed", text.TrimEnd(), StringComparison.Ordinal);
        Assert.Contains("folder: task ", text, StringComparison.Ordinal);
        Assert.Contains("bands: ", text, StringComparison.Ordinal);
    }
}
