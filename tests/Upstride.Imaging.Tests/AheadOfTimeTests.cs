using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Upstride.Imaging.Tests;

/// <summary>Every format, compiled ahead of time: ImageSharp has no trimming attributes, so that only trying it is a proof.</summary>
public sealed partial class AheadOfTimeTests
{
    [Fact]
    public void A_program_compiled_ahead_of_time_writes_and_reads_every_format_as_the_runtime_does()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("UPSTRIDE_PUBLISH") == "1",
            "takes minutes and a C compiler: UPSTRIDE_PUBLISH=1 runs it");
        OtherPrograms.Require("clang", "clang", "gcc");
        string project = Path.Combine(SharedData.Checkout, "tests", "Upstride.Imaging.Aot"),
            folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;
        try
        {
            // Without the two warnings suppressed: they may name ImageSharp, and nothing else may be warned of.
            (int code, string log) = Run("dotnet",
            [
                "publish", project, "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "-o", Path.Combine(folder, "out"),
                    $"-p:ArtifactsPath={Path.Combine(folder, "artifacts")}",
                "-p:NuGetAudit=false", "-p:RunAnalyzers=false", "-p:NoWarn=", "-p:TreatWarningsAsErrors=false", "--nologo", "-v", "q",
            ]);
            Assert.SkipWhen(code != 0 && log.Contains("NU1", StringComparison.Ordinal),
                "needs the package of the ahead-of-time compiler, which cannot be restored here");
            Assert.True(code == 0, log);
            string[] warnings = [.. Warning().Matches(log).Select(static match => match.Value).Distinct()];
            Assert.All(warnings, static warning => Assert.Matches(@"SixLabors\.ImageSharp\.dll.* IL(2104|3053):", warning));

            // Elsewhere the two are suppressed: no other assembly may be told to warn by them.
            string options = Assert.Single(Directory.GetFiles(folder, "*.ilc.rsp", SearchOption.AllDirectories));
            Assert.Equal(["--singlewarnassembly:SixLabors.ImageSharp"],
                File.ReadLines(options).Where(static option => option.StartsWith("--singlewarn", StringComparison.Ordinal)));

            string[] shared = [.. Directory.GetFiles(SharedData.Path("images", "bsds500", "test"), "*.jpg").Order(
                StringComparer.Ordinal).Take(3), SharedData.Path("cases", "apng.png")];
            (int ran, string native) = Run(Path.Combine(folder, "out", "Upstride.Imaging.Aot"), shared);
            Assert.True(ran == 0, native);
            (int runtime, string managed) = Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "Upstride.Imaging.Aot.dll"), .. shared]);
            Assert.True(runtime == 0, managed);
            Assert.Equal(managed.Split('\n'), native.Split('\n'));
            foreach (string name in (string[])["Png", "Jpeg", "WebP", "Gif", "Tiff", "Bmp", "Tga", "Pgm", "Ppm", "Pfm"])
                Assert.Contains($"\n{name} ", "\n" + native, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (int Code, string Output) Run(string program, string[] arguments)
    {
        // The variables of the test's own build and runner would be taken for the publishing's.
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    [GeneratedRegex("^.*(warning|error) IL[0-9]+:.*$", RegexOptions.Multiline | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Warning();
}
