using Upstride.Testing;

namespace Upstride.Publish.Tests;

/// <summary>What users take, made once for all tests: the program compiled ahead of time, unpacked from its archive.</summary>
public sealed class PublishedProgram : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<string> _program;

    public PublishedProgram() => _program = new(Unpack);

    /// <summary>The path of the program; skips the test where nothing is published.</summary>
    public string Path => _program.Value;

    /// <summary>The size of the archive in bytes.</summary>
    public long ArchiveLength => new FileInfo(Directory.GetFiles(_folder.Path, "*.tar.xz").Single()).Length;

    public void Dispose() => _folder.Dispose();

    private string Unpack()
    {
        Publishing.Make("program", _folder.Path);
        string archive = Assert.Single(Directory.GetFiles(_folder.Path, "*.tar.xz"));
        (int code, string output) = Publishing.Run("tar", ["-xJf", archive], _folder.Path);
        Assert.True(code == 0, output);
        return System.IO.Path.Combine(Assert.Single(Directory.GetDirectories(_folder.Path)), "upstride");
    }
}
