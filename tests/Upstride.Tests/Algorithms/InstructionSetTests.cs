using System.Diagnostics;
using System.Reflection;
using Upstride.Kernels;

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
        string assembly = Assembly.GetExecutingAssembly().Location;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(assembly);
        foreach (string argument in (string[])["--filter-class", typeof(AlgorithmAgreementTests).FullName!, typeof(WinogradTests).FullName!,
            "Upstride.Tests.Kernels.*", "--progress", "off", "--no-ansi"])
            start.ArgumentList.Add(argument);
        start.Environment[switchedOff] = "0";
        start.Environment[WidestVariable] = widest;
        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0,
            $"with {switchedOff}=0 the tests end with exit code {child.ExitCode}:\n{await output}\n{await error}");
    }
}
