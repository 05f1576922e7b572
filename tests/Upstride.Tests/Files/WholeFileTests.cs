using Upstride.Files;

namespace Upstride.Tests.Files;

public sealed class WholeFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string At(string name) => Path.Combine(folder, name);

    [Fact]
    public void A_failing_write_leaves_the_old_content_and_no_other_file()
    {
        File.WriteAllText(At("y"), "old");
        Assert.Throws<InvalidOperationException>(() => WholeFile.Write(
            At("y"),
            stream =>
            {
                stream.Write("half"u8);
                throw new InvalidOperationException();
            }));
        Assert.Equal("old", File.ReadAllText(At("y")));
        Assert.Equal([At("y")], Directory.GetFiles(folder));
    }

    [Fact]
    public void A_cancellation_while_writing_leaves_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => WholeFile.Write(At("y"), _ => cancellation.Cancel(), cancellation.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void A_link_stays_and_its_target_is_replaced()
    {
        File.WriteAllText(At("target"), "old");
        File.CreateSymbolicLink(At("link"), At("target"));
        File.CreateSymbolicLink(At("link to link"), At("link"));
        WholeFile.Write(At("link to link"), stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(At("target")));
        Assert.NotNull(new FileInfo(At("link")).LinkTarget);
        Assert.NotNull(new FileInfo(At("link to link")).LinkTarget);
        Assert.Equal(3, Directory.GetFileSystemEntries(folder).Length);
    }

    [Fact]
    public void A_link_to_nothing_yet_makes_its_target()
    {
        File.CreateSymbolicLink(At("link"), At("target"));
        WholeFile.Write(At("link"), stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(At("target")));
        Assert.NotNull(new FileInfo(At("link")).LinkTarget);
    }

    [Fact]
    public void A_device_is_written_to_and_not_replaced()
    {
        Assert.SkipUnless(File.Exists("/dev/null"), "needs /dev/null");
        WholeFile.Write("/dev/null", stream => stream.Write("gone"u8));
        File.CreateSymbolicLink(At("link"), "/dev/null");
        WholeFile.Write(At("link"), stream => stream.Write("gone"u8));
        Assert.Empty(File.ReadAllBytes("/dev/null"));
        Assert.Equal([At("link")], Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void A_file_in_shared_memory_is_a_file()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "needs /dev/shm");
        string path = Path.Combine("/dev/shm", Path.GetRandomFileName());
        try
        {
            WholeFile.Write(path, stream => stream.Write("new"u8));
            Assert.Equal("new", File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_missing_folder_and_a_folder_as_file_are_refused()
    {
        Assert.Equal(
            $"{At("no/y")}: the folder {At("no")} does not exist",
            Assert.Throws<DirectoryNotFoundException>(() => WholeFile.Write(At("no/y"), _ => { })).Message);
        Assert.Equal($"{folder}: it is a folder: name a file in it", Assert.Throws<IOException>(() => WholeFile.Write(folder, _ => { })).Message);
    }
}
