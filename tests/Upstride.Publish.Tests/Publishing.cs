using System.Diagnostics;
using Upstride.Testing;

namespace Upstride.Publish.Tests;

/// <summary>Runs ./publish, which compiles for minutes: in continuous integration, and where somebody asks for it.</summary>
internal static class Publishing
{
    /// <summary>The collection of all tests that publish: they compile the same projects in the same folders, one after another.</summary>
    public const string OneAfterAnother = "publishing";

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(20);

    /// <summary>Makes one part in a folder, and checks the checksums; skips the test where UPSTRIDE_PUBLISH is not set.</summary>
    public static void Make(string part, string folder)
    {
        SkipUnlessAsked();
        (int code, string output) = Run(Path.Combine(SharedData.Checkout, "publish"), ["-o", folder, part], null);
        Assert.True(code == 0, $"./publish {part} ended with {code}: {output}");
        Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);
        (code, output) = Run("sha256sum", ["--check", "--strict", "SHA256SUMS"], folder);
        Assert.True(code == 0, output);
    }

    /// <summary>Skips the test where UPSTRIDE_PUBLISH is not set.</summary>
    public static void SkipUnlessAsked()
    {
        if (Environment.GetEnvironmentVariable("UPSTRIDE_PUBLISH") is not { Length: > 0 })
            Assert.Skip("takes minutes: set UPSTRIDE_PUBLISH=1 to publish and compare");
    }

    /// <summary>Runs a program to its end, and gives its exit code and all that it wrote.</summary>
    public static (int Code, string Output) Run(
        string program, string[] arguments, string? folder, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? SharedData.Checkout,
        };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(_patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} has not ended after {_patience}");
        }
        return (process.ExitCode, output.Result + error.Result);
    }
}
