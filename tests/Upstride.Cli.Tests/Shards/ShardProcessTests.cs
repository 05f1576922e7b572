using System.Diagnostics;
using System.Text.RegularExpressions;
using Upstride.Imaging;
using Upstride.Testing;

namespace Upstride.Cli.Tests.Shards;

/// <summary>The command of the Kubernetes Job as eight processes side by side, with no variables but the Job's, killed and started
/// again.</summary>
public sealed partial class ShardProcessTests
{
    private const int Shards = 8;

    private static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "Upstride.Cli.dll");

    [Fact]
    public async Task Eight_processes_killed_at_random_make_what_one_makes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the program env and signals");
        using var folder = new TemporaryFolder();
        string input = folder.File("in"), output = folder.File("out");
        Directory.CreateDirectory(input);
        for (int i = 0; i < 40; i++)
            ImageFile.Write(folder.File($"in/{i}.png"), UpscaleCommandTests.Noise(60 + 7 * (i % 9), 50 + 11 * (i % 5), 3, SampleType.UInt8,
                seed: i));
        Tool.Run("upscale", input, "--recursive", "--scale", "2", "-o", folder.File("whole")).Text();
        string yaml = await File.ReadAllTextAsync(Path.Combine(SharedData.Checkout, "deploy", "kubernetes", "indexed-job.yaml"),
            TestContext.Current.CancellationToken);
        var random = new Random(3);
        await Task.WhenAll(Enumerable.Range(0, Shards).Select(index => ToEnd(yaml, index, input, output, random.Next())));
        AssertSameFiles(folder.File("whole"), output);
        Assert.Equal($"8 shards, 40 pictures whole in {output}", Tool.Run("join", output).Text().Trim());
    }

    [Fact]
    public async Task Two_workers_on_one_shard_leave_one_whole_result()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("in"));
        for (int i = 0; i < 12; i++)
            ImageFile.Write(folder.File($"in/{i}.png"), UpscaleCommandTests.Noise(64, 48, 3, SampleType.UInt8, seed: i));
        Tool.Run("upscale", folder.File("in"), "-o", folder.File("whole")).Text();
        ToolResult[] results = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
            Tool.Run("upscale", folder.File("in"), "-o", folder.File("out"), "--shard", "1/1"))));
        Assert.All(results, static result => Assert.True(result.Code == 0, result.Output + result.Error));
        AssertSameFiles(folder.File("whole"), folder.File("out"));
        Tool.Run("join", folder.File("out")).Text();
    }

    [Fact]
    public async Task A_terminated_shard_ends_with_75_and_goes_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs signals");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("in"));
        for (int i = 0; i < 30; i++)
            ImageFile.Write(folder.File($"in/{i:00}.png"), UpscaleCommandTests.Noise(300, 300, 3, SampleType.UInt8, seed: i));
        string yaml = await File.ReadAllTextAsync(Path.Combine(SharedData.Checkout, "deploy", "kubernetes", "indexed-job.yaml"),
            TestContext.Current.CancellationToken);
        using Process process = Start(yaml, 0, folder.File("in"), folder.File("out"));
        string? first = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.Equal("shard 1 of 8, from JOB_COMPLETION_INDEX=0, UPSTRIDE_SHARD_COUNT=8", first);
        _ = Kill(process.Id, signal: 15);
        Task<string> rest = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        // A machine with nothing else to do may have made its four pictures before the signal came.
        Assert.True(process.ExitCode == 75 || (process.ExitCode == 0 && (await rest).Contains(" made, ", StringComparison.Ordinal)), error);
        Assert.Equal(0, await RunToEnd(yaml, 0, folder.File("in"), folder.File("out")));
    }

    /// <summary>Both folders have the same files, but for the manifests.</summary>
    internal static void AssertSameFiles(string expected, string actual)
    {
        static string[] Names(string folder) =>
            [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file))
                .Where(static name => !name.StartsWith(".shards", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(Names(expected), Names(actual));
        foreach (string name in Names(expected))
            Assert.True(File.ReadAllBytes(Path.Combine(expected, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual,
                name))), name);
    }

    // As Kubernetes does: a pod that was killed is followed by another of the same index.
    private static async Task ToEnd(string yaml, int index, string input, string output, int seed)
    {
        var random = new Random(seed);
        for (int kill = 0; kill < 3; kill++)
        {
            using Process process = Start(yaml, index, input, output);
            _ = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            await Task.Delay(random.Next(100, 3000));
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
        Assert.Equal(0, await RunToEnd(yaml, index, input, output));
    }

    private static async Task<int> RunToEnd(string yaml, int index, string input, string output)
    {
        using Process process = Start(yaml, index, input, output);
        Task<string> text = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {await text}{error}");
        return process.ExitCode;
    }

    private static Process Start(string yaml, int index, string input, string output)
    {
        string[] arguments =
        [
            .. Argument().Matches(Block(yaml,
                "args")).Select(static match => match.Groups["value"].Value.Trim('"')).Select(value => value switch
            {
                "/pictures" => input,
                "/larger" => output,
                _ => value,
            }),
        ];
        Assert.Contains("--shard", arguments);
        IEnumerable<string> variables = Variable().Matches(Block(yaml, "env"))
            .Select(static match => $"{match.Groups["name"].Value}={match.Groups["value"].Value}").Append($"JOB_COMPLETION_INDEX={index}");
        return Process.Start(new ProcessStartInfo("/usr/bin/env", ["-i", .. variables, Dotnet(), Program, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
    }

    /// <summary>The tool as a process of its own, whose output is read.</summary>
    /// <param name="arguments">The line.</param>
    /// <param name="programs">A folder whose programs it finds first.</param>
    internal static Process Start(string[] arguments, string? programs = null)
    {
        var start = new ProcessStartInfo(Dotnet(), [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (programs is not null) start.Environment["PATH"] = programs + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        return Process.Start(start)!;
    }

    private static string Dotnet() => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path
        : Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Select(static folder => Path.Combine(folder, "dotnet"))
            .First(File.Exists);

    // The lines below a key that are further in.
    private static string Block(string yaml, string key)
    {
        string[] lines = yaml.Split('\n');
        int at = Array.FindIndex(lines, line => line.Trim() == key + ":"), indent = lines[at].IndexOf(key, StringComparison.Ordinal);
        return string.Join(
            '\n', lines.Skip(at + 1).TakeWhile(line => line.Length > indent && string.IsNullOrWhiteSpace(line[..(indent + 1)])));
    }

    [GeneratedRegex(@"^\s*- (?<value>.+)$", RegexOptions.Multiline)]
    private static partial Regex Argument();

    [GeneratedRegex(@"- name: (?<name>\S+)\s+value: ""(?<value>[^""]*)""")]
    private static partial Regex Variable();

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
