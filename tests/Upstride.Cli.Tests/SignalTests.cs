using System.Diagnostics;
using System.Runtime.InteropServices;
using Upstride.Onnx.Tests;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>Signals to the built program while it waits for a pipe, or is far inside a computation.</summary>
public sealed class SignalTests : IDisposable
{
    private const int Interrupt = 2, Terminate = 15;

    // A second is what is promised; a machine with no time to spare takes longer to end any process.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Interrupt, 130)]
    [InlineData(Terminate, 143)]
    public async Task A_command_that_waits_for_a_writer_ends(int signal, int code)
    {
        using Process process = StartOnPipe();
        await UntilItWaits(process);
        await Ends(process, code, "upstride: cancelled", signal);
    }

    [Theory]
    [InlineData(Interrupt, 130)]
    [InlineData(Terminate, 143)]
    public async Task A_command_that_waits_for_bytes_ends(int signal, int code)
    {
        using Process process = StartOnPipe();

        // A writer is let in once the command reads; it gives the beginning of a file, and no more.
        await using var writer = new FileStream(_folder.File("x.npy"), FileMode.Open, FileAccess.Write);
        await writer.WriteAsync(new byte[] { 0x93, (byte)'N', (byte)'U' }, TestContext.Current.CancellationToken);
        await writer.FlushAsync(TestContext.Current.CancellationToken);
        await Ends(process, code, "upstride: cancelled", signal);
    }

    [Theory]
    [InlineData(Interrupt, 130)]
    [InlineData(Terminate, 143)]
    public async Task A_second_signal_does_not_wait(int signal, int code)
    {
        using Process process = StartOnPipe();
        await using var writer = new FileStream(_folder.File("x.npy"), FileMode.Open, FileAccess.Write);
        await Ends(process, code, null, signal, signal);
    }

    [Fact]
    public async Task A_computation_of_minutes_ends()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs signals");
        new ModelBuilder().Input("x", "1", "1", "1", "1").Integers("s", 1, 1, 4000, 4000).Random("w", 1, 1, 1, 255, 255)
            .Node("Expand", "x s", "large").Node("Conv", "large w", "c").Node("ReduceMax", "c", "y").Output("y").Save(_folder.File("m.onnx"));
        Files.NpyFile.Write(_folder.File("x.npy"), new([1, 1, 1, 1], new[] { 1f }));
        using Process process = Start(["run", _folder.File("m.onnx"), "-i", _folder.File("x.npy"), "-o", _folder.File("y.npy"), "--threads", "1"]);

        // It is in the convolution once it has taken more time than it starts in.
        while (process.TotalProcessorTime < TimeSpan.FromSeconds(3)) await Task.Delay(50, TestContext.Current.CancellationToken);
        await Ends(process, 143, "upstride: cancelled", Terminate);
        Assert.False(File.Exists(_folder.File("y.npy")));
    }

    private static async Task Ends(Process process, int code, string? error, params int[] signals)
    {
        foreach (int signal in signals)
        {
            _ = Kill(process.Id, signal);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        var clock = Stopwatch.StartNew();
        using var patience = new CancellationTokenSource(Soon);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"the process does not end within {Soon}");
        }
        Assert.Equal(code, process.ExitCode);
        if (error is not null) Assert.Equal(error, (await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
    }

    // The kernel says what each thread waits for; where it does not, some seconds are enough to get there.
    private static async Task UntilItWaits(Process process)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(60))
        {
            string[] waits = [.. Directory.GetDirectories($"/proc/{process.Id}/task").Select(static thread => File.ReadAllText(Path.Combine(thread, "wchan")))];
            if (waits.Any(static wait => wait.Contains("partner", StringComparison.Ordinal) || wait.Contains("fifo", StringComparison.Ordinal))) return;
            if (waits.All(static wait => wait is "0" or "") && clock.Elapsed > TimeSpan.FromSeconds(8)) return;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private Process StartOnPipe()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs mkfifo");
        using (var make = Process.Start("mkfifo", _folder.File("x.npy"))) make.WaitForExit();
        return Start(["apply", "bed-of-nails", "--input", _folder.File("x.npy"), "--stride", "2", "-o", _folder.File("y.npy")]);
    }

    private static Process Start(string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Upstride.Cli.dll"), .. arguments])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,

        // Whose pipe the runtime would wait for, too.
        Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
    })!;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
