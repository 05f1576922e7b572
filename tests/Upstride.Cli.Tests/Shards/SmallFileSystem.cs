using System.Diagnostics;

namespace Upstride.Cli.Tests.Shards;

/// <summary>A file system in memory that is soon full; the test is skipped where none can be mounted.</summary>
internal sealed class SmallFileSystem : IDisposable
{
    private readonly string _folder;

    /// <param name="folder">Where it is mounted.</param>
    /// <param name="size">As mount has it: 32k.</param>
    public SmallFileSystem(string folder, string size)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs tmpfs");
        Directory.CreateDirectory(_folder = folder);
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder) == 0, "no tmpfs can be mounted: needs root");
    }

    /// <summary>Gives it another size.</summary>
    public void Resize(string size) => Assert.Equal(0, Run("mount", "-o", $"remount,size={size}", _folder));

    public void Dispose() => _ = Run("umount", _folder);

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        _ = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
