using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using Upstride.Kernels;
using Upstride.Testing;

namespace Upstride.Tests.Algorithms;

/// <summary>Runs the tests of algorithms and kernels again in processes that may not use some instruction sets.</summary>
public sealed class InstructionSetTests
{
    /// <summary>Tells a child process the widest vectors that it must find.</summary>
    public const string WidestVariable = "UPSTRIDE_TEST_WIDEST";

    [Theory]
    [InlineData("DOTNET_EnableAVX512", nameof(SimdWidth.Bits256))]
    [InlineData("DOTNET_EnableAVX2", nameof(SimdWidth.Bits128))]
    [InlineData("DOTNET_EnableHWIntrinsic", nameof(SimdWidth.Scalar))]
    public async Task Algorithms_and_kernels_pass_without(string switchedOff, string widest)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(WidestVariable) is not null, "this is such a process already");
        Assert.SkipUnless(Simd.Widest > Enum.Parse<SimdWidth>(widest),
            $"this machine's widest vectors are {Simd.Widest}, so that {switchedOff}=0 changes nothing");
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program);
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        start.Environment[switchedOff] = "0";
        await RunAsync(start, widest, $"{switchedOff}=0");
    }

    [Fact]
    public async Task Algorithms_and_kernels_pass_in_the_bodies_for_an_interpreter()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(WidestVariable) is not null, "this is such a process already");
        string assembly = Assembly.GetExecutingAssembly().Location;
        using var folder = new TemporaryFolder();
        JsonNode settings = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.ChangeExtension(assembly, ".runtimeconfig.json"), TestContext.Current.CancellationToken))!;
        settings["runtimeOptions"]!["configProperties"] ??= new JsonObject();
        settings["runtimeOptions"]!["configProperties"]!["Upstride.Interpreted"] = true;
        string path = folder.File("interpreted.runtimeconfig.json");
        await File.WriteAllTextAsync(path, settings.ToJsonString(), TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet");
        foreach (string argument in (string[])["exec", "--runtimeconfig", path, "--depsfile", Path.ChangeExtension(assembly, ".deps.json"),
            assembly])
            start.ArgumentList.Add(argument);
        await RunAsync(start, nameof(SimdWidth.Interpreted), "the switch Upstride.Interpreted");
    }

    private static async Task RunAsync(ProcessStartInfo start, string widest, string with)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        foreach (string argument in (string[])["--filter-class", typeof(AlgorithmAgreementTests).FullName!, typeof(WinogradTests).FullName!,
            "Upstride.Tests.Kernels.*", "--progress", "off", "--no-ansi"])
            start.ArgumentList.Add(argument);
        start.Environment[WidestVariable] = widest;
        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0,
            $"with {with} the tests end with exit code {child.ExitCode}:\n{await output}\n{await error}");
    }
}
